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

import numba as nb
import numpy as np
import numpy.typing as npt

from mainstay.money.engine.sides import NEVER, Sides, leave

Counts = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]


def scatter_gathers(sides: Sides, window: int, bins: tuple[int, ...], max_steps: int) -> tuple[Counts, Marks]:
    """Return for each payment the number of pairs in each bin, and whether it was cut."""
    counts, cut = _scatter(sides, window, np.array(bins, np.int64), max_steps)
    return counts, cut


@nb.njit(cache=True)
def _scatter(sides, window, bins, max_steps):  # type: ignore[no-untyped-def]
    time, source, target = sides.time, sides.source, sides.target
    accounts = len(sides.out.start) - 1
    counts, cut = np.zeros((len(time), len(bins)), np.int32), np.zeros(len(time), np.bool_)
    out_low, into_low = sides.out.start[:-1].copy(), sides.into.start[:-1].copy()
    out_high, into_high = out_low.copy(), into_low.copy()
    paid_itself = np.full(accounts, NEVER, np.int64)
    near, far, middles = np.zeros(accounts, np.int64), np.zeros(accounts, np.int64), np.zeros(accounts, np.int64)
    tick, oldest = 0, 0
    for number in range(len(time)):
        u, v, since = source[number], target[number], time[number] - window
        if u < 0 or v < 0:
            continue
        if u == v:
            paid_itself[u] = time[number]
            continue
        oldest = leave(sides, oldest, since, out_low, into_low)
        out_high[u] += 1
        into_high[v] += 1
        steps, tick = 0, tick + 2
        for way in range(2):
            if way == 0:
                a, low_a, high_a, b, low_b, high_b = sides.out, out_low, out_high, sides.into, into_low, into_high
                end, middle = u, v
            else:
                a, low_a, high_a, b, low_b, high_b = sides.into, into_low, into_high, sides.out, out_low, out_high
                end, middle = v, u
            if high_a[end] - low_a[end] < 2 or high_a[middle] == low_a[middle]:
                continue
            stamp = tick + way
            legs = _middles(
                a, low_a, high_a, b, low_b, high_b, end, middle, since, near, far, middles, stamp, max_steps - steps
            )
            if legs < 0:
                cut[number] = True
                counts[number] = 0
                break
            steps += legs
            for at in range(low_a[middle], high_a[middle]):
                other = a.partner[at]
                if other == end or a.before[at] >= since:
                    continue
                size = middles[other] + (near[other] == stamp and paid_itself[other] >= since)
                if size >= 2:
                    slot = 0
                    while slot < len(bins) - 1 and bins[slot] < size:
                        slot += 1
                    counts[number, slot] += 1
    return counts, cut


@nb.njit(cache=True)
def _middles(  # type: ignore[no-untyped-def]
    a, low_a, high_a, b, low_b, high_b, end, middle, since, near, far, middles, stamp, max_steps
):
    """Count the middles of `end` and each far end beyond `middle`; return the steps taken, -1 where too many.

    `a` leads away from `end`, `b` back to it; the middles of far end x stand in `middles[x]`, and accounts next to
    `end` have the stamp in `near`.
    """
    from_near, from_far = 0, 0
    for at in range(low_a[end], high_a[end]):
        other = a.partner[at]
        if a.before[at] < since:
            near[other] = stamp
            from_near += high_a[other] - low_a[other]
    for at in range(low_a[middle], high_a[middle]):
        other = a.partner[at]
        if other != end and a.before[at] < since:
            far[other] = stamp
            middles[other] = 0
            from_far += high_b[other] - low_b[other]
    steps = min(from_near, from_far) + (high_a[end] - low_a[end]) + (high_a[middle] - low_a[middle])
    if steps > max_steps:
        return -1
    if from_near <= from_far:
        for at in range(low_a[end], high_a[end]):
            if a.before[at] >= since:
                continue
            via = a.partner[at]
            for leg in range(low_a[via], high_a[via]):
                other = a.partner[leg]
                if far[other] == stamp and a.before[leg] < since:
                    middles[other] += 1
    else:
        for at in range(low_a[middle], high_a[middle]):
            other = a.partner[at]
            if other == end or a.before[at] >= since:
                continue
            for leg in range(low_b[other], high_b[other]):
                if near[b.partner[leg]] == stamp and b.before[leg] < since:
                    middles[other] += 1
    return steps
