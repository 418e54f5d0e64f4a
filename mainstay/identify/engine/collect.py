"""The settings that ODK Collect reads from a QR code, and the drawing of that code."""

import base64
import json
import zlib
from dataclasses import dataclass

import segno

BORDER = 4  # modules of white around it (ISO/IEC 18004)


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as one path of dark squares in a square of `size` modules."""

    size: int
    path: str


def settings_text(server_url: str, project: str) -> str:
    """Return what the QR code holds: base64 of the compressed settings (docs.getodk.org, Importing and exporting).

    Forms follow the node's list; interviews leave when there is a line, and the phone keeps none that was sent.
    """
    settings = {
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "delete_send": True,
        },
        "admin": {},
        "project": {"name": project},
    }
    plain = json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(plain, 9)).decode()


def draw_qr(text: str) -> QrCode:
    """Draw a text as a QR code, one path of runs of dark modules."""
    rows = [bytes(row) for row in segno.make(text, micro=False).matrix_iter(border=BORDER)]
    runs = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            length = 1
            while x + length < len(row) and row[x + length] == row[x]:
                length += 1
            if row[x]:
                runs.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return QrCode(len(rows), "".join(runs))
