"""Recruitment-fee debt: many begin together to pay one the same sum again and again.

Definition. Periods P (in days), slack d, tolerance s, at least m payments, at least n payers, span S.

1. Payments from p to f ≠ p (no cash), in order of time, make *series* for each period: the first that is in no series
   of that period yet begins one, with its amount a and its currency. Among those after it that are in none yet, and in
   that currency and within s × a of a, the first goes on with it when it follows at least (1 − d) × P and at most
   (1 + d) × P after the last one; if not, the series ends there.
2. Where p made more than `max_payments` payments to f none is looked at, and that is counted.
3. A series *counts* when it has at least m payments and begins more than (1 + d) × P after the first transaction of
   all: one that begins sooner may have run before, and is counted as such.
4. Series into f of one currency and period that count are taken by their beginning (then in the order of their first
   payments). The first in no *cohort* yet begins one when series of at least n different payers, its own too, begin
   within S of it; the cohort is all of those.
5. A *debt* is a cohort whose payers are at least `min_payer_share` of all accounts that pay f: a gym or a school has
   new members all the time, and older ones; what this leaves out is counted.

Work is at most `max_payments` for each transaction and period.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Account, Edges, Graph
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import appended, longer
from mainstay.money.types import DAY, DebtSettings, microseconds

Ints = npt.NDArray[np.int64]
_SERIES = 4


@dataclass(frozen=True, slots=True)
class Debt:
    """One debt: to whom, how many days apart, the series, each the numbers of its payments, and how many pay in all."""

    receiver: Account
    period_days: int
    series: tuple[Edges, ...]
    all_payers: int


@dataclass(frozen=True, slots=True)
class Debts:
    """All debts; pairs with too many payments, series that may have run before, cohorts among many other payers."""

    found: tuple[Debt, ...]
    busy: int
    earlier: int
    usual: int


def find_debts(graph: Graph, settings: DebtSettings) -> Debts:
    """Return the debts of a graph, in order of receiver, period, currency and time."""
    periods = np.array([days * DAY for days in settings.period_days], np.float64)
    bounds = np.rint(np.column_stack([(1 - settings.slack) * periods, (1 + settings.slack) * periods])).astype(np.int64)
    cohorts, lengths, edges, busy, earlier, usual = _debts(
        graph.credits.start,
        graph.credits.edge,
        graph.time,
        graph.source,
        graph.amount,
        graph.currency,
        bounds,
        (settings.min_payments, settings.min_payers, settings.max_payments, microseconds(settings.span)),
        (settings.tolerance, settings.min_payer_share),
    )
    series = np.split(edges, np.cumsum(lengths)[:-1]) if len(lengths) else []
    found, at = [], 0
    for receiver, period, count, payers in cohorts.tolist():
        found.append(Debt(receiver, settings.period_days[period], tuple(series[at : at + count]), payers))
        at += count
    return Debts(tuple(found), int(busy), int(earlier), int(usual))


@kernel
def _debts(in_start, in_edge, time, source, amount, currency, bounds, limits, shares):  # type: ignore[no-untyped-def]
    """Return cohorts (receiver, period, series, all payers), lengths of their series, their payments, and counts."""
    min_payments, min_payers, max_payments, span = limits
    tolerance, min_share = shares
    accounts = len(in_start) - 1
    most = 0
    for account in range(accounts):
        most = max(most, in_start[account + 1] - in_start[account])
    stamp, slot_of = np.full(accounts, -1, np.int64), np.zeros(accounts, np.int64)
    inside = np.zeros(accounts, np.int64)
    sorted_edges, taken = np.empty(most, np.int64), np.zeros(most, np.bool_)
    begin = np.zeros(most + 1, np.int64)
    row, held = np.empty(max_payments, np.int64), np.empty(64, np.int64)
    series = np.empty((16, _SERIES), np.int64)
    cohorts, lengths, edges = np.empty((16, 4), np.int64), np.empty(16, np.int64), np.empty(64, np.int64)
    cohort_count, length_count, edge_count = 0, 0, 0
    busy, earlier, usual = 0, 0, 0
    for f in range(accounts):
        payers = _by_payer(in_edge[in_start[f] : in_start[f + 1]], source, f, stamp, slot_of, begin, sorted_edges)
        if payers < min_payers:
            continue
        for payer in range(payers):
            busy += begin[payer + 1] - begin[payer] > max_payments
        for period in range(len(bounds)):
            low, high = bounds[period]
            series_count, held_count = 0, 0
            for payer in range(payers):
                first, last = begin[payer], begin[payer + 1]
                if last - first < min_payments or last - first > max_payments:
                    continue
                taken[first:last] = False
                for at in range(first, last):
                    if taken[at]:
                        continue
                    length = _series(
                        sorted_edges, taken, at, last, time, amount, currency, low, high, tolerance, row
                    )  # fmt: skip
                    if length < min_payments:
                        continue
                    if time[row[0]] - time[0] <= high:
                        earlier += 1
                        continue
                    if series_count == len(series):
                        series = longer(series)
                    series[series_count, 0], series[series_count, 1] = row[0], currency[row[0]]
                    series[series_count, 2], series[series_count, 3] = held_count, length
                    series_count += 1
                    held, held_count = appended(held, held_count, row[:length])
            if series_count < min_payers:
                continue
            order = np.argsort(series[:series_count, 0])
            order = order[np.argsort(series[:series_count, 1][order], kind="mergesort")]
            begins, ends, different = 0, 0, 0
            while begins < series_count:
                here = series[order[begins]]
                while ends < series_count and series[order[ends], 1] == here[1]:
                    e = series[order[ends], 0]
                    if time[e] - time[here[0]] > span:
                        break
                    different += inside[source[e]] == 0
                    inside[source[e]] += 1
                    ends += 1
                if different < min_payers:
                    payer = source[here[0]]
                    inside[payer] -= 1
                    different -= inside[payer] == 0
                    begins += 1
                    continue
                is_debt = different >= min_share * payers
                usual += not is_debt
                if is_debt:
                    if cohort_count == len(cohorts):
                        cohorts = longer(cohorts)
                    cohorts[cohort_count, 0], cohorts[cohort_count, 1] = f, period
                    cohorts[cohort_count, 2], cohorts[cohort_count, 3] = ends - begins, payers
                    cohort_count += 1
                for at in range(begins, ends):
                    one = series[order[at]]
                    inside[source[one[0]]] = 0
                    if is_debt:
                        if length_count == len(lengths):
                            lengths = longer(lengths)
                        lengths[length_count] = one[3]
                        length_count += 1
                        edges, edge_count = appended(edges, edge_count, held[one[2] : one[2] + one[3]])
                begins, different = ends, 0
    return cohorts[:cohort_count], lengths[:length_count], edges[:edge_count], busy, earlier, usual


@inner
def _by_payer(credits_of, source, account, stamp, slot_of, begin, sorted_edges):  # type: ignore[no-untyped-def]
    """Lay an account's payments in out by payer, each in order; return how many payers. Cash and itself are left out.

    Payers stand as they first appear: those of slot k are `sorted_edges[begin[k]:begin[k + 1]]`.
    """
    payers = 0
    for e in credits_of:
        payer = source[e]
        if payer < 0 or payer == account:
            continue
        if stamp[payer] != account:
            stamp[payer], slot_of[payer] = account, payers
            payers += 1
            begin[payers] = 0
        begin[slot_of[payer] + 1] += 1
    begin[0] = 0
    for slot in range(payers):
        begin[slot + 1] += begin[slot]
    for at in range(len(credits_of) - 1, -1, -1):
        payer = source[credits_of[at]]
        if payer >= 0 and payer != account:
            begin[slot_of[payer] + 1] -= 1
            sorted_edges[begin[slot_of[payer] + 1]] = credits_of[at]
    total = 0
    for e in credits_of:
        total += source[e] >= 0 and source[e] != account
    for slot in range(payers):
        begin[slot] = begin[slot + 1]
    begin[payers] = total
    return payers


@inner
def _series(edges, taken, first, last, time, amount, currency, low, high, tolerance, row):  # type: ignore[no-untyped-def]
    """Fill `row` with the series that begins at a place among a payer's payments; return its length."""
    begun = edges[first]
    taken[first], row[0], length = True, begun, 1
    for at in range(first + 1, last):
        e = edges[at]
        gap = time[e] - time[row[length - 1]]
        if gap > high:
            break
        if taken[at] or currency[e] != currency[begun] or abs(amount[e] - amount[begun]) > tolerance * amount[begun]:
            continue
        if gap < low:
            break
        taken[at], row[length] = True, e
        length += 1
    return length
