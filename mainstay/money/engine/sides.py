"""Payments between two different accounts, laid out for looking at a window of them from either side.

Cash and payments to oneself are left out. The payments of an account on one side stand next to each other, in
order of time, so a window of them is a stretch; `before` tells the first of several from the same pair in it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.compiling import inner, kernel

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]
NEVER = -(1 << 62)
#: Columns of a window: where an account's stretch of payments out begins and ends, and that of payments in.
OUT_LOW, OUT_HIGH, INTO_LOW, INTO_HIGH = 0, 1, 2, 3
PARTNER, TIME, BEFORE = 0, 1, 2


class Sides(NamedTuple):
    """All payments in order, and both sides of those between two different accounts.

    `before` is the time of the payment before of the same two accounts in the same direction, `NEVER` if there is none;
    `again` the number of the next such payment, the number of payments if there is none. `out` has a row for each
    payment (columns `PARTNER`, `TIME`, `BEFORE`): those out of account a are `out_start[a]:out_start[a + 1]`; `into`
    likewise those into an account. Kernels get it as a plain tuple, since compiled code is kept by its types' names.
    """

    time: Ints
    source: Ints
    target: Ints
    before: Ints
    again: Ints
    out_start: Ints
    into_start: Ints
    out: Ints
    into: Ints


def sides_of(graph: Graph) -> Sides:
    """Return both sides of a graph's payments between two different accounts."""
    # Arrays that may not be written to are another type to the compiler: kernels would be compiled for each mixture.
    time, source, target = (np.require(side, np.int64, ["C", "W"]) for side in (graph.time, graph.source, graph.target))
    return Sides(time, source, target, *_sides(time, source, target, graph.accounts))


@kernel
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
    out, into = np.empty((out_start[accounts], 3), np.int64), np.empty((out_start[accounts], 3), np.int64)
    before, again = np.empty(count, np.int64), np.empty(count, np.int64)
    for number in range(count):
        before[number], again[number] = NEVER, count
    at = out_start[:-1].copy()
    for number in range(count):
        u, v = source[number], target[number]
        if u >= 0 and v >= 0 and u != v:
            out[at[u], PARTNER], out[at[u], TIME] = v, number
            at[u] += 1
    owner, last = np.zeros(accounts, np.int64), np.empty(accounts, np.int64)
    for account in range(accounts):
        for leg in range(out_start[account], out_start[account + 1]):
            other, number = out[leg, PARTNER], out[leg, TIME]
            if owner[other] == account + 1:
                before[number] = time[last[other]]
                again[last[other]] = number
            owner[other], last[other] = account + 1, number
            out[leg, TIME], out[leg, BEFORE] = time[number], before[number]
    at = into_start[:-1].copy()
    for number in range(count):
        u, v = source[number], target[number]
        if u >= 0 and v >= 0 and u != v:
            into[at[v], PARTNER], into[at[v], TIME], into[at[v], BEFORE] = u, time[number], before[number]
            at[v] += 1
    return before, again, out_start, into_start, out, into


@inner
def opened(out_start, into_start):  # type: ignore[no-untyped-def]
    """Return a window on all accounts that holds no payment yet, a row an account."""
    window = np.empty((len(out_start) - 1, 4), np.int64)
    for account in range(len(window)):
        window[account, OUT_LOW] = window[account, OUT_HIGH] = out_start[account]
        window[account, INTO_LOW] = window[account, INTO_HIGH] = into_start[account]
    return window


@inner
def leave(time, source, target, oldest, since, window):  # type: ignore[no-untyped-def]
    """Take payments before `since` out of a window; return the oldest payment that stays."""
    while time[oldest] < since:
        payer, payee = source[oldest], target[oldest]
        if payer >= 0 and payee >= 0 and payer != payee:
            window[payer, OUT_LOW] += 1
            window[payee, INTO_LOW] += 1
        oldest += 1
    return oldest


@inner
def place(legs, low, high, moment):  # type: ignore[no-untyped-def]
    """Return the first place in the stretch `low:high` whose time is at least `moment`."""
    while low < high:
        middle = (low + high) // 2
        if legs[middle, TIME] < moment:
            low = middle + 1
        else:
            high = middle
    return low
