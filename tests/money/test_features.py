"""Features against their definitions, written out slowly, and against the peer that they are compared with."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mainstay.core.errors import BadInputError
from mainstay.money.cli import app
from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.features import Features, features
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.judging import judged
from mainstay.money.engine.sides import sides_of
from mainstay.money.types import FeatureSettings
from tests.money.conftest import Edge, graph

ACCOUNTS = 6
Pay = tuple[int, int, int]
Slow = Callable[[Graph, int, FeatureSettings], list[int]]
PAIRS = st.tuples(st.integers(-1, ACCOUNTS - 1), st.integers(-1, ACCOUNTS - 1))
EDGES = st.lists(
    st.tuples(st.integers(1, 12), PAIRS).filter(lambda edge: max(edge[1]) >= 0).map(lambda e: (e[0], *e[1], 1, 0)),
    max_size=30,
)
SETTINGS = st.builds(
    FeatureSettings,
    window=st.sampled_from([1, 3, 6, 20]).map(lambda span: timedelta(microseconds=span)),
    bins=st.sampled_from([(2,), (2, 4), (3, 5), (2, 3, 4, 5, 6)]),
    cycle_length=st.sampled_from([2, 3, 4, 5, 10]),
    hop_length=st.integers(2, 7),
    max_steps=st.just(1 << 20),
)


def seen(g: Graph, number: int) -> list[Pay]:
    """The payments up to this one between accounts, to oneself too."""
    rows = zip(g.time.tolist(), g.source.tolist(), g.target.tolist(), strict=True)
    return [(t, a, b) for t, a, b in list(rows)[: number + 1] if a >= 0 and b >= 0]


def slow_windows(g: Graph, number: int, s: FeatureSettings) -> list[int]:
    window = s.window // timedelta(microseconds=1)
    t, u, v = int(g.time[number]), int(g.source[number]), int(g.target[number])
    held = [(a, b) for time, a, b in seen(g, number) if t - window < time and a != b]
    payers, payees = [a for a, b in held if b == v], [b for a, b in held if a == u]
    return [len(set(payers)), len(payers), len(set(payees)), len(payees)] if u != v else [0] * 4


def slow_scatter(g: Graph, number: int, s: FeatureSettings) -> list[int]:
    t, u, v = int(g.time[number]), int(g.source[number]), int(g.target[number])
    legs = {(a, b) for time, a, b in seen(g, number) if time >= t - s.window // timedelta(microseconds=1)}
    every = range(g.accounts)
    first = [
        sum({(u, m), (m, e)} <= legs and m != u for m in every) for e in every if (v, e) in legs and e not in (u, v)
    ]
    second = [
        sum({(a, m), (m, v)} <= legs and m != v for m in every) for a in every if (a, u) in legs and a not in (u, v)
    ]
    counts = [0] * len(s.bins)
    for size in first + second if u != v else []:
        if size >= 2:
            counts[next((at for at, most in enumerate(s.bins) if most >= size), -1)] += 1
    return counts


def slow_ways(pays: list[Pay], u: int, v: int, longest: int, *, in_time: bool) -> list[int]:
    """How many ways from v to u there are, by the number of their accounts from 2."""
    ways: set[tuple[int, ...]] = set()

    def go(way: tuple[int, ...], now: int) -> None:
        if way[-1] == u:
            ways.add(way)
        elif len(way) < longest:
            for time, a, b in pays:
                if a == way[-1] and b not in way and (time > now or not in_time):
                    go((*way, b), time)

    if u != v:
        go((v,), -1)
    return [sum(len(way) == length for way in ways) for length in range(2, longest + 1)]


def slow_cycles(g: Graph, number: int, s: FeatureSettings) -> list[int]:
    t, u, v = int(g.time[number]), int(g.source[number]), int(g.target[number])
    since = t - s.window // timedelta(microseconds=1)
    return slow_ways([p for p in seen(g, number) if since <= p[0] < t], u, v, s.cycle_length, in_time=True)


def slow_hops(g: Graph, number: int, s: FeatureSettings) -> list[int]:
    t, u, v = int(g.time[number]), int(g.source[number]), int(g.target[number])
    since = t - s.window // timedelta(microseconds=1)
    order = list(dict.fromkeys(account for _, a, b in seen(g, number) for account in (a, b)))
    held = seen(g, number)[:-1]
    pays = [p for p in held if since <= p[0] < t or (p[0] == t and order.index(p[2]) < order.index(v))]
    return slow_ways(pays, u, v, s.hop_length, in_time=False)


SLOW: list[Slow] = [slow_windows, slow_scatter, slow_cycles, slow_hops]


def between_accounts(g: Graph, s: FeatureSettings, slow: Slow) -> list[list[int]]:
    """What a slow version says of each payment; for cash as many noughts."""
    said = {n: slow(g, n, s) for n in range(len(g.time)) if g.source[n] >= 0 and g.target[n] >= 0}
    width = len(next(iter(said.values()), []))
    return [said.get(n, [0] * width) for n in range(len(g.time))]


def families(found: Features) -> list[list[list[int]]]:
    """Window counts, scatter-gather, cycles and hop cycles, a row for each payment."""
    counts = np.stack([found.fan_in, found.degree_in, found.fan_out, found.degree_out], axis=1)
    return [figures.tolist() for figures in (counts, found.scatter_gather, found.cycle, found.hop_cycle)]


@settings(max_examples=400)
@given(EDGES, SETTINGS)
def test_features_are_those_of_the_definitions(edges: list[Edge], s: FeatureSettings) -> None:
    g = graph(edges, ACCOUNTS)
    found = features(g, s)
    for figures, slow in zip(families(found), SLOW, strict=True):
        said = between_accounts(g, s, slow)
        assert figures == said or not any(map(any, figures + said))
    assert not any(found.truncated().values())


@settings(max_examples=100)
@given(EDGES, SETTINGS, st.integers(1, 40))
def test_what_is_cut_is_marked_and_never_too_much(edges: list[Edge], s: FeatureSettings, steps: int) -> None:
    g = graph(edges, ACCOUNTS)
    whole, cut = features(g, s), features(g, replace(s, max_steps=steps))
    again = features(g, replace(s, max_steps=steps))
    assert cut.as_frame().equals(again.as_frame())
    for name in ("scatter_gather", "cycle", "hop_cycle"):
        marked = getattr(cut, f"{name}_truncated")
        assert np.array_equal(getattr(cut, name)[~marked], getattr(whole, name)[~marked])
        assert np.all(getattr(cut, name) <= getattr(whole, name))


@settings(max_examples=100)
@given(EDGES, SETTINGS, st.integers(2, 6))
def test_as_many_cores_as_there_are_find_the_same(edges: list[Edge], s: FeatureSettings, cores: int) -> None:
    sides = sides_of(graph(edges, 8))
    one, several = judged(sides, s, cores=1), judged(sides, s, cores=cores)
    assert all(np.array_equal(a, b) for a, b in zip(one, several, strict=True))


def test_long_cycles_are_those_of_the_definitions() -> None:
    """More accounts and fewer ways than above, so that cycles are long and the search has to meet in the middle."""
    lengths = np.zeros(9, np.int64)
    for seed in range(60):
        chance = np.random.default_rng(seed)
        longest, accounts = int(chance.integers(6, 11)), int(chance.integers(6, 13))
        s = FeatureSettings(timedelta(microseconds=int(chance.integers(40, 100))), (2,), longest, longest, 1 << 20)
        away = chance.integers(0, accounts, 55)
        to = (away + chance.choice([1, 1, 1, 2, 3, accounts - 1], 55)) % accounts
        times = np.sort(chance.integers(1, 100, 55))
        g = graph([(int(t), int(u), int(v), 1, 0) for t, u, v in zip(times, away, to, strict=True)], accounts)
        found = features(g, s)
        assert found.cycle.tolist() == between_accounts(g, s, slow_cycles)
        assert found.hop_cycle.tolist() == between_accounts(g, s, slow_hops)
        lengths[: longest - 1] += found.cycle.sum(axis=0) + found.hop_cycle.sum(axis=0)
    assert all(lengths > 0)


def crowded(count: int, accounts: int, span: int) -> list[Edge]:
    """Payments among few accounts, too many ways round for anybody to follow."""
    chance = np.random.default_rng(7)
    times = np.sort(chance.integers(1, span, count)).tolist()
    return [(t, *chance.integers(0, accounts, 2).tolist(), 1, 0) for t in times]


@pytest.mark.parametrize("hubs", [1, 3, 9])
def test_scatter_gather_of_hubs_is_that_of_the_definition(hubs: int) -> None:
    """Whichever end the middles are found from: few payments at one, very many at the other."""
    chance = np.random.default_rng(hubs)
    busy = chance.integers(0, 12, (220, 2)) % np.array([[12, hubs]])
    away, to = np.where(chance.random(220) < 0.5, (busy[:, 0], busy[:, 1]), chance.integers(0, 12, (2, 220)))
    g = graph([(n, int(u), int(v), 1, 0) for n, (u, v) in enumerate(zip(away, to, strict=True))], 12)
    s = FeatureSettings(timedelta(microseconds=120), (2, 3, 4, 5, 6), 2, 2, 1 << 20)
    assert features(g, s).scatter_gather.tolist() == between_accounts(g, s, slow_scatter)


def test_a_crowd_is_finished_and_its_cuts_are_counted() -> None:
    found = features(graph(crowded(2_000, 40, 10_000), 40), FeatureSettings(window=timedelta(days=1), max_steps=2_000))
    assert found.truncated()["cycle"] > 1_000
    assert found.truncated()["hop_cycle"] > 1_000


def test_later_payments_change_no_figure_of_earlier_ones() -> None:
    edges, s = crowded(150, 12, 60), FeatureSettings(window=timedelta(microseconds=20), max_steps=1 << 20)
    part, whole = features(graph(edges[:100], 12), s), features(graph(edges, 12), s)
    assert part.as_frame().equals(whole.as_frame().head(100))


def test_the_peer_puts_out_the_same_histograms() -> None:
    """Each payment a batch, so that the peer counts for the payment alone."""
    snapml = pytest.importorskip("snapml", reason="the peer snapml is not installed")
    sizes, window = tuple(range(2, 31)), 8
    s = FeatureSettings(timedelta(microseconds=window), sizes, 10, 6, 1 << 20)
    for seed in range(20):
        chance = np.random.default_rng(seed)
        rows = np.column_stack([np.arange(40), chance.integers(0, 6, (40, 2)), np.sort(chance.integers(1, 25, 40))])
        peer = snapml.GraphFeaturePreprocessor()
        given_ = peer.get_params()
        spans = {name: window for name in given_ if name.endswith("_tw") or name == "time_window"}
        names = ("fan", "degree", "scatter-gather", "temp-cycle", "lc-cycle")
        on: dict[str, object] = {**dict.fromkeys(names, True), "vertex_stats": False, "num_threads": 1}
        bins = {f"{name}_bins": list(sizes) for name in names}
        peer.set_params({**given_, **spans, **on, **bins, "lc-cycle_len": 6})
        table = np.ascontiguousarray(rows, np.float64)
        said = np.vstack([peer.transform(table[at : at + 1]) for at in range(len(table))])[:, 4:]
        found = features(graph([(int(t), int(u), int(v), 1, 0) for _, u, v, t in rows], 6), s)
        counts = (found.fan_in, found.fan_out, found.degree_in, found.degree_out)
        blocks = [np.array([[int(count == size) for size in sizes] for count in column]) for column in counts]
        blocks += [
            np.pad(c, ((0, 0), (0, 29 - c.shape[1]))) for c in (found.scatter_gather, found.cycle, found.hop_cycle)
        ]
        assert np.array_equal(said, np.hstack(blocks))


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": timedelta(0)},
        {"bins": ()},
        {"bins": (1, 2)},
        {"bins": (3, 2)},
        {"cycle_length": 11},
        {"hop_length": 1},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|cycles"):
        FeatureSettings(**wrong)


@pytest.mark.parametrize("edges", [[], [(1, -1, 0, 1, 0)], [(1, 2, 2, 1, 0)]])
def test_nothing_cash_and_a_payment_to_oneself_have_no_figures(edges: list[Edge]) -> None:
    frame = features(graph(edges, 3), FeatureSettings()).as_frame()
    assert frame.height == len(edges)
    assert frame.sum_horizontal().sum() == 0


def test_the_command_writes_a_row_for_each_transaction(csv_of: Callable[..., Path], tmp_path: Path) -> None:
    legs = [("A", "B"), ("B", "C"), ("C", "A"), ("", "A"), ("A", "B"), ("A", "D"), ("D", "C")]
    lines = [f"T{n},2026-02-10T{n:02}:00:00Z,{a},{b},10,EUR,transfer" for n, (a, b) in enumerate(legs)]
    import_transactions([csv_of(*lines)], tmp_path / "ledger")
    out = tmp_path / "features.parquet"
    ran = CliRunner().invoke(app, ["features", str(tmp_path / "ledger"), "--out", str(out), "--json"])
    assert ran.exit_code == 0, ran.output
    none = {"scatter_gather": 0, "cycle": 0, "hop_cycle": 0}
    assert json.loads(ran.stdout) == {"transactions": 7, "truncated": none, "out": str(out)}
    rows = {row["transaction_id"]: row for row in pl.read_parquet(out).iter_rows(named=True)}
    assert list(rows) == [f"T{n}" for n in range(7)]
    assert (rows["T2"]["cycle_3"], rows["T2"]["hop_cycle_3"]) == (1, 1)
    assert (rows["T4"]["cycle_3"], rows["T4"]["fan_out"], rows["T4"]["degree_out"]) == (1, 1, 2)
    assert (rows["T6"]["scatter_gather_2"], rows["T6"]["fan_in"]) == (1, 2)
    shapes = {name: figure for name, figure in rows["T3"].items() if not name.startswith(("transaction", "pay"))}
    assert not any(shapes.values())
    assert (rows["T3"]["payer_seen"], rows["T3"]["payee_seen"]) == (0, 3)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "none" / "features.parquet"):
        ran = CliRunner().invoke(app, ["features", str(tmp_path / "ledger"), "--out", str(out)])
        assert isinstance(ran.exception, BadInputError)
        assert "--out" in str(ran.exception)
