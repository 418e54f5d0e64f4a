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

from mainstay.money.engine.sides import Counts, Ints, Sides, counted_sides


class WindowCounts(NamedTuple):
    """Fan and degree of each payment on both sides."""

    fan_in: Counts
    degree_in: Counts
    fan_out: Counts
    degree_out: Counts


def window_counts(time: Ints, source: Ints, target: Ints, accounts: int, window: int) -> tuple[WindowCounts, Sides]:
    """Return fan and degree of each payment in a window of so many microseconds, and both sides, found on the way.

    The other arguments are those of `sides.sides_of_payments`.
    """
    sides, into, out = counted_sides(time, source, target, accounts, window)
    return WindowCounts(into[:, 0], into[:, 1], out[:, 0], out[:, 1]), sides
