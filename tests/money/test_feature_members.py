"""What the peer's figures are in batches: our patterns, counted for each payment of the batch that is a member.

The peer adds a pattern not only to the payment that completes it but to every payment of the same batch that is part of
it. The occurrences here are found slowly, family by family, and are as many as ours say for each payment; what they add
to the members is held against the peer. Times differ and nobody pays himself: what the peer does then stands in the
test of batches of one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from mainstay.money.engine.features import Features, features
from mainstay.money.types import FeatureSettings
from tests.money.conftest import graph

SIZES, WINDOW, LONGEST = tuple(range(2, 31)), 12, 6
COUNT, ACCOUNTS = 40, 6
SETTINGS = FeatureSettings(timedelta(microseconds=WINDOW), SIZES, 10, LONGEST, 1 << 20)
Pay = tuple[int, int, int]


@dataclass(frozen=True)
class Found:
    """A pattern that a payment completes: its size, and the numbers of its payments."""

    size: int
    members: frozenset[int]


def star(pays: list[Pay], number: int, end: int, *, inward: bool, distinct: bool) -> list[Found]:
    """The payments into or out of one account in the window, and how many, or how many accounts are at the far ends."""
    t = pays[number][0]
    near, far = (2, 1) if inward else (1, 2)
    members = [n for n, p in enumerate(pays[: number + 1]) if t - WINDOW < p[0] and p[near] == end]
    size = len({pays[n][far] for n in members}) if distinct else len(members)
    return [Found(size, frozenset(members))] if size >= 2 else []


def scatters(pays: list[Pay], number: int, batch: range) -> list[Found]:
    """The pairs with two middles or more, if no leg of theirs has a later payment in the batch.

    The peer puts a pair off for legs of an account that is no middle of it: one whose leg beside the payment is in the
    window, and whose other leg is so old that it only waits to be dropped, as happens after a batch, by its newest one.
    """
    t, u, v = pays[number]
    oldest = pays[batch.start - 1][0] - WINDOW if batch.start else 0
    held = {n: p for n, p in enumerate(pays[: batch.stop]) if p[0] >= oldest}
    legs: set[tuple[int, ...]] = {p[1:] for p in held.values() if p[0] >= t - WINDOW}
    old: set[tuple[int, ...]] = {p[1:] for p in held.values()}
    first = [(u, e, legs, old) for e in range(ACCOUNTS) if (v, e) in legs and e not in (u, v)]
    second = [(s, v, old, legs) for s in range(ACCOUNTS) if (s, u) in legs and s not in (u, v)]
    found = []
    for s, e, away, to in first + second:
        known, seen = middles(s, e, away, to), middles(s, e, legs, legs)
        members = frozenset(n for n, p in held.items() if p[0] >= t - WINDOW and p[1:] in ways(s, e, seen))
        later = any(n > number and p[1:] in ways(s, e, known) for n, p in held.items())
        if len(seen) >= 2 and not later:
            found.append(Found(len(seen), members))
    return found


def middles(s: int, e: int, away: set[tuple[int, ...]], to: set[tuple[int, ...]]) -> list[int]:
    return [m for m in range(ACCOUNTS) if (s, m) in away and (m, e) in to]


def ways(s: int, e: int, over: list[int]) -> set[tuple[int, ...]]:
    return {(s, m) for m in over} | {(m, e) for m in over}


def ways_back(pays: list[Pay], number: int, longest: int) -> list[tuple[int, ...]]:
    """Sequences of different accounts from payee to payer, each having paid the next in the window, at any time."""
    t, u, v = pays[number]
    legs = {(a, b) for time, a, b in pays[:number] if time >= t - WINDOW}
    begun: list[tuple[int, ...]] = [(v,)]
    whole: list[tuple[int, ...]] = []
    while begun:
        way = begun.pop()
        for b in range(ACCOUNTS):
            if (way[-1], b) in legs and b not in way and len(way) < longest:
                (whole if b == u else begun).append((*way, b))
    return whole


def hops(pays: list[Pay], number: int, way: tuple[int, ...]) -> list[list[int]]:
    """For each step of a way the payments that make it."""
    t = pays[number][0]
    seen = [(n, p[1:]) for n, p in enumerate(pays[:number]) if p[0] >= t - WINDOW]
    return [[n for n, pair in seen if pair == step] for step in pairwise(way)]


def any_time(pays: list[Pay], number: int) -> list[Found]:
    """Cycles in any order of time: all payments of their steps are members."""
    return [
        Found(len(way), frozenset({number}.union(*hops(pays, number, way)))) for way in ways_back(pays, number, LONGEST)
    ]


def in_time(pays: list[Pay], number: int) -> list[Found]:
    """Temporal cycles: members are the payments later than money can be there and before it must have left again."""
    found = []
    for way in ways_back(pays, number, 10):
        steps = hops(pays, number, way)
        for at in range(1, len(steps)):
            steps[at] = [n for n in steps[at] if steps[at - 1] and n > steps[at - 1][0]]
        for at in range(len(steps) - 2, -1, -1):
            steps[at] = [n for n in steps[at] if steps[at + 1] and n < steps[at + 1][-1]]
        if all(steps):
            found.append(Found(len(way), frozenset({number}.union(*steps))))
    return found


Family = Callable[[list[Pay], int, range], list[Found]]
FAMILIES: dict[str, Family] = {
    "fan_in": lambda pays, n, batch: star(pays, n, pays[n][2], inward=True, distinct=True),
    "fan_out": lambda pays, n, batch: star(pays, n, pays[n][1], inward=False, distinct=True),
    "degree_in": lambda pays, n, batch: star(pays, n, pays[n][2], inward=True, distinct=False),
    "degree_out": lambda pays, n, batch: star(pays, n, pays[n][1], inward=False, distinct=False),
    "scatter_gather": scatters,
    "cycle": lambda pays, n, batch: in_time(pays, n),
    "hop_cycle": lambda pays, n, batch: any_time(pays, n),
}


def payments(seed: int) -> list[Pay]:
    chance = np.random.default_rng(seed)
    times = np.sort(chance.choice(np.arange(1, 61), COUNT, replace=False)).tolist()
    away = chance.integers(0, ACCOUNTS, COUNT)
    to = (away + chance.integers(1, ACCOUNTS, COUNT)) % ACCOUNTS
    return list(zip(times, away.tolist(), to.tolist(), strict=True))


def histogram(found: Features, name: str) -> np.ndarray:
    """Our figures as the peer puts them, 1 in the column of a payment's fan or degree from 2."""
    figures = getattr(found, name)
    if figures.ndim == 1:
        return np.array([[int(figure == size) for size in SIZES] for figure in figures])
    return np.pad(figures, ((0, 0), (0, len(SIZES) - figures.shape[1])))


