"""Payments between two different accounts, laid out for looking at a window of them from either side.

Cash and payments to oneself are left out. The payments of an account on one side stand next to each other, in
order of time, so a window of them is a stretch; `before` tells the first of several from the same pair in it.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Graph, by_account

Ints = npt.NDArray[np.int64]
NEVER = -(1 << 62)


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
    """All payments in order, and both sides of those between two different accounts."""

    time: Ints
    source: Ints
    target: Ints
    out: Side
    into: Side


def sides_of(graph: Graph) -> Sides:
    """Return both sides of a graph's payments between two different accounts."""
    apart = (graph.source >= 0) & (graph.target >= 0) & (graph.source != graph.target)
    time, source, target = graph.time[apart], graph.source[apart], graph.target[apart]
    out = _side(time, source, target, graph.accounts)
    into = _side(time, target, source, graph.accounts)
    return Sides(graph.time, graph.source, graph.target, out, into)


def _side(time: Ints, account: Ints, partner: Ints, accounts: int) -> Side:
    order = by_account(account, accounts)
    partners, times = partner[order.edge], time[order.edge]
    return Side(order.start, partners, times, _before(order.start, partners, times))


@nb.njit(cache=True)
def _before(start, partner, time):  # type: ignore[no-untyped-def]
    accounts = len(start) - 1
    owner, last = np.full(accounts, -1, np.int64), np.empty(accounts, np.int64)
    before = np.empty(len(time), np.int64)
    for account in range(accounts):
        for at in range(start[account], start[account + 1]):
            other = partner[at]
            before[at] = last[other] if owner[other] == account else NEVER
            owner[other], last[other] = account, time[at]
    return before


@nb.njit(cache=True)
def leave(sides, oldest, since, out_low, into_low):  # type: ignore[no-untyped-def]
    """Move the beginnings of all stretches past payments before `since`; return the oldest payment that stays."""
    while sides.time[oldest] < since:
        payer, payee = sides.source[oldest], sides.target[oldest]
        if payer >= 0 and payee >= 0 and payer != payee:
            out_low[payer] += 1
            into_low[payee] += 1
        oldest += 1
    return oldest


@nb.njit(cache=True)
def place(times, low, high, moment):  # type: ignore[no-untyped-def]
    """Return the first place in the stretch `low:high` whose time is at least `moment`."""
    while low < high:
        middle = (low + high) // 2
        if times[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low
