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

import numba as nb
import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Adjacency, Graph

Counts = npt.NDArray[np.int32]


class WindowCounts(NamedTuple):
    """Fan and degree of each payment on both sides."""

    fan_in: Counts
    degree_in: Counts
    fan_out: Counts
    degree_out: Counts


def window_counts(graph: Graph, window: int) -> WindowCounts:
    """Return fan and degree of each payment in a window of so many microseconds."""
    fan_in, degree_in = _side(graph, graph.credits, into=True, window=window)
    fan_out, degree_out = _side(graph, graph.debits, into=False, window=window)
    return WindowCounts(fan_in, degree_in, fan_out, degree_out)


def _side(graph: Graph, adjacency: Adjacency, *, into: bool, window: int) -> tuple[Counts, Counts]:
    partner = graph.source if into else graph.target
    fan, degree = _counts(adjacency.start, adjacency.edge, graph.time, partner, window)
    return fan, degree


@nb.njit(cache=True)
def _counts(start, edge, time, partner, window):  # type: ignore[no-untyped-def]
    accounts = len(start) - 1
    fan, degree = np.zeros(len(time), np.int32), np.zeros(len(time), np.int32)
    held = np.zeros(accounts, np.int32)
    for account in range(accounts):
        left, payments, different = start[account], 0, 0
        for at in range(start[account], start[account + 1]):
            number = edge[at]
            now, other = time[number], partner[number]
            if other < 0 or other == account:
                continue
            while time[edge[left]] <= now - window:
                gone = partner[edge[left]]
                if gone >= 0 and gone != account:
                    held[gone] -= 1
                    different -= held[gone] == 0
                    payments -= 1
                left += 1
            different += held[other] == 0
            held[other] += 1
            payments += 1
            fan[number], degree[number] = different, payments
        for at in range(left, start[account + 1]):
            if partner[edge[at]] >= 0:
                held[partner[edge[at]]] = 0
    return fan, degree
