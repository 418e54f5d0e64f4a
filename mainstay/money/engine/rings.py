"""Temporal cycle: money that comes back to the account it left from, each payment after the one before.

Definition. Window W, tolerance s, at least n and at most m payments.

1. A *way back* of a payment c from u to v ≠ u (no cash) is a row of payments, the first out of v, each next out of the
   account that the one before paid, the last into u. With c they are n to m payments; no account is paid twice by
   them; all are in one currency; the smallest amount is at least (1 − s) × the largest. All are before c in the order
   of time, at most W before it, and each is after the one before it in the row (left out where `in_order` is off).
2. An account that got more than `max_credits` payments (cash too) before c within W is not gone through: a shop or a
   tax office sends nothing round, and a c that met one is counted.
3. Payments are taken in order of time. c closes a *round* with the way back, of payments that are in no round yet,
   whose last payment is the latest; among those, whose last but one is the latest; and so on. A search that would look
   at more than `max_steps` payments is given up, and counted.
4. A *cycle* is all rounds of one currency over the same accounts in the same circle.

Rounds share no payment. Work is at most `max_steps` for each transaction.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.growing import longer
from mainstay.money.types import CycleSettings, microseconds

Ints = npt.NDArray[np.int64]
_NEVER = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle: its rounds, each the numbers of its payments in the order in which the money went."""

    rounds: tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class Cycles:
    """All cycles, how many payments met a busy account, and for how many the search was given up."""

    found: tuple[Cycle, ...]
    busy: int
    given_up: int


def find_cycles(graph: Graph, settings: CycleSettings) -> Cycles:
    """Return the temporal cycles of a graph, in the order in which their first rounds closed."""
    starts, edges, busy, given_up = _rounds(
        graph.credits.start,
        graph.credits.edge,
        graph.time,
        graph.source,
        graph.target,
        graph.amount,
        graph.currency,
        (microseconds(settings.within), settings.max_credits, settings.max_steps, settings.in_order),
        (settings.min_length, settings.max_length),
        1 - settings.tolerance,
    )
    rounds = np.split(edges, starts[1:]) if len(starts) else []
    circles: dict[tuple[int, ...], list[Ints]] = {}
    for one in rounds:
        accounts = graph.source[one]
        turned = np.roll(accounts, -int(np.argmin(accounts)))
        circles.setdefault((int(graph.currency[one[0]]), *turned.tolist()), []).append(one)
    return Cycles(tuple(Cycle(tuple(held)) for held in circles.values()), int(busy), int(given_up))


@nb.njit(cache=True, nogil=True)
def _rounds(in_start, in_edge, time, source, target, amount, currency, limits, lengths, least):  # type: ignore[no-untyped-def]
    """Return where each round starts in the list of their payments, that list, and what was not followed."""
    within, max_credits, max_steps, in_order = limits
    max_length = lengths[1]
    held = in_start[:-1].copy()
    last_out = np.full(len(held), _NEVER, np.int64)
    used = np.zeros(len(time), np.bool_)
    starts, edges = np.empty(16, np.int64), np.empty(64, np.int64)
    rounds, room, busy, given_up = 0, 0, 0, 0
    way = np.empty(max_length, np.int64)
    stack = np.empty((4, max_length), np.int64)
    for c in range(len(time)):
        u, v, since = source[c], target[c], time[c] - within
        if u >= 0 and v >= 0 and u != v and last_out[v] >= since:
            length, met, steps = _way_back(
                in_start, in_edge, held, time, source, amount, currency, used, c, v, since,
                (max_credits, max_steps, in_order), lengths, least, stack, way,
            )  # fmt: skip
            busy += met
            given_up += steps > max_steps
            if length > 0:
                while room + length > len(edges):
                    edges = longer(edges)
                if rounds == len(starts):
                    starts = longer(starts)
                starts[rounds] = room
                rounds += 1
                for at in range(length):
                    edges[room + at] = way[length - 1 - at]
                    used[way[at]] = True
                room += length
        if v >= 0:
            held[v] += 1
        if u >= 0:
            last_out[u] = time[c]
    return starts[:rounds], edges[:room], busy, given_up


@nb.njit(cache=True, nogil=True)
def _way_back(  # type: ignore[no-untyped-def]
    in_start, in_edge, held, time, source, amount, currency, used, c, v, since, limits, lengths, least, stack, way
):
    """Fill `way` with c and the payments before it, backwards; return how many, 0 for none, and what was met."""
    max_credits, max_steps, in_order = limits
    min_length, max_length = lengths
    account, here, low, high = stack[0], stack[1], stack[2], stack[3]
    way[0], account[0] = c, source[c]
    low[0], high[0] = amount[c], amount[c]
    met = _is_busy(in_start, in_edge, held, time, account[0], since, max_credits)
    if met:
        return 0, True, 0
    here[0] = held[account[0]] - 1
    depth, steps = 0, 0
    while depth >= 0:
        if here[depth] < in_start[account[depth]] or time[in_edge[here[depth]]] < since:
            depth -= 1
            continue
        e = in_edge[here[depth]]
        here[depth] -= 1
        steps += 1
        if steps > max_steps:
            return 0, met, steps
        payer = source[e]
        if payer < 0 or used[e] or currency[e] != currency[c] or (in_order and e >= way[depth]):
            continue
        smallest, largest = min(low[depth], amount[e]), max(high[depth], amount[e])
        if smallest < least * largest:
            continue
        if payer == v:
            if depth + 2 >= min_length:
                way[depth + 1] = e
                return depth + 2, met, steps
            continue
        if depth + 3 > max_length:
            continue
        again = False
        for at in range(depth + 1):
            again = again or account[at] == payer
        if again:
            continue
        if _is_busy(in_start, in_edge, held, time, payer, since, max_credits):
            met = True
            continue
        depth += 1
        way[depth], account[depth], here[depth] = e, payer, held[payer] - 1
        low[depth], high[depth] = smallest, largest
    return 0, met, steps


@nb.njit(cache=True, nogil=True)
def _is_busy(in_start, in_edge, held, time, account, since, max_credits):  # type: ignore[no-untyped-def]
    one_more = held[account] - 1 - max_credits
    return one_more >= in_start[account] and time[in_edge[one_more]] >= since
