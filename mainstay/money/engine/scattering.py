"""Scatter-gather: one pays another through several accounts at about the same time, each keeping little of it.

Definition. Dwell time D, tolerance s, window W, at least k middles.

1. A *leg* from a to b through m is a payment from a to m and the one from m to b that it is linked to, as in a
   pass-through chain (`engine/chains.py`, points 1 to 3, with D, s and `max_debits`): the money goes on within D, at
   least (1 − s) × of it, and payments to busy accounts, which are counted, are linked to none. a and b are no cash.
2. Legs from a to b in one currency are taken together. The window of a leg whose first payment is at time t holds the
   legs whose first payments have t − W < time ≤ t. It is *full* when they go through at least k different accounts.
3. A *scatter-gather* is a union of full windows, where windows that share a leg belong to the same; so they are as
   large as can be and share no payment.

Work is at most `max_debits` for each transaction, and sorting the legs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Edges, Graph
from mainstay.money.engine.chains import Links, legs_of, linked
from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.growing import longer
from mainstay.money.types import ScatterSettings, microseconds

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scattering:
    """One scatter-gather: the payments that scatter, and those that gather, leg by leg."""

    scattered: Edges
    gathered: Edges


@dataclass(frozen=True, slots=True)
class Scatterings:
    """All scatter-gathers, and how many payments to busy accounts were left."""

    found: tuple[Scattering, ...]
    busy: int


def find_scatterings(graph: Graph, settings: ScatterSettings, links: Links | None = None) -> Scatterings:
    """Return the scatter-gathers of a graph, in order of payer, receiver, currency and time.

    Where `links` are given they are those of the settings: chains may have made the same.
    """
    onward, busy = links or linked(graph, settings.within, settings.tolerance, settings.max_debits)
    first, second = legs_of(graph, onward)
    order = np.lexsort((first, graph.currency[first], graph.target[second], graph.source[first]))
    first, second = first[order], second[order]
    pieces = _bursts(
        graph.time[first],
        graph.source[first],
        graph.target[first],
        graph.target[second],
        graph.currency[first],
        graph.accounts,
        microseconds(settings.window),
        settings.min_middles,
    )
    return Scatterings(tuple(Scattering(first[begin:end], second[begin:end]) for begin, end in pieces.tolist()), busy)


@kernel
def _bursts(time, source, middle, end, currency, accounts, window, min_middles):  # type: ignore[no-untyped-def]
    """Return from where to where in the sorted legs each scatter-gather goes."""
    inside = np.zeros(accounts, np.int64)
    pieces = np.empty((16, 2), np.int64)
    count, group = 0, 0
    while group < len(time):
        stop = group
        while stop < len(time) and source[stop] == source[group] and end[stop] == end[group]:
            if currency[stop] != currency[group]:
                break
            stop += 1
        low, different, begin, until = group, 0, -1, -1
        for last in range(group, stop):
            different += inside[middle[last]] == 0
            inside[middle[last]] += 1
            while time[low] <= time[last] - window:
                inside[middle[low]] -= 1
                different -= inside[middle[low]] == 0
                low += 1
            tied = last + 1 < stop and time[last + 1] == time[last]
            if tied or different < min_middles:
                continue
            if begin >= 0 and low >= until:
                if count == len(pieces):
                    pieces = longer(pieces)
                pieces[count, 0], pieces[count, 1] = begin, until
                count += 1
                begin = -1
            if begin < 0:
                begin = low
            until = last + 1
        if begin >= 0:
            if count == len(pieces):
                pieces = longer(pieces)
            pieces[count, 0], pieces[count, 1] = begin, until
            count += 1
        for at in range(low, stop):
            inside[middle[at]] = 0
        group = stop
    return pieces[:count]
