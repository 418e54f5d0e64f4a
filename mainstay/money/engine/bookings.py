"""Booking burst: an account pays for adverts and rooms again and again, while many pay small sums into it.

Definition. Window W, at least n bookings, at least k payers, ratio r, part q.

1. A *booking* of an account is a payment out of it with a merchant category (ISO 18245) of adverts or of lodging, a
   *journey* one with a category of travel. Who is paid may not be known, but is not the account itself. A *payment in*
   comes from another account (no cash) and has none of these categories: a refund is none.
2. The window of a booking at time t holds all bookings of the account with t − W < time ≤ t. It is *full* when they are
   at least n. A *burst* is the union of full windows, where windows that share a booking belong to the same burst. Its
   *peak* is the most bookings in one of its windows.
3. To a burst belong the journeys and the payments in from the time of its first booking on, to W after its last or
   before the first booking of the next burst, whichever is sooner. Of these a payment in is *small* when it is at most
   q × all that came in in its currency.
4. It is a *booking burst* when all of these hold:
   - short: its last booking is at most `max_windows` × W after its first (a longer one is an account that always books:
     counted as steady);
   - unusual: peak ≥ r × usual, where usual = bookings outside the burst, for each W of the time observed outside it
     (observed: first to last transaction of all; at least one W);
   - paid by many: its small payments in come from at least k different accounts.
   What this leaves out is counted.

Work is proportional to the number of transactions.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Account, Edges, Graph
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import appended, longer
from mainstay.money.engine.merchants import Categories
from mainstay.money.types import BookingSettings, microseconds

ADVERT, ROOM, JOURNEY = 1, 2, 3
_ALL_CATEGORIES = 10_000


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking burst: the account, and by number what it paid for and the small payments into it.

    `peak` and `usual` are in bookings for each window.
    """

    account: Account
    adverts: Edges
    rooms: Edges
    journeys: Edges
    payments: Edges
    peak: int
    usual: float


@dataclass(frozen=True, slots=True)
class Bookings:
    """All booking bursts, and how many bursts were left out: of who always books, as usual, paid by few."""

    found: tuple[Booking, ...]
    steady: int
    usual: int
    few: int


def find_bookings(graph: Graph, categories: Categories, settings: BookingSettings) -> Bookings:
    """Return the booking bursts of a graph, in order of account and time."""
    kind = _kinds(categories, settings)
    if not kind.any():
        return Bookings((), 0, 0, 0)
    window = microseconds(settings.window)
    rows, usual, edges, left = _bookings(
        (graph.credits.start, graph.credits.edge, graph.debits.start, graph.debits.edge),
        graph.payments,
        kind,
        (window, settings.min_bookings, settings.min_payers, settings.max_windows * window, len(graph.currencies)),
        (settings.min_ratio, settings.part),
    )
    found, at = [], 0
    for (account, booked, journeys, paid, peak), often in zip(rows.tolist(), usual.tolist(), strict=True):
        a, b, c = at + booked, at + booked + journeys, at + booked + journeys + paid
        bookings = edges[at:a]
        adverts, rooms = bookings[kind[bookings] == ADVERT], bookings[kind[bookings] == ROOM]
        found.append(Booking(account, adverts, rooms, edges[a:b].copy(), edges[b:c].copy(), peak, often))
        at = c
    return Bookings(tuple(found), *(int(count) for count in left))


def _kinds(categories: Categories, settings: BookingSettings) -> npt.NDArray[np.int8]:
    """Return for each transaction whether it pays for an advert, a room or a journey; 0 for anything else."""
    table = np.zeros(_ALL_CATEGORIES + 1, np.int8)  # the last one is for those without
    groups = ((JOURNEY, settings.travel), (ROOM, settings.lodging), (ADVERT, settings.adverts))
    for kind, ranges in groups:
        for low, high in ranges:
            table[low : min(high, _ALL_CATEGORIES - 1) + 1] = kind
    return table[categories]