def counted(pays: list[Pay], family: Family, size: int, *, members: bool) -> np.ndarray:
    """Occurrences by their size: for each payment those it completes, or those of its batch that it is part of."""
    counts = np.zeros((COUNT, len(SIZES)), np.int64)
    for number in range(COUNT):
        batch = range(number - number % size, min(COUNT, number - number % size + size))
        for found in family(pays, number, batch):
            for row in found.members if members else {number}:
                counts[row, min(found.size, SIZES[-1]) - SIZES[0]] += row in batch
    return counts


@pytest.mark.parametrize("seed", range(8))
def test_the_patterns_of_a_payment_are_as_many_as_our_figures_say(seed: int) -> None:
    pays = payments(seed)
    found = features(graph([(*p, 1, 0) for p in pays], ACCOUNTS), SETTINGS)
    for name, family in FAMILIES.items():
        assert np.array_equal(counted(pays, family, 1, members=False), histogram(found, name)), name


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20, COUNT])
def test_the_peer_adds_a_pattern_to_each_of_its_members_in_the_batch(size: int) -> None:
    snapml = pytest.importorskip("snapml", reason="the peer snapml is not installed")
    on = dict.fromkeys(("fan", "degree", "scatter-gather", "temp-cycle", "lc-cycle"), True)
    bins = {f"{name}_bins": list(SIZES) for name in on}
    added = np.zeros(len(FAMILIES), np.int64)
    for seed in range(25):
        pays = payments(seed)
        peer = snapml.GraphFeaturePreprocessor()
        given = peer.get_params()
        spans = {name: WINDOW for name in given if name.endswith("_tw") or name == "time_window"}
        peer.set_params(
            {**given, **spans, **on, **bins, "lc-cycle_len": LONGEST, "vertex_stats": False, "num_threads": 1}
        )
        table = np.array([(n, u, v, t) for n, (t, u, v) in enumerate(pays)], np.float64)
        said = np.vstack([peer.transform(table[at : at + size]) for at in range(0, COUNT, size)])[:, 4:]
        alone = [counted(pays, family, size, members=False) for family in FAMILIES.values()]
        ours = [counted(pays, family, size, members=True) for family in FAMILIES.values()]
        assert np.array_equal(said, np.hstack(ours))
        added += [whole.sum() - part.sum() for whole, part in zip(ours, alone, strict=True)]
    assert all(added > 0) if size > 1 else not any(added)
