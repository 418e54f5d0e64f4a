"""Temporal cycles: money that comes back to where it left from, each payment later than the one before.

Definition. Window W, longest cycle n. A payment from u to v ≠ u at time t *closes* a cycle for each way back: a
sequence of different accounts v, …, u in which each pays the next, at strictly increasing times, all with
t − W ≤ time < t. A sequence counts once, however many payments could make it. The length of the cycle is the number
of its accounts, which is that of its payments: 2 to n. Cash and payments to oneself take part in nothing.

Only ways that can still end in time are followed. Before the search, two labels spread from both ends, a payment
more in each layer: how late money may leave an account to be at u before t within k payments, and how early it can
be there from v. Whichever end has less to look at goes first, and what the one cannot meet the other leaves out. The
search then takes at each account only payments after its arrival and before the latest departure, so it goes astray
only where a way would cross itself.

Work is at most `max_steps` payments looked at for each payment. One that would take more is marked; its figures are
then what was found until there, at most too few.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay.money.engine import memory
from mainstay.money.engine.compiling import tight
from mainstay.money.engine.sides import (
    BEFORE,
    INTO_HIGH,
    INTO_LOW,
    NEVER,
    OUT_HIGH,
    OUT_LOW,
    PARTNER,
    TIME,
    place,
)

_BACK, _ON = 0, 1


def cycle_room(accounts: int, longest: int, max_steps: int) -> tuple[npt.NDArray[Any], ...]:
    """Return what `judge_cycles` writes on: room for so many accounts."""
    room = min(accounts, max_steps + longest + 2)
    slot_of, owner = memory.zeros(accounts, np.int64), memory.zeros(accounts, np.int64)
    account_of, on_way = np.empty(room, np.int64), np.zeros(room, np.bool_)
    label = np.empty((2, room, longest), np.int64)
    spread, layers = np.empty((2, room), np.int64), np.empty((2, 2), np.int64)
    front, fresh = np.empty((2, room), np.int64), np.empty(room, np.int64)
    return slot_of, owner, account_of, label, spread, front, fresh, on_way, np.empty((4, longest + 1), np.int64), layers


@tight
def last_in_time(out, into, stretch, u, v, now):  # type: ignore[no-untyped-def]
    """Return where the last payment into u before `now` stands in `into`; -1 where no way from v to u can end in it.

    Most payments go no further: looked at apart from the search, they cost next to nothing.
    """
    if stretch[v, OUT_LOW] == stretch[v, OUT_HIGH] or stretch[u, INTO_LOW] == stretch[u, INTO_HIGH]:
        return -1
    last_at = place(into, stretch[u, INTO_LOW], stretch[u, INTO_HIGH], now) - 1
    if last_at < stretch[u, INTO_LOW] or into[last_at, TIME] < out[stretch[v, OUT_LOW], TIME]:
        return -1
    return last_at


@tight
def judge_cycles(  # type: ignore[no-untyped-def]
    out, into, stretch, number, u, v, now, since, last_at, longest, max_steps, room, counts
):
    """Count the cycles that one payment closes, itself not yet being in `stretch`; return whether it was cut.

    `last_at` is what `last_in_time` says of it, not -1.
    """
    first = out[stretch[v, OUT_LOW], TIME]
    slot_of, owner, account_of, label, spread, front, fresh, on_way, stack, layers = room
    limits = (first, into[last_at, TIME], now, max_steps)
    work = (slot_of, owner, account_of, label, spread, front, fresh, layers)
    steps, known = _label(out, into, stretch, number + 1, u, v, longest, limits, work)
    if steps > max_steps:
        return True
    if not known:
        return False
    return (
        _search(
            out, stretch, u, v, longest, since, max_steps - steps, number + 1,
            slot_of, owner, label[_BACK], on_way, stack, counts,
        )
        < 0
    )  # fmt: skip


@tight
def _label(  # type: ignore[no-untyped-def]
    out, into, stretch, stamp, u, v, longest, limits, work
):
    """Spread both labels; return the steps taken, and whether there is a way from v to u at all.

    `label[_BACK, x, k]` is the latest time at which money may leave x to be at u within k payments, `label[_ON, x, k]`
    minus the earliest time at which it can be at x from v; so both grow, and x lies on a way when their sum is over 0.
    """
    first, last, now, max_steps = limits
    slot_of, owner, account_of, label, spread, front, fresh, layers = work
    most = longest - 1
    used = 0
    for end in (u, v):
        owner[end], slot_of[end], account_of[used] = stamp, used, end
        for k in range(longest):
            label[_BACK, used, k] = label[_ON, used, k] = NEVER
        used += 1
    label[_BACK, 0, 0], label[_ON, 1, 0] = now, 1 - first
    floor = (first, -last)
    spread[_BACK, 0], spread[_ON, 1] = floor[0], floor[1]
    front[_BACK, 0], front[_ON, 0] = 0, 1
    done, held, steps = layers[0], layers[1], 0
    for way in range(2):
        done[way], held[way] = 0, 1
    while done[_BACK] < most and held[_BACK] > 0:
        way = _BACK
        if done[_BACK] + done[_ON] < most and held[_ON] > 0:
            back = _load(front[_BACK], held[_BACK], account_of, stretch, np.int64(INTO_LOW))
            on = _load(front[_ON], held[_ON], account_of, stretch, np.int64(OUT_LOW))
            way = _ON if on < back else _BACK
        sign = 1 if way == _BACK else -1
        root, other_end = (0, 1) if way == _BACK else (1, 0)
        side, low = (into, INTO_LOW) if way == _BACK else (out, OUT_LOW)
        k = done[way] + 1
        for slot in range(used):
            label[way, slot, k] = label[way, slot, k - 1]
        met = min(most - k, done[1 - way])
        narrow = most - k <= done[1 - way] or held[1 - way] == 0
        count = 0
        for at in range(held[way]):
            slot = front[way, at]
            account, bound = account_of[slot], label[way, slot, k - 1]
            begin, end = spread[way, slot], bound
            spread[way, slot] = bound
            if way == _BACK:
                here = place(side, stretch[account, low], stretch[account, low + 1], begin)
                stop = place(side, here, stretch[account, low + 1], end)
            else:
                here = place(side, stretch[account, low], stretch[account, low + 1], 1 - end)
                stop = place(side, here, stretch[account, low + 1], 1 - begin)
            steps += stop - here + 1
            if steps > max_steps:
                return steps, False
            for leg in range(here, stop):
                other, moment = side[leg, PARTNER], sign * side[leg, TIME]
                if owner[other] == stamp and slot_of[other] == root:
                    continue
                if owner[other] != stamp:
                    if narrow or moment <= floor[way]:
                        continue
                    owner[other], slot_of[other], account_of[used] = stamp, used, other
                    for j in range(longest):
                        label[_BACK, used, j] = label[_ON, used, j] = NEVER
                    spread[_BACK, used], spread[_ON, used] = floor[0], floor[1]
                    used += 1
                place_of = slot_of[other]
                if place_of != other_end:
                    if moment <= floor[way]:
                        continue
                    if narrow and moment + label[1 - way, place_of, met] <= 0:
                        continue
                if moment > label[way, place_of, k]:
                    if label[way, place_of, k] == label[way, place_of, k - 1] and place_of != other_end:
                        fresh[count] = place_of
                        count += 1
                    label[way, place_of, k] = moment
        for at in range(count):
            front[way, at] = fresh[at]
        held[way], done[way] = count, k
        if way == _ON and count == 0 and label[_ON, 0, k] == NEVER:
            return steps, False
    for k in range(done[_BACK] + 1, longest):
        for slot in range(used):
            label[_BACK, slot, k] = label[_BACK, slot, done[_BACK]]
    return steps, label[_BACK, 1, most] > NEVER


@tight
def _load(front, held, account_of, stretch, low):  # type: ignore[no-untyped-def]
    load = 0
    for at in range(held):
        account = account_of[front[at]]
        load += stretch[account, low + 1] - stretch[account, low]
    return load


@tight
def _search(  # type: ignore[no-untyped-def]
    out, stretch, u, v, longest, since, max_steps, stamp, slot_of, owner, latest, on_way, stack, counts
):
    """Count the ways from v to u by their length; return the steps taken, -1 where too many."""
    account, arrival, here, stop = stack[0], stack[1], stack[2], stack[3]
    account[0], arrival[0], here[0] = v, since - 1, stretch[v, OUT_LOW]
    stop[0] = place(out, stretch[v, OUT_LOW], stretch[v, OUT_HIGH], latest[slot_of[v], longest - 1] + 1)
    on_way[slot_of[v]] = True
    depth, steps = 0, 0
    while depth >= 0:
        if here[depth] >= stop[depth]:
            on_way[slot_of[account[depth]]] = False
            depth -= 1
            continue
        leg = here[depth]
        here[depth] += 1
        steps += 1
        if steps > max_steps:
            while depth >= 0:
                on_way[slot_of[account[depth]]] = False
                depth -= 1
            return -1
        if out[leg, BEFORE] > arrival[depth]:
            continue
        other, moment = out[leg, PARTNER], out[leg, TIME]
        if other == u:
            counts[depth] += 1
            continue
        left = longest - 2 - depth
        if left < 1 or owner[other] != stamp or on_way[slot_of[other]] or latest[slot_of[other], left] <= moment:
            continue
        depth += 1
        account[depth], arrival[depth] = other, moment
        here[depth] = place(out, stretch[other, OUT_LOW], stretch[other, OUT_HIGH], moment + 1)
        stop[depth] = place(out, here[depth], stretch[other, OUT_HIGH], latest[slot_of[other], left] + 1)
        on_way[slot_of[other]] = True
    return steps
