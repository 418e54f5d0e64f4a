"""Wage funnels against their definition, written out slowly."""

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.wages import find_funnels
from mainstay.money.types import DAY, WageSettings
from tests.money.conftest import Edge, graph, payment

START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
EDGES = st.lists(
    payment(
        st.sampled_from([START + day * DAY for day in (0, 1, 2, 31, 32, 33, 59, 60, 92)]),
        st.integers(-1, 4),
        st.integers(-1, 4),
        st.sampled_from([4, 5, 8, 10]),
        st.integers(0, 1),
    ),
    max_size=40,
)


def month_of(micros: int) -> int:
    moment = datetime.fromtimestamp(micros / 1_000_000, UTC)
    return moment.year * 12 + moment.month


def slow_funnels(g: Graph, s: WageSettings) -> list[tuple[int, int, list[int], list[int]]]:
    """The definition, word for word: employer, controller, workers, wages."""
    within = s.within // timedelta(microseconds=1)
    count = range(len(g.time))

    def passed_on(wage: int, f: int) -> bool:
        w = g.target[wage]
        after = [e for e in count if g.source[e] == w and g.time[wage] <= g.time[e] <= g.time[wage] + within]
        if len(after) > s.max_debits:
            return False
        legs = [e for e in after if g.target[e] == f and g.currency[e] == g.currency[wage]]
        return bool(legs) and sum(int(g.amount[e]) for e in legs) >= s.min_share * int(g.amount[wage])

    found = []
    for e, f in product(range(g.accounts), repeat=2):
        workers, wages = [], []
        for w in range(g.accounts):
            if w in (e, f):
                continue
            kept = [x for x in count if g.source[x] == e and g.target[x] == w and passed_on(x, f)]
            months = {month_of(int(g.time[x])) for x in kept}
            if any(set(range(m, m + s.min_months)) <= months for m in months):
                workers.append(w)
                wages += kept
        payers = {int(g.source[x]) for x in count if g.target[x] == f and g.source[x] not in (-1, f)}
        if len(workers) >= s.min_workers and len(workers) >= s.min_payer_share * len(payers):
            found.append((e, f, workers, sorted(wages)))
    return found


@settings(max_examples=300)
@given(
    edges=EDGES,
    workers=st.integers(1, 2),
    months=st.integers(1, 2),
    share=st.sampled_from([0.5, 0.8]),
    debits=st.integers(1, 4),
    payer_share=st.sampled_from([0.2, 0.6]),
)
def test_funnels_are_those_of_the_definition(
    edges: list[Edge], workers: int, months: int, share: float, debits: int, payer_share: float
) -> None:
    g = graph(edges, 5)
    chosen = WageSettings(timedelta(days=2), share, workers, months, payer_share, debits)
    got = [(f.employer, f.controller, f.workers.tolist(), f.wages.tolist()) for f in find_funnels(g, chosen).found]
    assert got == slow_funnels(g, chosen)


def funnel_edges(workers: int, months: int) -> list[Edge]:
    """Employer 0 pays workers 2…; each passes nine tenths on to account 1 the next day."""
    paydays = [START + 31 * DAY * month + 20 * DAY for month in range(months)]
    wages: list[Edge] = [(day, 0, 2 + n, 1_000, 0) for day in paydays for n in range(workers)]
    return wages + [(day + DAY, 2 + n, 1, 900, 0) for day in paydays for n in range(workers)]


def test_workers_whose_wages_go_to_one_account_are_a_funnel() -> None:
    (found,) = find_funnels(graph(funnel_edges(5, 3), 7), WageSettings()).found
    assert (found.employer, found.controller, found.workers.tolist(), found.months) == (0, 1, [2, 3, 4, 5, 6], 3)
    assert (round(found.share, 9), found.delay_days, len(found.onward)) == (0.9, 1.0, 15)


def test_one_payday_is_no_funnel() -> None:
    assert find_funnels(graph(funnel_edges(5, 1), 7), WageSettings()).found == ()


def test_a_payment_service_that_thousands_pay_is_no_funnel_and_is_counted() -> None:
    others: list[Edge] = [(START, 10 + n, 1, 50, 0) for n in range(1_000)]
    result = find_funnels(graph(funnel_edges(5, 3) + others, 1_010), WageSettings())
    assert (result.found, result.hubs) == ((), 1)


def test_a_busy_account_is_no_wage_earners_and_is_counted() -> None:
    spending: list[Edge] = [(START + 20 * DAY + n, 2, -1, 1, 0) for n in range(60)]
    result = find_funnels(graph(funnel_edges(3, 2) + spending, 5), WageSettings())
    assert (result.found, result.busy) == ((), 1)
