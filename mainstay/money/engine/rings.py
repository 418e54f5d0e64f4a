"""Temporal cycle: money that comes back to the account it left from, each payment after the one before.

Definition. Window W, tolerance s, at least n and at most m payments.

1. A *way back* of a payment c from u to v ≠ u (no cash) is a row of payments, the first out of v, each next out of the
   account that the one before paid, the last into u. With c they are n to m payments; no account is paid twice by
   them; all are in one currency; the smallest amount is at least (1 − s) × the largest. All are before c in the order
   of time, at most W before it, and each is after the one before it in the row (left out where `in_order` is off).
2. An account that got more than `max_credits` payments (cash too) before c within W is not gone through: a shop or a
   tax office sends nothing round, and a c that met one (with payments that rounds of point 3 took) is counted.
3. Payments are taken in order of time. c closes a *round* with the way back, of payments that are in no round yet,
   whose last payment is the latest; among those, whose last but one is the latest; and so on. A search that would look
   at more than `max_steps` payments is given up, and counted.
4. A *cycle* is all rounds of one currency over the same accounts in the same circle.

Rounds share no payment. Work is at most `max_steps` for each transaction.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Edges, Graph
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import laid_out, longer
from mainstay.money.types import CycleSettings, microseconds

Ints = npt.NDArray[np.int64]
_NEVER = -(1 << 62)
_ACCOUNT, _HERE, _LOW, _HIGH = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle: its rounds, each the numbers of its payments in the order in which the money went."""

    rounds: tuple[Edges, ...]


@dataclass(frozen=True, slots=True)
class Cycles:
    """All cycles, how many payments met a busy account, and for how many the search was given up."""

    found: tuple[Cycle, ...]
    busy: int
    given_up: int


def find_cycles(graph: Graph, settings: CycleSettings) -> Cycles:
    """Return the temporal cycles of a graph, in the order in which their first rounds closed."""
    search = _search(graph, settings)
    closing, busy = _closing(search, graph.debits.start, graph.debits.edge, 0)
    return _cycles(graph, search, np.flatnonzero(closing), int(busy))


def closing_of(graph: Graph, settings: CycleSettings, first: int = 0) -> tuple[Ints, int]:
    """Return which payments have a way back or are given up, rounds of point 3 apart, and how many met a busy account.

    What is returned of payments from number `first` on rests on the payments of W before each alone.
    """
    closing, busy = _closing(_search(graph, settings), graph.debits.start, graph.debits.edge, first)
    return np.flatnonzero(closing), int(busy)


def reach_of(graph: Graph, closing: Ints, settings: CycleSettings) -> Ints:
    """Return the numbers of all payments that `cycles_of` may look at for some closing payments, these too."""
    looked_at = _reach(_search(graph, settings), closing)
    looked_at[closing] = True
    return np.flatnonzero(looked_at)


def cycles_of(graph: Graph, closing: Ints, busy: int, settings: CycleSettings) -> Cycles:
    """Return the temporal cycles that some payments close (points 3 and 4 of the definition).

    Args:
        graph: a graph with all payments that are looked at for them.
        closing: the numbers of payments that may close one, in order.
        busy: how many payments met a busy account.
        settings: what is a cycle.
    """
    return _cycles(graph, _search(graph, settings), closing, busy)


def _cycles(graph: Graph, search: Any, closing: Ints, busy: int) -> Cycles:
    starts, edges, given_up = _rounds(search, closing)
    rounds = np.split(edges, starts[1:]) if len(starts) else []
    circles: dict[tuple[int, ...], list[Ints]] = {}
    for one in rounds:
        accounts = graph.source[one]
        turned = np.roll(accounts, -int(np.argmin(accounts)))
        circles.setdefault((int(graph.currency[one[0]]), *turned.tolist()), []).append(one)
    return Cycles(tuple(Cycle(tuple(held)) for held in circles.values()), busy, int(given_up))


def _search(graph: Graph, settings: CycleSettings) -> tuple[Any, ...]:
    """Return the payments by receiver, all payments, and what bounds a search."""
    payments, edge = graph.payments, graph.credits.edge
    side = (graph.credits.start, edge, laid_out(payments, edge, payments[:0].copy()))
    limits = (microseconds(settings.within), settings.max_credits, settings.max_steps, settings.in_order)
    return side, payments, limits, (settings.min_length, settings.max_length), 1 - settings.tolerance


@kernel
def _closing(search, out_start, out_edge, begin):  # type: ignore[no-untyped-def]
    """Return which payments have a way back or are given up, rounds apart, and how many met a busy account.

    Account by account, whose credits stay at hand for all its debits: most have no way back, and need no order of time.
    """
    side, payments, limits, lengths, least = search
    within, max_credits, max_steps, _ = limits
    in_start, in_edge, into = side
    accounts = len(in_start) - 1
    ready = np.zeros(len(payments), np.bool_)
    last_out = np.full(accounts, _NEVER, np.int64)
    for c in range(len(payments)):
        u, v, time = payments[c].source, payments[c].target, payments[c].time
        ready[c] = c >= begin and u >= 0 and v >= 0 and u != v and last_out[v] >= time - within
        if u >= 0:
            last_out[u] = time
    used = np.zeros(0, np.bool_)
    way, stack = np.empty(lengths[1], np.int64), np.empty((lengths[1], 4), np.int64)
    busy = 0
    out = payments[:0].copy()
    for u in range(accounts):
        first, held = in_start[u], in_start[u]
        out = laid_out(payments, out_edge[out_start[u] : out_start[u + 1]], out)
        for place in range(out_start[u], out_start[u + 1]):
            c = out_edge[place]
            while held < in_start[u + 1] and in_edge[held] < c:
                held += 1
            if not ready[c]:
                continue
            ready[c] = False
            this = out[place - out_start[u]]
            amount, currency, since = this.amount, this.currency, this.time - within
            one_more = held - 1 - max_credits
            if one_more >= first and into[one_more].time >= since:
                busy += 1
                continue
            at, steps, may = held - 1, 0, False
            while at >= first and not may:
                one = into[at]
                if one.time < since:
                    break
                at -= 1
                steps += 1
                alike = min(amount, one.amount) >= least * max(amount, one.amount)
                may = (alike and one.source >= 0 and one.currency == currency) or steps > max_steps
            if may:
                length, met, given_up = _way_back(side, held, used, c, this, limits, lengths, least, stack, way)
                busy += met
                ready[c] = length > 0 or given_up
    return ready, busy


