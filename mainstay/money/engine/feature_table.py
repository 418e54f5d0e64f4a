"""Features of a whole ledger as one Parquet file, slice by slice: memory follows the window, not the ledger.

Days are read one after another and counted as a stream of payments (`stream.py`), each slice is written as a row group
before the next is counted. The file is written aside and renamed: it is whole, or not there.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.core.errors import BadInputError, Fault
from mainstay.core.whole_files import whole_file
from mainstay.money.engine.adjacency import CASH
from mainstay.money.engine.features import Features
from mainstay.money.engine.ledger import Ledger, open_ledger
from mainstay.money.engine.stream import Stream
from mainstay.money.types import FeatureSettings

Progress = Callable[[int, int], None]
SLICE = 500_000
_COLUMNS = ("transaction_id", "booked_at", "from_account", "to_account")


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
    size: int = SLICE,
) -> Written:
    """Write a row for each of a ledger's transactions, in order of time, `transaction_id` first.

    The rows are those of `features.features` on the whole ledger. `progress` is told after each slice of `size` how
    many are done, and of how many. `DamagedLedgerError` names a file that is missing or changed; `BadInputError` where
    `out` cannot be written.
    """
    opened = open_ledger(ledger)
    stream, truncated, done = Stream(settings, threads=2), Counter[str](), 0
    progress(0, opened.height)
    try:
        with whole_file(out) as aside, ExitStack() as open_files:
            writer: pq.ParquetWriter | None = None
            for payments in _slices(opened, size):
                judged = _judged(stream, payments)
                table = pl.concat([payments.select("transaction_id"), judged.as_frame()], how="horizontal").to_arrow()
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


def _slices(ledger: Ledger, size: int) -> Iterator[pl.DataFrame]:
    """Give the ledger's payments in order of time, so many at once; of an empty ledger one slice of none."""
    waiting, given = ledger.rows(np.zeros(0, np.int64), *_COLUMNS), False
    for day in ledger.by_day(*_COLUMNS):
        waiting = pl.concat([waiting, day])
        while waiting.height >= size:
            yield waiting[:size]
            waiting, given = waiting[size:], True
    if waiting.height or not given:
        yield waiting
