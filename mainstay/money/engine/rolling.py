"""Both sides of the payments in a window that moves on: payments are added one by one, old ones leave.

The same layout as `sides.py` has for payments that are all known beforehand: the payments of an account on one side
stand next to each other, in order of time. Here each account has a *segment* of an array: a power of two of places. A
full segment slides to its own beginning if half of it has left; else its payments move to a segment twice as large, and
the old one is free for another account, as is that of an account none of whose payments is in the window. So memory
follows the most payments that were in the window at a time, not all that ever came; of an account that ever came some
two hundred bytes are kept. No step has to clear up much at once, which keeps the slowest of them near the others.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.compiling import tight, tight_kernel
from mainstay.money.engine.cycles import cycle_room, judge_cycles, last_in_time
from mainstay.money.engine.hops import hop_room, judge_hops
from mainstay.money.engine.scatter import judge_scatter, may_scatter, scatter_room
from mainstay.money.engine.sides import BEFORE, INTO_HIGH, INTO_LOW, NEVER, OUT_HIGH, OUT_LOW, PARTNER, TIME, Ints

#: Columns of a payment in the queue.
SOURCE, TARGET, MOMENT, AGAIN = 0, 1, 2, 3
#: Places in the counters: payments in the queue; the oldest in the window, and in the window of fan and degree; how
#: many left the queue; the accounts seen; the pairs put down; what has no room (see `advance`).
TAIL, OLDEST, COUNTED, GONE, RANKED, PAIRS, MET, SHORT, COUNTERS = 0, 1, 2, 3, 4, 5, 6, 7, 8
_AHEAD = 32
#: Columns of an account: those of its window (`OUT_LOW` …), and so many further on, where its segments begin and end.
SEGMENT = 4
#: Then fan and degree, out and in, and 1 for an account that was seen: all of one in a line of a processor's cache.
HELD, SEEN, COLUMNS = 8, 12, 16
#: So many figures of fan and degree a payment; behind them those of scatter-gather, cycles, cycles in any order.
FIGURES = 4
NOT_AGAIN = -1
#: Free segments by the power of two of their places, for either side: where the first begins, and there the next. The
#: last place holds where the unused part of the side begins.
SIZES = 40
_NONE = -1
UNRANKED = 1 << 62


def rooms(accounts: int, settings: Ints) -> tuple[tuple[npt.NDArray[Any], ...], ...]:
    """Return what the searches that are on (see `advance`) write on, for so many accounts."""
    cycle_length, hop_length, max_steps, _, scatter_on, cycles_on, hops_on = settings[1:].tolist()
    return (
        scatter_room(accounts * scatter_on, max_steps),
        cycle_room(accounts * cycles_on, cycle_length, max_steps),
        hop_room(accounts * hops_on, hop_length, max_steps),
    )


@tight_kernel
def advance(state, work, payments, first, settings, bins, figures):  # type: ignore[no-untyped-def]
    """Add payments in order of time, from the first given, and judge each; return the first that found no room.

    `settings`: window, longest cycle, longest cycle in any order, most steps, then 1 or 0 for whether to count fan and
    degree, scatter-gather, temporal cycles, cycles in any order. The queue has room for all of the payments. Where
    another part of the state is too short for one, `SHORT` counts 1 for payments out, 2 for those in, 4 for pairs.
    """
    counters, queue, out, into, pairs, free, stretch, paid_itself, rank = state
    of_scatter, of_cycles, of_hops = work
    time, source, target = payments
    window, cycle_length, hop_length, max_steps = settings[0], settings[1], settings[2], settings[3]
    counts_on, scatter_on, cycles_on, hops_on = settings[4], settings[5], settings[6], settings[7]
    counts, cut = figures
    first_cycle = FIGURES + len(bins)
    first_hop = first_cycle + cycle_length - 1
    # As plain numbers: constants of either side would have the same code compiled twice.
    outward, inward = np.int64(0), np.int64(1)
    for row in range(first, len(time)):
        if (row - first) % _AHEAD == 0:
            _look_ahead(counters, queue, out, into, source, target, row, pairs, stretch)
        u, v, now = source[row], target[row], time[row]
        if u < 0 or v < 0:
            continue
        for account in (u, v):
            if not stretch[account, SEEN]:
                stretch[account, SEEN] = 1
                if rank[account] == UNRANKED:
                    rank[account] = counters[RANKED]
                    counters[RANKED] += 1
        if u == v:
            paid_itself[u] = now
            continue
        short = 4 * (2 * counters[PAIRS] >= len(pairs))
        short += _is_short(out, free, outward, stretch, u) + 2 * _is_short(into, free, inward, stretch, v)
        if short > 0:
            counters[SHORT] = short
            return row
        since = now - window
        _leave(counters, queue, out, into, pairs, free, stretch, since)
        before = _put(counters, queue, pairs, u, v, now)
        number = counters[GONE] + counters[TAIL]
        if counts_on:
            partners = before <= since
            stretch[u, HELD] += partners
            stretch[u, HELD + 1] += 1
            stretch[v, HELD + 2] += partners
            stretch[v, HELD + 3] += 1
            counts[row, 0], counts[row, 1] = stretch[v, HELD + 2], stretch[v, HELD + 3]
            counts[row, 2], counts[row, 3] = stretch[u, HELD], stretch[u, HELD + 1]
        if cycles_on:
            last_at = last_in_time(out, into, stretch, u, v, now)
            if last_at >= 0:
                cut[row, 1] = judge_cycles(
                    out, into, stretch, number, u, v, now, since, last_at, cycle_length, max_steps, of_cycles,
                    counts[row, first_cycle:first_hop],
                )  # fmt: skip
        if hops_on and stretch[v, OUT_LOW] < stretch[v, OUT_HIGH] and stretch[u, INTO_LOW] < stretch[u, INTO_HIGH]:
            cut[row, 2] = judge_hops(
                out, into, stretch, rank, number, u, v, now, since, hop_length, max_steps, of_hops,
                counts[row, first_hop:],
            )  # fmt: skip
        _append(out, free, outward, stretch, u, v, now, before)
        _append(into, free, inward, stretch, v, u, now, before)
        if scatter_on and may_scatter(stretch, u, v):
            cut[row, 0] = judge_scatter(
                out, into, stretch, paid_itself, number, u, v, since, bins, max_steps, of_scatter,
                counts[row, FIGURES:first_cycle],
            )  # fmt: skip
    return len(time)


@tight
def _look_ahead(counters, queue, out, into, source, target, row, pairs, stretch):  # type: ignore[no-untyped-def]
    """Read what the next payments will need, and those that leave: memory brings many at once, if none waits."""
    met = 0
    last = min(row + _AHEAD, len(source))
    for at in range(row, last):
        u, v = source[at], target[at]
        if u >= 0 and v >= 0:
            met += stretch[u, OUT_LOW] + stretch[v, OUT_LOW]
            met += pairs[_home(pairs, (u << 32) | v), 0]
    for at in range(counters[OLDEST], min(counters[OLDEST] + _AHEAD, counters[TAIL])):
        u, v = queue[at, SOURCE], queue[at, TARGET]
        met += stretch[u, OUT_LOW] + stretch[v, OUT_LOW]
        met += pairs[_home(pairs, (u << 32) | v), 0]
    for at in range(row, last):
        u, v = source[at], target[at]
        if u >= 0 and v >= 0:
            met += out[min(stretch[u, OUT_HIGH], len(out) - 1), TIME] + into[stretch[u, INTO_LOW], TIME]
            met += into[min(stretch[v, INTO_HIGH], len(into) - 1), TIME] + out[stretch[v, OUT_LOW], TIME]
    counters[MET] = met


@tight
def _leave(counters, queue, out, into, pairs, free, stretch, since):  # type: ignore[no-untyped-def]
    """Take out what is too old: a payment of just `since` leaves fan and degree alone."""
    while counters[COUNTED] < counters[TAIL] and queue[counters[COUNTED], MOMENT] <= since:
        at = counters[COUNTED]
        payer, payee, partners = queue[at, SOURCE], queue[at, TARGET], queue[at, AGAIN] == NOT_AGAIN
        stretch[payer, HELD] -= partners
        stretch[payer, HELD + 1] -= 1
        stretch[payee, HELD + 2] -= partners
        stretch[payee, HELD + 3] -= 1
        counters[COUNTED] += 1
    while counters[OLDEST] < counters[TAIL] and queue[counters[OLDEST], MOMENT] < since:
        at = counters[OLDEST]
        payer, payee = queue[at, SOURCE], queue[at, TARGET]
        if queue[at, AGAIN] == NOT_AGAIN:
            _forget(counters, pairs, payer, payee)
        stretch[payer, OUT_LOW] += 1
        stretch[payee, INTO_LOW] += 1
        if stretch[payer, OUT_LOW] == stretch[payer, OUT_HIGH]:
            _give_back(out, free, np.int64(0), stretch, payer)
        if stretch[payee, INTO_LOW] == stretch[payee, INTO_HIGH]:
            _give_back(into, free, np.int64(1), stretch, payee)
        counters[OLDEST] += 1


@tight
def _home(pairs, key):  # type: ignore[no-untyped-def]
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed >> np.uint64(32)) & np.uint64(len(pairs) - 1))


@tight
def _slot(pairs, key):  # type: ignore[no-untyped-def]
    """Return where a pair stands in the table, or the free place where it would stand."""
    at = _home(pairs, key)
    while pairs[at, 0] != 0 and pairs[at, 0] != key:
        at = (at + 1) & (len(pairs) - 1)
    return at


@tight
def _put(counters, queue, pairs, u, v, now):  # type: ignore[no-untyped-def]
    """Put a payment in the queue; return the time of the one before it in the window from u to v, or `NEVER`."""
    tail, gone, key = counters[TAIL], counters[GONE], (u << 32) | v
    queue[tail, SOURCE], queue[tail, TARGET], queue[tail, MOMENT], queue[tail, AGAIN] = u, v, now, NOT_AGAIN
    counters[TAIL] += 1
    at, before = _slot(pairs, key), NEVER
    if pairs[at, 0] == 0:
        pairs[at, 0] = key
        counters[PAIRS] += 1
    else:
        last = pairs[at, 1] - gone
        before = queue[last, MOMENT]
        queue[last, AGAIN] = tail + gone
    pairs[at, 1] = tail + gone
    return before


@tight
def _forget(counters, pairs, u, v):  # type: ignore[no-untyped-def]
    """Take a pair out of the table; those behind it that belong before the gap move up."""
    gap = _slot(pairs, (u << 32) | v)
    mask = len(pairs) - 1
    counters[PAIRS] -= 1
    at = gap
    while True:
        at = (at + 1) & mask
        if pairs[at, 0] == 0:
            break
        if (at - _home(pairs, pairs[at, 0])) & mask >= (at - gap) & mask:
            pairs[gap, 0], pairs[gap, 1] = pairs[at, 0], pairs[at, 1]
            gap = at
    pairs[gap, 0] = 0


@tight_kernel
def enter_pairs(pairs, larger):  # type: ignore[no-untyped-def]
    """Enter the pairs of a table into a larger one, which has none yet."""
    for at in range(len(pairs)):
        if pairs[at, 0] != 0:
            slot = _slot(larger, pairs[at, 0])
            larger[slot, 0], larger[slot, 1] = pairs[at, 0], pairs[at, 1]


@tight
def _is_short(side, free, way, stretch, account):  # type: ignore[no-untyped-def]
    """Say whether a side may have no room for another payment of an account; none may be so before it is added."""
    low = 2 * way
    need = 2
    if stretch[account, low + 1] == stretch[account, SEGMENT + low + 1]:
        need = max(need, 4 * (stretch[account, low + 1] - stretch[account, low]))
    return free[way, SIZES] + need > len(side)


@tight
def _append(side, free, way, stretch, account, partner, now, before):  # type: ignore[no-untyped-def]
    """Add a payment to an account's segment, for which there is room."""
    low = 2 * way
    if stretch[account, low + 1] == stretch[account, SEGMENT + low + 1]:
        _widen(side, free, way, stretch, account)
    high = stretch[account, low + 1]
    side[high, PARTNER], side[high, TIME], side[high, BEFORE] = partner, now, before
    stretch[account, low + 1] = high + 1


