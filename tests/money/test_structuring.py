"""Structuring against its definition, written out slowly."""

from datetime import timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.structuring import find_structuring
from mainstay.money.types import DAY, HOUR, StructuringSettings
from tests.money.conftest import Edge, graph, payment

EDGES = st.lists(
    payment(
        st.integers(0, 20).map(lambda hours: hours * HOUR),
        st.sampled_from([-1, -1, 0, 1]),
        st.sampled_from([-1, -1, 0, 1]),
        st.sampled_from([300, 799, 800, 900, 1000, 1001]),
        st.sampled_from([0, 0, 1, 2]),
    ),
    max_size=40,
)
SETTINGS = st.builds(
    StructuringSettings,
    limits=st.sampled_from([(("EUR", 10),), (("EUR", 10), ("JPY", 1000))]),
    closeness=st.sampled_from([0.0, 0.1, 0.2]),
    within=st.sampled_from([timedelta(hours=1), timedelta(hours=5)]),
    min_payments=st.integers(1, 4),
    min_share=st.sampled_from([0.0, 0.5, 1.0]),
)
CURRENCIES = ("EUR", "JPY", "USD")


def slow_structuring(g: Graph, s: StructuringSettings) -> tuple[list[tuple[int, bool, list[int]]], int, int]:
    """The definition, word for word."""
    within, count = s.within // timedelta(microseconds=1), range(len(g.time))
    limits = {CURRENCIES.index(name): units * (1 if name == "JPY" else 100) for name, units in s.limits}
    found, mixed = [], 0
    for into, account, currency in product((True, False), range(g.accounts), sorted(limits)):
        near_side, far_side = (g.target, g.source) if into else (g.source, g.target)
        cash = [e for e in count if near_side[e] == account and far_side[e] == -1 and g.currency[e] == currency]
        limit = limits[currency]
        under = [e for e in cash if (1 - s.closeness) * limit <= g.amount[e] <= limit]
        bursts: list[set[int]] = []
        for x in under:
            window = {e for e in under if g.time[x] - within < g.time[e] <= g.time[x]}
            if len(window) >= s.min_payments and sum(int(g.amount[e]) for e in window) > limit:
                joined = [burst for burst in bursts if burst & window]
                bursts = [burst for burst in bursts if not burst & window] + [window.union(*joined)]
        for burst in sorted(map(sorted, bursts)):
            meanwhile = [e for e in cash if burst[0] <= e <= burst[-1]]
            if len(burst) >= s.min_share * len(meanwhile):
                found.append((account, into, burst))
            else:
                mixed += 1
    no_limit = sum(1 for e in count if (g.source[e] < 0 or g.target[e] < 0) and int(g.currency[e]) not in limits)
    return found, mixed, no_limit


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_structurings_are_those_of_the_definition(edges: list[Edge], chosen: StructuringSettings) -> None:
    g = graph(edges, 2, CURRENCIES)
    found = find_structuring(g, chosen)
    slow, mixed, no_limit = slow_structuring(g, chosen)
    assert [(one.account, one.into, one.payments.tolist()) for one in found.found] == slow
    assert (found.mixed, found.no_limit) == (mixed, no_limit)


def test_sums_just_under_are_found_and_a_shops_takings_are_not() -> None:
    smurfs: list[Edge] = [(n * DAY, -1, 0, 980_000 - n * 5_000, 0) for n in range(4)]
    shop: list[Edge] = [(n * DAY, -1, 1, 300_000 + n % 10 * 70_000, 0) for n in range(60)]
    found = find_structuring(graph([*smurfs, *shop], 2), StructuringSettings())
    (one,) = found.found
    assert (one.account, one.into, len(one.payments), one.share) == (0, True, 4, 1.0)
