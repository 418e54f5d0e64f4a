"""Turnover: with how many accounts, in how many payments and for how much, one side of each payment dealt lately.

Definition. Window W. For a payment at time t of account a (as `account`; its `partner` is on the other side): the
payments of a with another account and t − W < time ≤ t, itself and those of its own moment included. `fan`: the
different partners among them; `degree`: how many; `total`: their sum. Cash and payments to oneself have 0 everywhere
and are in no other's figures.

`windows.py` counts for features, where a payment does not see those after it in the same moment.

Payments are dealt out by account to piles that fit into a processor's cache, and each pile is sorted by account there:
going through memory at random would take most of the time. Cores work on rows, then on piles; how many there are
changes nothing in the result.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from mainstay.money.engine import memory
from mainstay.money.engine.adjacency import require_order
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.sides import LOW, Counts, Ints, next_place, read_only
from mainstay.money.types import microseconds

_PILE = 1 << 12
"""Payments of a pile, about; there are at most so many piles."""
_FEW = 24
"""Payments of an account that are looked at again rather than counted by partner."""
_PARTNER, _TIME, _AMOUNT, _PLACE = 0, 1, 2, 3


class Turnover(NamedTuple):
    """Figures of each payment: `fan` and `degree` have four bytes, `total` eight."""

    fan: Counts
    degree: Counts
    total: Ints


def turnover(
    account: Ints,
    partner: Ints,
    amount: Ints,
    time: Ints,
    accounts: int,
    window: timedelta,
    cores: int | None = None,
) -> Turnover:
    """Return the turnover of each payment's account in (t − W, t]; `ValueError` where times fall, or W is 0 or less.

    Args:
        account: the account looked at, 0 ≤ code < accounts: receivers, or payers; -1 is cash.
        partner: the account on the other side, alike.
        amount: whole numbers, whose sum over a window is under 2⁶³.
        time: microseconds, not falling.
        accounts: how many accounts there are, under 2³¹.
        window: W.
        cores: how many cores work on it; as usual, all.
    """
    require_order(time)
    span = microseconds(window)
    if span < 1:
        raise ValueError("a window of at least one microsecond")
    columns = tuple(read_only(column) for column in (account, partner, amount, time))
    count, workers = len(time), cores or os.cpu_count() or 1
    bits = max(0, min(_PILE, count // _PILE).bit_length() - 1)
    cuts = [count * worker // workers for worker in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:

        def each(work: Callable[[int], None]) -> None:
            list(pool.map(work, range(workers)))

        sizes = np.zeros((workers, 1 << bits), np.int64)
        each(lambda at: _count(columns, cuts[at], cuts[at + 1], bits, sizes[at]))
        start = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes.sum(axis=0))])
        places = start[:-1] + np.cumsum(sizes, axis=0) - sizes
        legs = memory.zeros((int(start[-1]), 3), np.int64)
        each(lambda at: _deal(columns, cuts[at], cuts[at + 1], bits, places[at].copy(), legs))
        large_first = np.argsort(np.diff(start))[::-1].copy()
        held = memory.zeros((workers, accounts), np.int32)
        each(lambda at: _judge(legs, start, large_first[at::workers].copy(), accounts, held[at], bits, span))
        result = Turnover(*(memory.zeros(count, kind) for kind in (np.int32, np.int32, np.int64)))
        each(lambda at: _collect(columns, cuts[at], cuts[at + 1], bits, places[at], legs, tuple(result)))
    return result


@kernel
def _count(columns, low, high, bits, sizes):  # type: ignore[no-untyped-def]
    """Count the payments of each pile."""
    account, partner, _, _ = columns
    for row in range(low, high):
        a, p = account[row], partner[row]
        if a >= 0 and p >= 0 and a != p:
            sizes[a & ((1 << bits) - 1)] += 1


@kernel
def _deal(columns, low, high, bits, places, legs):  # type: ignore[no-untyped-def]
    """Lay payments on their piles, in order; an account is known there by the rest of its code."""
    account, partner, amount, time = columns
    for row in range(low, high):
        a, p = account[row], partner[row]
        if a >= 0 and p >= 0 and a != p:
            place = next_place(places, a & ((1 << bits) - 1))
            legs[place, _PARTNER], legs[place, _TIME], legs[place, _AMOUNT] = (
                (a >> bits) << 32 | p,
                time[row],
                amount[row],
            )


@kernel
def _judge(legs, start, piles, accounts, held, bits, window):  # type: ignore[no-untyped-def]
    """Write over each payment of some piles what is found of it: degree and fan in one number, then the sum."""
    longest = 0
    for pile in piles:
        longest = max(longest, start[pile + 1] - start[pile])
    here = np.empty((longest, 4), np.int64)
    first_of = np.empty((accounts >> bits) + 3, np.int64)
    for pile in piles:
        if start[pile] < start[pile + 1]:
            _lay_out(legs, start[pile], start[pile + 1], first_of, here)
            for a in range(len(first_of) - 2):
                if first_of[a + 1] - first_of[a] > _FEW:
                    _roll(here, first_of[a], first_of[a + 1], window, held, legs)
                else:
                    _roll_few(here, first_of[a], first_of[a + 1], window, legs)


@inner
def _lay_out(legs, low, high, first_of, here):  # type: ignore[no-untyped-def]
    """Sort a pile by account: that of account a is `here[first_of[a]:first_of[a + 1]]`, in order of time."""
    first_of[:] = 0
    for at in range(low, high):
        first_of[(legs[at, _PARTNER] >> 32) + 2] += 1
    for a in range(2, len(first_of)):
        first_of[a] += first_of[a - 1]
    for at in range(low, high):
        a = legs[at, _PARTNER] >> 32
        place = next_place(first_of, a + 1)
        here[place, _PARTNER], here[place, _TIME] = legs[at, _PARTNER] & LOW, legs[at, _TIME]
        here[place, _AMOUNT], here[place, _PLACE] = legs[at, _AMOUNT], at


@inner
def _roll(here, oldest, end, window, held, found):  # type: ignore[no-untyped-def]
    """Move the window over an account's payments; `held` counts those of each partner in it."""
    fan, total, first = 0, 0, oldest
    while first < end:
        now, at = here[first, _TIME], first
        while at < end and here[at, _TIME] == now:
            p = here[at, _PARTNER]
            fan += held[p] == 0
            held[p] += 1
            total += here[at, _AMOUNT]
            at += 1
        while here[oldest, _TIME] <= now - window:
            p = here[oldest, _PARTNER]
            held[p] -= 1
            fan -= held[p] == 0
            total -= here[oldest, _AMOUNT]
            oldest += 1
        _note(here, first, at, (at - oldest) << 32 | fan, total, found)
        first = at
    for at in range(oldest, end):
        held[here[at, _PARTNER]] = 0


