"""A scan on Apache Spark: the parts of `parts` are dealt out to its workers and looked at by the same compiled loops.

Spark moves payments between workers, keeps what does not fit into memory on disk, and does again what a worker that
died had done; since a piece of work gives the same each time, so does the scan. Each worker has Mainstay installed and
reads the ledger's folder under the same path (one machine, a shared file system, a mounted store).
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from mainstay.money.engine.failures import ClusterError
from mainstay.money.engine.parts import PART, Days
from mainstay.money.engine.scan_in_parts import Look, Read

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS = 4_000_000
"""Payments of a part: a worker needs about 200 bytes for each."""
HERE = "local[*]"
_ROW = "part bigint, packed binary"
_SET: dict[str, bool | float | str | int | None] = {
    "spark.ui.enabled": "false",  # it would listen on every address, and show what is looked at
    "spark.ui.showConsoleProgress": "false",
    "spark.io.encryption.enabled": "true",  # payments that do not fit into memory lie on disk meanwhile
    "spark.log.level": "ERROR",
}
_SET_HERE: dict[str, bool | float | str | int | None] = {"spark.driver.memory": "4g"}


@contextmanager
def spark_on(master: str = HERE) -> Iterator["Spark"]:
    """Give a Spark cluster, whose session ends with it; `ClusterError` where there is none, or something fails on it.

    Args:
        master: Spark's address of the cluster, such as `spark://host:7077`; as usual, the cores of this machine.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ClusterError("pyspark is not installed (make spark, or pip install 'mainstay[spark]')") from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    chosen = dict(_SET)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        chosen |= _SET_HERE
    try:
        session = SparkSession.builder.appName("mainstay").master(master).config(map=chosen).getOrCreate()
    except Exception as error:  # Java, Py4J and Spark each have errors of their own
        raise ClusterError(f"Spark does not start on {master} ({type(error).__name__})") from error
    try:
        yield Spark(session)
    except PySparkException as error:  # its text may show rows
        raise ClusterError(f"a piece of work failed on Spark ({type(error).__name__})") from error
    finally:
        session.stop()


class Spark:
    """A Spark cluster as `scan_in_parts` asks for one.

    Tables travel packed, one in a row of Spark's: it would take a payment apart and put it together again on its way.
    """

    def __init__(self, session: "SparkSession") -> None:
        self._session = session

    def each(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> pl.DataFrame:
        """Return what `read` gives for each piece."""
        return _collected(self._read(lambda days: {0: read(days)}, pieces), schema)

    def by_part(self, read: Read, pieces: Sequence[Days], look: Look, schema: pl.Schema) -> pl.DataFrame:
        """Return what `look` gives for each part of all that `read` gives."""

        def dealt(days: Days) -> dict[int, pl.DataFrame]:
            return {int(part): rows for (part,), rows in read(days).partition_by(PART, as_dict=True).items()}

        def looked_at(rows: pa.Table) -> pa.Table:
            part = rows["part"][0].as_py()
            return _as_rows({part: look(part, _unpacked(rows))})

        return _collected(self._read(dealt, pieces).groupBy("part").applyInArrow(looked_at, _ROW), schema)

    def _read(self, read: Callable[[Days], dict[int, pl.DataFrame]], pieces: Sequence[Days]) -> "DataFrame":
        def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for piece in batch.to_pylist():
                    days = Days(**{name: date.fromisoformat(text) for name, text in piece.items()})
                    yield from _as_rows(read(days)).to_batches()

        told = [tuple(day.isoformat() for day in (days.read_from, days.first, days.last)) for days in pieces]
        asked = self._session.createDataFrame(told, "read_from string, first string, last string")
        return asked.repartition(max(1, len(pieces))).mapInArrow(each, _ROW)


def _collected(rows: "DataFrame", schema: pl.Schema) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), _unpacked(rows.toArrow())], how="diagonal")


def _as_rows(tables: Mapping[int, pl.DataFrame]) -> pa.Table:
    packed = []
    for table in tables.values():
        room = BytesIO()
        table.write_ipc_stream(room, compression="lz4")
        packed.append(room.getvalue())
    return pa.table({"part": pa.array(tables, pa.int64()), "packed": pa.array(packed, pa.binary())})


def _unpacked(rows: pa.Table) -> pl.DataFrame:
    return pl.concat(
        [pl.DataFrame(), *(pl.read_ipc_stream(one) for one in rows["packed"].to_pylist() if one is not None)],
        how="diagonal",
    )
