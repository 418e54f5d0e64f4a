"""Features of a whole ledger as one Parquet file, slice by slice: memory follows the windows, not the ledger.

Days are read one after another and counted as a stream of payments (`stream.py`), each slice is written as a row group
before the next is counted. What fans add up to (`fan_amounts.py`) and rhythms (`rhythms.py`, which look back for weeks)
are counted for blocks of days that have as many payments as the time before them that they see, so that no payment is
looked at again and again. The file is written aside and renamed: it is whole, or not there.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file
from mainstay.money.engine.adjacency import CASH, graph_of_rows
from mainstay.money.engine.fan_amounts import fan_amounts
from mainstay.money.engine.features import Features
from mainstay.money.engine.ledger import Ledger, open_ledger
from mainstay.money.engine.rhythms import LOOKS_BACK, rhythms
from mainstay.money.engine.stream import Stream
from mainstay.money.types import FeatureSettings, RhythmSettings

Progress = Callable[[int, int], None]
SLICE = 500_000
_LEAST = 100_000
_COLUMNS = ("transaction_id", "booked_at", "from_account", "to_account")
_SUMS = ("amount", "currency")


@dataclass(frozen=True, slots=True)
class Written:
    """How many transactions were written, and how many were cut in each family."""

    transactions: int
    truncated: dict[str, int]


def write_features(
    ledger: Path,
    settings: FeatureSettings,
    out: Path,
    progress: Progress = lambda done, total: None,
    *,
    rhythm: RhythmSettings | None = None,
    size: int = SLICE,
) -> Written:
    """Write a row for each of a ledger's transactions, in order of time, `transaction_id` first.

    The rows are those of `features.features` on the whole ledger, then of `fan_amounts.fan_amounts`, and where `rhythm`
    is given of `rhythms.rhythms` too. `progress` is told after each slice of `size` how many are done, and of how many.
    `DamagedLedgerError` names a file that is missing or changed; `BadInputError` where `out` cannot be written.
    """
    opened = open_ledger(ledger)
    stream, truncated, done = Stream(settings, threads=2), Counter[str](), 0
    progress(0, opened.height)
    try:
        with whole_file(out) as aside, ExitStack() as open_files:
            writer: pq.ParquetWriter | None = None
            chosen = Chosen(settings, rhythm, len(opened.account_ids))
            for payments in _slices(_with_figures(opened, chosen), size, _none_of(opened, chosen)):
                judged, rest = _judged(stream, payments), payments.drop(_COLUMNS)
                parts = [payments.select("transaction_id"), judged.as_frame(), rest]
                table = pl.concat(parts, how="horizontal").to_arrow()
                if writer is None:
                    writer = open_files.enter_context(pq.ParquetWriter(aside, table.schema, compression="zstd"))
                writer.write_table(table)
                done += payments.height
                truncated.update(judged.truncated())
                progress(done, opened.height)
    except (OSError, pa.ArrowException) as error:
        raise BadInputError(out, Fault("a file that can be written, in a folder that is there")) from error
    return Written(done, dict(truncated))


def _judged(stream: Stream, payments: pl.DataFrame) -> Features:
    accounts = payments.select(pl.col("from_account", "to_account").fill_null(CASH)).to_numpy().T
    return stream.add(payments["booked_at"].to_physical().to_numpy(), *accounts).features


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is counted by block, among how many accounts."""

    settings: FeatureSettings
    rhythm: RhythmSettings | None
    accounts: int

    @property
    def looks_back(self) -> timedelta:
        """How long before a payment others may change its figures."""
        window = self.settings.window
        return window if self.rhythm is None else max(window, self.rhythm.window + timedelta(microseconds=LOOKS_BACK))


def _with_figures(ledger: Ledger, chosen: Chosen) -> Iterator[pl.DataFrame]:
    """Give the ledger's payments with their figures, in blocks of days with as many as may be seen from them."""
    block = ledger.rows(np.zeros(0, np.int64), *_COLUMNS, *_SUMS)
    seen = block.drop("transaction_id")
    for day in ledger.by_day(*_COLUMNS, *_SUMS):
        block = pl.concat([block, day])
        if block.height < max(seen.height, _LEAST):
            continue
        yield _and_figures(seen, block, chosen)
        seen = pl.concat([seen, block.select(seen.columns)])
        seen = seen.filter(pl.col("booked_at") >= seen["booked_at"][-1] - chosen.looks_back)
        block = block.clear()
    if block.height:
        yield _and_figures(seen, block, chosen)


def _and_figures(seen: pl.DataFrame, block: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    """Return payments with their figures, given those before them that they may see."""
    found = figures_of_rows(pl.concat([seen, block.select(seen.columns)]), chosen, seen.height)
    return pl.concat([block.select(_COLUMNS), found], how="horizontal")


def figures_of_rows(rows: pl.DataFrame, chosen: Chosen, first: int) -> pl.DataFrame:
    """Return what is counted by block of the rows from one on; those before it, `looks_back` long, are seen from it."""
    graph = graph_of_rows(rows, chosen.accounts)
    found = [fan_amounts(graph, chosen.settings, first).as_frame()]
    if chosen.rhythm is not None:
        found.append(rhythms(graph, chosen.rhythm, first).as_frame())
    return pl.concat(found, how="horizontal")


def _none_of(ledger: Ledger, chosen: Chosen) -> pl.DataFrame:
    """Return the columns of a ledger's payments with their figures, of none of them."""
    none = ledger.rows(np.zeros(0, np.int64), *_COLUMNS, *_SUMS)
    return _and_figures(none.drop("transaction_id"), none, replace(chosen, accounts=0))


def _slices(blocks: Iterable[pl.DataFrame], size: int, none: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give payments in order of time, so many at once; where there are none one slice of none."""
    waiting, given = none, False
    for block in blocks:
        waiting = pl.concat([waiting, block])
        while waiting.height >= size:
            yield waiting[:size]
            waiting, given = waiting[size:], True
    if waiting.height or not given:
        yield waiting
