"""Scatter-gather: money leaves one account over several others and comes together in one.

Definition. Window W. A payment at time t sees itself and the payments before it (those of one moment in the order
in which they came) with time ≥ t − W; cash takes part in nothing, and a payment to oneself has no figures. A *leg*
from a to b is there when a payment from a to b is seen.

A payment from u to v is looked at in two ways:
1. as a first leg: for each account e ≠ u to which there is a leg from v (e ≠ v), the *middles* of (u, e) are all
   accounts m ≠ u with legs from u to m and from m to e;
2. as a second leg: for each account s ≠ v from which there is a leg to u (s ≠ u), the middles of (s, v) are all
   accounts m ≠ v with legs from s to m and from m to v.

Each pair with at least two middles counts once, in the bin of its number of middles: the first bin that is not
smaller, the last one if all are. A far end that paid itself is one of its own middles when the other end has a leg
to (from) it: so counts the peer that the figures are compared with.

The middles of one pair are found from the near end or from the far ends, whichever is less work. A payment that
would take more than `max_steps` steps is marked and has no figures.
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
    OUT_HIGH,
    OUT_LOW,
    PARTNER,
)

_DIGITS = (1 << 14) - 1


def scatter_room(accounts: int, max_steps: int) -> tuple[npt.NDArray[Any], ...]:
    """Return what `judge_scatter` writes on: room for so many accounts."""
    near, far = memory.zeros(accounts, np.int64), memory.zeros((accounts, 2), np.int64)
    return near, far, np.empty(min(accounts, max_steps), np.int64), np.zeros(_DIGITS + 1, np.bool_)


@tight
def may_scatter(stretch, u, v):  # type: ignore[no-untyped-def]
    """Say whether a payment in `stretch` can have a figure: another out of u and one out of v, or the same inwards."""
    first = stretch[u, OUT_HIGH] - stretch[u, OUT_LOW] > 1 and stretch[v, OUT_HIGH] > stretch[v, OUT_LOW]
    return first or (stretch[v, INTO_HIGH] - stretch[v, INTO_LOW] > 1 and stretch[u, INTO_HIGH] > stretch[u, INTO_LOW])


@tight
def judge_scatter(  # type: ignore[no-untyped-def]
    out, into, stretch, paid_itself, number, u, v, since, bins, max_steps, room, counts
):
    """Count one payment's pairs by bin, the payment itself being in `stretch`; return whether it was cut."""
    near, far, found, maybe = room
    steps = 0
    for way in range(2):
        a, b, here, there, end, middle = (
            (out, into, OUT_LOW, INTO_LOW, u, v) if way == 0 else (into, out, INTO_LOW, OUT_LOW, v, u)
        )
        if stretch[end, here + 1] - stretch[end, here] < 2 or stretch[middle, here + 1] == stretch[middle, here]:
            continue
        stamp = 2 * number + way + 1
        taken, pairs = _middles(
            a, b, stretch, here, there, end, middle, since, paid_itself, near, maybe, far, found, stamp,
            max_steps - steps,
        )  # fmt: skip
        steps += taken
        if steps > max_steps:
            for slot in range(len(bins)):
                counts[slot] = 0
            return True
        for at in range(pairs):
            size = far[found[at], 1]
            if size >= 2:
                slot = 0
                while slot < len(bins) - 1 and bins[slot] < size:
                    slot += 1
                counts[slot] += 1
    return False


@tight
def _middles(  # type: ignore[no-untyped-def]
    a, b, stretch, here, there, end, middle, since, paid_itself, near, maybe, far, found, stamp, max_steps
):
    """Count the middles of `end` and each far end beyond `middle`; return the steps taken and how many far ends.

    `a` leads away from `end`, `b` back to it. The far ends stand in `found`, with their middles in `far[:, 1]`. Those
    with less than two payments have no two middles. Accounts next to `end` are put down by a few digits in `maybe`,
    which stays in the processor's cache, and for certain in `near` when one of them is met.
    """
    first, last = stretch[end, here], stretch[end, here + 1]
    steps = stretch[middle, here + 1] - stretch[middle, here]
    if steps > max_steps:
        return steps, 0
    from_far, pairs = 0, 0
    for at in range(stretch[middle, here], stretch[middle, here + 1]):
        other = a[at, PARTNER]
        if other == end or a[at, BEFORE] >= since:
            continue
        legs = stretch[other, there + 1] - stretch[other, there]
        if legs > 1:
            from_far += legs
            far[other, 0], far[other, 1] = stamp, 1
            found[pairs] = other
            pairs += 1
    if pairs == 0:
        return steps, 0
    steps += last - first
    if steps > max_steps:
        return steps, 0
    from_near = from_far
    if from_far > 8 * (last - first):
        from_near = 0
        for at in range(first, last):
            via = a[at, PARTNER]
            if a[at, BEFORE] < since:
                from_near += stretch[via, here + 1] - stretch[via, here]
    steps += min(from_near, from_far)
    if steps > max_steps:
        return steps, 0
    marked = False
    if from_near < from_far:
        for at in range(first, last):
            via = a[at, PARTNER]
            if a[at, BEFORE] >= since or via == middle:
                continue
            for leg in range(stretch[via, here], stretch[via, here + 1]):
                other = a[leg, PARTNER]
                if far[other, 0] == stamp and a[leg, BEFORE] < since:
                    far[other, 1] += 1
    else:
        for at in range(first, last):
            maybe[a[at, PARTNER] & _DIGITS] = a[at, PARTNER] != middle or maybe[a[at, PARTNER] & _DIGITS]
        for at in range(pairs):
            other = found[at]
            for leg in range(stretch[other, there], stretch[other, there + 1]):
                via = b[leg, PARTNER]
                if maybe[via & _DIGITS] and via != middle and b[leg, BEFORE] < since:
                    marked = marked or _mark(a, first, last, near, stamp)
                    far[other, 1] += near[via] == stamp
        for at in range(first, last):
            maybe[a[at, PARTNER] & _DIGITS] = False
    for at in range(pairs):
        if paid_itself[found[at]] >= since:
            marked = marked or _mark(a, first, last, near, stamp)
            far[found[at], 1] += near[found[at]] == stamp
    return steps, pairs


@tight
def _mark(a, first, last, near, stamp):  # type: ignore[no-untyped-def]
    for at in range(first, last):
        near[a[at, PARTNER]] = stamp
    return True
