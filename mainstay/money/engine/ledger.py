"""The ledger: a folder of Parquet files by day, and a manifest with their checksums.

    manifest.json        what belongs to the ledger; replaced in one step, so a ledger is whole at any time
    parts/DAY-SUM.parquet    transactions of one UTC day, sorted by time
    dictionary-SUM.parquet   account numbers by their 64-bit code
    holders-SUM.parquet      the accounts file: who holds an account
    ids-SUM.npy          64-bit hashes of one import's transaction ids, to find duplicates
    history-SUM.parquet  transactions as they stood before one correction or removal
    rejected/            rows that an import left out, with reasons

Transactions: `transaction_id`, `booked_at` (UTC, microseconds), `from_account` and `to_account`
(codes; null is cash), `amount` (minor units of the currency), `currency`, `channel` and the optional
columns of the interface as they came. A file that the manifest does not name is no part of the ledger.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import to_disk
from mainstay.money.engine.currencies import as_decimal_text
from mainstay.money.engine.failures import DamagedLedgerError, LedgerBusyError
from mainstay.money.engine.mapping import TRANSACTION_COLUMNS
from mainstay.money.engine.stores import CHANGED, MISSING, Folder, LedgerFile, Store
from mainstay.money.types import in_utc

Ints = npt.NDArray[np.int64]
FORMAT = 1
MANIFEST = "manifest.json"
PARTS = "parts"
#: The columns of transactions.
SCHEMA: dict[str, Any] = {
    "transaction_id": pl.String,
    "booked_at": pl.Datetime("us", "UTC"),
    "from_account": pl.Int64,
    "to_account": pl.Int64,
    "amount": pl.Int64,
    "currency": pl.String,
    "channel": pl.String,
    "text": pl.String,
    "from_country": pl.String,
    "to_country": pl.String,
    "from_place": pl.String,
    "to_place": pl.String,
    "merchant_category": pl.String,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A correction or removal: when (ISO 8601, UTC), why, and the transactions as they stood before."""

    kind: str
    at: str
    reason: str
    before: LedgerFile


