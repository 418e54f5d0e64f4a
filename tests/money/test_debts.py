"""Recruitment-fee debts against their definition, written out slowly."""

from datetime import timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.debts import find_debts
from mainstay.money.types import DAY, DebtSettings
from tests.money.conftest import Edge, graph

REGULAR = st.builds(
    lambda start, payer, receiver, period, count, amount, currency: [
        ((start + period * n) * DAY, payer, receiver, amount + n % 2, currency) for n in range(count)
    ],
    st.sampled_from([0, 8, 9, 10, 11, 20]),
    st.integers(-1, 4),
    st.integers(0, 2),
    st.sampled_from([6, 7, 8, 14]),
    st.integers(1, 4),
    st.sampled_from([100, 105, 200]),
    st.sampled_from([0, 0, 0, 1]),
)
EDGES = st.lists(REGULAR, max_size=14).map(lambda rows: [edge for row in rows for edge in row])
SETTINGS = st.builds(
    DebtSettings,
    period_days=st.just((7, 14)),
    slack=st.sampled_from([0.0, 0.2]),
    tolerance=st.sampled_from([0.0, 0.05]),
    min_payments=st.integers(2, 3),
    min_payers=st.integers(1, 3),
    span=st.sampled_from([timedelta(0), timedelta(days=2), timedelta(days=10)]),
    max_payments=st.sampled_from([4, 50]),
    min_payer_share=st.sampled_from([0.0, 0.5, 1.0]),
)
Found = list[tuple[int, int, list[list[int]]]]


def slow_debts(g: Graph, s: DebtSettings) -> tuple[Found, tuple[int, int, int]]:
    """The definition, word for word."""
    span = s.span // timedelta(microseconds=1)
    busy = earlier = usual = 0
    found: Found = []
    for f in range(g.accounts):
        held = {
            p: [e for e in range(len(g.time)) if g.source[e] == p and g.target[e] == f]
            for p in range(g.accounts)
            if p != f
        }
        payers = [p for p, rows in held.items() if rows]
        if len(payers) < s.min_payers:
            continue
        busy += sum(len(rows) > s.max_payments for rows in held.values())
        for days, currency in product(s.period_days, range(len(g.currencies))):
            low, high = round((1 - s.slack) * days * DAY), round((1 + s.slack) * days * DAY)
            counted = []
            for rows in held.values():
                left = [e for e in rows if g.currency[e] == currency] if len(rows) <= s.max_payments else []
                while left:
                    series = [left.pop(0)]
                    like = [
                        e for e in left if abs(g.amount[e] - g.amount[series[0]]) <= s.tolerance * g.amount[series[0]]
                    ]
                    for e in like:
                        if not low <= g.time[e] - g.time[series[-1]] <= high:
                            break
                        series.append(e)
                        left.remove(e)
                    if len(series) < s.min_payments:
                        continue
                    if g.time[series[0]] - g.time[0] > high:
                        counted.append(series)
                    else:
                        earlier += 1
            counted.sort()
            while counted:
                cohort = [series for series in counted if g.time[series[0]] - g.time[counted[0][0]] <= span]
                who = {int(g.source[series[0]]) for series in cohort}
                if len(who) < s.min_payers:
                    counted.pop(0)
                    continue
                counted = counted[len(cohort) :]
                if len(who) >= s.min_payer_share * len(payers):
                    found.append((f, days, cohort))
                else:
                    usual += 1
    return found, (busy, earlier, usual)


@settings(max_examples=500)
@given(EDGES, SETTINGS)
def test_debts_are_those_of_the_definition(edges: list[Edge], chosen: DebtSettings) -> None:
    g = graph(edges, 5)
    found = find_debts(g, chosen)
    slow, counts = slow_debts(g, chosen)
    assert [(d.receiver, d.period_days, [one.tolist() for one in d.series]) for d in found.found] == slow
    assert (found.busy, found.earlier, found.usual) == counts


def fees(payers: int, start: int, first: int = 1) -> list[Edge]:
    """Payers who begin within a week of a day, each with a fee of the same sum every month."""
    return [((start + n % 7 + 30 * month) * DAY, first + n, 0, 25_000, 0) for n in range(payers) for month in range(6)]


def test_who_begin_together_owe_and_a_landlord_with_many_older_tenants_is_left_out() -> None:
    known: list[Edge] = [(0, 50, 51, 1, 0)]
    (debt,) = find_debts(graph([*known, *fees(6, 100)], 60), DebtSettings()).found
    assert (debt.receiver, debt.period_days, [len(one) for one in debt.series]) == (0, 30, [6] * 6)
    older = [edge for n in range(8) for edge in fees(1, 40 + 20 * n, 20 + n)]
    found = find_debts(graph([*known, *fees(6, 300), *older], 60), DebtSettings())
    assert not found.found
    assert found.usual == 1
