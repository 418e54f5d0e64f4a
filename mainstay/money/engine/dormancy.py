"""Dormancy then burst: an account that was silent for long gets and sends money many times within days.

Definition. Silence G, window W of at most G, at least n transactions, share s, ratio r.

1. The transactions of an account are those on either side of it, cash and payments to itself too, in order of time. One
   *wakes* the account when the one before it is more than G earlier. The first of all wakes nothing.
2. The *burst* is all its transactions from the waking one at time t on, with time < t + W.
3. It is *dormancy then burst* when
   - the burst has at least n transactions, and at least r × usual, where usual is the number of transactions before
     the silence for each W from the first to the last of them (at least one W);
   - in the currency of most of its transactions (the first in the alphabet if several) something came in from
     elsewhere, and at least s × as much went out again to elsewhere (cash too).
   Bursts of n or more that were left out are counted.

Work is proportional to the number of transactions.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Account, Edges, Graph
from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.growing import appended, longer, merged
from mainstay.money.types import DormancySettings, microseconds

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Waking:
    """One dormancy then burst: the account, its transactions by number, how long it was silent (microseconds), and the
    currency in which most came."""

    account: Account
    burst: Edges
    silence: int
    currency: int


@dataclass(frozen=True, slots=True)
class Wakings:
    """All dormancies then bursts, and how many bursts were left out as usual or as kept."""

    found: tuple[Waking, ...]
    usual: int


def find_wakings(graph: Graph, settings: DormancySettings) -> Wakings:
    """Return dormancies then bursts of a graph, in order of account and time; `ValueError` where W is over G."""
    if settings.window > settings.silence:
        raise ValueError("the window is at most the silence")
    rows, edges, usual = _wakings(
        (graph.credits.start, graph.credits.edge, graph.debits.start, graph.debits.edge),
        (graph.time, graph.source, graph.target, graph.amount, graph.currency),
        len(graph.currencies),
        (microseconds(settings.silence), microseconds(settings.window), settings.min_transactions),
        (settings.min_share, settings.min_ratio),
    )
    pieces = np.split(edges, np.cumsum(rows[:, 1])[:-1]) if len(rows) else []
    found = tuple(
        Waking(account, burst, silence, currency)
        for (account, _, silence, currency), burst in zip(rows.tolist(), pieces, strict=True)
    )
    return Wakings(found, int(usual))


@kernel
def _wakings(sides, payments, currencies, limits, shares):  # type: ignore[no-untyped-def]
    """Return bursts (account, transactions, silence, currency), their transactions in a row, and those left out."""
    in_start, in_edge, out_start, out_edge = sides
    time, source, target, amount, currency = payments
    silence, window, least = limits
    min_share, min_ratio = shares
    rows, edges, own = np.empty((16, 4), np.int64), np.empty(64, np.int64), np.empty(64, np.int64)
    counts = np.zeros(currencies, np.int64)
    count, used, usual = 0, 0, 0
    for account in range(len(in_start) - 1):
        credits_of = in_edge[in_start[account] : in_start[account + 1]]
        debits_of = out_edge[out_start[account] : out_start[account + 1]]
        if len(credits_of) + len(debits_of) <= least:
            continue
        while len(own) < len(credits_of) + len(debits_of):
            own = longer(own)
        held = merged(credits_of, debits_of, own)
        for at in range(1, held):
            t = time[own[at]]
            gap = t - time[own[at - 1]]
            if gap <= silence:
                continue
            end = at
            while end < held and time[own[end]] < t + window:
                end += 1
            if end - at < least:
                continue
            lived = max(time[own[at - 1]] - time[own[0]], window)
            counts[:] = 0
            for place in range(at, end):
                counts[currency[own[place]]] += 1
            main = np.argmax(counts)
            brought, sent = 0.0, 0.0
            for place in range(at, end):
                e = own[place]
                if currency[e] == main and source[e] != target[e]:
                    if target[e] == account:
                        brought += amount[e]
                    else:
                        sent += amount[e]
            if float(end - at) * lived < min_ratio * at * window or brought == 0 or sent < min_share * brought:
                usual += 1
                continue
            if count == len(rows):
                rows = longer(rows)
            rows[count, 0], rows[count, 1], rows[count, 2], rows[count, 3] = account, end - at, gap, main
            count += 1
            edges, used = appended(edges, used, own[at:end])
    return rows[:count], edges[:used], usual
