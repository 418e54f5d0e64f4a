"""Fan-in collections against their definition, written out slowly."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph, graph_of_ledger
from mainstay.money.engine.fans import find_collections
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.mapping import load_mapping
from mainstay.money.types import DAY, FanInSettings
from tests.money.conftest import Edge, graph, payment

EDGES = st.lists(
    payment(
        st.integers(0, 40), st.integers(-1, 5), st.integers(-1, 5), st.sampled_from([1, 2, 5, 8]), st.integers(0, 1)
    ),
    max_size=40,
)


def micros(count: int) -> timedelta:
    return timedelta(microseconds=count)


def slow_windows(g: Graph, window: int, account: int) -> dict[int, set[int]]:
    """For each payment in of an account, the payments in its window."""
    paid = [e for e in range(len(g.time)) if g.target[e] == account and g.source[e] not in (-1, account)]
    return {e: {o for o in paid if g.time[e] - window < g.time[o] <= g.time[e]} for e in paid}


def slow_collections(g: Graph, s: FanInSettings) -> list[tuple[int, list[int], list[int]]]:
    """The definition, word for word: collector, payments in, onward payments."""
    window, within = s.window // micros(1), s.onward_within // micros(1)
    observed = int(g.time[-1] - g.time[0]) if len(g.time) else 0
    found = []
    for c in range(g.accounts):
        windows = slow_windows(g, window, c)
        payer = {e: int(g.source[e]) for e in windows}
        full = [w for w in windows.values() if len({payer[e] for e in w}) >= s.min_payers]
        bursts: list[set[int]] = []
        for w in full:
            touching = [b for b in bursts if b & w]
            bursts = [b for b in bursts if not b & w] + [set().union(w, *touching)]
        for burst in bursts:
            first, last = min(int(g.time[e]) for e in burst), max(int(g.time[e]) for e in burst)
            peak = max(len({payer[e] for e in w}) for w in full if w <= burst)
            usual = (len(windows) - len(burst)) * window / max(window, observed - (last - first))
            payers = {payer[e] for e in burst}
            strangers = [p for p in payers if not any(payer[e] == p for e in windows if e not in burst)]
            counts = np.bincount([g.currency[e] for e in burst], minlength=len(g.currencies))
            main = int(np.argmax(counts))
            collected = sum(int(g.amount[e]) for e in burst if g.currency[e] == main)
            out = [
                e
                for e in range(len(g.time))
                if g.source[e] == c and g.target[e] != c and first <= g.time[e] <= last + within
            ]
            out = [e for e in out if g.currency[e] == main and g.amount[e] <= 1.25 * collected]
            onward = sorted(out, key=lambda e: (-g.amount[e], e))[:2]
            if (
                last - first <= s.max_windows * window
                and peak >= s.min_ratio * usual
                and len(strangers) >= s.min_strangers * len(payers)
                and sum(int(g.amount[e]) for e in onward) / collected >= s.min_onward_share
            ):
                found.append((c, sorted(burst), sorted(onward)))
    return sorted(found)


@settings(max_examples=400)
@given(
    edges=EDGES,
    window=st.integers(1, 12),
    payers=st.integers(2, 3),
    limits=st.tuples(st.integers(1, 4), st.sampled_from([0.0, 1.5]), st.sampled_from([0.0, 0.5, 1.0])),
    onward=st.tuples(st.integers(0, 10), st.sampled_from([0.0, 0.6])),
)
def test_collections_are_those_of_the_definition(
    edges: list[Edge],
    window: int,
    payers: int,
    limits: tuple[int, float, float],
    onward: tuple[int, float],
) -> None:
    g = graph(edges, 6)
    chosen = FanInSettings(micros(window), payers, *limits, micros(onward[0]), onward[1])
    found = find_collections(g, chosen).found
    got = [(c.collector, c.payments.tolist(), sorted(c.onward.tolist())) for c in found]
    assert sorted(got) == slow_collections(g, chosen)


def test_a_shop_that_everybody_always_pays_is_no_collection() -> None:
    hour = DAY // 24
    edges: list[Edge] = [(h * hour, 1 + (h * 7 + n) % 400, 0, 100, 0) for h in range(24 * 60) for n in range(10)]
    edges += [(d * DAY + 1, 0, 401, 20_000, 0) for d in range(60)]
    result = find_collections(graph(edges, 402), FanInSettings())
    assert result.found == ()
    assert result.steady == 1


def test_a_burst_from_strangers_that_goes_on_at_once_is_a_collection() -> None:
    edges: list[Edge] = [(d * DAY, 1, 0, 500, 0) for d in range(60)]
    edges += [(30 * DAY + n, 2 + n, 0, 10_000, 0) for n in range(12)]
    edges += [(31 * DAY, 0, 20, 115_000, 0)]
    (found,) = find_collections(graph(edges, 21), FanInSettings()).found
    assert (found.collector, found.peak, len(found.onward)) == (0, 13, 1)


def test_ten_thousand_payers_in_one_second_cost_no_more_than_one_pass() -> None:
    edges: list[Edge] = [(5, 1 + n, 0, 1, 0) for n in range(10_000)] * 5
    (found,) = find_collections(graph(edges, 10_001), FanInSettings().by_structure_only()).found
    assert (found.payers, len(found.payments)) == (10_000, 50_000)


def test_every_planted_fan_in_that_meets_the_definition_is_found(amlsim: Path, tmp_path: Path) -> None:
    """The sample labels accounts, not patterns: what is asked is every full window of labelled payers."""
    import_transactions([amlsim / "transactions.csv"], tmp_path / "ledger", mapping=load_mapping("amlsim"))
    ledger = open_ledger(tmp_path / "ledger")
    g = graph_of_ledger(ledger)
    labels = pl.read_csv(amlsim / "nodes.csv", schema_overrides={"nodeid": pl.String})
    labelled = set(labels.filter(pl.col("isFraud") == 1)["nodeid"])
    marked = np.array([name in labelled for name in ledger.account_ids])
    chosen = replace(FanInSettings(), window=timedelta(days=20), min_payers=3).by_structure_only()
    planted: list[tuple[int, set[int]]] = []
    for c in np.flatnonzero(marked):
        held = g.credits.edge[g.credits.start[c] : g.credits.start[c + 1]]
        held = held[marked[g.source[held]] & (g.source[held] != c)]
        for edge in held:
            inside = held[(g.time[held] > g.time[edge] - 20 * DAY) & (g.time[held] <= g.time[edge])]
            if len(set(g.source[inside].tolist())) >= 3:
                planted.append((int(c), set(inside.tolist())))
    found: dict[int, list[set[int]]] = {}
    for one in find_collections(g, chosen).found:
        found.setdefault(one.collector, []).append(set(one.payments.tolist()))
    assert len({c for c, _ in planted}) >= 200
    missed = [c for c, window in planted if not any(window <= burst for burst in found.get(c, []))]
    assert missed == []