@dataclass(frozen=True, slots=True)
class Manifest:
    """What belongs to a ledger. `imports` counts the imports so far; `changes` stand in the order they were made."""

    parts: tuple[LedgerFile, ...] = ()
    ids: tuple[LedgerFile, ...] = ()
    dictionary: LedgerFile | None = None
    holders: LedgerFile | None = None
    imports: int = 0
    changes: tuple[Change, ...] = ()

    @property
    def rows(self) -> int:
        """Return how many transactions the ledger holds."""
        return sum(part.rows for part in self.parts)

    def files(self) -> list[LedgerFile]:
        """Return every file of the ledger."""
        single = [file for file in (self.dictionary, self.holders) if file is not None]
        return [*self.parts, *self.ids, *single, *(change.before for change in self.changes)]

    def parts_of(self, first: date, last: date) -> list[LedgerFile]:
        """Return the files of the transactions from one day (UTC) to another."""
        return [part for part in self.parts if first.isoformat() <= part.day <= last.isoformat()]

    def as_json(self) -> str:
        """Return the manifest's text; equal contents give equal text."""
        document = {"format": FORMAT, "rows": self.rows, **asdict(self)}
        if not self.changes:  # as before there were any: what is made of a ledger is known by this text
            del document["changes"]
        return json.dumps(document, indent=1, sort_keys=True) + "\n"

    @property
    def digest(self) -> str:
        """Return what tells the ledger's contents from any other's: its files are named with their checksums."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Day:
    """The files of one day, and the number of its first transaction."""

    first: int
    rows: int
    parts: tuple[LedgerFile, ...]


class Ledger:
    """A ledger as it lies in a store. Its columns are read when they are asked for, and by day, in order of time.

    Transactions of the same moment stand in the order in which they were imported. A method raises
    `DamagedLedgerError` where a file that it reads is missing or not readable.
    """

    def __init__(self, store: Store, manifest: Manifest) -> None:
        self.store = store
        self.manifest = manifest
        self._known: dict[str, frozenset[str]] = {}
        by_day: dict[str, list[LedgerFile]] = {}
        for part in manifest.parts:
            by_day.setdefault(part.day, []).append(part)
        rows = [sum(part.rows for part in by_day[day]) for day in sorted(by_day)]
        firsts = [0, *accumulate(rows)]
        self._days = [_Day(firsts[at], rows[at], tuple(by_day[day])) for at, day in enumerate(sorted(by_day))]

    @property
    def digest(self) -> str:
        """What tells the ledger's contents from any other's."""
        return self.manifest.digest

    @property
    def height(self) -> int:
        """How many transactions there are."""
        return self.manifest.rows

    @cached_property
    def account_ids(self) -> pl.Series:
        """Account numbers by code."""
        if self.manifest.dictionary is None:
            return pl.Series("account_id", [], pl.String)
        return read_table(self.store, self.manifest.dictionary)["account_id"]

    @cached_property
    def holders(self) -> pl.DataFrame:
        """The accounts file's rows, or an empty table."""
        return read_holders(self.store, self.manifest)

    @property
    def transactions(self) -> pl.DataFrame:
        """All columns of all transactions. It is read each time, and large."""
        return pl.concat([pl.DataFrame(schema=SCHEMA), *self.by_day(*SCHEMA)])

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that some file of the ledger has."""
        return frozenset().union(*(self._columns(part) for part in self.manifest.parts))

    def by_day(self, *names: str) -> Iterator[pl.DataFrame]:
        """Yield some columns of the transactions, a table a day in order of time; the next is read meanwhile."""
        with ThreadPoolExecutor(1) as pool:
            following: Future[pl.DataFrame] | None = None
            for at, day in enumerate(self._days):
                here = following.result() if following is not None else self._read(day, names)
                following = pool.submit(self._read, self._days[at + 1], names) if at + 1 < len(self._days) else None
                yield here

    def rows(self, numbers: Ints, *names: str) -> pl.DataFrame:
        """Return some columns of some transactions, which are given by rising numbers. Other days are not read."""
        ends = [np.searchsorted(numbers, (day.first, day.first + day.rows)).tolist() for day in self._days]
        asked = [(day, numbers[low:high] - day.first) for day, (low, high) in zip(self._days, ends, strict=True)]
        with ThreadPoolExecutor(2) as pool:
            read = pool.map(lambda one: self._read(one[0], names)[one[1]], (one for one in asked if len(one[1])))
            frames: list[pl.DataFrame] = [pl.DataFrame(schema={name: SCHEMA[name] for name in names}), *read]
        return pl.concat(frames)

    def number_of(self, transaction_id: str) -> int | None:
        """Return the number of a transaction, None where the ledger has none of this id."""
        for day in self._days:
            found = (self._read(day, ("transaction_id",))["transaction_id"] == transaction_id).arg_true()
            if len(found):
                return day.first + int(found[0])
        return None

    def as_facts(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row as people read it: account numbers (None is cash), the time in UTC, the amount as a decimal."""
        facts = {name: row[name] for name in SCHEMA if name in row}
        for side in ("from_account", "to_account"):
            facts[side] = None if row[side] is None else str(self.account_ids[row[side]])
        facts["amount"] = as_decimal_text(row["amount"], row["currency"])
        facts["booked_at"] = in_utc(row["booked_at"])
        return {name: value for name, value in facts.items() if name in TRANSACTION_COLUMNS or value}

    @property
    def days(self) -> list[tuple[date, int]]:
        """The days (UTC) that have transactions, in order, and how many."""
        return [(date.fromisoformat(day.parts[0].day), day.rows) for day in self._days]

    def between(self, first: date, last: date, *names: str) -> tuple[int, pl.DataFrame]:
        """Return some columns of the transactions from one day (UTC) to another, and the number of the first.

        Days before and after are not read.
        """
        days = [day for day in self._days if first.isoformat() <= day.parts[0].day <= last.isoformat()]
        empty = pl.DataFrame(schema={name: SCHEMA[name] for name in names})
        frames = [self._read(day, names) for day in days]
        return days[0].first if days else 0, pl.concat([empty, *frames])

    def _columns(self, part: LedgerFile) -> frozenset[str]:
        try:
            if part.file not in self._known:
                self._known[part.file] = frozenset(pq.read_schema(self.store.open(part)).names)
            return self._known[part.file]
        except (OSError, pa.ArrowException) as error:
            raise DamagedLedgerError(self.store.place(part.file), "it is missing or no longer readable") from error

    def _read(self, day: _Day, names: Sequence[str]) -> pl.DataFrame:
        wanted = tuple(dict.fromkeys((*names, "booked_at"))) if len(day.parts) > 1 else names
        frames = []
        for part in day.parts:
            there = [name for name in wanted if name in self._columns(part)]
            frame = read_table(self.store, part, there)
            lacking = [pl.lit(None, SCHEMA[name]).alias(name) for name in wanted if name not in there]
            frames.append(frame.with_columns(lacking).select(wanted))
        if len(frames) == 1:
            return frames[0]
        return pl.concat(frames).sort("booked_at", maintain_order=True).select(names)


