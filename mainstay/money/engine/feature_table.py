"""Features of a whole ledger as one Parquet file, slice by slice: memory follows the window, not the ledger.

Days are read one after another and counted as a stream of payments (`stream.py`), each slice is written as a row group
before the next is counted. The file is written aside and renamed: it is whole, or not there.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine.adjacency import CASH
from mainstay.money.engine.ledger import SCHEMA, Manifest, read_manifest, read_table, verify_ledger
from mainstay.money.engine.stream import Stream
from mainstay.money.types import FeatureSettings

Progress = Callable[[int, int], None]
SLICE = 500_000
_COLUMNS = ["transaction_id", "booked_at", "from_account", "to_account"]


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
    manifest = read_manifest(ledger)
    verify_ledger(ledger, manifest)
    stream, truncated, done = Stream(settings, threads=2), {"scatter_gather": 0, "cycle": 0, "hop_cycle": 0}, 0
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    writer: pq.ParquetWriter | None = None
    try:
        progress(0, manifest.rows)
        for payments in _slices(ledger, manifest, size):
            accounts = payments.select(pl.col("from_account", "to_account").fill_null(CASH)).to_numpy().T
            judged = stream.add(payments["booked_at"].to_physical().to_numpy(), *accounts)
            frame = pl.concat([payments.select("transaction_id"), judged.features.as_frame()], how="horizontal")
            table = frame.to_arrow()
            if writer is None:
                writer = pq.ParquetWriter(aside, table.schema, compression="zstd")
            writer.write_table(table)
            done += payments.height
            truncated = {name: count + judged.features.truncated()[name] for name, count in truncated.items()}
            progress(done, manifest.rows)
        if writer is not None:
            writer.close()
        aside.replace(out)
    except (OSError, pa.ArrowException) as error:
        raise BadInputError(out, Fault("a file that can be written, in a folder that is there")) from error
    finally:
        aside.unlink(missing_ok=True)
    return Written(done, truncated)


def _slices(ledger: Path, manifest: Manifest, size: int) -> Iterator[pl.DataFrame]:
    """Give the ledger's payments in order of time, so many at once; of an empty ledger one slice of none."""
    waiting = pl.DataFrame(schema={name: SCHEMA[name] for name in _COLUMNS})
    given = False
    for _, parts in groupby(manifest.parts, key=lambda part: part.day):
        day = pl.concat([read_table(ledger, part, _COLUMNS) for part in parts])
        waiting = pl.concat([waiting, day.sort("booked_at", maintain_order=True)])
        while waiting.height >= size:
            yield waiting[:size]
            waiting, given = waiting[size:], True
    if waiting.height or not given:
        yield waiting
