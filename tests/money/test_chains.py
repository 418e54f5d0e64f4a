"""Pass-through chains against their definition, written out slowly."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.chains import accounts_of, find_chains
from mainstay.money.types import HOUR, ChainSettings
from tests.money.conftest import Edge, graph, payment

EDGES = st.lists(
    payment(
        st.integers(0, 12).map(lambda hours: hours * HOUR),
        st.integers(-1, 5),
        st.integers(-1, 5),
        st.sampled_from([80, 89, 90, 95, 100]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    max_size=40,
)
SETTINGS = st.builds(
    ChainSettings,
    within=st.sampled_from([timedelta(0), timedelta(hours=2), timedelta(hours=5)]),
    tolerance=st.sampled_from([0.0, 0.1, 0.2]),
    min_length=st.integers(2, 4),
    max_length=st.integers(4, 6),
    max_debits=st.sampled_from([2, 5, 50]),
)


def slow_links(g: Graph, s: ChainSettings) -> tuple[dict[int, int], int]:
    """Points 1 to 3 of the definition, word for word."""
    within, count = s.within // timedelta(microseconds=1), range(len(g.time))

    def follows(d: int) -> list[int]:
        return [e for e in count if e > d and g.source[e] == g.target[d] and g.time[e] <= g.time[d] + within]

    def carries_on(e: int, d: int) -> bool:
        fits = g.currency[e] == g.currency[d] and (1 - s.tolerance) * g.amount[d] <= g.amount[e] <= g.amount[d]
        back = g.target[e] >= 0 and g.target[e] == g.source[d]
        return bool(fits and g.target[e] != g.target[d] and not back)

    after: dict[int, int] = {}
    busy = 0
    for d in count:
        if g.target[d] < 0:
            continue
        if len(follows(d)) > s.max_debits:
            busy += 1
        elif fitting := [e for e in follows(d) if carries_on(e, d)]:
            after[d] = fitting[0]
    return {d: e for d, e in after.items() if d == max(x for x in after if after[x] == e)}, busy


def slow_chains(g: Graph, s: ChainSettings) -> tuple[list[list[int]], int]:
    """The definition, word for word."""
    links, busy = slow_links(g, s)
    found = []
    for first in range(len(g.time)):
        if first in links.values():
            continue
        line, here = [first], first
        while here in links:
            here = links[here]
            line.append(here)
        piece: list[int] = []
        for number in line:
            on_it = {int(g.source[piece[0]]), *(int(g.target[p]) for p in piece)} - {-1} if piece else set()
            if len(piece) == s.max_length or int(g.target[number]) in on_it:
                found.append(piece)
                piece = []
            piece.append(number)
        found.append(piece)
    return [piece for piece in found if len(piece) >= s.min_length], busy


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_chains_are_those_of_the_definition(edges: list[Edge], chosen: ChainSettings) -> None:
    g = graph(edges, 6)
    found = find_chains(g, chosen)
    slow, busy = slow_chains(g, chosen)
    assert [chain.tolist() for chain in found.found] == slow
    assert found.busy == busy


def planted(length: int = 6) -> list[Edge]:
    return [(n * HOUR, n, n + 1, 100_000 - 1_000 * n, 0) for n in range(length)]


def test_a_chain_is_found_whole_and_shares_no_account_with_itself() -> None:
    g = graph(planted(), 7)
    (chain,) = find_chains(g, ChainSettings()).found
    assert accounts_of(g, chain) == list(range(7))
    assert all(g.target[d] == g.source[e] for d, e in pairwise(chain.tolist()))


def test_a_payment_service_is_not_followed_and_counted() -> None:
    bought = [(n * HOUR // 10, 10 + n, 3, 50_000, 0) for n in range(300)]
    paid_out = [(n * HOUR // 10 + 1, 3, 400 + n, 49_000, 0) for n in range(300)]
    found = find_chains(graph([*planted(), *bought, *paid_out], 700), ChainSettings())
    assert found.busy >= 270  # the last few have not so many after them
    assert not found.found
