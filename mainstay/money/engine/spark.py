"""A scan on Apache Spark: the parts of `parts` are dealt out to its workers and looked at by the same compiled loops.

Spark moves payments between workers, keeps what does not fit into memory on disk, and does again what a worker that
died had done; since a piece of work gives the same each time, so does the scan. Each worker has Mainstay installed. A
ledger in a folder is read by workers under the same path (one machine, a shared file system). One in a store (`hdfs:`,
`s3a:` and whatever else Spark reads) is read by Spark itself, which brings each piece the files of its days.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from mainstay.core.errors import BadInputError, Fault
from mainstay.money.engine.failures import ClusterError, DamagedLedgerError
from mainstay.money.engine.ledger import MANIFEST, PARTS, Ledger, manifest_of, no_ledger
from mainstay.money.engine.parts import PART, Days
from mainstay.money.engine.scan_in_parts import Look, Read
from mainstay.money.engine.stores import MISSING, Held

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS = 4_000_000
"""Payments of a part: a worker needs about 200 bytes for each."""
HERE = "local[*]"
_ROW = "part bigint, packed binary"
_FAULT = -1
"""In place of a part: which file of the ledger is damaged."""
Packages = dict[int, pl.DataFrame]
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
        from py4j.protocol import Py4JError
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
    except (PySparkException, Py4JError) as error:  # its text may show rows
        if _is_stopped(error):
            raise KeyboardInterrupt from None
        raise ClusterError(f"a piece of work failed on Spark ({type(error).__name__})") from error
    finally:
        session.stop()


def _is_stopped(error: BaseException | None) -> bool:
    """Return whether somebody stopped the scan: Spark then says that its work was cancelled."""
    return error is not None and (isinstance(error, KeyboardInterrupt) or _is_stopped(error.__context__))


class Spark:
    """A Spark cluster that runs."""

    def __init__(self, session: "SparkSession") -> None:
        self._session = session

    def looking_at(self, ledger: Ledger | str) -> "SparkWithLedger":
        """Return the cluster with a ledger: one that was opened, or the address of one in a store that Spark reads."""
        opened = ledger if isinstance(ledger, Ledger) else _opened(self._session, ledger.rstrip("/"))
        return SparkWithLedger(self._session, opened)


class SparkWithLedger:
    """A Spark cluster and a ledger, as `scan_in_parts` asks for them.

    Tables travel packed, one in a row of Spark's: it would take a payment apart and put it together again on its way.
    """

    def __init__(self, session: "SparkSession", ledger: Ledger) -> None:
        self._session, self._ledger = session, ledger

    @property
    def ledger(self) -> Ledger:
        """What is looked at."""
        return self._ledger

    def each(self, read: Read, pieces: Sequence[Days], schema: pl.Schema) -> pl.DataFrame:
        """Return what `read` gives for each piece."""
        return _collected(self._read(lambda ledger, days: {0: read(ledger, days)}, pieces), schema)

    def by_part(self, read: Read, pieces: Sequence[Days], look: Look, schema: pl.Schema) -> pl.DataFrame:
        """Return what `look` gives for each part of all that `read` gives."""

        def dealt(ledger: Ledger, days: Days) -> Packages:
            return {int(part): rows for (part,), rows in read(ledger, days).partition_by(PART, as_dict=True).items()}

        def looked_at(rows: pa.Table) -> pa.Table:
            part = rows["part"][0].as_py()
            return rows if part == _FAULT else _as_rows({part: look(part, _unpacked(rows))})

        return _collected(self._read(dealt, pieces).groupBy("part").applyInArrow(looked_at, _ROW), schema)

    def _read(self, read: Callable[[Ledger, Days], Packages], pieces: Sequence[Days]) -> "DataFrame":
        store, manifest = self._ledger.store, self._ledger.manifest
        if isinstance(store, Held):
            return self._read_held(read, pieces, store.uri)

        def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for at in batch["piece"].to_numpy():
                    yield from _as_rows(_or_fault(read, pieces[at], lambda: Ledger(store, manifest))).to_batches()

        asked = self._session.createDataFrame([(at,) for at in range(len(pieces))], "piece int")
        return asked.repartition(max(1, len(pieces))).mapInArrow(each, _ROW)

    def _read_held(self, read: Callable[[Ledger, Days], Packages], pieces: Sequence[Days], uri: str) -> "DataFrame":
        """Bring each piece the files of its days: Spark reads them, and they stay in memory."""
        from pyspark.sql import functions as spark

        manifest = self._ledger.manifest

        def looked_at(rows: pa.Table) -> pa.Table:
            days = pieces[rows["piece"].to_numpy()[0]]
            pairs = zip(rows["file"].to_pylist(), rows["content"].to_pylist(), strict=True)
            contents = {file: content for file, content in pairs if file is not None and content is not None}
            parts = manifest.parts_of(days.read_from, days.last)
            return _as_rows(_or_fault(read, days, lambda: Ledger(Held(uri, parts, contents), manifest)))

        asked = [
            (at, part.file) for at, days in enumerate(pieces) for part in manifest.parts_of(days.read_from, days.last)
        ]
        # A piece whose files are all gone still has a row, which says so.
        alone = [(at, None, None) for at in range(len(pieces))]
        rows = self._session.createDataFrame(alone, "piece int, file string, content binary")
        files = _files(self._session, f"{uri}/{PARTS}")
        if files is not None and asked:
            name = spark.concat(spark.lit(f"{PARTS}/"), spark.element_at(spark.split("path", "/"), -1))
            wanted = spark.broadcast(self._session.createDataFrame(asked, "piece int, file string"))
            found = files.select(name.alias("file"), "content").join(wanted, "file")
            rows = rows.unionByName(found)
        return rows.repartition(max(1, len(pieces)), "piece").groupBy("piece").applyInArrow(looked_at, _ROW)


def _opened(session: "SparkSession", uri: str) -> Ledger:
    """Return a ledger in a store that Spark reads; its transactions are left there, and compared where they are read.

    `BadInputError` where there is none; `DamagedLedgerError` names a file that is missing.
    """
    place = f"{uri}/{MANIFEST}"
    try:
        text = _content(session, place)
    except Exception as error:  # each store has errors of its own
        raise BadInputError(
            uri, Fault("a ledger in a store that Spark reads and is set up for", found=_words_of(error))
        ) from error
    if text is None:
        raise no_ledger(uri)
    manifest = manifest_of(text, place)
    files = _files(session, f"{uri}/{PARTS}")
    there = set() if files is None else {row.path.rsplit("/", 1)[-1] for row in files.select("path").collect()}
    for part in manifest.parts:
        if part.file.removeprefix(f"{PARTS}/") not in there:
            raise DamagedLedgerError(f"{uri}/{part.file}", MISSING)
    small = [part for part in (manifest.dictionary, manifest.holders) if part is not None]
    read = {part.file: _content(session, f"{uri}/{part.file}") for part in small}
    return Ledger(Held(uri, small, {file: content for file, content in read.items() if content is not None}), manifest)


def _content(session: "SparkSession", place: str) -> bytes | None:
    """Return a file's content, None where there is no such file."""
    files = _files(session, place)
    found = None if files is None else files.select("content").toArrow()["content"].to_pylist()
    return found[0] if found else None


