"""Dormancy then burst against its definition, written out slowly."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.dormancy import find_wakings
from mainstay.money.types import DAY, DormancySettings
from tests.money.conftest import Edge, graph, payment

EDGES = st.lists(
    payment(
        st.sampled_from([0, 1, 2, 20, 21, 22, 24, 50, 51, 52]).map(lambda days: days * DAY),
        st.integers(-1, 3),
        st.integers(-1, 3),
        st.sampled_from([10, 50, 100]),
        st.sampled_from([0, 0, 1]),
    ),
    max_size=40,
)
SETTINGS = st.builds(
    DormancySettings,
    silence=st.sampled_from([timedelta(days=5), timedelta(days=18), timedelta(days=25)]),
    window=st.sampled_from([timedelta(days=1), timedelta(days=2), timedelta(days=4)]),
    min_transactions=st.integers(1, 4),
    min_share=st.sampled_from([0.0, 0.5, 0.9]),
    min_ratio=st.sampled_from([0.0, 1.0, 2.0]),
)


def slow_wakings(g: Graph, s: DormancySettings) -> tuple[list[tuple[int, list[int], int]], int]:
    """The definition, word for word."""
    silence, window = s.silence // timedelta(microseconds=1), s.window // timedelta(microseconds=1)
    found, usual = [], 0
    for account in range(g.accounts):
        own = [e for e in range(len(g.time)) if account in (g.source[e], g.target[e])]
        for before, e in pairwise(own):
            gap = int(g.time[e] - g.time[before])
            burst = [x for x in own if x >= e and g.time[x] < g.time[e] + window]
            if gap <= silence or len(burst) < s.min_transactions:
                continue
            earlier = [x for x in own if x < e]
            lived = max(int(g.time[before] - g.time[own[0]]), window)
            kinds = [int(g.currency[x]) for x in burst]
            main = min(range(len(g.currencies)), key=lambda code, kinds=kinds: (-kinds.count(code), code))  # type: ignore[misc]
            moved = [x for x in burst if g.currency[x] == main and g.source[x] != g.target[x]]
            brought = sum(int(g.amount[x]) for x in moved if g.target[x] == account)
            sent = sum(int(g.amount[x]) for x in moved if g.source[x] == account)
            often = len(burst) * lived >= s.min_ratio * len(earlier) * window
            if often and brought > 0 and sent >= s.min_share * brought:
                found.append((account, burst, gap))
            else:
                usual += 1
    return found, usual


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_wakings_are_those_of_the_definition(edges: list[Edge], chosen: DormancySettings) -> None:
    g = graph(edges, 4)
    found = find_wakings(g, chosen)
    slow, usual = slow_wakings(g, chosen)
    assert [(one.account, one.burst.tolist(), one.silence) for one in found.found] == slow
    assert found.usual == usual