@inner
def _roll_few(here, oldest, end, window, found):  # type: ignore[no-untyped-def]
    """Do as `_roll` does for an account with few payments: looking at them again is quicker than counting apart."""
    fan, total, first = 0, 0, oldest
    while first < end:
        now, at = here[first, _TIME], first
        while at < end and here[at, _TIME] == now:
            fan += not _is_among(here, oldest, at, here[at, _PARTNER])
            total += here[at, _AMOUNT]
            at += 1
        while here[oldest, _TIME] <= now - window:
            fan -= not _is_among(here, oldest + 1, at, here[oldest, _PARTNER])
            total -= here[oldest, _AMOUNT]
            oldest += 1
        _note(here, first, at, (at - oldest) << 32 | fan, total, found)
        first = at


@inner
def _note(here, first, end, counts, total, found):  # type: ignore[no-untyped-def]
    """Note what is found of the payments of one moment."""
    for at in range(first, end):
        found[here[at, _PLACE], 0], found[here[at, _PLACE], 1] = counts, total


@inner
def _is_among(here, low, high, partner):  # type: ignore[no-untyped-def]
    met = 0
    for at in range(low, high):
        met += here[at, _PARTNER] == partner
    return met > 0


@kernel
def _collect(columns, low, high, bits, places, found, figures):  # type: ignore[no-untyped-def]
    """Take what was found from the piles, in the order in which payments were laid on them."""
    account, partner, _, _ = columns
    fan, degree, total = figures
    for row in range(low, high):
        a, p = account[row], partner[row]
        if a >= 0 and p >= 0 and a != p:
            place = next_place(places, a & ((1 << bits) - 1))
            fan[row], degree[row], total[row] = found[place, 0] & LOW, found[place, 0] >> 32, found[place, 1]
        else:
            fan[row], degree[row], total[row] = 0, 0, 0
