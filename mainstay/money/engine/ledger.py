"""The ledger: a folder of Parquet files by day, and a manifest with their checksums.

    manifest.json        what belongs to the ledger; replaced in one step, so a ledger is whole at any time
    parts/DAY-SUM.parquet    transactions of one UTC day, sorted by time
    dictionary-SUM.parquet   account numbers by their 64-bit code
    holders-SUM.parquet      the accounts file: who holds an account
    ids-SUM.npy          64-bit hashes of one import's transaction ids, to find duplicates
    rejected/            rows that an import left out, with reasons

Transactions: `transaction_id`, `booked_at` (UTC, microseconds), `from_account` and `to_account`
(codes; null is cash), `amount` (minor units of the currency), `currency`, `channel` and the optional
columns of the interface as they came. A file that the manifest does not name is no part of the ledger.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine.failures import DamagedLedgerError, LedgerBusyError

FORMAT = 1
MANIFEST = "manifest.json"
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
class LedgerFile:
    """A file of the ledger by its path inside the folder, with rows and SHA-256; `day` for transactions."""

    file: str
    rows: int
    sha256: str
    day: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What belongs to a ledger. `imports` counts the imports so far."""

    parts: tuple[LedgerFile, ...] = ()
    ids: tuple[LedgerFile, ...] = ()
    dictionary: LedgerFile | None = None
    holders: LedgerFile | None = None
    imports: int = 0

    @property
    def rows(self) -> int:
        """Return how many transactions the ledger holds."""
        return sum(part.rows for part in self.parts)

    def files(self) -> list[LedgerFile]:
        """Return every file of the ledger."""
        return [*self.parts, *self.ids, *(f for f in (self.dictionary, self.holders) if f is not None)]

    def as_json(self) -> str:
        """Return the manifest's text; equal contents give equal text."""
        return json.dumps({"format": FORMAT, "rows": self.rows, **asdict(self)}, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger in memory: transactions sorted by time, account numbers by code, holders by account number."""

    transactions: pl.DataFrame
    account_ids: pl.Series
    holders: pl.DataFrame


def read_manifest(folder: Path) -> Manifest:
    """Return a ledger's manifest; `BadInputError` where the folder is no ledger."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInputError(folder, Fault(f"a ledger folder with {MANIFEST}"))
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            raise BadInputError(path, Fault(f"format {FORMAT}", field="format", found=str(document["format"])))
        return _manifest(document)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedLedgerError(path, "it is no longer readable") from error


def _manifest(document: dict[str, Any]) -> Manifest:
    single = {
        name: LedgerFile(**document[name]) if document[name] is not None else None for name in ("dictionary", "holders")
    }
    return Manifest(
        parts=tuple(LedgerFile(**part) for part in document["parts"]),
        ids=tuple(LedgerFile(**part) for part in document["ids"]),
        imports=document["imports"],
        **single,
    )


def open_ledger(folder: Path, *, verify: bool = True) -> Ledger:
    """Read a ledger whole; with `verify` each file is compared with its checksum first.

    `DamagedLedgerError` names the file that is missing or changed.
    """
    manifest = read_manifest(folder)
    if verify:
        verify_ledger(folder, manifest)
    frames = [_part(folder, part) for part in manifest.parts]
    empty = pl.DataFrame(schema=SCHEMA)
    transactions = pl.concat([empty, *frames], how="diagonal").sort("booked_at", maintain_order=True)
    return Ledger(transactions, _dictionary(folder, manifest), read_holders(folder, manifest))


def _part(folder: Path, part: LedgerFile) -> pl.DataFrame:
    return read_table(folder, part)


def read_table(folder: Path, part: LedgerFile, columns: list[str] | None = None) -> pl.DataFrame:
    """Read one Parquet file of the ledger, or some of its columns; `DamagedLedgerError` names it where that fails."""
    try:
        return pl.read_parquet(folder / part.file, columns=columns, use_statistics=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DamagedLedgerError(folder / part.file, "it is missing or no longer readable") from error


def _dictionary(folder: Path, manifest: Manifest) -> pl.Series:
    if manifest.dictionary is None:
        return pl.Series("account_id", [], pl.String)
    return read_table(folder, manifest.dictionary)["account_id"]


def read_holders(folder: Path, manifest: Manifest) -> pl.DataFrame:
    """Return the accounts file's rows, or an empty table."""
    if manifest.holders is None:
        return pl.DataFrame(schema={"account_id": pl.String})
    return read_table(folder, manifest.holders)


def verify_ledger(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its checksum; `DamagedLedgerError` names the first that differs."""
    for part in manifest.files():
        path = folder / part.file
        if not path.is_file():
            raise DamagedLedgerError(path, "it is missing")
        if checksum(path) != part.sha256:
            raise DamagedLedgerError(path, "it is not the file that was written (its checksum differs)")


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
    for path in sorted(p for p in staging.rglob("*") if p.is_file()):
        target = folder / path.relative_to(staging)
        target.parent.mkdir(exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(target)
    temporary = folder / f".{MANIFEST}"
    with temporary.open("w", encoding="utf-8") as out:
        out.write(manifest.as_json())
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(folder / MANIFEST)
    _drop_strays(folder, manifest)


def _drop_strays(folder: Path, manifest: Manifest) -> None:
    """Remove what an import that was cut off, or an older dictionary, left behind."""
    kept = {part.file for part in manifest.files()}
    for pattern in ("parts/*.parquet", "dictionary-*.parquet", "holders-*.parquet", "ids-*.npy"):
        for path in folder.glob(pattern):
            if str(path.relative_to(folder)) not in kept:
                path.unlink()


def stage(staging: Path, name: str, frame: pl.DataFrame, day: str = "") -> LedgerFile:
    """Write a table into the staging folder as `NAME-CHECKSUM.parquet` and return its entry."""
    folder = staging / ("parts" if day else ".")
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.tmp"
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
    return stage_file(staging, path, f"{name}.parquet", frame.height, day)


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
