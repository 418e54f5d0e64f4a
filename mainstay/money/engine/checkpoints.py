"""What a scan that was stopped had found: kept beside its output, a file a pattern, and taken up by the next scan.

A file counts only for the same ledger, settings and version of Mainstay, and only whole. The files hold numbers and
codes that mean something with the ledger alone; only their owner may read them, and they go when the scan ends.
"""

import hashlib
import json
from dataclasses import asdict
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file
from mainstay.money.engine.occurrences import as_plain, of_kind
from mainstay.money.engine.stages import STAGES, Found
from mainstay.money.types import ScanSettings

FOLDER = ".unfinished"
_KINDS = {stage.name: stage.kind for stage in STAGES}


class Checkpoint:
    """The finished patterns of one scan, in a folder inside its output."""

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
        self.found: dict[str, Found] = {}
        self.ignored: dict[str, str] = {}
        for path in sorted(self._folder.glob("*.json")):
            self._take_up(path)

    def _take_up(self, path: Path) -> None:
        try:
            document = json.loads(path.read_bytes())
            if document["key"] != self._key:
                self.ignored[path.stem] = "it is of another ledger, other settings or another version"
            elif document["sha256"] != _sum(document["found"]):
                self.ignored[path.stem] = "it is damaged"
            else:
                self.found[path.stem] = _found(document["found"], _KINDS[path.stem])
        except (OSError, ValueError, KeyError, TypeError):
            self.ignored[path.stem] = "it is damaged"

    def forget(self) -> None:
        """Begin anew."""
        self.found.clear()
        self.ignored.clear()
        self.drop()

    def keep(self, name: str, found: Found) -> None:
        """Keep what a finished pattern gave; whole, or not at all. `BadInputError` where it cannot be written."""
        document = {"occurrences": [as_plain(one) for one in found.occurrences], "cut": found.cut}
        text = json.dumps({"key": self._key, "sha256": _sum(document), "found": document}, ensure_ascii=False)
        try:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with whole_file(self._folder / f"{name}.json", 0o600) as aside:
                aside.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BadInputError(self._folder.parent, Fault("a folder that can be written, with room left")) from error
        self.found[name] = found

    def drop(self) -> None:
        """Remove the files: the scan has ended."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()


def in_seconds(value: object) -> float:
    """Return a span of time for JSON."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(type(value).__name__)


def _found(document: dict[str, Any], kind: Any) -> Found:
    return Found(tuple(of_kind(one, kind) for one in document["occurrences"]), dict(document["cut"]))


def _sum(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
