"""Cycles within a few payments: money that may come back to where it left from, in any order of time.

Definition. Window W, longest cycle n. Accounts are numbered as they first appear in a payment between accounts (to
oneself too), its payer before its receiver. A payment from u to v ≠ u at time t *closes* a cycle for each sequence
of different accounts v, …, u in which each paid the next in a payment that comes before it in the order, with
t − W ≤ time < t, or with time = t when that payment's receiver has a lower number than v. A sequence counts once,
however many payments could make it; its length is the number of its accounts, 2 to n. Cash and payments to oneself
take part in nothing. (The rule for the same moment is that of the peer that the figures are compared with.)

Before the search, distances spread from both ends, a payment more in each layer; whichever end has less to look at
goes first. The search goes only where the other end is near enough. Work is at most `max_steps` payments looked at
for each payment. One that would take more is marked; its figures are then at most too few.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay.money.engine import memory
from mainstay.money.engine.compiling import kernel, tight
from mainstay.money.engine.sides import (
    BEFORE,
    INTO_LOW,
    OUT_HIGH,
    OUT_LOW,
    PARTNER,
    TIME,
)


@kernel
def ranks(source, target, accounts):  # type: ignore[no-untyped-def]
    """Return the number of each account, as they first appear."""
    rank = np.full(accounts, accounts, np.int64)
    given = 0
    for number in range(len(source)):
        if source[number] >= 0 and target[number] >= 0:
            for account in (source[number], target[number]):
                if rank[account] == accounts:
                    rank[account] = given
                    given += 1
    return rank


def hop_room(accounts: int, longest: int, max_steps: int) -> tuple[npt.NDArray[Any], ...]:
    """Return what `judge_hops` writes on: room for so many accounts."""
    reached, distance = memory.zeros((2, accounts), np.int64), memory.zeros((2, accounts), np.int64)
    front, layers = np.empty((2, min(accounts, max_steps + 2)), np.int64), np.empty((3, 2), np.int64)
    return reached, distance, front, np.zeros(accounts, np.bool_), np.empty((2, longest + 1), np.int64), layers


@tight
def judge_hops(  # type: ignore[no-untyped-def]
    out, into, stretch, rank, number, u, v, now, since, longest, max_steps, room, counts
):
    """Count the cycles that one payment closes, itself not yet being in `stretch`; return whether it was cut."""
    reached, distance, front, on_way, stack, layers = room
    steps, known = _measure(
        out, into, stretch, rank, u, v, now, number + 1, longest - 1, max_steps, reached, distance, front,
        layers,
    )  # fmt: skip
    if steps > max_steps:
        return True
    return known and not _search(
        out, stretch, rank, u, v, now, since, number + 1, longest, max_steps - steps,
        reached[0], distance[0], on_way, stack, counts,
    )  # fmt: skip


@tight
def _measure(  # type: ignore[no-untyped-def]
    out, into, stretch, rank, u, v, now, stamp, most, max_steps, reached, distance, front, layers
):
    """Measure distances to u (row 0) and from v (row 1); return the steps taken, and whether u is near enough."""
    ends = (u, v)
    done, held, begun = layers[0], layers[1], layers[2]
    for way in range(2):
        done[way], held[way], begun[way] = 0, 1, 0
        reached[way, ends[way]], distance[way, ends[way]], front[way, 0] = stamp, 0, ends[way]
    steps = 0
    while done[0] < most and held[0] > begun[0]:
        way = 0
        if done[0] + done[1] < most and held[1] > begun[1]:
            back = _load(front[0], begun[0], held[0], stretch, np.int64(INTO_LOW))
            on = _load(front[1], begun[1], held[1], stretch, np.int64(OUT_LOW))
            way = 1 if on < back else 0
        side, low = (into, INTO_LOW) if way == 0 else (out, OUT_LOW)
        k, other_way, other_end = done[way] + 1, 1 - way, ends[1 - way]
        narrow = most - k <= done[other_way] or held[other_way] == begun[other_way]
        first, last = begun[way], held[way]
        for at in range(first, last):
            account = front[way, at]
            steps += stretch[account, low + 1] - stretch[account, low] + 1
            if steps > max_steps:
                return steps, False
            for leg in range(stretch[account, low], stretch[account, low + 1]):
                other = side[leg, PARTNER]
                if reached[way, other] == stamp:
                    continue
                if side[leg, TIME] == now and rank[account if way == 0 else other] >= rank[v]:
                    continue
                far = reached[other_way, other] != stamp or distance[other_way, other] > most - k
                if narrow and far:
                    continue
                reached[way, other], distance[way, other] = stamp, k
                if other != other_end:
                    front[way, held[way]] = other
                    held[way] += 1
        begun[way], done[way] = last, k
        if way == 1 and held[1] == last and reached[1, u] != stamp:
            return steps, False
    return steps, reached[0, v] == stamp


@tight
def _load(front, begin, end, stretch, low):  # type: ignore[no-untyped-def]
    load = 0
    for at in range(begin, end):
        load += stretch[front[at], low + 1] - stretch[front[at], low]
    return load


@tight
def _search(  # type: ignore[no-untyped-def]
    out, stretch, rank, u, v, now, since, stamp, longest, max_steps, reached, distance, on_way, stack, counts
):
    """Count the ways from v to u by their length; return false where that would take too many steps."""
    account, here = stack[0], stack[1]
    account[0], here[0] = v, stretch[v, OUT_LOW]
    on_way[v] = True
    depth, steps = 0, 0
    while depth >= 0:
        if here[depth] >= stretch[account[depth], OUT_HIGH] or steps > max_steps:
            on_way[account[depth]] = False
            depth -= 1
            continue
        leg = here[depth]
        here[depth] += 1
        steps += 1
        if out[leg, BEFORE] >= since:
            continue
        other = out[leg, PARTNER]
        if out[leg, TIME] == now and rank[other] >= rank[v]:
            continue
        if other == u:
            counts[depth] += 1
            continue
        left = longest - 2 - depth
        if left < 1 or reached[other] != stamp or distance[other] > left or on_way[other]:
            continue
        depth += 1
        account[depth], here[depth] = other, stretch[other, OUT_LOW]
        on_way[other] = True
    return steps <= max_steps
