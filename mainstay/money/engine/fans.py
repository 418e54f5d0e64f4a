"""Fan-in collection: many payers to one collector in a burst, then on in one or two large payments.

Definition. Window W, least number of payers k. The *payments in* of account c are the transactions
to c from another account (no cash, not from c itself).

1. The window of a payment in at time t holds all payments in with t − W < time ≤ t. It is *full*
   when they come from at least k different accounts. A *burst* is the union of full windows, where
   windows that share a payment belong to the same burst; so bursts are maximal and do not overlap.
   Its *peak* is the most different payers in one of its windows.
2. A burst is a *collection* when all of these hold:
   - short: its last payment is at most `max_windows` × W after its first (a burst that is longer is
     an account that many people always pay: counted as steady);
   - unusual: peak ≥ `min_ratio` × usual, where usual = payments in outside the burst, for each W of
     the time observed outside it (observed: first to last transaction of all; at least one W);
   - strangers: at least `min_strangers` of its payers pay c in no other payment;
   - onward: in the currency of most of its payments (the first in the alphabet if several), the two
     largest payments out of c, to another account or in cash, from the burst's first payment to
     `onward_within` after its last, are together at least `min_onward_share` of the sum collected.
     A payment out of more than 1.25 times that sum is not counted: it is no passing on of it.

Work is proportional to the number of transactions, hubs included: each payment enters and leaves a
window once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Account, Edges, Graph
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import longer
from mainstay.money.types import FanInSettings, microseconds

Ints = npt.NDArray[np.int64]
ONWARD_LIMIT = 1.25
_COLUMNS = 10
STEADY, USUAL, REGULARS, KEPT = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Collection:
    """One fan-in collection: payments in and onward payments by number, and the figures of its criteria.

    `onward_share` is of the collected sum, `usual` in payments for each window.
    """

    collector: Account
    payments: Edges
    onward: Edges
    payers: int
    peak: int
    usual: float
    strangers: float
    onward_share: float


@dataclass(frozen=True, slots=True)
class Collections:
    """All collections, and how many bursts each criterion left out."""

    found: tuple[Collection, ...]
    steady: int
    usual: int
    regulars: int
    kept: int


def find_collections(graph: Graph, settings: FanInSettings) -> Collections:
    """Return the fan-in collections of a graph, in order of collector and time."""
    observed = int(graph.time[-1] - graph.time[0]) if len(graph.time) else 0
    window, onward_within = microseconds(settings.window), microseconds(settings.onward_within)
    bursts, figures = _bursts(
        graph.credits.start,
        graph.credits.edge,
        graph.debits.start,
        graph.debits.edge,
        graph.time,
        graph.source,
        graph.target,
        graph.amount,
        graph.currency,
        len(graph.currencies),
        observed,
        (window, settings.min_payers, min(settings.max_windows * window, 1 << 62), onward_within),
        (settings.min_ratio, settings.min_strangers, settings.min_onward_share),
    )
    left_out = [int(np.count_nonzero(bursts[:, 9] == code)) for code in (STEADY, USUAL, REGULARS, KEPT)]
    found = tuple(_collection(graph, bursts[at], figures[at]) for at in np.flatnonzero(bursts[:, 9] == 0))
    return Collections(found, *left_out)


def _collection(graph: Graph, burst: Ints, figures: npt.NDArray[np.float64]) -> Collection:
    collector, first, last = int(burst[0]), int(burst[1]), int(burst[2])
    held = graph.credits.edge[graph.credits.start[collector] + first : graph.credits.start[collector] + last + 1]
    payments = held[(graph.source[held] >= 0) & (graph.source[held] != collector)]
    onward = np.array([edge for edge in burst[5:7] if edge >= 0], np.int64)
    return Collection(collector, payments, onward, int(burst[3]), int(burst[4]), *(float(f) for f in figures))


@kernel
def _bursts(  # type: ignore[no-untyped-def]
    in_start, in_edge, out_start, out_edge, time, source, target, amount, currency, currencies, observed, spans, limits
):
    """Return one row a burst: collector, first, last, payers, peak, two onward payments, -, -, why left out."""
    window, min_payers, longest, onward_within = spans
    min_ratio, min_strangers, min_onward = limits
    accounts = len(in_start) - 1
    held = np.zeros(accounts, np.int32)
    total = np.zeros(accounts, np.int32)
    rows = np.empty((16, _COLUMNS), np.int64)
    figures = np.empty((16, 3), np.float64)
    count = 0
    for account in range(accounts):
        first, end = in_start[account], in_start[account + 1]
        if end - first < min_payers:
            continue
        fresh = count
        left, at, distinct = first, first, 0
        while at < end:
            now = time[in_edge[at]]
            while at < end and time[in_edge[at]] == now:
                payer = source[in_edge[at]]
                if payer >= 0 and payer != account:
                    distinct += held[payer] == 0
                    held[payer] += 1
                at += 1
            while time[in_edge[left]] <= now - window:
                payer = source[in_edge[left]]
                if payer >= 0 and payer != account:
                    held[payer] -= 1
                    distinct -= held[payer] == 0
                left += 1
            if distinct < min_payers:
                continue
            if count == len(rows):
                rows, figures = longer(rows), longer(figures)
            opening, closing = left, at - 1
            while source[in_edge[opening]] < 0 or source[in_edge[opening]] == account:
                opening += 1
            while source[in_edge[closing]] < 0 or source[in_edge[closing]] == account:
                closing -= 1
            if count > fresh and opening - first <= rows[count - 1, 2]:
                rows[count - 1, 2] = closing - first
                rows[count - 1, 4] = max(rows[count - 1, 4], distinct)
            else:
                rows[count, 0], rows[count, 1], rows[count, 2] = account, opening - first, closing - first
                rows[count, 4] = distinct
                count += 1
        for place in range(left, end):
            payer = source[in_edge[place]]
            if payer >= 0:
                held[payer] = 0
        if count == fresh:
            continue
        paid = 0
        for place in range(first, end):
            payer = source[in_edge[place]]
            if payer >= 0 and payer != account:
                total[payer] += 1
                paid += 1
        for row in range(fresh, count):
            low, high = first + rows[row, 1], first + rows[row, 2]
            payers, strangers, inside = _payers(in_edge, source, held, total, account, low, high)
            lasted = time[in_edge[high]] - time[in_edge[low]]
            usual = (paid - inside) * window / max(window, observed - lasted)
            share = _onward(
                in_edge, out_start, out_edge, time, source, target, amount, currency, currencies,
                account, low, high, onward_within, rows[row],
            )  # fmt: skip
            rows[row, 3] = payers
            figures[row, 0], figures[row, 1], figures[row, 2] = usual, strangers / payers, share
            rows[row, 9] = 0
            if lasted > longest:
                rows[row, 9] = STEADY
            elif rows[row, 4] < min_ratio * usual:
                rows[row, 9] = USUAL
            elif strangers < min_strangers * payers:
                rows[row, 9] = REGULARS
            elif share < min_onward:
                rows[row, 9] = KEPT
        for place in range(first, end):
            payer = source[in_edge[place]]
            if payer >= 0:
                total[payer] = 0
    return rows[:count], figures[:count]


@inner
def _payers(edge, source, held, total, account, low, high):  # type: ignore[no-untyped-def]
    """Return how many payers a burst has, how many of them pay in it only, and how many payments."""
    payers, strangers, inside = 0, 0, 0
    for place in range(low, high + 1):
        payer = source[edge[place]]
        if payer >= 0 and payer != account:
            inside += 1
            payers += held[payer] == 0
            held[payer] += 1
            strangers += held[payer] == total[payer]
    for place in range(low, high + 1):
        payer = source[edge[place]]
        if payer >= 0:
            held[payer] = 0
    return payers, strangers, inside


@inner
def _onward(  # type: ignore[no-untyped-def]
    in_edge, out_start, out_edge, time, source, target, amount, currency, currencies,
    account, low, high, within, row,
):  # fmt: skip
    """Return the share passed on in the two largest payments out, and note these in the burst's row."""
    often = np.zeros(currencies, np.int64)
    for place in range(low, high + 1):
        payer = source[in_edge[place]]
        if payer >= 0 and payer != account:
            often[currency[in_edge[place]]] += 1
    main = np.argmax(often)
    collected = 0.0
    for place in range(low, high + 1):
        number = in_edge[place]
        if source[number] >= 0 and source[number] != account and currency[number] == main:
            collected += amount[number]
    row[5], row[6] = -1, -1
    begin, until = time[in_edge[low]], time[in_edge[high]] + within
    at, end = out_start[account], out_start[account + 1]
    stop = end
    while at < stop:
        middle = (at + stop) // 2
        if time[out_edge[middle]] < begin:
            at = middle + 1
        else:
            stop = middle
    while at < end and time[out_edge[at]] <= until:
        number = out_edge[at]
        fits = currency[number] == main and target[number] != account and amount[number] <= ONWARD_LIMIT * collected
        if fits and (row[5] < 0 or amount[number] > amount[row[5]]):
            row[6] = row[5]
            row[5] = number
        elif fits and (row[6] < 0 or amount[number] > amount[row[6]]):
            row[6] = number
        at += 1
    passed = 0.0
    for place in range(5, 7):
        if row[place] >= 0:
            passed += amount[row[place]]
    return passed / collected
