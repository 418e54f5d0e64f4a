"""Asking ClamAV over its socket whether a file holds a virus (its INSTREAM command)."""

import socket
from enum import StrEnum

CHUNK = 65_536
PATIENCE_SECONDS = 30


class Scan(StrEnum):
    """What the scanner said; where it is not set up or not there, the file counts as not scanned."""

    CLEAN = "clean"
    NOT_SCANNED = "not_scanned"
    FOUND = "found"


def scan(content: bytes, address: str) -> Scan:
    """Return what ClamAV says of some bytes; `address` is the path of its socket, or `host:port`, or empty."""
    if not address:
        return Scan.NOT_SCANNED
    try:
        with _connected(address) as line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                line.sendall(len(chunk).to_bytes(4, "big") + chunk)
            line.sendall(bytes(4))
            said = _answer(line)
    except (OSError, ValueError):
        return Scan.NOT_SCANNED
    if said.endswith(b"FOUND"):
        return Scan.FOUND
    return Scan.CLEAN if said.endswith(b": OK") else Scan.NOT_SCANNED


def _connected(address: str) -> socket.socket:
    if "/" in address:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(PATIENCE_SECONDS)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _sep, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)


def _answer(line: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"\0") and len(said) < 4096:
        more = line.recv(4096)
        if not more:
            break
        said += more
    return said.rstrip(b"\0\n ")