@kernel
def _reach(search, closing):  # type: ignore[no-untyped-def]
    """Mark the payments into each account that money of a closing payment may have come through.

    More than a search looks at: sums need to agree with the closing payment's alone, an order is not asked for, and
    what was found does not end it.
    """
    side, payments, limits, lengths, least = search
    in_start, in_edge, into = side
    within, max_credits, _, _ = limits
    marked = np.zeros(len(payments), np.bool_)
    met = np.full(len(in_start) - 1, -1, np.int64)
    row, next_row = np.empty(64, np.int64), np.empty(64, np.int64)
    for c in closing:
        this, since = payments[c], payments[c].time - within
        row[0], count = this.source, 1
        met[this.source] = c
        for depth in range(lengths[1] - 1):
            following = 0
            for account in row[:count]:
                held = _before(in_start, in_edge, account, c)
                is_busy = _is_busy(side, account, held, since, max_credits)
                for at in range(held - 1, max(in_start[account], held - 1 - max_credits) - 1, -1):
                    one = into[at]
                    if one.time < since:
                        break
                    marked[in_edge[at]] = True
                    alike = min(this.amount, one.amount) >= least * max(this.amount, one.amount)
                    if is_busy or not alike or one.source < 0 or one.currency != this.currency:
                        continue
                    if one.source == this.target or met[one.source] == c or depth + 3 > lengths[1]:
                        continue
                    met[one.source] = c
                    if following == len(next_row):
                        next_row = longer(next_row)
                    next_row[following] = one.source
                    following += 1
            row, next_row, count = next_row, row, following
    return marked


@kernel
def _rounds(search, closing):  # type: ignore[no-untyped-def]
    """Return where each round starts in the list of their payments, that list, and how many searches were given up."""
    side, payments, limits, lengths, least = search
    in_start, in_edge, _ = side
    used = np.zeros(len(payments), np.bool_)
    starts, edges = np.empty(16, np.int64), np.empty(64, np.int64)
    way, stack = np.empty(lengths[1], np.int64), np.empty((lengths[1], 4), np.int64)
    rounds, room, all_given_up = 0, 0, 0
    for c in closing:
        held = _before(in_start, in_edge, payments[c].source, c)
        length, _, given_up = _way_back(side, held, used, c, payments[c], limits, lengths, least, stack, way)
        all_given_up += given_up
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
    return starts[:rounds], edges[:room], all_given_up


@inner
def _way_back(side, held, used, c, this, limits, lengths, least, stack, way):  # type: ignore[no-untyped-def]
    """Fill `way` with c and the payments before it, backwards.

    Return how many, 0 for none; whether a busy account was met; and whether the search was given up. `held` is where
    the credits of c's payer end that come before c.
    """
    in_start, in_edge, into = side
    within, max_credits, max_steps, in_order = limits
    min_length, max_length = lengths
    u, v, currency, since = this.source, this.target, this.currency, this.time - within
    if _is_busy(side, u, held, since, max_credits):
        return 0, True, False
    way[0] = c
    stack[0, _ACCOUNT], stack[0, _HERE], stack[0, _LOW], stack[0, _HIGH] = u, held - 1, this.amount, this.amount
    depth, steps, met = 0, 0, False
    while depth >= 0:
        at = stack[depth, _HERE]
        if at < in_start[stack[depth, _ACCOUNT]] or into[at].time < since:
            depth -= 1
            continue
        stack[depth, _HERE] = at - 1
        steps += 1
        if steps > max_steps:
            return 0, met, True
        payer, amount = into[at].source, into[at].amount
        smallest, largest = min(stack[depth, _LOW], amount), max(stack[depth, _HIGH], amount)
        if smallest < least * largest or payer < 0 or into[at].currency != currency:
            continue
        e = in_edge[at]
        if (len(used) > 0 and used[e]) or (in_order and e >= way[depth]):
            continue
        if payer == v:
            if depth + 2 >= min_length:
                way[depth + 1] = e
                return depth + 2, met, False
            continue
        if depth + 3 > max_length:
            continue
        again = False
        for before in range(depth + 1):
            again = again or stack[before, _ACCOUNT] == payer
        if again:
            continue
        held = _before(in_start, in_edge, payer, c)
        if _is_busy(side, payer, held, since, max_credits):
            met = True
            continue
        depth += 1
        way[depth] = e
        stack[depth, _ACCOUNT], stack[depth, _HERE] = payer, held - 1
        stack[depth, _LOW], stack[depth, _HIGH] = smallest, largest
    return 0, met, False


@inner
def _before(in_start, in_edge, account, c):  # type: ignore[no-untyped-def]
    """Return where the credits of an account end that come before a payment."""
    low, high = in_start[account], in_start[account + 1]
    while low < high:
        middle = (low + high) // 2
        if in_edge[middle] < c:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _is_busy(side, account, held, since, max_credits):  # type: ignore[no-untyped-def]
    in_start, _, into = side
    one_more = held - 1 - max_credits
    return one_more >= in_start[account] and into[one_more].time >= since
