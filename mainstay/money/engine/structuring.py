"""Structuring: cash into or out of one account in sums just under the one that has to be reported.

Definition. A limit L for each currency, closeness r, window W, at least n payments.

1. Cash into an account and cash out of it are looked at apart, each currency by itself; currencies without a limit are
   left out, and their cash payments counted. A payment is *just under* when it is at least (1 − r) × L and at most L.
2. The window of a payment just under at time t holds all that are just under with t − W < time ≤ t. It is *full* when
   they are at least n and add up to more than L. A *burst* is the union of full windows, where windows that share a
   payment belong to the same burst.
3. A *structuring* is a burst whose payments are at least `min_share` of all cash payments in the same direction and
   currency of that account from its first to its last: a shop brings in what it took, and now and then that is just
   under. What this leaves out is counted.

Work is proportional to the number of transactions.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import CASH, Account, Adjacency, Edges, Graph, cash_by_account
from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.currencies import minor_unit
from mainstay.money.engine.growing import longer
from mainstay.money.types import StructuringSettings, microseconds

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Structuring:
    """One structuring: the account, whether cash went in, the limit in minor units, the payments and their share."""

    account: Account
    into: bool
    limit: int
    payments: Edges
    share: float


@dataclass(frozen=True, slots=True)
class Structurings:
    """All structurings, bursts among other cash, and cash payments in currencies without a limit."""

    found: tuple[Structuring, ...]
    mixed: int
    no_limit: int


def find_structuring(graph: Graph, settings: StructuringSettings) -> Structurings:
    """Return the structurings of a graph: into accounts, then out of them, in order of account, currency and time."""
    known = dict(settings.limits)
    limits = np.array([known.get(name, -1) * 10 ** (minor_unit(name) or 0) for name in graph.currencies], np.int64)
    found: list[Structuring] = []
    mixed, no_limit = 0, 0
    paid_in, taken_out = cash_by_account(graph)
    sides: tuple[tuple[Adjacency, Ints, bool], ...] = (
        (paid_in, graph.source, True),
        (taken_out, graph.target, False),
    )
    for adjacency, partner, into in sides:
        rows, lengths, edges, left = _bursts(
            adjacency.start,
            adjacency.edge,
            graph.time,
            partner,
            graph.amount,
            graph.currency,
            limits,
            (microseconds(settings.within), settings.min_payments),
            (1 - settings.closeness, settings.min_share),
        )
        mixed += int(left)
        no_limit += int(np.count_nonzero(limits[graph.currency[adjacency.edge]] < 0))
        pieces = np.split(edges, np.cumsum(lengths)[:-1]) if len(lengths) else []
        for (account, currency, all_cash), payments in zip(rows.tolist(), pieces, strict=True):
            share = len(payments) / all_cash
            found.append(Structuring(account, into, int(limits[currency]), payments, share))
    return Structurings(tuple(found), mixed, no_limit)


@kernel
def _bursts(start, edge, time, partner, amount, currency, limits, bounds, shares):  # type: ignore[no-untyped-def]
    """Return structurings (account, currency, all cash payments meanwhile), their lengths and payments; those mixed."""
    within, min_payments = bounds
    least, min_share = shares
    rows, lengths, edges = np.empty((16, 3), np.int64), np.empty(16, np.int64), np.empty(64, np.int64)
    count, used, mixed = 0, 0, 0
    near = np.empty(64, np.int64)
    for account in range(len(start) - 1):
        held = 0
        for at in range(start[account], start[account + 1]):
            e = edge[at]
            limit = limits[currency[e]]
            if partner[e] == CASH and limit >= 0 and least * limit <= amount[e] <= limit:
                if held == len(near):
                    near = longer(near)
                near[held] = at
                held += 1
        if held < min_payments:
            continue
        for code in range(len(limits)):
            if limits[code] < 0:
                continue
            own = np.empty(held, np.int64)
            length = 0
            for place in range(held):
                if currency[edge[near[place]]] == code:
                    own[length] = near[place]
                    length += 1
            first, begin, end = 0, -1, -1
            total = 0
            for last in range(length + 1):
                if last < length:
                    total += amount[edge[own[last]]]
                    while time[edge[own[first]]] <= time[edge[own[last]]] - within:
                        total -= amount[edge[own[first]]]
                        first += 1
                    tied = last + 1 < length and time[edge[own[last + 1]]] == time[edge[own[last]]]
                    if tied or last - first + 1 < min_payments or total <= limits[code]:
                        continue
                    if begin >= 0 and first <= end:
                        end = last
                        continue
                if begin >= 0:
                    all_cash = 0
                    for at in range(own[begin], own[end] + 1):
                        all_cash += partner[edge[at]] == CASH and currency[edge[at]] == code
                    if end - begin + 1 < min_share * all_cash:
                        mixed += 1
                    else:
                        if count == len(rows):
                            rows, lengths = longer(rows), longer(lengths)
                        while used + end - begin + 1 > len(edges):
                            edges = longer(edges)
                        rows[count, 0], rows[count, 1], rows[count, 2] = account, code, all_cash
                        lengths[count] = end - begin + 1
                        count += 1
                        for place in range(begin, end + 1):
                            edges[used] = edge[own[place]]
                            used += 1
                begin, end = first, last
    return rows[:count], lengths[:count], edges[:used], mixed
