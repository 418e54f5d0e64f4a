"""Fan and degree: with how many accounts, and in how many payments, a payment's two accounts dealt lately.

Definition. Window W. Payments stand in order of time, those of one moment in the order in which they came. A
payment at time t *sees* itself and the payments before it in that order with t − W < time. Cash and payments to
oneself take part in nothing: such a payment has 0 everywhere and is in no other's figures.

For a payment from u to v, among the payments it sees:
- `degree_in`: payments into v; `fan_in`: the different accounts that made them;
- `degree_out`: payments out of u; `fan_out`: the different accounts that got them.

Work is proportional to the number of payments: each enters and leaves a window once, hubs included.
"""

from typing import NamedTuple

import numpy as np

from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.sides import Counts, Sides

_OUT, _INTO = 0, 2


class WindowCounts(NamedTuple):
    """Fan and degree of each payment on both sides."""

    fan_in: Counts
    degree_in: Counts
    fan_out: Counts
    degree_out: Counts


def window_counts(sides: Sides, window: int) -> WindowCounts:
    """Return fan and degree of each payment in a window of so many microseconds."""
    return WindowCounts(*_counts(tuple(sides), window))


@kernel
def _counts(sides, window):  # type: ignore[no-untyped-def]
    """Keep partners and payments of each account on both sides; a partner leaves with the last payment seen of it."""
    time, source, target, before, again, out_start, _, _, _ = sides
    count = len(time)
    fan_in, degree_in = np.zeros(count, np.int32), np.zeros(count, np.int32)
    fan_out, degree_out = np.zeros(count, np.int32), np.zeros(count, np.int32)
    held = np.zeros((len(out_start) - 1, 4), np.int32)
    oldest = 0
    for number in range(count):
        u, v, since = source[number], target[number], time[number] - window
        while time[oldest] <= since:
            payer, payee = source[oldest], target[oldest]
            if payer >= 0 and payee >= 0 and payer != payee:
                partners = again[oldest] >= number
                held[payer, _OUT] -= partners
                held[payer, _OUT + 1] -= 1
                held[payee, _INTO] -= partners
                held[payee, _INTO + 1] -= 1
            oldest += 1
        if u < 0 or v < 0 or u == v:
            continue
        partners = before[number] <= since
        held[u, _OUT] += partners
        held[u, _OUT + 1] += 1
        held[v, _INTO] += partners
        held[v, _INTO + 1] += 1
        fan_in[number], degree_in[number] = held[v, _INTO], held[v, _INTO + 1]
        fan_out[number], degree_out[number] = held[u, _OUT], held[u, _OUT + 1]
    return fan_in, degree_in, fan_out, degree_out
