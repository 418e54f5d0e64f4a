"""Payments between two different accounts, laid out for looking at a window of them from either side.

Cash and payments to oneself are left out. The payments of an account on one side stand next to each other, in
order of time, so a window of them is a stretch; `before` tells the first of several from the same pair in it.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mainstay.money.engine import memory
from mainstay.money.engine.adjacency import Graph, require_order
from mainstay.money.engine.compiling import kernel, tight

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]
NEVER = -(1 << 62)
#: Columns of a window: where an account's stretch of payments out begins and ends, and that of payments in.
OUT_LOW, OUT_HIGH, INTO_LOW, INTO_HIGH = 0, 1, 2, 3
PARTNER, TIME, BEFORE = 0, 1, 2
_PILE_BITS = 11
"""A power of two of piles, at most: more would not have a line each in a processor's cache."""
LOW = 0xFFFFFFFF
"""The half of a number that holds a partner, or a payment, beside an account."""


class Sides(NamedTuple):
    """All payments in order, and both sides of those between two different accounts.

    `out` has a row for each such payment: `PARTNER`, `TIME`, and `BEFORE`, the time of the payment before of the same
    two accounts in the same direction, `NEVER` if there is none. Those out of account a are
    `out_start[a]:out_start[a + 1]`; `into` has likewise those into an account. Kernels get it as a plain tuple, since
    compiled code is kept by its types' names.
    """

    time: Ints
    source: Ints
    target: Ints
    out_start: Ints
    into_start: Ints
    out: Ints
    into: Ints


def sides_of(graph: Graph) -> Sides:
    """Return both sides of a graph's payments between two different accounts."""
    return sides_of_payments(graph.time, graph.source, graph.target, graph.accounts)


def sides_of_payments(time: Ints, source: Ints, target: Ints, accounts: int) -> Sides:
    """Return both sides of payments between two different accounts; `ValueError` where they are not in order of time.

    Args:
        time: microseconds, not falling.
        source: paying accounts, 0 ≤ code < accounts < 2³¹, or -1 for cash.
        target: receiving accounts, alike.
        accounts: how many accounts there are.
    """
    return counted_sides(time, source, target, accounts, 0)[0]


def counted_sides(time: Ints, source: Ints, target: Ints, accounts: int, window: int) -> tuple[Sides, Counts, Counts]:
    """Return both sides, and fan and degree (see `windows.py`) of each payment into an account, and out of one.

    The arguments are those of `sides_of_payments`; nothing is counted in a window of 0 microseconds.
    """
    require_order(time)
    time, source, target = (read_only(column) for column in (time, source, target))
    shift = max(0, accounts.bit_length() - _PILE_BITS)
    with ThreadPoolExecutor(2) as pool:
        credits_of = pool.submit(_side_of, target, source, time, accounts, shift, window)
        debits_of = pool.submit(_side_of, source, target, time, accounts, shift, window)
    (into_start, into, counts_in), (out_start, out, counts_out) = credits_of.result(), debits_of.result()
    return Sides(time, source, target, out_start, into_start, out, into), counts_in, counts_out


def read_only(column: Ints) -> Ints:
    """Return whole numbers as one type for the compiler, which has another for arrays that may be written to.

    Tables give arrays that may not: so this copies those only that are not in a row, or of another size.
    """
    view = np.ascontiguousarray(column, np.int64).view()
    view.flags.writeable = False
    return view


def _side_of(
    account: Ints, partner: Ints, time: Ints, accounts: int, shift: int, window: int
) -> tuple[Ints, Ints, Counts]:
    """Return where each account's payments begin, all of them, and the fan and degree of each payment."""
    count, counted = len(time), len(time) if window > 0 else 0
    start, legs = memory.zeros(accounts + 1, np.int64), memory.zeros((count, 3), np.int64)
    dealt, last = memory.zeros((count, 2), np.int64), memory.zeros(accounts, np.int64)
    figures, counts = memory.zeros((counted, 2), np.int32), memory.zeros((counted, 2), np.int32)
    used = _side(account, partner, time, accounts, shift, window, (dealt, last, figures), (start, legs, counts))
    return start, legs[:used], counts


