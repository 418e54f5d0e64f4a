"""Stacks of layers against their definition, written out slowly."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.stacks import find_stacks
from mainstay.money.types import HOUR, ChainSettings, StackSettings
from tests.money.conftest import Edge, graph, payment
from tests.money.test_chains import slow_links

HOURS = st.integers(0, 30).map(lambda hours: hours * HOUR)
SUMS = st.integers(1, 9).map(lambda n: 40 + 20 * n)


@st.composite
def passed_on(draw: st.DrawFn) -> list[Edge]:
    """A sum from one layer through the next to a third; sometimes through a fourth too."""
    layer = draw(st.sampled_from([0, 0, 0, 1]))
    hands = [2 * (layer + n) + draw(st.sampled_from([0, 0, 0, 1, 1, 1, 2])) for n in range(3)]
    moment, amount, currency = draw(HOURS), draw(SUMS), draw(st.sampled_from([0] * 9 + [1]))
    return [(moment + n * HOUR // 2, hands[n], hands[n + 1], amount - n, currency) for n in range(2)]


EDGES = st.tuples(
    st.lists(passed_on(), min_size=6, max_size=24),
    st.lists(payment(HOURS, st.integers(-1, 8), st.integers(-1, 8), SUMS, st.just(0)), max_size=6),
).map(lambda parts: [edge for row in parts[0] for edge in row] + parts[1])
SETTINGS = st.builds(
    StackSettings,
    within=st.sampled_from([timedelta(hours=1), timedelta(hours=3)]),
    tolerance=st.sampled_from([0.0, 0.05, 0.05, 0.3]),
    gap=st.sampled_from([timedelta(0), timedelta(hours=3), timedelta(hours=20)]),
    min_partners=st.sampled_from([1, 2, 2, 2]),
    min_middles=st.integers(1, 3),
    max_debits=st.sampled_from([2, 10, 50]),
)


def slow_stacks(g: Graph, s: StackSettings) -> tuple[list[list[tuple[int, int]]], int]:
    """The definition, word for word."""
    gap = s.gap // timedelta(microseconds=1)
    links, busy = slow_links(g, ChainSettings(s.within, s.tolerance, 2, 2, s.max_debits))
    legs = {(d, e) for d, e in links.items() if g.source[d] >= 0 and g.target[e] >= 0}

    def ends(leg: tuple[int, int]) -> tuple[int, int, int]:
        return int(g.source[leg[0]]), int(g.target[leg[0]]), int(g.target[leg[1]])

    spell: dict[tuple[int, tuple[int, int]], tuple[int, int, int, int]] = {}
    for place in range(3):
        last: dict[tuple[int, int], tuple[int, int]] = {}
        for leg in sorted(legs):
            key = ends(leg)[place], int(g.currency[leg[0]])
            moment = int(g.time[leg[0]])
            number = last[key][1] + (moment - last[key][0] > gap) if key in last else 0
            last[key] = moment, number
            spell[place, leg] = place, *key, number

    def has_several(leg: tuple[int, int]) -> bool:
        across = ((1, 0), (1, 2), (0, 1), (2, 1))
        return all(
            len({ends(x)[other] for x in legs if spell[place, x] == spell[place, leg]}) >= s.min_partners
            for place, other in across
        )

    while few := {leg for leg in legs if not has_several(leg)}:
        legs -= few
    stacks: list[set[tuple[int, int]]] = []
    for leg in sorted(legs):
        tied = [
            stack
            for stack in stacks
            if any(set(x) & set(leg) or any(spell[p, x] == spell[p, leg] for p in range(3)) for x in stack)
        ]
        stacks = [stack for stack in stacks if stack not in tied] + [set().union({leg}, *tied)]
    whole = [sorted(stack) for stack in stacks if len({ends(leg)[1] for leg in stack}) >= s.min_middles]
    return sorted(whole), busy


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_stacks_are_those_of_the_definition(edges: list[Edge], chosen: StackSettings) -> None:
    g = graph(edges, 9)
    found = find_stacks(g, chosen)
    slow, busy = slow_stacks(g, chosen)
    assert [list(zip(one.into.tolist(), one.out.tolist(), strict=True)) for one in found.found] == slow
    assert found.busy == busy


def layers(count: int, width: int = 3) -> list[Edge]:
    """Each account of a layer pays each of the next, and what it got goes on."""
    edges = []
    for turn in range(width):
        for at in range(width):
            for depth in range(count - 1):
                payer, payee = (width * (depth + n) + (at + (depth + n) * turn) % width for n in (0, 1))
                edges.append(((turn * 60 + at * 10 + depth) * HOUR // 3, payer, payee, 9_000 + 10 * at - depth, 0))
    return edges


def test_layers_on_layers_are_one_stack_whole_and_those_of_another_month_another() -> None:
    (three,) = find_stacks(graph(layers(3), 9), StackSettings()).found
    assert len(three.into) == 9
    (four,) = find_stacks(graph(layers(4), 12), StackSettings()).found
    assert len(np.union1d(four.into, four.out)) == 27
    later: list[Edge] = [(edge[0] + 60 * 24 * HOUR, *edge[1:]) for edge in layers(3)]
    assert [len(one.into) for one in find_stacks(graph([*layers(3), *later], 9), StackSettings()).found] == [9, 9]


def test_one_payer_through_many_to_one_is_no_stack() -> None:
    edges = [(n * HOUR, 0, 2 + n, 100, 0) for n in range(5)] + [((n + 6) * HOUR, 2 + n, 1, 100, 0) for n in range(5)]
    assert not find_stacks(graph(edges, 7), StackSettings()).found
