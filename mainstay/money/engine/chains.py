"""Pass-through chain: money goes from account to account, each keeping little of it and not for long.

Definition. Dwell time D, tolerance s, at least n and at most m transactions.

1. Transaction e *carries on* d when e leaves the account that d paid (not cash) and follows d in the order of time, at
   most D after it; e is in the same currency and of at least (1 − s) × and at most 1 × the amount of d; and e pays
   neither that account itself nor the account that paid d.
2. The *next* of d is the first transaction that carries d on. Where more than `max_debits` payments out of the account
   (cash too) follow d within D, d has no next: a payment service or a shop passes nothing on, and that is counted.
3. d and e are *linked* when e is the next of d, and d is the last of those whose next is e. So a transaction is linked
   to at most one before it and one after it, and links form lines.
4. A line is cut before each transaction that pays an account already on it (its payer, or one that was paid), and after
   m transactions; what is left goes on as a line of its own.
5. A *chain* is a piece of at least n transactions. Chains share no transaction, and are as long as their line allows.

A chain may begin with cash paid in and end with cash taken out. Work is at most `max_debits` for each transaction.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import CASH, Graph
from mainstay.money.engine.compiling import kernel
from mainstay.money.engine.growing import appended, laid_out, longer
from mainstay.money.types import ChainSettings, microseconds

Ints = npt.NDArray[np.int64]
Links = tuple[npt.NDArray[np.int32], int]


@dataclass(frozen=True, slots=True)
class Chains:
    """All chains, each the numbers of its transactions in order, and how many payments to busy accounts were left."""

    found: tuple[Ints, ...]
    busy: int


def find_chains(graph: Graph, settings: ChainSettings, links: Links | None = None) -> Chains:
    """Return the pass-through chains of a graph, in order of their first transaction.

    Where `links` are given they are those of the settings: scatter-gather may have made the same.
    """
    onward, busy = links or linked(graph, settings.within, settings.tolerance, settings.max_debits)
    starts, edges = _pieces(onward, graph.source, graph.target, settings.min_length, settings.max_length)
    return Chains(tuple(np.split(edges, starts[1:])) if len(starts) else (), busy)


def linked(graph: Graph, within: timedelta, tolerance: float, max_debits: int) -> Links:
    """Return for each transaction the one it is linked to (-1: none), and how many have none for a busy account."""
    onward, busy = _next(
        (graph.credits.start, graph.credits.edge, graph.debits.start, graph.debits.edge),
        graph.payments,
        (microseconds(within), max_debits),
        1 - tolerance,
    )
    return onward, int(busy)


def legs_of(graph: Graph, onward: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Return the payments from account to account that are linked to one to an account, and these, by their numbers."""
    into = np.flatnonzero(onward >= 0)
    out = onward[into].astype(np.int64)
    between = (graph.source[into] >= 0) & (graph.target[out] >= 0)
    return into[between], out[between]


@kernel
def _next(sides, payments, limits, least):  # type: ignore[no-untyped-def]
    """Return for each transaction the one it is linked to (-1: none), and how many have none for a busy account."""
    in_start, in_edge, out_start, out_edge = sides
    within, max_debits = limits
    onward = np.full(len(payments), -1, np.int32)
    kept = np.zeros(len(payments), np.bool_)
    before = np.empty(16, np.int64)
    into, out = payments[:0].copy(), payments[:0].copy()
    busy = 0
    for account in range(len(in_start) - 1):
        credits_of = in_edge[in_start[account] : in_start[account + 1]]
        debits_of = out_edge[out_start[account] : out_start[account + 1]]
        end = len(debits_of)
        if len(credits_of) == 0 or end == 0:
            continue
        while len(before) < end:
            before = longer(before)
        before[:end] = -1
        into, out = laid_out(payments, credits_of, into), laid_out(payments, debits_of, out)
        at = 0
        for place in range(len(credits_of)):
            d, paid = credits_of[place], into[place]
            while at < end and debits_of[at] <= d:
                at += 1
            if at == end:
                break
            until = paid.time + within
            if at + max_debits < end and out[at + max_debits].time <= until:
                busy += 1
                continue
            here = at
            while here < end and out[here].time <= until:
                one = out[here]
                fits = one.currency == paid.currency and least * paid.amount <= one.amount <= paid.amount
                if fits and one.target != account and (one.target < 0 or one.target != paid.source):
                    onward[d], before[here] = debits_of[here], d
                    break
                here += 1
        for here in range(end):
            if before[here] >= 0:
                kept[before[here]] = True
        for place in range(len(credits_of)):
            d = credits_of[place]
            if onward[d] >= 0 and not kept[d]:
                onward[d] = -1
    return onward, busy


@kernel
def _pieces(onward, source, target, min_length, max_length):  # type: ignore[no-untyped-def]
    """Return where each chain starts in the list of their transactions, and that list."""
    count = len(onward)
    linked = np.zeros(count, np.bool_)
    for d in range(count):
        if onward[d] >= 0:
            linked[onward[d]] = True
    starts, edges = np.empty(16, np.int64), np.empty(64, np.int64)
    pieces, used = 0, 0
    line, accounts = np.empty(max_length, np.int64), np.empty(max_length + 1, np.int64)
    for first in range(count):
        if linked[first] or onward[first] < 0:
            continue
        here, length = first, 0
        while True:
            cut = here < 0 or length == max_length
            if not cut and length > 0:
                for place in range(length + 1):
                    cut = cut or (target[here] >= 0 and accounts[place] == target[here])
            if cut:
                if length >= min_length:
                    if pieces == len(starts):
                        starts = longer(starts)
                    starts[pieces] = used
                    edges, used = appended(edges, used, line[:length])
                    pieces += 1
                length = 0
                if here < 0:
                    break
            if length == 0:
                accounts[0] = source[here]
            line[length] = here
            accounts[length + 1] = target[here]
            length += 1
            here = onward[here]
    return starts[:pieces], edges[:used]


def accounts_of(graph: Graph, chain: Ints) -> list[int]:
    """Return the accounts on a chain in the order in which the money went, cash left out."""
    codes = [int(graph.source[chain[0]]), *(int(code) for code in graph.target[chain])]
    return [code for code in codes if code != CASH]