@kernel
def _bookings(sides, payments, kind, limits, shares):  # type: ignore[no-untyped-def]
    """Return bursts (account, number of bookings, journeys, small payments, peak), their usual rates, their payments
    in a row, and how many were left out: steady, usual, few."""
    in_start, in_edge, out_start, out_edge = sides
    window, min_bookings, min_payers, longest, currencies = limits
    min_ratio, part = shares
    observed = payments[len(payments) - 1].time - payments[0].time
    rows, usuals, edges = np.empty((16, 5), np.int64), np.empty(16, np.float64), np.empty(64, np.int64)
    count, used = 0, 0
    left = np.zeros(3, np.int64)
    stamp, sums = np.full(len(in_start) - 1, -1, np.int64), np.zeros(currencies, np.float64)
    own = np.empty(64, np.int64)
    turn = 0
    for account in range(len(in_start) - 1):
        debits_of = out_edge[out_start[account] : out_start[account + 1]]
        held = 0
        for e in debits_of:
            if (kind[e] == ADVERT or kind[e] == ROOM) and payments[e].target != account:
                if held == len(own):
                    own = longer(own)
                own[held] = e
                held += 1
        if held < min_bookings:
            continue
        credits_of = in_edge[in_start[account] : in_start[account + 1]]
        first, begin, end, peak = 0, -1, -1, 0
        for last in range(held + 1):
            if last < held:
                moment = payments[own[last]].time
                while payments[own[first]].time <= moment - window:
                    first += 1
                tied = last + 1 < held and payments[own[last + 1]].time == moment
                if tied or last - first + 1 < min_bookings:
                    continue
                if begin >= 0 and first <= end:
                    end, peak = last, max(peak, last - first + 1)
                    continue
            if begin >= 0:
                since, lasted = payments[own[begin]].time, payments[own[end]].time - payments[own[begin]].time
                until = payments[own[end]].time + window
                if last < held:
                    until = min(until, payments[own[first]].time - 1)
                usual = (held - (end - begin + 1)) * (window / max(window, observed - lasted))
                if lasted > longest:
                    left[0] += 1
                elif peak < min_ratio * usual:
                    left[1] += 1
                else:
                    turn += 1
                    low, high = _between(credits_of, payments, since, until)
                    different = _small(
                        credits_of[low:high], payments, kind, account, part, sums, stamp, turn
                    )  # fmt: skip
                    if different < min_payers:
                        left[2] += 1
                    else:
                        a, b = _between(debits_of, payments, since, until)
                        while used + (end - begin + 1) + (b - a) + (high - low) > len(edges):
                            edges = longer(edges)
                        if count == len(rows):
                            rows, usuals = longer(rows), longer(usuals)
                        rows[count, 0], rows[count, 1], rows[count, 4] = account, end - begin + 1, peak
                        usuals[count] = usual
                        edges, used = appended(edges, used, own[begin : end + 1])
                        rows[count, 2] = used
                        for e in debits_of[a:b]:
                            if kind[e] == JOURNEY and payments[e].target != account:
                                edges[used] = e
                                used += 1
                        rows[count, 2] = used - rows[count, 2]
                        rows[count, 3] = used
                        for e in credits_of[low:high]:
                            one = payments[e]
                            if _comes_in(one, kind[e], account) and one.amount <= part * sums[one.currency]:
                                edges[used] = e
                                used += 1
                        rows[count, 3] = used - rows[count, 3]
                        count += 1
            begin, end, peak = first, last, last - first + 1
    return rows[:count], usuals[:count], edges[:used], left


@inner
def _comes_in(payment, kind, account):  # type: ignore[no-untyped-def]
    return payment.source >= 0 and payment.source != account and kind == 0


@inner
def _between(edges, payments, since, until):  # type: ignore[no-untyped-def]
    """Return the places of an account's payments from a moment on to another, both included."""
    low, high = 0, len(edges)
    while low < high:
        middle = (low + high) // 2
        if payments[edges[middle]].time < since:
            low = middle + 1
        else:
            high = middle
    end = low
    while end < len(edges) and payments[edges[end]].time <= until:
        end += 1
    return low, end


@inner
def _small(edges, payments, kind, account, part, sums, stamp, turn):  # type: ignore[no-untyped-def]
    """Note what came in by currency; return how many different accounts made small payments."""
    sums[:] = 0.0
    for e in edges:
        if _comes_in(payments[e], kind[e], account):
            sums[payments[e].currency] += payments[e].amount
    different = 0
    for e in edges:
        one = payments[e]
        if _comes_in(one, kind[e], account) and one.amount <= part * sums[one.currency] and stamp[one.source] != turn:
            stamp[one.source] = turn
            different += 1
    return different
