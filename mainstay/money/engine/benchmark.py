"""The benchmark `money`: ours and its peers in one run, on the same generated transactions.

Each figure is the best of a few runs (the slow graph peer runs once), kernels compiled beforehand. A
row is given only for what both sides compute; the counts of Polars and DuckDB are compared with ours
number by number before a ratio is given, the histograms of `snapml` in a test.
"""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine import scale
from mainstay.money.engine.features import features_of_payments
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.judging import TEMPORAL_CYCLE, judged
from mainstay.money.engine.sides import sides_of_payments
from mainstay.money.engine.stream import Stream
from mainstay.money.engine.turnover import Turnover, turnover
from mainstay.money.engine.windows import window_counts
from mainstay.money.types import DAY, FeatureSettings, microseconds

Ints = npt.NDArray[np.int64]
Row = dict[str, Any]
START = 1_767_225_600_000_000
WINDOW = timedelta(hours=24)
DAYS, DENSE_DAYS = 30, 3
COUNT_RATIO_GOAL, COUNT_GOAL = 5.0, 15_000_000.0
GRAPH_RATIO_GOAL = 30.0
DENSE_RATIO_GOAL = 20.0
STREAM_RATIO_GOAL = 10.0
LATENCY_GOAL = 2_000.0
IMPORT_GOAL = 1_000_000.0
BATCH = 128
FAMILIES = ("fan", "degree", "scatter-gather", "temp-cycle", "lc-cycle")
FEATURES = FeatureSettings(window=WINDOW)


