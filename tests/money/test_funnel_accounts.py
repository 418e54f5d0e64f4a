"""Funnel accounts against their definition, written out slowly."""

from datetime import timedelta
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.funnel_accounts import find_funnel_accounts
from mainstay.money.engine.places import Places
from mainstay.money.types import DAY, HOUR, FunnelAccountSettings
from tests.money.conftest import Edge, graph, payment

EDGES = st.lists(
    st.tuples(
        payment(
            st.integers(0, 30).map(lambda hours: hours * HOUR),
            st.sampled_from([-1, -1, 0, 1]),
            st.sampled_from([-1, -1, 0, 1]),
            st.sampled_from([10, 20, 50]),
            st.sampled_from([0, 0, 0, 1]),
        ),
        st.integers(-1, 4),
    ),
    max_size=40,
).map(lambda rows: sorted(rows, key=lambda row: row[0][0]))
SETTINGS = st.builds(
    FunnelAccountSettings,
    within=st.sampled_from([timedelta(0), timedelta(hours=3), timedelta(hours=10)]),
    min_places=st.integers(1, 3),
    min_share=st.sampled_from([0.0, 0.5, 1.0]),
)
NAMES = ("A", "B", "C", "D", "E")


def slow_funnels(
    g: Graph, place: list[int], s: FunnelAccountSettings
) -> tuple[list[tuple[int, list[int], list[int]]], int]:
    """The definition, word for word."""
    within = s.within // timedelta(microseconds=1)
    found, kept = [], 0
    for account, currency in product(range(g.accounts), range(len(g.currencies))):
        cash = [e for e in range(len(g.time)) if g.currency[e] == currency and place[e] >= 0]
        deposits = [e for e in cash if g.target[e] == account and g.source[e] == -1]
        withdrawals = [e for e in cash if g.source[e] == account and g.target[e] == -1]
        stretches: list[list[int]] = []
        for x in withdrawals:
            before = [e for e in deposits if e < x and g.time[e] >= g.time[x] - within]
            if len({place[e] for e in before} - {place[x]}) >= s.min_places:
                if stretches and g.time[stretches[-1][1]] >= g.time[x] - within:
                    stretches[-1][1] = x
                else:
                    stretches.append([int(g.time[x]) - within, x])
        for begin, last in stretches:
            into = [e for e in deposits if g.time[e] >= begin and e <= last]
            out = [e for e in withdrawals if g.time[e] >= begin and e <= last]
            if sum(int(g.amount[e]) for e in out) >= s.min_share * sum(int(g.amount[e]) for e in into):
                found.append((account, into, out))
            else:
                kept += 1
    return found, kept


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_funnel_accounts_are_those_of_the_definition(
    rows: list[tuple[Edge, int]], chosen: FunnelAccountSettings
) -> None:
    g, place = graph([edge for edge, _ in rows], 2), [code for _, code in rows]
    found = find_funnel_accounts(g, Places(np.array(place, np.int32), NAMES), chosen)
    slow, kept = slow_funnels(g, place, chosen)
    assert [(f.account, f.deposits.tolist(), f.withdrawals.tolist()) for f in found.found] == slow
    assert found.kept == kept


def test_a_chain_of_shops_that_keeps_its_takings_is_no_funnel() -> None:
    rows: list[tuple[Edge, int]] = [((n * DAY // 5, -1, 0, 1000, 0), n % 4) for n in range(100)]
    rows += [((n * 5 * DAY + 1, 0, -1, 500, 0), 4) for n in range(4)]
    rows.sort(key=lambda row: row[0][0])
    places = Places(np.array([code for _, code in rows], np.int32), NAMES)
    found = find_funnel_accounts(graph([edge for edge, _ in rows], 1), places, FunnelAccountSettings())
    assert not found.found
    assert found.kept == 1
