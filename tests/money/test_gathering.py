"""Gather-scatters against their definition, written out slowly."""

from datetime import timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.gathering import find_gatherings
from mainstay.money.types import HOUR, GatherSettings
from tests.money.conftest import Edge, graph, payment

EDGES = st.lists(
    payment(
        st.integers(0, 15).map(lambda hours: hours * HOUR),
        st.sampled_from([-1, 0, 0, 1, 2, 3, 4]),
        st.sampled_from([-1, 0, 0, 1, 2, 3, 4]),
        st.sampled_from([90, 100, 100]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    max_size=45,
)
SETTINGS = st.builds(
    GatherSettings,
    window=st.sampled_from([timedelta(hours=1), timedelta(hours=3), timedelta(hours=8)]),
    within=st.sampled_from([timedelta(0), timedelta(hours=3), timedelta(hours=8)]),
    tolerance=st.sampled_from([0.1, 0.5, 1.0]),
    min_partners=st.integers(1, 3),
    max_windows=st.sampled_from([0, 1, 10]),
)


def slow_gatherings(g: Graph, s: GatherSettings) -> tuple[list[tuple[int, list[int], list[int]]], tuple[int, int]]:
    """The definition, word for word."""
    micro = timedelta(microseconds=1)
    window, within = s.window // micro, s.within // micro
    found, steady, kept = [], 0, 0
    for c, currency in product(range(g.accounts), range(len(g.currencies))):
        own = [e for e in range(len(g.time)) if g.currency[e] == currency and min(g.source[e], g.target[e]) >= 0]
        ins = [e for e in own if g.target[e] == c and g.source[e] != c]
        outs = [e for e in own if g.source[e] == c and g.target[e] != c]
        if len(outs) < s.min_partners:
            continue
        unions: list[set[int]] = []
        for x in ins:
            seen = {e for e in ins if g.time[x] - window < g.time[e] <= g.time[x]}
            if len({int(g.source[e]) for e in seen}) >= s.min_partners:
                joined = [union for union in unions if union & seen]
                unions = [union for union in unions if not union & seen] + [seen.union(*joined)]
        for gathered in sorted(map(sorted, unions)):
            first, last = gathered[0], gathered[-1]
            if g.time[last] - g.time[first] > s.max_windows * window:
                steady += 1
                continue
            scattered = [e for e in outs if e > first and g.time[e] <= g.time[last] + within]
            receivers = {int(g.target[e]) for e in scattered} - {int(g.source[e]) for e in gathered}
            brought, sent = (sum(int(g.amount[e]) for e in edges) for edges in (gathered, scattered))
            fits = (1 - s.tolerance) * brought <= sent <= (1 + s.tolerance) * brought
            if len(receivers) >= s.min_partners and fits:
                found.append((c, gathered, scattered))
            else:
                kept += 1
    return found, (steady, kept)


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_gather_scatters_are_those_of_the_definition(edges: list[Edge], chosen: GatherSettings) -> None:
    g = graph(edges, 5)
    found = find_gatherings(g, chosen)
    slow, left = slow_gatherings(g, chosen)
    assert [(one.account, one.gathered.tolist(), one.scattered.tolist()) for one in found.found] == slow
    assert (found.steady, found.kept) == left
