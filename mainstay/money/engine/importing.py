"""Importing transactions and accounts into a ledger: everything of it, or nothing.

Rows stream through in blocks; what is good is sorted in runs of a few million rows and written by
day into a staging folder inside the ledger, while the next run is gathered. Only when every file is
through does one new manifest make it part of the ledger. With `keep_good`, rows that cannot be taken
go to a file of rejected rows with the reason of each.
"""

import csv
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine import holders, validation
from mainstay.money.engine.failures import LedgerWriteError
from mainstay.money.engine.hashing import AccountCodes, SeenIds, hash_texts
from mainstay.money.engine.ledger import (
    MANIFEST,
    Manifest,
    commit,
    locked,
    read_manifest,
    read_table,
    stage,
    stage_file,
    verify_ledger,
    with_added,
)
from mainstay.money.engine.mapping import Mapping
from mainstay.money.engine.reading import Block, BrokenRow, IrregularFileError, read_blocks
from mainstay.money.engine.stores import Folder, LedgerFile
from mainstay.money.types import ImportResult

RUN_ROWS = 2_000_000
BLOCKS_AHEAD = 4
MOST_FAULTS = 100
Progress = Callable[[int], None]
JudgedBlock = tuple[Block, pl.DataFrame, validation.Judged]


@dataclass
class _Intake:
    """What an import has gathered so far."""

    folder: Path
    staging: Path
    manifest: Manifest
    codes: AccountCodes
    seen: SeenIds
    keep_good: bool
    progress: Progress
    writer: ThreadPoolExecutor
    pending: list[pl.DataFrame] = field(default_factory=list)
    writing: Future[list[LedgerFile]] | None = None
    parts: list[LedgerFile] = field(default_factory=list)
    hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    rows: int = 0
    rejected: int = 0
    rejected_files: list[str] = field(default_factory=list)


def import_transactions(
    files: Sequence[Path],
    ledger: Path,
    *,
    accounts: Path | None = None,
    mapping: Mapping | None = None,
    keep_good: bool = False,
    progress: Progress = lambda rows: None,
) -> ImportResult:
    """Take files of transactions (and an accounts file) into a ledger, made if it is not there.

    Args:
        files: CSV or Parquet files.
        ledger: the ledger's folder.
        accounts: a file of accounts at the interface's columns; a row replaces what was known of its account.
        mapping: how the files' columns become Mainstay's; none is the interface itself.
        keep_good: take the good rows and write the others to `rejected/` with reasons.
        progress: called with the number of rows done.

    Raises:
        BadInputError: a file or row that cannot be taken; the ledger is as before.
        LedgerWriteError: the disk is full, or the folder cannot be written; the ledger is as before.
        LedgerBusyError: another import holds the ledger.
        DamagedLedgerError: the ledger itself is damaged.
    """
    mapping = mapping or Mapping()
    with locked(ledger):
        manifest = read_manifest(ledger) if (ledger / MANIFEST).exists() else Manifest()
        verify_ledger(ledger, manifest)
        for left in ledger.glob(".staging-*"):
            shutil.rmtree(left)
        for careful in (False, True):
            with (
                tempfile.TemporaryDirectory(prefix=".staging-", dir=ledger) as staging,
                ThreadPoolExecutor(1) as writer,
            ):
                try:
                    intake = _intake(ledger, Path(staging), manifest, keep_good, progress, writer)
                    for path in files:
                        _take_file(intake, Path(path), mapping, careful=careful)
                    return _finish(intake, accounts)
                except IrregularFileError:
                    continue
                except OSError as error:
                    raise LedgerWriteError(ledger, error.strerror or str(error)) from error
    raise AssertionError("the careful reader judges every file")


def _intake(
    folder: Path, staging: Path, manifest: Manifest, keep_good: bool, progress: Progress, writer: ThreadPoolExecutor
) -> _Intake:
    seen = SeenIds()
    for part in manifest.ids:
        seen.add(np.load(folder / part.file))
    codes = AccountCodes()
    if manifest.dictionary:
        codes.encode(read_table(Folder(folder), manifest.dictionary)["account_id"])
    return _Intake(folder, staging, manifest, codes, seen, keep_good, progress, writer)


def _take_file(intake: _Intake, path: Path, mapping: Mapping, *, careful: bool) -> None:
    found: list[Fault] = []
    any_row = False
    for block, given, judged in _ahead(judged_blocks(path, mapping, careful=careful)):
        any_row = any_row or len(block.rows) > 0 or len(block.broken) > 0
        _mark_duplicates(intake, judged)
        bad = validation.faults(judged, given, block.rows)
        _reject(intake, path, block, bad)
        found += [fault for _, fault in bad] + [row.fault for row in block.broken]
        if len(found) >= MOST_FAULTS and not intake.keep_good:
            break
        good = judged.frame.filter(pl.Series(judged.codes == 0)) if judged.codes.any() else judged.frame
        if not found or intake.keep_good:
            _keep(intake, good)
        intake.rows += good.height
        intake.progress(intake.rows)
    if not any_row:
        raise BadInputError(path, Fault("at least one transaction after the header", row=2, found="nothing"))
    if found and not intake.keep_good:
        raise BadInputError(path, sorted(found, key=lambda fault: fault.row or 0))


def judged_blocks(path: Path, mapping: Mapping, *, careful: bool) -> Iterator[JudgedBlock]:
    """Yield the blocks of a file: as it came, with our columns, and judged."""
    for block in read_blocks(path, delimiter=mapping.delimiter, careful=careful):
        given = mapping.apply(block, path)
        yield block, given, validation.judge(given)


