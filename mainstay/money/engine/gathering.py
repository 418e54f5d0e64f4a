"""Gather-scatter: many pay one at about the same time, and it soon pays as much to many others.

Definition. Window W, days D, tolerance s, at least k payers and k receivers. Payments in and out of an account are
those from and to another account (no cash); currencies are looked at apart.

1. The window of a payment in at time t holds all payments in with t − W < time ≤ t. It is *full* when they come from at
   least k different accounts. A *gathering* is the union of full windows, where windows that share a payment belong to
   the same. One that takes longer than `max_windows` × W from its first to its last payment is an account that many
   people always pay: counted as steady.
2. Its *scattering* is all payments out from its first payment (in the order of time) to D after its last.
3. It is a *gather-scatter* when the scattering goes to at least k different accounts that paid nothing into the
   gathering, and adds up to at least (1 − s) × and at most (1 + s) × the gathering. What this leaves out is counted.

Work is proportional to the number of transactions, and to D / W where gatherings follow each other so closely.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Account, Edges, Graph
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import appended, longer
from mainstay.money.types import GatherSettings, microseconds

Ints = npt.NDArray[np.int64]
_STEADY, _KEPT = 0, 1


@dataclass(frozen=True, slots=True)
class Gathering:
    """One gather-scatter: the account, what it got and what it paid, by number."""

    account: Account
    gathered: Edges
    scattered: Edges


@dataclass(frozen=True, slots=True)
class Gatherings:
    """All gather-scatters; gatherings that never end, and those that were kept or went to few."""

    found: tuple[Gathering, ...]
    steady: int
    kept: int


def find_gatherings(graph: Graph, settings: GatherSettings) -> Gatherings:
    """Return the gather-scatters of a graph, in order of account, currency and time."""
    window = microseconds(settings.window)
    rows, edges, left = _gatherings(
        (graph.credits.start, graph.credits.edge, graph.debits.start, graph.debits.edge),
        (graph.time, graph.source, graph.target, graph.amount, graph.currency),
        (
            len(graph.currencies),
            window,
            settings.max_windows * window,
            microseconds(settings.within),
            settings.min_partners,
        ),
        settings.tolerance,
    )
    found, at = [], 0
    for account, gathered, scattered in rows.tolist():
        middle, end = at + gathered, at + gathered + scattered
        found.append(Gathering(account, edges[at:middle].copy(), edges[middle:end].copy()))
        at = end
    return Gatherings(tuple(found), int(left[_STEADY]), int(left[_KEPT]))


@kernel
def _gatherings(sides, payments, limits, tolerance):  # type: ignore[no-untyped-def]
    """Return gather-scatters (account, payments in, payments out), their payments in a row, and what was left out."""
    in_start, in_edge, out_start, out_edge = sides
    time, source, target, amount, currency = payments
    currencies, window, longest, within, least = limits
    accounts = len(in_start) - 1
    found = (np.empty((16, 3), np.int64), np.empty(64, np.int64), np.zeros(2, np.int64))
    left = np.zeros(2, np.int64)
    inside, paid_in, met = np.zeros(accounts, np.int64), np.zeros(accounts, np.int64), np.zeros(accounts, np.int64)
    into, out = np.empty(64, np.int64), np.empty(64, np.int64)
    stamp = 0
    for account in range(accounts):
        credits_of = in_edge[in_start[account] : in_start[account + 1]]
        debits_of = out_edge[out_start[account] : out_start[account + 1]]
        if len(credits_of) < least or len(debits_of) < least:
            continue
        while len(into) < len(credits_of):
            into = longer(into)
        while len(out) < len(debits_of):
            out = longer(out)
        for code in range(currencies):
            ins = _others(credits_of, source, currency, code, account, into)
            outs = _others(debits_of, target, currency, code, account, out) if ins >= least else 0
            if outs < least:
                continue
            low, different, begin, until, far = 0, 0, -1, -1, 0
            for last in range(ins):
                different += inside[source[into[last]]] == 0
                inside[source[into[last]]] += 1
                while time[into[low]] <= time[into[last]] - window:
                    inside[source[into[low]]] -= 1
                    different -= inside[source[into[low]]] == 0
                    low += 1
                tied = last + 1 < ins and time[into[last + 1]] == time[into[last]]
                if tied or different < least:
                    continue
                if begin >= 0 and low >= until:
                    stamp += 1
                    found, far = _judged(
                        found, left, (account, stamp, least, longest, within, tolerance), into[begin:until], out[:outs],
                        far, time, source, target, amount, paid_in, met,
                    )  # fmt: skip
                    begin = -1
                if begin < 0:
                    begin = low
                until = last + 1
            if begin >= 0:
                stamp += 1
                found, far = _judged(
                    found, left, (account, stamp, least, longest, within, tolerance), into[begin:until], out[:outs],
                    far, time, source, target, amount, paid_in, met,
                )  # fmt: skip
            for at in range(low, ins):
                inside[source[into[at]]] = 0
    rows, edges, used = found
    return rows[: used[0]], edges[: used[1]], left


@inner
def _others(edges, partner, currency, code, account, held):  # type: ignore[no-untyped-def]
    count = 0
    for e in edges:
        if partner[e] >= 0 and partner[e] != account and currency[e] == code:
            held[count] = e
            count += 1
    return count


@inner
def _judged(  # type: ignore[no-untyped-def]
    found, left, chosen, gathered, out, far, time, source, target, amount, paid_in, met
):
    """Add a gathering to those found when its scattering is one; return them and the first payment out after it began.

    `far` is where to begin to look among payments out: gatherings of an account come in order of time.
    """
    account, stamp, least, longest, within, tolerance = chosen
    rows, edges, used = found
    first, last = gathered[0], gathered[-1]
    while far < len(out) and out[far] <= first:
        far += 1
    if time[last] - time[first] > longest:
        left[_STEADY] += 1
        return found, far
    brought, sent, different, end = 0.0, 0.0, 0, far
    for e in gathered:
        brought += amount[e]
        paid_in[source[e]] = stamp
    while end < len(out) and time[out[end]] <= time[last] + within:
        receiver = target[out[end]]
        sent += amount[out[end]]
        different += met[receiver] != stamp and paid_in[receiver] != stamp
        met[receiver] = stamp
        end += 1
    if different < least or sent < (1 - tolerance) * brought or sent > (1 + tolerance) * brought:
        left[_KEPT] += 1
        return found, far
    if used[0] == len(rows):
        rows = longer(rows)
    rows[used[0], 0], rows[used[0], 1], rows[used[0], 2] = account, len(gathered), end - far
    used[0] += 1
    edges, used[1] = appended(edges, used[1], gathered)
    edges, used[1] = appended(edges, used[1], out[far:end])
    return (rows, edges, used), far
