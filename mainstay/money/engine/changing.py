"""Correcting and removing transactions of a ledger: what stood there before stays, as its history.

The files of the days that a change touches are written anew, without the transactions that it replaces or removes;
these go into a file of the history. All of it becomes part of the ledger in one step, as an import does, or none.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine import validation
from mainstay.money.engine.failures import LedgerWriteError
from mainstay.money.engine.hashing import AccountCodes
from mainstay.money.engine.importing import MOST_FAULTS, by_day, judged_blocks
from mainstay.money.engine.ledger import (
    Change,
    Ledger,
    Manifest,
    commit,
    locked,
    open_ledger,
    read_manifest,
    read_table,
    stage,
    verify_ledger,
)
from mainstay.money.engine.mapping import Mapping
from mainstay.money.engine.reading import IrregularFileError, read_blocks
from mainstay.money.engine.stores import Folder, LedgerFile
from mainstay.money.types import ChangeResult, in_utc

ID = "transaction_id"
Kind = Literal["correct", "remove"]
_Table = tuple[pl.DataFrame, list[Fault]]


def correct_transactions(
    file: Path, ledger: Path, *, reason: str, at: datetime, mapping: Mapping | None = None
) -> ChangeResult:
    """Put the transactions of a file in the place of those of the same ids; the file is held in memory.

    Args:
        file: CSV or Parquet, as for an import; each id has to be in the ledger, and once in the file.
        ledger: the ledger's folder.
        reason: why, for whoever reads the history.
        at: when, in UTC.
        mapping: how the file's columns become Mainstay's; none is the interface itself.

    Raises:
        BadInputError: a file or row that cannot be taken; the ledger is as before.
        LedgerWriteError: the disk is full, or the folder cannot be written; the ledger is as before.
        LedgerBusyError: an import or another change holds the ledger.
        DamagedLedgerError: the ledger itself is damaged.
    """
    given = _read(file, lambda careful: _corrections(file, mapping or Mapping(), careful))
    return _change("correct", file, ledger, given, reason, at)


def remove_transactions(file: Path, ledger: Path, *, reason: str, at: datetime) -> ChangeResult:
    """Take the transactions out of a ledger whose ids a file lists in its column `transaction_id`.

    Arguments and errors are those of `correct_transactions`.
    """
    given = _read(file, lambda careful: _listed(file, careful))
    return _change("remove", file, ledger, given, reason, at)


def history(ledger: Path, transaction_id: str | None = None) -> list[dict[str, Any]]:
    """Return the changes of a ledger in the order they were made; of one transaction, with what stood there before.

    A change is `number`, `kind`, `at`, `transactions` and `reason`, and for a transaction `before`. `BadInputError`
    where the ledger never had a transaction of this id.
    """
    opened, told = open_ledger(ledger, verify=False), []
    for number, change in enumerate(opened.manifest.changes, start=1):
        one: dict[str, Any] = {"number": number, "kind": change.kind, "at": change.at}
        one |= {"transactions": change.before.rows, "reason": change.reason}
        if transaction_id is not None:
            rows = read_table(opened.store, change.before).filter(pl.col(ID) == transaction_id)
            if rows.is_empty():
                continue
            one["before"] = opened.as_facts(rows.row(0, named=True))
        told.append(one)
    if transaction_id is not None and not told and opened.number_of(transaction_id) is None:
        raise BadInputError(ledger, Fault("a transaction of this id, now or before", field=ID, found="none"))
    return told


def _read(file: Path, table: Callable[[bool], Iterator[_Table]]) -> pl.DataFrame:
    """Return the good rows of a file with their numbers in it as `row`; `BadInputError` where one is not."""
    frames: list[pl.DataFrame] = []
    faults: list[Fault] = []
    for careful in (False, True):
        frames, faults = [], []
        try:
            for frame, bad in table(careful):
                frames.append(frame)
                faults += bad
                if len(faults) >= MOST_FAULTS:
                    break
            break
        except IrregularFileError:
            continue
    rows = pl.concat(frames, how="diagonal")
    again = rows.filter(~pl.col(ID).is_first_distinct())
    faults += [Fault("each transaction once", row=row, field=ID, found=name) for name, row in _named(again)]
    if faults:
        raise BadInputError(file, sorted(faults, key=lambda fault: fault.row or 0))
    if rows.is_empty():
        raise BadInputError(file, Fault("at least one transaction after the header", row=2, found="nothing"))
    return rows


def _named(rows: pl.DataFrame) -> list[tuple[str, int]]:
    return list(rows.select(ID, "row").head(MOST_FAULTS).iter_rows())


def _corrections(file: Path, mapping: Mapping, careful: bool) -> Iterator[_Table]:
    for block, given, judged in judged_blocks(file, mapping, careful=careful):
        bad = [fault for _, fault in validation.faults(judged, given, block.rows)]
        rows = judged.frame.with_columns(row=pl.Series(block.rows))
        yield rows.filter(pl.Series(judged.codes == 0)), [*bad, *(row.fault for row in block.broken)]


def _listed(file: Path, careful: bool) -> Iterator[_Table]:
    for block in read_blocks(file, careful=careful):
        if ID not in block.frame.columns:
            raise BadInputError(file, Fault(f"a column {ID}", row=1, found=", ".join(block.frame.columns)[:80]))
        rows = block.frame.select(pl.col(ID).cast(pl.String).fill_null(""), row=pl.Series(block.rows))
        empty = rows.filter(pl.col(ID) == "")
        bad = [Fault("an id, not empty", row=row, field=ID, found="nothing") for _, row in _named(empty)]
        yield rows, [*bad, *(row.fault for row in block.broken)]


def _change(kind: Kind, file: Path, folder: Path, given: pl.DataFrame, reason: str, at: datetime) -> ChangeResult:
    if not reason.strip():
        raise BadInputError("--reason", Fault("why, in a few words", found="nothing"))
    read_manifest(folder)  # a folder that is no ledger gets no lock
    with locked(folder):
        manifest = read_manifest(folder)
        verify_ledger(folder, manifest)
        with tempfile.TemporaryDirectory(prefix=".staging-", dir=folder) as staging:
            try:
                parts, before = _without(Folder(folder), Path(staging), manifest.parts, given)
                _require_all(file, given, before)
                change = Change(kind, in_utc(at), reason.strip(), _kept(staging, before))
                manifest = replace(manifest, changes=(*manifest.changes, change))
                if kind == "correct":
                    manifest, added = _with(Ledger(Folder(folder), manifest), Path(staging), given.drop("row"))
                    parts += added
                ordered = tuple(sorted(parts, key=lambda part: part.day))
                commit(folder, Path(staging), replace(manifest, parts=ordered))
            except OSError as error:
                raise LedgerWriteError(folder, error.strerror or str(error)) from error
    return ChangeResult(kind, len(manifest.changes), given.height)


def _without(
    store: Folder, staging: Path, parts: Sequence[LedgerFile], given: pl.DataFrame
) -> tuple[list[LedgerFile], list[pl.DataFrame]]:
    """Write the files that hold some of the given transactions anew, without them; return all files, and those rows."""
    left, before = [], []
    for part in parts:
        ids = read_table(store, part, [ID])
        if ids.join(given, on=ID, how="semi").is_empty():
            left.append(part)
            continue
        rows = read_table(store, part)
        before.append(rows.join(given, on=ID, how="semi", maintain_order="left"))
        others = rows.join(given, on=ID, how="anti", maintain_order="left")
        if not others.is_empty():
            left.append(stage(staging, part.day, others, part.day))
    return left, before


def _require_all(file: Path, given: pl.DataFrame, before: list[pl.DataFrame]) -> None:
    """Refuse ids that the ledger does not have, each with its row."""
    found = pl.concat([given.select(ID).clear(), *(rows.select(ID) for rows in before)])
    missing = _named(given.join(found, on=ID, how="anti", maintain_order="left"))
    if missing:
        expected = "the id of a transaction in the ledger"
        raise BadInputError(file, [Fault(expected, row=row, field=ID, found=name) for name, row in missing])


def _kept(staging: str, before: list[pl.DataFrame]) -> LedgerFile:
    return stage(Path(staging), "history", pl.concat(before, how="diagonal"))


def _with(ledger: Ledger, staging: Path, rows: pl.DataFrame) -> tuple[Manifest, list[LedgerFile]]:
    """Write corrected transactions by day; return the manifest with accounts that are new, and their files."""
    codes = AccountCodes()
    codes.encode(ledger.account_ids)
    known = len(codes)
    rows = rows.with_columns([codes.encode(rows[side]) for side in ("from_account", "to_account")])
    manifest = ledger.manifest
    if len(codes) > known:
        names = pl.DataFrame({"account_id": codes.names()})
        manifest = replace(manifest, dictionary=stage(staging, "dictionary", names))
    return manifest, by_day(staging, [rows])
