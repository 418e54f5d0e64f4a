"""What a scan that was stopped had found: kept beside its output, and taken up by the next scan.

A scan on one machine keeps its patterns, one in parts (`scan_in_parts`) the tables that its steps gave. A file counts
only for the same ledger, settings and version of Mainstay, and only whole. The files hold numbers and codes that mean
something with the ledger alone; only their owner may read them, and they go when the scan ends.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from datetime import timedelta
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file
from mainstay.money.engine.occurrences import as_plain, of_kind
from mainstay.money.engine.stages import STAGES, Found
from mainstay.money.types import ScanSettings

FOLDER = ".unfinished"
_KINDS = {stage.name: stage.kind for stage in STAGES}


T = TypeVar("T")


class Kept(ABC, Generic[T]):
    """What ended in one scan, in a folder inside its output: a file each, whose first line has key and checksum."""

    #: What these are, in words and in the names of files.
    what: ClassVar[str]
    suffix: ClassVar[str]

    def __init__(self, out: Path, ledger_digest: str, settings: ScanSettings) -> None:
        """Begin with what is there.

        Args:
            out: the scan's output folder.
            ledger_digest: what tells the ledger's contents from any other's.
            settings: the scan's.
        """
        self._folder = out / FOLDER
        told = json.dumps([ledger_digest, asdict(settings), metadata.version("mainstay")], default=in_seconds)
        self._key = hashlib.sha256(told.encode()).hexdigest()
        self.found: dict[str, T] = {}
        self.ignored: dict[str, str] = {}
        for path in sorted(self._folder.glob(f"*.{self.suffix}")):
            self._take_up(path)

    def _take_up(self, path: Path) -> None:
        try:
            line, content = path.read_bytes().split(b"\n", 1)
            document = json.loads(line)
            if document["key"] != self._key:
                self.ignored[path.stem] = "it is of another ledger, other settings or another version"
            elif document["sha256"] != hashlib.sha256(content).hexdigest():
                self.ignored[path.stem] = "it is damaged"
            else:
                self.found[path.stem] = self._unpacked(path.stem, content)
        except (OSError, ValueError, KeyError, TypeError):
            self.ignored[path.stem] = "it is damaged"

    def forget(self) -> None:
        """Begin anew."""
        self.found.clear()
        self.ignored.clear()
        self.drop()

    def keep(self, name: str, found: T) -> None:
        """Keep what ended; whole, or not at all. `BadInputError` where it cannot be written."""
        content = self._packed(found)
        line = json.dumps({"key": self._key, "sha256": hashlib.sha256(content).hexdigest()})
        try:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with whole_file(self._folder / f"{name}.{self.suffix}", 0o600) as aside, aside.open("wb") as file:
                file.writelines((line.encode(), b"\n", content))
        except OSError as error:
            raise BadInputError(self._folder.parent, Fault("a folder that can be written, with room left")) from error
        self.found[name] = found

    def drop(self) -> None:
        """Remove the files: the scan has ended."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()

    @abstractmethod
    def _packed(self, found: T) -> bytes: ...

    @abstractmethod
    def _unpacked(self, name: str, content: bytes) -> T: ...


class Checkpoint(Kept[Found]):
    """The finished patterns of one scan."""

    what, suffix = "patterns", "json"

    def _packed(self, found: Found) -> bytes:
        document = {"occurrences": [as_plain(one) for one in found.occurrences], "cut": found.cut}
        return json.dumps(document, ensure_ascii=False).encode()

    def _unpacked(self, name: str, content: bytes) -> Found:
        document, kind = json.loads(content), _KINDS[name]
        return Found(tuple(of_kind(one, kind) for one in document["occurrences"]), dict(document["cut"]))


class StepsCheckpoint(Kept[pl.DataFrame]):
    """The tables that the finished steps of one scan in parts gave."""

    what, suffix = "steps", "arrow"

    def _packed(self, found: pl.DataFrame) -> bytes:
        room = BytesIO()
        found.write_ipc(room, compression="lz4")
        return room.getvalue()

    def _unpacked(self, name: str, content: bytes) -> pl.DataFrame:
        return pl.read_ipc(content)


def in_seconds(value: object) -> float:
    """Return a span of time for JSON."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(type(value).__name__)
