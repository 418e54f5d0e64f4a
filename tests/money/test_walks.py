"""Walks against their definition, written out slowly."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.chains import find_chains
from mainstay.money.engine.walks import find_walks
from mainstay.money.types import HOUR, ChainSettings, WalkSettings
from tests.money.conftest import Edge, graph, payment
from tests.money.test_chains import slow_links


def walked(accounts: list[int], begin: int = 0, amount: int = 1_000) -> list[Edge]:
    """A sum that goes from each of these to the next."""
    return [(begin + n * HOUR, a, b, amount - n, 0) for n, (a, b) in enumerate(pairwise(accounts))]


ROUTES = st.lists(st.integers(0, 6), min_size=2, max_size=14).map(
    lambda route: [a for n, a in enumerate(route) if n == 0 or a != route[n - 1]]
)
EDGES = st.tuples(
    ROUTES,
    ROUTES,
    st.lists(
        payment(
            st.integers(0, 14).map(lambda hours: hours * HOUR),
            st.integers(-1, 6),
            st.integers(-1, 6),
            st.sampled_from([60, 70, 990, 1_000]),
            st.sampled_from([0, 0, 1]),
        ),
        max_size=8,
    ),
).map(lambda parts: walked(parts[0]) + walked(parts[1], HOUR // 2, 70) + parts[2])
SETTINGS = st.builds(
    WalkSettings,
    within=st.sampled_from([timedelta(hours=1), timedelta(hours=3)]),
    tolerance=st.sampled_from([0.0, 0.1, 0.5]),
    min_length=st.integers(2, 7),
    min_accounts=st.integers(1, 5),
    max_debits=st.sampled_from([1, 5, 50]),
)


def slow_walks(g: Graph, s: WalkSettings) -> tuple[list[list[int]], int, int]:
    """The definition, word for word."""
    links, busy = slow_links(g, ChainSettings(s.within, s.tolerance, 2, 2, s.max_debits))
    found, few = [], 0
    for first in sorted(set(links) - set(links.values())):
        line = [first]
        while line[-1] in links:
            line.append(links[line[-1]])
        accounts = {int(code) for e in line for code in (g.source[e], g.target[e]) if code >= 0}
        if len(line) >= s.min_length and len(accounts) >= s.min_accounts:
            found.append(line)
        elif len(line) >= s.min_length:
            few += 1
    return found, busy, few


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_walks_are_those_of_the_definition(edges: list[Edge], chosen: WalkSettings) -> None:
    g = graph(edges, 7)
    found = find_walks(g, chosen)
    slow, busy, few = slow_walks(g, chosen)
    assert [walk.tolist() for walk in found.found] == slow
    assert (found.busy, found.round_few) == (busy, few)


def test_money_that_comes_back_to_accounts_is_one_walk_where_chains_find_nothing() -> None:
    g = graph(walked([0, 1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0, 1]), 9)
    (walk,) = find_walks(g, WalkSettings()).found
    assert walk.tolist() == list(range(13))
    assert not find_chains(g, ChainSettings()).found


def test_a_circle_of_three_that_turns_on_and_on_is_left_to_cycles_and_counted() -> None:
    found = find_walks(graph(walked([0, 1, 2] * 6), 3), WalkSettings())
    assert (found.found, found.round_few) == ((), 1)
