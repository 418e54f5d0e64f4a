"""Scatter-gathers against their definition, written out slowly."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.scattering import find_scatterings
from mainstay.money.types import HOUR, ChainSettings, ScatterSettings
from tests.money.conftest import Edge, graph, payment
from tests.money.test_chains import slow_links

EDGES = st.lists(
    payment(
        st.integers(0, 12).map(lambda hours: hours * HOUR),
        st.sampled_from([-1, 0, 0, 1, 2, 3, 4]),
        st.sampled_from([-1, 1, 2, 3, 4, 5, 5]),
        st.sampled_from([90, 95, 100]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    max_size=50,
)
SETTINGS = st.builds(
    ScatterSettings,
    within=st.sampled_from([timedelta(hours=2), timedelta(hours=8)]),
    tolerance=st.sampled_from([0.05, 0.1]),
    window=st.sampled_from([timedelta(hours=1), timedelta(hours=3), timedelta(hours=20)]),
    min_middles=st.integers(1, 3),
    max_debits=st.sampled_from([3, 50]),
)


def slow_scatterings(g: Graph, s: ScatterSettings) -> tuple[list[tuple[list[int], list[int]]], int]:
    """The definition, word for word."""
    window = s.window // timedelta(microseconds=1)
    links, busy = slow_links(g, ChainSettings(s.within, s.tolerance, max_debits=s.max_debits))
    pairs: dict[tuple[int, ...], list[int]] = {}
    for d in sorted(links):
        a, b = int(g.source[d]), int(g.target[links[d]])
        if a >= 0 and b >= 0:
            pairs.setdefault((a, b, int(g.currency[d])), []).append(d)
    found = []
    for _, legs in sorted(pairs.items()):
        unions: list[set[int]] = []
        for x in legs:
            seen = {d for d in legs if g.time[x] - window < g.time[d] <= g.time[x]}
            if len({int(g.target[d]) for d in seen}) >= s.min_middles:
                joined = [union for union in unions if union & seen]
                unions = [union for union in unions if not union & seen] + [seen.union(*joined)]
        found += [(union, [links[d] for d in union]) for union in sorted(map(sorted, unions))]
    return found, busy


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_scatter_gathers_are_those_of_the_definition(edges: list[Edge], chosen: ScatterSettings) -> None:
    g = graph(edges, 6)
    found = find_scatterings(g, chosen)
    slow, busy = slow_scatterings(g, chosen)
    assert [(one.scattered.tolist(), one.gathered.tolist()) for one in found.found] == slow
    assert found.busy == busy