def read_manifest(folder: Path) -> Manifest:
    """Return a ledger's manifest; `BadInputError` where the folder is no ledger."""
    path = folder / MANIFEST
    if not path.is_file():
        raise no_ledger(folder)
    return manifest_of(path.read_bytes(), str(path))


def no_ledger(place: str | Path) -> BadInputError:
    """Return what is said of a place that holds no ledger."""
    return BadInputError(place, Fault(f"a ledger folder with {MANIFEST}"))


def manifest_of(text: bytes, place: str) -> Manifest:
    """Return a ledger's manifest from its text, which lay in some place."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise BadInputError(place, Fault(f"format {FORMAT}", field="format", found=str(document["format"])))
        return _manifest(document)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedLedgerError(place, "it is no longer readable") from error


def _manifest(document: dict[str, Any]) -> Manifest:
    single = {
        name: LedgerFile(**document[name]) if document[name] is not None else None for name in ("dictionary", "holders")
    }
    return Manifest(
        parts=tuple(LedgerFile(**part) for part in document["parts"]),
        ids=tuple(LedgerFile(**part) for part in document["ids"]),
        imports=document["imports"],
        changes=tuple(
            Change(change["kind"], change["at"], change["reason"], LedgerFile(**change["before"]))
            for change in document.get("changes", ())
        ),
        **single,
    )


def open_ledger(folder: Path, *, verify: bool = True) -> Ledger:
    """Open a ledger; with `verify` each file is compared with its checksum first.

    `DamagedLedgerError` names the file that is missing or changed.
    """
    manifest = read_manifest(folder)
    if verify:
        verify_ledger(folder, manifest)
    return Ledger(Folder(folder), manifest)


def read_table(store: Store, part: LedgerFile, columns: list[str] | None = None) -> pl.DataFrame:
    """Read one Parquet file of the ledger; `DamagedLedgerError` names it where that fails."""
    try:
        return pl.read_parquet(store.open(part), columns=columns, use_statistics=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DamagedLedgerError(store.place(part.file), "it is missing or no longer readable") from error


def read_holders(store: Store, manifest: Manifest) -> pl.DataFrame:
    """Return the accounts file's rows, or an empty table."""
    if manifest.holders is None:
        return pl.DataFrame(schema={"account_id": pl.String})
    return read_table(store, manifest.holders)


