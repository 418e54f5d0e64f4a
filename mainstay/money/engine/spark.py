"""A scan on Apache Spark: the parts of `parts` are dealt out to its workers and looked at by the same compiled loops.

Spark moves payments between workers, keeps what does not fit into memory on disk, and does again what a worker that
died had done; since a piece of work gives the same each time, so does the scan. Each worker has Mainstay installed and
reads the ledger's folder under the same path (one machine, a shared file system, a mounted store).
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
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
_TYPES = {pl.Int64: ("bigint", pa.int64()), pl.Float64: ("double", pa.float64()), pl.String: ("string", pa.string())}
_PIECE = pl.Schema({"read_from": pl.String, "first": pl.String, "last": pl.String})
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
        raise ClusterError("pyspark is not installed (pip install 'mainstay[spark]'; it needs Java 17)") from error
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
    """A Spark cluster as `scan_in_parts` asks for one."""

    def __init__(self, session: "SparkSession") -> None:
        self._session = session

    def each(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> pl.DataFrame:
        """Return what `read` gives for each piece."""
        return _collected(self._read(read, pieces, schema), schema)

    def by_part(
        self, read: Read, pieces: Sequence[Days], between: pl.Schema, look: Look, schema: pl.Schema
    ) -> pl.DataFrame:
        """Return what `look` gives for each part of all that `read` gives."""

        def looked_at(rows: pa.Table) -> pa.Table:
            frame = pl.DataFrame(rows)
            return _as_arrow(look(int(frame[PART][0]), frame), schema)

        rows = self._read(read, pieces, between)
        return _collected(rows.groupBy(PART).applyInArrow(looked_at, _as_text(schema)), schema)

    def _read(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> "DataFrame":
        def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for piece in batch.to_pylist():
                    days = Days(**{name: date.fromisoformat(piece[name]) for name in _PIECE})
                    yield from _as_arrow(read(days), schema).to_batches()

        told = [tuple(getattr(days, name).isoformat() for name in _PIECE) for days in pieces]
        asked = self._session.createDataFrame(told, _as_text(_PIECE))
        return asked.repartition(max(1, len(pieces))).mapInArrow(each, _as_text(schema))


def _collected(rows: "DataFrame", schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(rows.toArrow(), schema=schema)


def _as_text(schema: pl.Schema) -> str:
    """Return a schema as Spark reads it."""
    return ", ".join(f"`{name}` {_TYPES[type(dtype)][0]}" for name, dtype in schema.items())


def _as_arrow(frame: pl.DataFrame, schema: pl.Schema) -> pa.Table:
    """Return a table with Spark's types: its texts have 32-bit places."""
    types = [pa.field(name, _TYPES[type(dtype)][1]) for name, dtype in schema.items()]
    return frame.select(schema.names()).to_arrow().cast(pa.schema(types))