def _ahead(blocks: Iterator[JudgedBlock]) -> Iterator[JudgedBlock]:
    """Read and judge the next blocks on another core while this one is encoded, or a run is written."""
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(next, blocks, None) for _ in range(BLOCKS_AHEAD))
        try:
            while (block := waiting.popleft().result()) is not None:
                waiting.append(pool.submit(next, blocks, None))
                yield block
        finally:
            for left in waiting:
                left.cancel()


def _mark_duplicates(intake: _Intake, judged: validation.Judged) -> None:
    """Mark ids that were there before; equal hashes are compared as text before a row is refused."""
    ids = judged.frame["transaction_id"]
    good = np.flatnonzero(judged.codes == 0)
    hashes = hash_texts(ids)[good]
    seen = intake.seen.add(hashes)
    intake.hashes.append(hashes[~seen])
    if not seen.any():
        return
    suspects = good[seen]
    known = _ids_among(intake, ids.gather(suspects))
    earlier = set(ids.gather(good[~seen]).to_list()) if len(suspects) else set()
    for index in suspects:
        if ids[int(index)] in known or ids[int(index)] in earlier:
            judged.codes[index] = validation.DUPLICATE
        else:
            earlier.add(ids[int(index)])


def _ids_among(intake: _Intake, suspects: pl.Series) -> set[str]:
    """Return those ids that are really in the ledger, the staged parts or the rows not written yet."""
    _wait_for_run(intake)
    wanted = pl.DataFrame({"transaction_id": suspects.unique()})
    tables = [frame.lazy() for frame in intake.pending]
    files = [intake.folder / part.file for part in intake.manifest.parts]
    files += [intake.staging / part.file for part in intake.parts]
    tables += [pl.scan_parquet(file) for file in files]
    found: set[str] = set()
    for table in tables:
        ids = table.select("transaction_id").collect()
        found.update(wanted.join(ids, on="transaction_id", how="semi")["transaction_id"].to_list())
    return found


def _keep(intake: _Intake, good: pl.DataFrame) -> None:
    """Encode accounts and hold the rows until a run is full."""
    if good.height == 0:
        return
    sides = [intake.codes.encode(good[side]) for side in ("from_account", "to_account")]
    intake.pending.append(good.with_columns(sides))
    if sum(frame.height for frame in intake.pending) >= RUN_ROWS:
        _write_run(intake)


def _write_run(intake: _Intake) -> None:
    """Have the rows held written while the next are gathered; no more than one run is."""
    if not intake.pending:
        return
    _wait_for_run(intake)
    intake.writing = intake.writer.submit(by_day, intake.staging, intake.pending)
    intake.pending = []


def _wait_for_run(intake: _Intake) -> None:
    """Wait until the run that is being written is there."""
    if intake.writing is not None:
        intake.parts += intake.writing.result()
        intake.writing = None


def by_day(staging: Path, frames: list[pl.DataFrame]) -> list[LedgerFile]:
    """Sort a run by time, unless it came so, and write one part for each day in it."""
    run = pl.concat(frames, how="diagonal")
    if not run["booked_at"].is_sorted():
        run = run.sort("booked_at", maintain_order=True)
    days = run["booked_at"].dt.date()
    starts = np.flatnonzero(np.concatenate([[True], np.diff(days.to_physical().to_numpy()) != 0]))
    return [
        stage(staging, str(days[start]), run[start:end], str(days[start]))
        for start, end in pairwise([*starts.tolist(), run.height])
    ]


def _reject(intake: _Intake, path: Path, block: Block, bad: list[tuple[int, Fault]]) -> None:
    """Write the rows that are left out, with the reason of each, when good ones are kept."""
    broken = block.broken
    if not intake.keep_good or not (bad or broken):
        return
    name = f"{path.stem}.rejected.csv"
    serial = intake.manifest.imports + 1
    if (intake.folder / "rejected" / name).exists():
        name = f"{path.stem}-{serial}.rejected.csv"
    target = intake.staging / "rejected" / name
    target.parent.mkdir(exist_ok=True)
    fresh = not target.exists()
    with target.open("a", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        if fresh:
            writer.writerow(["row", "field", "expected", "found", *block.frame.columns])
            intake.rejected_files.append(str(intake.folder / "rejected" / name))
        taken = [BrokenRow(fault, tuple(map(_cell, block.frame.row(index)))) for index, fault in bad]
        for row in sorted([*taken, *broken], key=lambda row: row.fault.row or 0):
            fault = row.fault
            writer.writerow([fault.row, fault.field or "", fault.expected, fault.found or "", *row.cells])
    intake.rejected += len(bad) + len(broken)


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _finish(intake: _Intake, accounts: Path | None) -> ImportResult:
    """Write what is still held, then make all of it part of the ledger at once."""
    _write_run(intake)
    _wait_for_run(intake)
    manifest = intake.manifest
    if intake.parts:
        path = intake.staging / "ids.tmp"
        hashes = np.concatenate(intake.hashes)
        with path.open("wb") as out:
            np.save(out, hashes)
        ids = stage_file(intake.staging, path, "ids.npy", len(hashes))
        manifest = with_added(manifest, intake.parts, ids)
        names = pl.DataFrame({"account_id": intake.codes.names()})
        manifest = replace(manifest, dictionary=stage(intake.staging, "dictionary", names))
    if accounts is not None:
        table = holders.read_accounts(accounts)
        table = holders.merged(intake.folder, manifest, table)
        manifest = replace(manifest, holders=stage(intake.staging, "holders", table))
    commit(intake.folder, intake.staging, manifest)
    return ImportResult(
        transactions=intake.rows,
        accounts=len(intake.codes),
        rejected=intake.rejected,
        rejected_files=tuple(intake.rejected_files),
        days=len({part.day for part in intake.parts}),
    )