def run(quick: bool) -> dict[str, Any]:
    """Run the benchmark and return its document; with `quick` in less than 50 seconds."""
    rows = 1_000_000 if quick else 5_000_000
    payments = generated(rows, rows // 10)
    _compile()
    results = [_import_row(payments), *_count_rows(payments)]
    results += _graph_rows(payments[: rows // 10] if quick else payments, families=100_000 if quick else rows)
    if not quick:
        results += _dense_rows(dense(rows, rows // 10))
    results += scale.rows(scale.QUICK_TRANSACTIONS if quick else scale.GOAL_TRANSACTIONS)
    results += _stream_rows(payments[: rows // 2])
    names = ("mainstay", "numba", "numpy", "polars", "duckdb", "pyarrow", "snapml")
    return {
        "bench": "money",
        "quick": quick,
        "results": results,
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system()},
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in names}},
    }


def generated(rows: int, accounts: int) -> pl.DataFrame:
    """Return made-up payments over 30 days in order of time; few accounts take part in most of them.

    As few as let `snapml` reach the rates that it is known for; where fewer take part in more, it is much slower.
    """
    chance = np.random.default_rng(20_260)
    source, target = ((accounts * chance.random(rows) ** 2).astype(np.int64) for _ in range(2))
    return _payments(chance, source, chance.permutation(accounts)[target], DAYS)


def dense(rows: int, accounts: int) -> pl.DataFrame:
    """Return made-up payments over 3 days in order of time: the same few accounts pay most and are paid most."""
    chance = np.random.default_rng(20_261)
    source, target = ((accounts * chance.random(rows) ** 2).astype(np.int64) for _ in range(2))
    return _payments(chance, source, target, DENSE_DAYS)


def _payments(chance: np.random.Generator, source: Ints, target: Ints, days: int) -> pl.DataFrame:
    rows = len(source)
    return pl.DataFrame(
        {
            "row": np.arange(rows),
            "time": START + np.sort(chance.integers(0, days * DAY // 1_000_000, rows)) * 1_000_000,
            "source": source,
            "target": target,
            "cents": chance.integers(1, 1_000_000, rows),
        }
    )


def _compile() -> None:
    few = generated(100, 10)
    features_of_payments(*_arrays(few), FEATURES)
    Stream(FEATURES).add(*_arrays(few)[:3])
    _ours(few)
    with tempfile.TemporaryDirectory() as folder:
        _write_csv(few, Path(folder) / "few.csv")
        import_transactions([Path(folder) / "few.csv"], Path(folder) / "ledger")


def _import_row(payments: pl.DataFrame) -> Row:
    """Compare an import (checked, encoded, sorted by day, with checksums) with a bare copy to Parquet."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "payments.csv"
        _write_csv(payments, source)
        ledgers = iter(range(100))
        ours = _best(lambda: import_transactions([source], Path(folder) / f"ledger{next(ledgers)}"))
        copy = f"COPY (SELECT * FROM read_csv('{source}')) TO '{folder}/copy.parquet'"  # noqa: S608  our own paths
        with duckdb.connect() as database:
            peer = _best(lambda: database.execute(copy))
    what = (
        "import of CSV into a ledger: checked row by row, encoded, sorted, checksums (goal: rows a second); "
        "peer copies CSV to Parquet unchecked"
    )
    return _row(what, payments.height / ours, "rows/s", "duckdb", payments.height / peer, IMPORT_GOAL, ratio_goal=False)


def _write_csv(payments: pl.DataFrame, path: Path) -> None:
    moment = pl.col("time").cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    payments.select(
        (pl.lit("T") + pl.col("row").cast(pl.String).str.zfill(9)).alias("transaction_id"),
        moment.alias("booked_at"),
        (pl.lit("XA") + pl.col("source").cast(pl.String)).alias("from_account"),
        (pl.lit("XA") + pl.col("target").cast(pl.String)).alias("to_account"),
        (pl.col("cents") / 100).alias("amount"),
        pl.lit("EUR").alias("currency"),
        pl.lit("transfer").alias("channel"),
    ).write_csv(path, float_precision=2)


def _count_rows(payments: pl.DataFrame) -> list[Row]:
    """Compare fan, degree and sum of each payment's receiver in the 24 hours up to it, exact on all sides."""
    edges = payments.filter(pl.col("source") != pl.col("target")).with_columns(pl.int_range(pl.len()).alias("row"))
    edges = edges.rechunk()
    what = (
        "different payers, payments and sum of each payment's receiver in the last 24 h, exact, from arrays in memory"
    )
    ours = edges.height / _best(lambda: _ours(edges), times=5)
    expected = _ours(edges)
    rows = []
    for peer, count in (("polars", _polars), ("duckdb", _duckdb)):
        taken = edges.height / _best(lambda count=count: count(edges))  # type: ignore[misc]
        found = count(edges).sort("row")
        if not all(np.array_equal(found[name], column) for name, column in expected._asdict().items()):
            raise AssertionError(f"{peer} counts differently: the ratio would compare different work")
        rows.append(_row(what, ours, "transactions/s", peer, taken, COUNT_RATIO_GOAL))
    return [*rows, _row(what, ours, "transactions/s", "none", None, COUNT_GOAL, ratio_goal=False)]


def _ours(edges: pl.DataFrame) -> Turnover:
    moments, source, target, cents = (edges[name].to_numpy() for name in ("time", "source", "target", "cents"))
    accounts = int(max(source.max(), target.max())) + 1
    return turnover(target, source, cents, moments, accounts, WINDOW)


def _polars(edges: pl.DataFrame) -> pl.DataFrame:
    """Count in rolling groups: here faster than a running sum of payments that enter and leave, or a join."""
    ordered = edges.sort("target", "time").with_columns(pl.col("time").cast(pl.Datetime("us")))
    rolled = ordered.lazy().rolling("time", period=WINDOW, group_by="target")
    figures = (pl.col("source").n_unique(), pl.len(), pl.col("cents").sum())
    named = (figure.alias(name) for figure, name in zip(figures, Turnover._fields, strict=True))
    return rolled.agg(*named).collect().with_columns(ordered["row"])


def _duckdb(edges: pl.DataFrame) -> pl.DataFrame:
    """Count over range windows: here faster than running sums, or both joined."""
    with duckdb.connect() as database:
        database.register("edges", edges.to_arrow())
        return database.execute(
            """
            SELECT row, count(DISTINCT source) OVER lately AS fan, count(*) OVER lately AS degree,
                   (sum(cents) OVER lately)::BIGINT AS total
            FROM edges WINDOW lately AS (
                PARTITION BY target ORDER BY time RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW)
            """
        ).pl()


def _graph_rows(payments: pl.DataFrame, families: int) -> list[Row]:
    """Compare with `snapml`'s Graph Feature Preprocessor in its best batches of 128.

    Fan and degree on all payments, all five families on the first so many; ours are exact counts, the peer's histograms
    of them (equal one transaction at a time, which a test holds).
    """
    few = payments[:families]
    windows = payments.height / _best(lambda: window_counts(*_arrays(payments), microseconds(WINDOW)))
    all_five = few.height / _best(lambda: features_of_payments(*_arrays(few), FEATURES))
    rows = []
    for what, ours, edges, names in (
        ("24 h fan and degree on both sides (goal set for five families)", windows, payments, ("fan", "degree")),
        ("24 h fan, degree, scatter-gather, cycles in time and in any order", all_five, few, FAMILIES),
    ):
        try:
            import snapml
        except ImportError:
            rows.append(_row(what, ours, "transactions/s", "snapml (absent)", None, GRAPH_RATIO_GOAL))
            continue
        peer = edges.height / _snapml(edges, snapml.GraphFeaturePreprocessor(), names)
        rows.append(_row(what, ours, "transactions/s", "snapml", peer, GRAPH_RATIO_GOAL))
    return rows


def _dense_rows(payments: pl.DataFrame) -> list[Row]:
    """Compare temporal cycles on a dense graph in 6 hours; and see whether they end in 24, where the peer's do not.

    The first 14 hours of the payments' 3 days for the former, 22 for the latter: the peer would take hours for more.
    """
    rows = []
    for hours, share, goal in ((6, 0.2, DENSE_RATIO_GOAL), (24, 0.3, 0.0)):
        some = payments[: round(share * payments.height)]
        begin = time.perf_counter()
        settings = replace(FEATURES, window=timedelta(hours=hours))
        cut = judged(sides_of_payments(*_arrays(some)), settings, (TEMPORAL_CYCLE,))[-1]
        rate = some.height / (time.perf_counter() - begin)
        what = (
            f"{hours} h temporal cycles on a dense graph, at most {FEATURES.max_steps:,} steps a payment: "
            f"{int(cut.sum()):,} of {some.height:,} cut and marked"
        )
        try:
            import snapml
        except ImportError:
            rows.append(_row(what, rate, "transactions/s", "snapml (absent)", None, goal))
            continue
        if hours == 24:
            rows.append(_row(what, rate, "transactions/s", "snapml (does not end)", None, goal, ratio_goal=False))
            continue
        taken = _snapml(some, snapml.GraphFeaturePreprocessor(), ("temp-cycle",), hours * 3_600)
        rows.append(_row(what, rate, "transactions/s", "snapml", some.height / taken, goal))
    return rows


def _stream_rows(payments: pl.DataFrame) -> list[Row]:
    """Compare batches of 128 payments as they come, and how long the slowest hundredth of them takes.

    Measured on the last 200,000, when the windows of both are full: the peer gets those of the 24 hours before first.
    """
    time_, source, target, _ = _arrays(payments)
    begin = payments.height - min(200_000, payments.height)
    stream = Stream(FEATURES)
    stream.add(time_[:begin], source[:begin], target[:begin])
    taken = []
    for at in range(begin, payments.height, BATCH):
        batch = slice(at, at + BATCH)
        moment = time.perf_counter()
        stream.add(time_[batch], source[batch], target[batch])
        taken.append(time.perf_counter() - moment)
    slowest = 1_000_000 * float(np.percentile(taken, 99))
    rate = (payments.height - begin) / sum(taken)
    what = "five families as payments come, in batches of 128, the window full"
    latency = f"99 of 100 batches of 128 are judged within so long (goal: at most {LATENCY_GOAL:,.0f})"
    try:
        import snapml

        before = int(np.searchsorted(time_, time_[begin] - microseconds(WINDOW)))
        taken_by_peer = _snapml(payments[before:], snapml.GraphFeaturePreprocessor(), FAMILIES, skip=begin - before)
        row = _row(what, rate, "transactions/s", "snapml", (payments.height - begin) / taken_by_peer, STREAM_RATIO_GOAL)
    except ImportError:
        row = _row(what, rate, "transactions/s", "snapml (absent)", None, STREAM_RATIO_GOAL)
    late = _row(latency, slowest, "microseconds", "none", None, LATENCY_GOAL, ratio_goal=False)
    return [row, {**late, "holds": slowest <= LATENCY_GOAL}]


def _arrays(payments: pl.DataFrame) -> tuple[Ints, Ints, Ints, int]:
    time, source, target = (payments[name].to_numpy() for name in ("time", "source", "target"))
    return time, source, target, int(max(source.max(), target.max())) + 1


def _snapml_table(payments: pl.DataFrame) -> npt.NDArray[np.float64]:
    table = payments.select("row", "source", "target", (pl.col("time") - START) // 1_000_000 + 1).to_numpy()
    return np.ascontiguousarray(table, np.float64)


def _snapml_settings(
    given: dict[str, Any], names: Collection[str] = ("fan", "degree"), seconds: int = 86_400
) -> dict[str, Any]:
    families = {**{name: name in names for name in FAMILIES}, "lc-cycle_len": FEATURES.hop_length}
    spans = {name: seconds for name in given if name.endswith("_tw") or name == "time_window"}
    return {**given, **families, **spans, "vertex_stats": False, "num_threads": 1}


def _snapml(payments: pl.DataFrame, peer: Any, names: Collection[str], seconds: int = 86_400, skip: int = 0) -> float:
    """Return the seconds that the peer takes for all payments but the first so many, in its best batches."""
    table = _snapml_table(payments)
    peer.set_params(_snapml_settings(peer.get_params(), names, seconds))
    for at in range(0, skip, BATCH):
        peer.transform(table[at : min(at + BATCH, skip)])
    begin = time.perf_counter()
    for at in range(skip, len(table), BATCH):
        peer.transform(table[at : at + BATCH])
    return time.perf_counter() - begin


def _best(work: Callable[[], Any], times: int = 2) -> float:
    """Return the seconds of the quickest of a few runs."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def _row(
    what: str,
    ours: float | None,
    unit: str,
    peer: str,
    peer_value: float | None,
    goal: float,
    *,
    ratio_goal: bool = True,
) -> Row:
    """Return one line of the document; `holds` is computed: null where the peer is absent."""
    ratio = ours / peer_value if ours is not None and peer_value else None
    reached = ratio if ratio_goal else ours
    return {
        "what": what,
        "ours": ours if ours is None else round(ours),
        "unit": unit,
        "peer": peer,
        "peer_value": peer_value if peer_value is None else round(peer_value),
        "ratio": ratio if ratio is None else round(ratio, 2),
        "goal": goal,
        "holds": None if reached is None else reached >= goal,
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