@kernel
def _side(account, partner, time, accounts, shift, window, room, found):  # type: ignore[no-untyped-def]
    """Fill in what `_side_of` returns, all of which is 0 before; return how many payments take part.

    They are dealt out to piles of accounts that stand next to each other, and looked at pile by pile: what is written
    to meanwhile fits into a processor's cache. Figures are taken from the piles in the order of dealing.
    """
    dealt, last, figures = room
    start, legs, counts = found
    begin = np.zeros((accounts >> shift) + 2, np.int64)
    for number in range(len(time)):
        a, p = account[number], partner[number]
        if a >= 0 and p >= 0 and a != p:
            begin[(a >> shift) + 1] += 1
    largest = 0
    for pile in range(len(begin) - 1):
        largest = max(largest, begin[pile + 1])
        begin[pile + 1] += begin[pile]
    free = begin.copy()
    for number in range(len(time)):
        a, p = account[number], partner[number]
        if a >= 0 and p >= 0 and a != p:
            place = next_place(free, a >> shift)
            dealt[place, 0], dealt[place, 1] = a << 32 | p, time[number]
    free = np.empty(1 << shift, np.int64)
    origin, again = np.empty(largest, np.int64), np.empty(largest, np.int64)
    for pile in range(len(begin) - 1):
        low, high = pile << shift, min((pile + 1) << shift, accounts)
        base, end = begin[pile], begin[pile + 1]
        for at in range(base, end):
            start[(dealt[at, 0] >> 32) + 1] += 1
        for a in range(low, high):
            start[a + 1] += start[a]
            free[a - low] = start[a]
        for at in range(base, end):
            a = dealt[at, 0] >> 32
            leg = next_place(free, a - low)
            legs[leg, PARTNER], legs[leg, TIME] = dealt[at, 0] & LOW, dealt[at, 1]
            origin[leg - base] = at
        for a in range(low, high):
            _note_before(legs, start[a], start[a + 1], a, base, last, again)
            if window > 0:
                _count(legs, start[a], start[a + 1], base, window, again, origin, figures)
    _in_order(account, partner, shift, begin, figures, counts)
    return end


@tight
def next_place(places, pile):  # type: ignore[no-untyped-def]
    """Return the next place of a pile, which is taken by it."""
    place = places[pile]
    places[pile] = place + 1
    return place


@tight
def _note_before(legs, first, end, account, base, last, again):  # type: ignore[no-untyped-def]
    """Note for each payment of an account when the one before with the same partner was, and which is the next."""
    for leg in range(first, end):
        p = legs[leg, PARTNER]
        legs[leg, BEFORE], again[leg - base] = NEVER, end
        if last[p] >> 32 == account + 1:
            earlier = last[p] & LOW
            legs[leg, BEFORE], again[earlier - base] = legs[earlier, TIME], leg
        last[p] = (account + 1) << 32 | leg


@tight
def _count(legs, first, end, base, window, again, origin, figures):  # type: ignore[no-untyped-def]
    """Move a window over an account's payments; a partner leaves it with the last payment seen of it."""
    oldest, fan = first, 0
    for leg in range(first, end):
        since = legs[leg, TIME] - window
        while legs[oldest, TIME] <= since:
            fan -= again[oldest - base] >= leg
            oldest += 1
        fan += legs[leg, BEFORE] <= since
        figures[origin[leg - base], 0], figures[origin[leg - base], 1] = fan, leg - oldest + 1


@tight
def _in_order(account, partner, shift, begin, figures, counts):  # type: ignore[no-untyped-def]
    """Put down the figures of all payments, where any are counted; those that take part in nothing keep their 0."""
    for number in range(len(counts)):
        a, p = account[number], partner[number]
        if a >= 0 and p >= 0 and a != p:
            place = next_place(begin, a >> shift)
            counts[number, 0], counts[number, 1] = figures[place, 0], figures[place, 1]


@tight
def leave(time, source, target, oldest, since, window):  # type: ignore[no-untyped-def]
    """Take payments before `since` out of a window; return the oldest payment that stays."""
    while time[oldest] < since:
        payer, payee = source[oldest], target[oldest]
        if payer >= 0 and payee >= 0 and payer != payee:
            window[payer, OUT_LOW] += 1
            window[payee, INTO_LOW] += 1
        oldest += 1
    return oldest


@tight
def look_ahead(source, target, stretch, low, high):  # type: ignore[no-untyped-def]
    """Read the windows of the accounts of some payments: memory brings many at once where none waits for another.

    The number that is returned means nothing: it is there for the compiler, which would leave the reading out.
    """
    met = np.int64(0)
    for at in range(low, high):
        if source[at] >= 0 and target[at] >= 0:
            met += stretch[source[at], OUT_LOW] + stretch[target[at], OUT_LOW]
    return met


@tight
def place(legs, low, high, moment):  # type: ignore[no-untyped-def]
    """Return the first place in the stretch `low:high` whose time is at least `moment`."""
    while low < high:
        middle = (low + high) // 2
        if legs[middle, TIME] < moment:
            low = middle + 1
        else:
            high = middle
    return low
