"""Temporal cycles against their definition, written out slowly, and against those planted in a simulator's sample."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph, graph_of_ledger
from mainstay.money.engine.importing import import_transactions
from mainstay.money.engine.ledger import open_ledger
from mainstay.money.engine.mapping import load_mapping
from mainstay.money.engine.rings import find_cycles
from mainstay.money.types import HOUR, CycleSettings
from tests.money.conftest import Edge, graph, payment

Circle = tuple[int, ...]
EDGES = st.lists(
    payment(
        st.integers(0, 12).map(lambda hours: hours * HOUR),
        st.integers(-1, 5),
        st.integers(-1, 5),
        st.sampled_from([80, 89, 90, 100]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    max_size=35,
)
SETTINGS = st.builds(
    CycleSettings,
    within=st.sampled_from([timedelta(0), timedelta(hours=4), timedelta(hours=20)]),
    tolerance=st.sampled_from([0.0, 0.1, 0.2]),
    min_length=st.integers(2, 4),
    max_length=st.integers(4, 6),
    in_order=st.booleans(),
    max_credits=st.sampled_from([2, 5, 50]),
    max_steps=st.just(1 << 40),
)


def turned(circle: list[int]) -> Circle:
    """The circle from its lowest account on."""
    at = circle.index(min(circle))
    return tuple(circle[at:] + circle[:at])


def slow_cycles(g: Graph, s: CycleSettings) -> tuple[list[list[list[int]]], int]:
    """The definition, word for word; ways are all listed, then the one that is latest from its end is taken."""
    within = s.within // timedelta(microseconds=1)
    circles: dict[tuple[int, Circle], list[list[int]]] = {}
    used: set[int] = set()
    busy = 0
    for c in range(len(g.time)):
        u, v = int(g.source[c]), int(g.target[c])
        if u < 0 or v < 0 or u == v:
            continue
        seen = [e for e in range(c) if g.time[e] >= g.time[c] - within]
        got = {a: sum(1 for e in seen if g.target[e] == a) for a in range(g.accounts)}
        ways: list[list[int]] = []
        met = False

        def extend(
            row: list[int],
            taken: set[int],
            seen: list[int] = seen,
            got: dict[int, int] = got,
            v: int = v,
            ways: list[list[int]] = ways,
        ) -> None:
            """`row` is backwards: c, then the payments before it."""
            nonlocal met
            account = int(g.source[row[-1]])
            if len(row) >= 2 and account == v:
                if len(row) >= s.min_length:
                    ways.append(row)
                return
            if len(row) == s.max_length:
                return
            if got[account] > s.max_credits:
                met = True
                return
            for e in seen:
                amounts = [int(g.amount[x]) for x in (*row, e)]
                fits = g.currency[e] == g.currency[row[0]] and min(amounts) >= (1 - s.tolerance) * max(amounts)
                new = g.source[e] >= 0 and int(g.source[e]) not in {int(g.source[x]) for x in row}
                if g.target[e] == account and e not in taken and fits and new and (e < row[-1] or not s.in_order):
                    extend([*row, e], taken)

        if any(g.source[e] == v for e in seen):
            extend([c], set())
            ways.clear()
            extend([c], used)
        if ways:
            best = max(ways)
            used.update(best)
            best = best[::-1]
            key = (int(g.currency[c]), turned([int(g.source[e]) for e in best]))
            circles.setdefault(key, []).append(best)
        busy += met
    return list(circles.values()), busy


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_cycles_are_those_of_the_definition(edges: list[Edge], chosen: CycleSettings) -> None:
    g = graph(edges, 6)
    found = find_cycles(g, chosen)
    slow, busy = slow_cycles(g, chosen)
    assert [[one.tolist() for one in cycle.rounds] for cycle in found.found] == slow
    assert found.busy <= busy  # the search ends at the first way, and may not come by every busy account
    assert found.given_up == 0


def test_money_that_goes_round_three_times_is_one_cycle() -> None:
    edges: list[Edge] = [((10 * turn + n) * HOUR, n, (n + 1) % 5, 1000 - n, 0) for turn in range(3) for n in range(5)]
    (cycle,) = find_cycles(graph(edges, 5), CycleSettings()).found
    assert [one.tolist() for one in cycle.rounds] == [list(range(5)), list(range(5, 10)), list(range(10, 15))]


def test_a_search_that_takes_too_long_is_given_up_and_counted() -> None:
    dense: list[Edge] = [(n * HOUR, a, b, 100, 0) for n, (a, b) in enumerate(np.ndindex(8, 8)) if a != b and b != 7]
    found = find_cycles(graph(dense, 9), replace(CycleSettings(), max_steps=3))
    assert found.given_up > 0
    assert found.given_up > find_cycles(graph(dense, 9), CycleSettings()).given_up


def circles_of_labelled(g: Graph, marked: np.ndarray, in_order: bool) -> set[Circle]:
    """Return circles of 3 to 10 labelled accounts in which each paid the next the same amount."""
    after: dict[tuple[int, int], list[int]] = {}
    once: set[tuple[int, ...]] = set()
    for e in np.flatnonzero(marked[g.source] & marked[g.target]).tolist():
        payment = (int(g.source[e]), int(g.target[e]), int(g.amount[e]))
        if payment in once and not in_order:
            continue
        once.add(payment)
        after.setdefault((int(g.source[e]), int(g.amount[e])), []).append(e)
    circles: set[Circle] = set()

    def extend(row: list[int]) -> None:
        ends = int(g.target[row[-1]])
        accounts = [int(g.source[e]) for e in row]
        if ends == accounts[0] and len(row) >= 3:
            circles.add(turned(accounts))
        if ends in accounts or len(row) == 10:
            return
        for e in after.get((ends, int(g.amount[row[0]])), []):
            if e > row[-1] or not in_order:
                extend([*row, e])

    for held in after.values():
        for e in held:
            extend([e])
    return circles


@pytest.mark.parametrize(("in_order", "planted"), [(False, 21), (True, 0)])
def test_every_planted_cycle_that_meets_the_definition_is_found(
    amlsim: Path, tmp_path: Path, in_order: bool, planted: int
) -> None:
    """Most of the 200 lack payments in the sample, and times were drawn in any order: 21 are whole, none in order."""
    import_transactions([amlsim / "transactions.csv"], tmp_path / "ledger", mapping=load_mapping("amlsim"))
    ledger = open_ledger(tmp_path / "ledger")
    g = graph_of_ledger(ledger)
    labels = pl.read_csv(amlsim / "nodes.csv", schema_overrides={"nodeid": pl.String})
    labelled = set(labels.filter(pl.col("isFraud") == 1)["nodeid"])
    marked = np.array([name in labelled for name in ledger.account_ids])
    chosen = CycleSettings(timedelta(days=150), 0.0, 3, 10, in_order, 1 << 40, 1 << 40)
    found = {turned(g.source[c.rounds[0]].tolist()) for c in find_cycles(g, chosen).found}
    expected = circles_of_labelled(g, marked, in_order)
    right = sum(all(marked[a] for a in circle) for circle in found)
    assert len(expected) == planted
    assert expected <= found
    assert right == len(found)
