"""Where the files of a ledger lie: in a folder of this machine, or in memory, as a store of a cluster gave them.

A store that only the cluster reads gives files with their contents. They are held in memory and never written to disk.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Protocol

from mainstay.money.engine.failures import DamagedLedgerError


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A file of the ledger by its path inside the folder, with rows and SHA-256; `day` for transactions."""

    file: str
    rows: int
    sha256: str
    day: str = ""


class Store(Protocol):
    """Where files of a ledger are read."""

    def place(self, file: str) -> str:
        """Return where a file lies, for people to read."""
        ...

    def open(self, part: LedgerFile) -> Path | BytesIO:
        """Return what a file is read from; it may turn out to be missing while it is read."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine."""

    path: Path

    def place(self, file: str) -> str:
        """Return the file's path."""
        return str(self.path / file)

    def open(self, part: LedgerFile) -> Path:
        """Return the file's path."""
        return self.path / part.file


class Held:
    """Some files of a ledger, with their contents; each is compared with its checksum at the beginning."""

    def __init__(self, uri: str, parts: Iterable[LedgerFile], contents: Mapping[str, bytes]) -> None:
        """Hold the contents of files, by their paths inside the ledger.

        `DamagedLedgerError` names the first that is missing or changed.
        """
        self.uri, self._contents = uri, contents
        for part in parts:
            if part.file not in contents:
                raise DamagedLedgerError(self.place(part.file), MISSING)
            if hashlib.sha256(contents[part.file]).hexdigest() != part.sha256:
                raise DamagedLedgerError(self.place(part.file), CHANGED)

    def place(self, file: str) -> str:
        """Return the file's address."""
        return f"{self.uri}/{file}"

    def open(self, part: LedgerFile) -> BytesIO:
        """Return a file that is held; `KeyError` for another."""
        return BytesIO(self._contents[part.file])


MISSING = "it is missing"
CHANGED = "it is not the file that was written (its checksum differs)"
