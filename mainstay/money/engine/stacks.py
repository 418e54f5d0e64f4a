"""Stacked bipartite: accounts of one layer pay those of a second, and these a third, each several of them.

Definition. Dwell time D, tolerance s, gap W, at least k partners, at least n middles.

1. A *leg* from a to b through m is a payment from a to m and the one from m to b that it is linked to, as in a
   pass-through chain (`engine/chains.py`, points 1 to 3, with D, s and `max_debits`): the money goes on within D, at
   least (1 − s) × of it, and payments to busy accounts, which are counted, are linked to none. a and b are no cash.
2. The legs of an account in one place (as a, as m, as b) and one currency, in order of their first payments, make
   *spells*: a leg that begins more than W after the one before it begins a new spell.
3. The *layers* are the largest set of legs in which each spell has several: of those in the set, the legs of each spell
   as m come from at least k different accounts and go to at least k different accounts, and those of each spell as a,
   and as b, go through at least k different accounts. (Leaving out legs whose spells have fewer, again and again until
   none is left to leave out, gives it.)
4. Legs of the layers that share a spell or a payment belong together. A *stack* is all that belong together, when they
   go through at least n different accounts. Stacks share no payment; one may have more than three layers.

Work is at most `max_debits` for each transaction, and sorting the legs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay.money.engine.adjacency import Edges, Graph
from mainstay.money.engine.chains import Links, legs_of, linked
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import longer
from mainstay.money.types import StackSettings, microseconds

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack: its legs, each its payment into an account between, and the payment out of it."""

    into: Edges
    out: Edges


@dataclass(frozen=True, slots=True)
class Stacks:
    """All stacks, and how many payments to busy accounts were left."""

    found: tuple[Stack, ...]
    busy: int


def find_stacks(graph: Graph, settings: StackSettings, links: Links | None = None) -> Stacks:
    """Return the stacks of a graph, in order of their first payment; its legs are in order of their first payments.

    Where `links` are given they are those of the settings: chains may have made the same.
    """
    onward, busy = links or linked(graph, settings.within, settings.tolerance, settings.max_debits)
    into, out = legs_of(graph, onward)
    if len(into) == 0:
        return Stacks((), busy)
    payer, middle, receiver = (
        side.astype(np.int64) for side in (graph.source[into], graph.target[into], graph.target[out])
    )
    begun, currency, gap = graph.time[into], graph.currency[into], microseconds(settings.gap)
    as_middle, as_payer, as_receiver = (_spells(one, currency, begun, gap) for one in (middle, payer, receiver))
    spells = np.vstack([as_middle, as_middle, as_payer, as_receiver])
    pairs = np.vstack([_pairs(*both) for both in zip(spells, (payer, receiver, middle, middle), strict=True)])
    kept = np.flatnonzero(_core(spells, pairs, settings.min_partners))
    into, out, middle = into[kept], out[kept], middle[kept]
    stack = _together(np.ascontiguousarray(spells[1:, kept]), into, out)
    through = np.unique(np.column_stack([stack, middle]), axis=0)[:, 0]
    first, middles = np.unique(through, return_counts=True)
    found = (np.flatnonzero(stack == one) for one in first[middles >= settings.min_middles])
    return Stacks(tuple(Stack(into[legs], out[legs]) for legs in found), busy)


def _spells(account: Ints, currency: Ints, begun: Ints, gap: int) -> Ints:
    """Return the number of each leg's spell."""
    order = np.lexsort((currency, account))  # stable: legs stay in order of time
    fresh = np.ones(len(order), np.int64)
    again = (np.diff(account[order]) == 0) & (np.diff(currency[order]) == 0) & (np.diff(begun[order]) <= gap)
    fresh[1:] = ~again
    return _numbered(fresh, order)


def _pairs(spell: Ints, other: Ints) -> Ints:
    """Return for each leg the number of its pair: of a spell and an account on another side."""
    order = np.lexsort((other, spell))
    fresh = np.ones(len(order), np.int64)
    fresh[1:] = (np.diff(spell[order]) != 0) | (np.diff(other[order]) != 0)
    return _numbered(fresh, order)


def _numbered(fresh: Ints, order: Ints) -> Ints:
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(fresh) - 1
    return numbers


@kernel
def _core(spells, pairs, least):  # type: ignore[no-untyped-def]
    """Return which legs are in the largest set in which each spell has at least so many pairs of each kind.

    A row of `spells` and `pairs` is a kind, a column a leg.
    """
    kinds, legs = spells.shape
    held, different = np.zeros((kinds, legs), np.int64), np.zeros((kinds, legs), np.int64)
    start, leg_of = np.zeros((kinds, legs + 1), np.int64), np.empty((kinds, legs), np.int64)
    for kind in range(kinds):
        for leg in range(legs):
            pair, spell = pairs[kind, leg], spells[kind, leg]
            different[kind, spell] += held[kind, pair] == 0
            held[kind, pair] += 1
            start[kind, spell + 1] += 1
        for spell in range(legs):
            start[kind, spell + 1] += start[kind, spell]
        at = start[kind].copy()
        for leg in range(legs):
            spell = spells[kind, leg]
            leg_of[kind, at[spell]] = leg
            at[spell] += 1
    inside = np.ones(legs, np.bool_)
    leaving, waiting = np.empty(64, np.int64), 0
    for leg in range(legs):
        for kind in range(kinds):
            if inside[leg] and different[kind, spells[kind, leg]] < least:
                inside[leg] = False
                leaving, waiting = _put(leaving, waiting, leg)
    while waiting:
        waiting -= 1
        leg = leaving[waiting]
        for kind in range(kinds):
            spell, pair = spells[kind, leg], pairs[kind, leg]
            held[kind, pair] -= 1
            if held[kind, pair] > 0:
                continue
            different[kind, spell] -= 1
            if different[kind, spell] != least - 1:  # it has enough, or all of its legs are leaving already
                continue
            for place in range(start[kind, spell], start[kind, spell + 1]):
                if inside[leg_of[kind, place]]:
                    inside[leg_of[kind, place]] = False
                    leaving, waiting = _put(leaving, waiting, leg_of[kind, place])
    return inside


@inner
def _put(held, count, one):  # type: ignore[no-untyped-def]
    if count == len(held):
        held = longer(held)
    held[count] = one
    return held, count + 1


@kernel
def _together(spells, into, out):  # type: ignore[no-untyped-def]
    """Return for each leg the first of those that it belongs together with, by spells and by shared payments."""
    kinds, legs = spells.shape
    first = np.arange(legs)
    for kind in range(kinds):
        seen = np.full(spells[kind].max() + 1 if legs else 0, -1, np.int64)
        for leg in range(legs):
            if seen[spells[kind, leg]] < 0:
                seen[spells[kind, leg]] = leg
            else:
                _join(first, seen[spells[kind, leg]], leg)
    for leg in range(legs):
        other = np.searchsorted(into, out[leg])
        if other < legs and into[other] == out[leg]:
            _join(first, leg, other)
    for leg in range(legs):
        first[leg] = _root(first, leg)
    return first


@inner
def _root(first, leg):  # type: ignore[no-untyped-def]
    while first[leg] != leg:
        first[leg] = first[first[leg]]
        leg = first[leg]
    return leg


@inner
def _join(first, one, other):  # type: ignore[no-untyped-def]
    a, b = _root(first, one), _root(first, other)
    first[max(a, b)] = min(a, b)