def _files(session: "SparkSession", place: str) -> "DataFrame | None":
    """Return a file, or those of a folder, with `path` and `content`; None where there is no such place."""
    from pyspark.errors import AnalysisException

    try:
        return session.read.format("binaryFile").load(place)
    except AnalysisException as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            return None
        raise


def _words_of(error: Exception) -> str:
    """Return what a store says that cannot be reached: Java's words, without its stack."""
    cause = getattr(error, "java_exception", None)
    return (str(cause.toString()) if cause is not None else type(error).__name__).splitlines()[0][:200]


def _or_fault(read: Callable[[Ledger, Days], Packages], days: Days, opened: Callable[[], Ledger]) -> Packages:
    """Return what is read of some days, or which file is damaged: Spark would bring an error as text with its stack."""
    try:
        return read(opened(), days)
    except DamagedLedgerError as error:
        return {_FAULT: pl.DataFrame({"file": [error.file], "what": [error.what]})}


def _collected(rows: "DataFrame", schema: pl.Schema) -> pl.DataFrame:
    table = rows.toArrow()
    for fault in _unpacked(table.filter(pc.field("part") == _FAULT)).unique().sort(pl.all()).iter_rows():
        raise DamagedLedgerError(*fault)
    return pl.concat([pl.DataFrame(schema=schema), _unpacked(table)], how="diagonal")


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