@tight
def _widen(side, free, way, stretch, account):  # type: ignore[no-untyped-def]
    """Make room behind an account's payments: slide them back, or move them to a larger segment."""
    low = 2 * way
    here, begin = stretch[account, low], stretch[account, SEGMENT + low]
    live, room = stretch[account, low + 1] - here, stretch[account, SEGMENT + low + 1] - begin
    size = 0
    if 2 * live > room or room == 0:
        size = _power(max(2 * live, 2))
        begin = free[way, size]
        if begin == _NONE:
            begin = free[way, SIZES]
            free[way, SIZES] += 1 << size
        else:
            free[way, size] = side[begin, PARTNER]
    for at in range(live):
        for column in range(3):
            side[begin + at, column] = side[here + at, column]
    if size > 0:
        _give_back(side, free, way, stretch, account)
        stretch[account, SEGMENT + low], stretch[account, SEGMENT + low + 1] = begin, begin + (1 << size)
    stretch[account, low], stretch[account, low + 1] = begin, begin + live


@tight
def _power(places):  # type: ignore[no-untyped-def]
    size = 1
    while (1 << size) < places:
        size += 1
    return size


@tight
def _give_back(side, free, way, stretch, account):  # type: ignore[no-untyped-def]
    """Make an account's segment free for others; the account has none then."""
    low = 2 * way
    begin, room = stretch[account, SEGMENT + low], stretch[account, SEGMENT + low + 1] - stretch[account, SEGMENT + low]
    if room > 0:
        size = _power(room)
        side[begin, PARTNER], free[way, size] = free[way, size], begin
    stretch[account, low] = stretch[account, low + 1] = 0
    stretch[account, SEGMENT + low] = stretch[account, SEGMENT + low + 1] = 0


def no_segments() -> Ints:
    """Return the free segments of two sides that have none yet."""
    free = np.full((2, SIZES + 1), _NONE, np.int64)
    free[:, SIZES] = 0
    return free
