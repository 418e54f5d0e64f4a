"""Random-walk layering: money wanders from account to account for long, and may come back to some that it passed.

Definition. Dwell time D, tolerance s, at least n transactions, at least k accounts.

1. Transactions are *linked* as in a pass-through chain (`engine/chains.py`, points 1 to 3, with D, s and `max_debits`):
   the money goes on within D, at least (1 − s) × of it, not straight back to where it came from; and payments to busy
   accounts, which are counted, are linked to none. So a transaction is linked to at most one before it and one after
   it, and links form lines.
2. A *walk* is a whole line of at least n transactions, cut nowhere: it may come to the same account again and again.
3. It goes over at least k different accounts (cash is none). What goes round among fewer is left to cycles,
   and counted.

Walks share no transaction. Work is at most `max_debits` for each transaction.
"""

from dataclasses import dataclass

import numpy as np

from mainstay.money.engine.adjacency import Edges, Graph
from mainstay.money.engine.chains import Links, accounts_of, linked
from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.growing import longer
from mainstay.money.types import WalkSettings


@dataclass(frozen=True, slots=True)
class Walks:
    """All walks, each the numbers of its transactions in order; payments to busy accounts, lines round few accounts."""

    found: tuple[Edges, ...]
    busy: int
    round_few: int


def find_walks(graph: Graph, settings: WalkSettings, links: Links | None = None) -> Walks:
    """Return the walks of a graph, in order of their first transaction.

    Where `links` are given they are those of the settings: chains may have made the same.
    """
    onward, busy = links or linked(graph, settings.within, settings.tolerance, settings.max_debits)
    starts, edges = _lines(onward, settings.min_length)
    lines = np.split(edges, starts[1:]) if len(starts) else []
    found = tuple(line for line in lines if len(set(accounts_of(graph, line))) >= settings.min_accounts)
    return Walks(found, busy, len(lines) - len(found))


@kernel
def _lines(onward, min_length):  # type: ignore[no-untyped-def]
    """Return where each line of so many transactions starts in the list of their transactions, and that list."""
    count = len(onward)
    follows = np.zeros(count, np.bool_)
    for number in range(count):
        if onward[number] >= 0:
            follows[onward[number]] = True
    starts, edges = np.empty(16, np.int64), np.empty(64, np.int64)
    lines, used = 0, 0
    for first in range(count):
        if follows[first] or onward[first] < 0:
            continue
        begin, here = used, np.int64(first)
        while here >= 0:
            if used == len(edges):
                edges = longer(edges)
            edges[used] = here
            used += 1
            here = np.int64(onward[here])
        if used - begin < min_length:
            used = begin
            continue
        if lines == len(starts):
            starts = longer(starts)
        starts[lines] = begin
        lines += 1
    return starts[:lines], edges[:used]
