"""Funnel account: cash comes in at many places and is soon taken out at another.

Definition. Days D, at least k places, share s. A *deposit* is cash into the account, a *withdrawal* cash out of it,
both at a known place; currencies are looked at apart.

1. A withdrawal at time t and place q is *full* when deposits that come before it in the order of time, at most D before
   it, were made in at least k different places other than q.
2. The *stretch* of a full withdrawal is the time from t − D to t. Stretches of one account that overlap or touch are
   one. To it belong all deposits and withdrawals from the first with time ≥ its beginning to its last full withdrawal.
3. A stretch is a *funnel* when its withdrawals add up to at least s × its deposits: a shop with many branches brings in
   what it took and does not take it out again. What this leaves out is counted.

Work is proportional to the number of transactions, and for accounts with cash in several currencies to their number.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import CASH, Account, Edges, Graph, cash_by_account
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import appended, longer
from mainstay.money.engine.places import Places
from mainstay.money.types import FunnelAccountSettings, microseconds

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FunnelAccount:
    """One funnel: the account, its deposits and its withdrawals by number.

    `places` is at how many places cash came in, `elsewhere` the share of withdrawals at a place where none did.
    """

    account: Account
    deposits: Edges
    withdrawals: Edges
    places: int
    elsewhere: float


@dataclass(frozen=True, slots=True)
class FunnelAccounts:
    """All funnels, and how many stretches were left out because most of the cash stayed in."""

    found: tuple[FunnelAccount, ...]
    kept: int


def find_funnel_accounts(graph: Graph, places: Places, settings: FunnelAccountSettings) -> FunnelAccounts:
    """Return the funnel accounts of a graph, in order of account, currency and time."""
    if len(places.names) <= settings.min_places:
        return FunnelAccounts((), 0)
    paid_in, taken_out = cash_by_account(graph)
    rows, edges, kept = _funnels(
        (paid_in.start, paid_in.edge, taken_out.start, taken_out.edge),
        graph.time,
        graph.source,
        graph.target,
        graph.amount,
        graph.currency,
        places.code,
        (len(graph.currencies), len(places.names), microseconds(settings.within), settings.min_places),
        settings.min_share,
    )
    found, at = [], 0
    for account, deposits, withdrawals in rows.tolist():
        middle, end = at + deposits, at + deposits + withdrawals
        deposited, withdrawn = edges[at:middle].copy(), edges[middle:end].copy()
        brought = np.unique(places.code[deposited])
        elsewhere = float(np.mean(~np.isin(places.code[withdrawn], brought)))
        found.append(FunnelAccount(account, deposited, withdrawn, len(brought), elsewhere))
        at = end
    return FunnelAccounts(tuple(found), int(kept))


@kernel
def _funnels(sides, time, source, target, amount, currency, place, limits, min_share):  # type: ignore[no-untyped-def]
    """Return funnels (account, number of deposits, of withdrawals), their payments in a row, and those kept."""
    in_start, in_edge, out_start, out_edge = sides
    currencies, places, within, min_places = limits
    rows, edges = np.empty((16, 3), np.int64), np.empty(64, np.int64)
    count, used, kept = 0, 0, 0
    inside = np.zeros(places, np.int64)
    all_in, all_out = np.empty(64, np.int64), np.empty(64, np.int64)
    into, out = np.empty(64, np.int64), np.empty(64, np.int64)
    for account in range(len(in_start) - 1):
        credits_of = in_edge[in_start[account] : in_start[account + 1]]
        debits_of = out_edge[out_start[account] : out_start[account + 1]]
        while len(all_in) < len(credits_of):
            all_in, into = longer(all_in), longer(into)
        while len(all_out) < len(debits_of):
            all_out, out = longer(all_out), longer(out)
        total_in, total_out = _cash(credits_of, source, place, all_in), _cash(debits_of, target, place, all_out)
        if total_in < min_places or total_out == 0:
            continue
        for code in range(currencies):
            deposits = _of(all_in[:total_in], currency, code, into)
            withdrawals = _of(all_out[:total_out], currency, code, out)
            if deposits < min_places or withdrawals == 0:
                continue
            low, high, different = 0, 0, 0
            begin, last = np.int64(0), -1
            for at in range(withdrawals + 1):
                full = False
                if at < withdrawals:
                    x = out[at]
                    while high < deposits and into[high] < x:
                        different += inside[place[into[high]]] == 0
                        inside[place[into[high]]] += 1
                        high += 1
                    while low < high and time[into[low]] < time[x] - within:
                        inside[place[into[low]]] -= 1
                        different -= inside[place[into[low]]] == 0
                        low += 1
                    full = different - (inside[place[x]] > 0) >= min_places
                    if not full:
                        continue
                if last >= 0 and (at == withdrawals or time[out[at]] - within > time[out[last]]):
                    a, b = _bounds(into, deposits, time, begin, out[last])
                    c, d = _bounds(out, withdrawals, time, begin, out[last])
                    brought, taken = 0.0, 0.0
                    for i in range(a, b):
                        brought += amount[into[i]]
                    for i in range(c, d):
                        taken += amount[out[i]]
                    if taken < min_share * brought:
                        kept += 1
                    else:
                        if count == len(rows):
                            rows = longer(rows)
                        rows[count, 0], rows[count, 1], rows[count, 2] = account, b - a, d - c
                        count += 1
                        edges, used = appended(edges, used, into[a:b])
                        edges, used = appended(edges, used, out[c:d])
                    last = -1
                if full:
                    if last < 0:
                        begin = time[out[at]] - within
                    last = at
            for i in range(low, high):
                inside[place[into[i]]] = 0
    return rows[:count], edges[:used], kept


@inner
def _cash(edges, partner, place, held):  # type: ignore[no-untyped-def]
    count = 0
    for e in edges:
        if partner[e] == CASH and place[e] >= 0:
            held[count] = e
            count += 1
    return count


@inner
def _of(edges, currency, code, held):  # type: ignore[no-untyped-def]
    count = 0
    for e in edges:
        if currency[e] == code:
            held[count] = e
            count += 1
    return count


@inner
def _bounds(edges, count, time, begin, last):  # type: ignore[no-untyped-def]
    """Return the places of payments from a moment on, up to a payment's number."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if time[edges[middle]] < begin:
            low = middle + 1
        else:
            high = middle
    end = low
    while end < count and edges[end] <= last:
        end += 1
    return low, end
