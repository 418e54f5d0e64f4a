"""Payments between two different accounts, laid out for looking at a window of them from either side.

Cash and payments to oneself are left out. The payments of an account on one side stand next to each other, in
order of time, so a window of them is a stretch; `before` tells the first of several from the same pair in it.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Graph

Ints = npt.NDArray[np.int64]
NEVER = -(1 << 62)
#: Columns of a window: where an account's stretch of payments out begins and ends, and that of payments in.
OUT_LOW, OUT_HIGH, INTO_LOW, INTO_HIGH = 0, 1, 2, 3


class Side(NamedTuple):
    """The payments of account `a` on one side: the stretch `start[a]:start[a + 1]` of the other arrays.

    `partner` is the account on the other side; `before` the time of the payment before it of the same two
    accounts in the same direction, `NEVER` if there is none.
    """

    start: Ints
    partner: Ints
    time: Ints
    before: Ints


class Sides(NamedTuple):
    """All payments in order, and both sides of those between two different accounts.

    `before` is as in the sides, for each payment; `again` the number of the next payment of the same two accounts in
    the same direction, the number of payments if there is none.
    """

    time: Ints
    source: Ints
    target: Ints
    before: Ints
    again: Ints
    out: Side
    into: Side


def sides_of(graph: Graph) -> Sides:
    """Return both sides of a graph's payments between two different accounts."""
    before, again, out, into = _sides(graph.time, graph.source, graph.target, graph.accounts)
    return Sides(graph.time, graph.source, graph.target, before, again, Side(*out), Side(*into))


@nb.njit(cache=True, nogil=True)
def _sides(time, source, target, accounts):  # type: ignore[no-untyped-def]
    count = len(time)
    out_start, into_start = np.zeros(accounts + 1, np.int64), np.zeros(accounts + 1, np.int64)
    for number in range(count):
        u, v = source[number], target[number]
        if u >= 0 and v >= 0 and u != v:
            out_start[u + 1] += 1
            into_start[v + 1] += 1
    for account in range(accounts):
        out_start[account + 1] += out_start[account]
        into_start[account + 1] += into_start[account]
    held = out_start[accounts]
    out_partner, out_time, out_before = np.empty(held, np.int64), np.empty(held, np.int64), np.empty(held, np.int64)
    into_partner, into_time, into_before = np.empty(held, np.int64), np.empty(held, np.int64), np.empty(held, np.int64)
    before, again, out_number = np.full(count, NEVER, np.int64), np.full(count, count, np.int64), out_time
    at = out_start[:-1].copy()
    for number in range(count):
        u, v = source[number], target[number]
        if u >= 0 and v >= 0 and u != v:
            out_partner[at[u]], out_number[at[u]] = v, number
            at[u] += 1
    owner, last = np.full(accounts, -1, np.int64), np.empty(accounts, np.int64)
    for account in range(accounts):
        for place_out in range(out_start[account], out_start[account + 1]):
            other, number = out_partner[place_out], out_number[place_out]
            if owner[other] == account:
                before[number] = time[last[other]]
                again[last[other]] = number
            owner[other], last[other] = account, number
            out_time[place_out], out_before[place_out] = time[number], before[number]
    at = into_start[:-1].copy()
    for number in range(count):
        u, v = source[number], target[number]
        if u >= 0 and v >= 0 and u != v:
            into_partner[at[v]], into_time[at[v]], into_before[at[v]] = u, time[number], before[number]
            at[v] += 1
    out = (out_start, out_partner, out_time, out_before)
    return before, again, out, (into_start, into_partner, into_time, into_before)


@nb.njit(cache=True, nogil=True)
def opened(sides):  # type: ignore[no-untyped-def]
    """Return a window on all accounts that holds no payment yet, a row an account."""
    window = np.empty((len(sides.out.start) - 1, 4), np.int64)
    for account in range(len(window)):
        window[account, OUT_LOW] = window[account, OUT_HIGH] = sides.out.start[account]
        window[account, INTO_LOW] = window[account, INTO_HIGH] = sides.into.start[account]
    return window


@nb.njit(cache=True, nogil=True)
def leave(sides, oldest, since, window):  # type: ignore[no-untyped-def]
    """Take payments before `since` out of a window; return the oldest payment that stays."""
    while sides.time[oldest] < since:
        payer, payee = sides.source[oldest], sides.target[oldest]
        if payer >= 0 and payee >= 0 and payer != payee:
            window[payer, OUT_LOW] += 1
            window[payee, INTO_LOW] += 1
        oldest += 1
    return oldest


@nb.njit(cache=True, nogil=True)
def place(times, low, high, moment):  # type: ignore[no-untyped-def]
    """Return the first place in the stretch `low:high` whose time is at least `moment`."""
    while low < high:
        middle = (low + high) // 2
        if times[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low