def verify_ledger(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its checksum, two at a time; `DamagedLedgerError` names the first that differs."""
    paths = [folder / part.file for part in manifest.files()]
    missing = next((path for path in paths if not path.is_file()), None)
    if missing is not None:
        raise DamagedLedgerError(str(missing), MISSING)
    with ThreadPoolExecutor(2) as pool:
        for path, part, found in zip(paths, manifest.files(), pool.map(checksum, paths), strict=True):
            if found != part.sha256:
                pool.shutdown(wait=False, cancel_futures=True)
                raise DamagedLedgerError(str(path), CHANGED)


def checksum(path: Path) -> str:
    """Return a file's SHA-256 as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the ledger's lock, or raise `LedgerBusyError`; a folder made here goes again if nothing was written."""
    import fcntl

    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(folder, Fault("a folder for the ledger, or a place to make one")) from error
    if not made and any(folder.iterdir()) and not any((folder / name).exists() for name in (MANIFEST, "lock")):
        raise BadInputError(folder, Fault("a ledger folder or an empty one", found="other files"))
    try:
        with (folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LedgerBusyError(folder) from error
            yield
    finally:
        if made and not (folder / MANIFEST).exists():
            (folder / "lock").unlink(missing_ok=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def commit(folder: Path, staging: Path, manifest: Manifest) -> None:
    """Move staged files into the ledger and make them part of it: the new manifest is the moment it happens.

    Args:
        folder: the ledger.
        staging: a folder beside the manifest that holds the new files at their final relative paths.
        manifest: what belongs to the ledger from now on.
    """
    files = sorted(path for path in staging.rglob("*") if path.is_file())
    listed = staging / MANIFEST
    listed.write_text(manifest.as_json(), encoding="utf-8")
    for path in (*files, listed):
        to_disk(path)
    for path in files:  # nothing more is written from here on, so there is room for all of it
        target = folder / path.relative_to(staging)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)
    listed.replace(folder / MANIFEST)
    _drop_strays(folder, manifest)


def _drop_strays(folder: Path, manifest: Manifest) -> None:
    """Remove what an import that was cut off, or an older dictionary, left behind."""
    kept = {part.file for part in manifest.files()}
    tables = (f"{name}-*.parquet" for name in ("dictionary", "holders", "history"))
    for pattern in (f"{PARTS}/*.parquet", *tables, "ids-*.npy"):
        for path in folder.glob(pattern):
            if str(path.relative_to(folder)) not in kept:
                path.unlink()


def stage(staging: Path, name: str, frame: pl.DataFrame, day: str = "") -> LedgerFile:
    """Write a table into the staging folder as `NAME-CHECKSUM.parquet` and return its entry."""
    folder = staging / (PARTS if day else ".")
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.tmp"
    with no_room_told():
        frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
    return stage_file(staging, path, f"{name}.parquet", frame.height, day)


@contextmanager
def no_room_told() -> Iterator[None]:
    """Raise `OSError` where Polars cannot write, for want of room say, which it calls a fault of what it computes."""
    try:
        yield
    except pl.exceptions.ComputeError as error:
        raise OSError(str(error).rpartition("underlying IO error: ")[2]) from error


def stage_file(staging: Path, path: Path, name: str, rows: int, day: str = "") -> LedgerFile:
    """Give a staged file its final name with its checksum in it, and return its entry."""
    digest = checksum(path)
    stem, suffix = name.rsplit(".", 1)
    final = path.with_name(f"{stem}-{digest[:16]}.{suffix}")
    path.replace(final)
    return LedgerFile(str(final.relative_to(staging)), rows, digest, day)


def with_added(manifest: Manifest, parts: list[LedgerFile], ids: LedgerFile | None) -> Manifest:
    """Return the manifest with an import's parts and ids added, parts in order of day."""
    ordered = tuple(sorted([*manifest.parts, *parts], key=lambda part: part.day))
    added = (ids,) if ids is not None else ()
    return replace(manifest, parts=ordered, ids=(*manifest.ids, *added), imports=manifest.imports + 1)
