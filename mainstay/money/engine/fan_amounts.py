"""What the payments of a fan add up to, how evenly they are shared out, and how many are round.

Definition. Window W. Payments stand in order of time, those of one moment in the order in which they came. A payment
from u to v at time t counts, of the payments into v (`in`), itself and those before it with t − W < time, and in the
same way those out of u (`out`): the ones that `degree_in` and `degree_out` count. Cash and payments to oneself have 0
everywhere and are in no other's figures. Of the payments counted:
- `sum`: what those in the currency of this payment add up to, in its minor units, 2⁶³ − 1 at most;
- `round`: how many are whole hundreds of their currency's main unit: 1,500.00 is, 1,550.00 is not;
- `entropy`: how evenly they come from (or go to) different accounts, in bits: −Σ p·log₂ p over these accounts, p the
  account's share of the payments counted (Shannon 1948). One account gives 0, n accounts with as many each log₂ n.

Work is proportional to the number of payments: each enters and leaves the window of its account once. Entropy is kept
in whole numbers of 2⁻³⁰, so that it does not depend on what left the window long ago.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.adjacency import Adjacency, Graph
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.currencies import minor_unit
from mainstay.money.types import FeatureSettings, microseconds

SIDES = ("in", "out")
COUNTS = ("sum", "round")
_SUM, _ROUND = range(2)
_MOST = 2**63 - 1
_HALF = 32
"""Sums are kept in two halves, of the bits above and below this one: so many payments overflow neither."""
_ONE = 1 << 30


@dataclass(frozen=True, slots=True)
class FanAmounts:
    """Figures of payments: `counts` by payment, side (in, out) and `COUNTS`, `entropy` by payment and side."""

    counts: npt.NDArray[np.int64]
    entropy: npt.NDArray[np.float64]

    def as_frame(self) -> pl.DataFrame:
        """Return one row a payment: `sum_in`, `round_in`, `entropy_in`, `sum_out` …"""
        columns: dict[str, pl.Series] = {}
        for at, side in enumerate(SIDES):
            columns[f"sum_{side}"] = pl.Series(self.counts[:, at, _SUM])
            columns[f"round_{side}"] = pl.Series(self.counts[:, at, _ROUND].astype(np.int32))
            columns[f"entropy_{side}"] = pl.Series(self.entropy[:, at])
        return pl.DataFrame(columns)


def fan_amounts(graph: Graph, settings: FeatureSettings, first: int = 0) -> FanAmounts:
    """Return the figures of a graph's payments from one number on, which are whole where it begins a window before."""
    counts = np.zeros((len(graph.payments) - first, 2, len(COUNTS)), np.int64)
    entropy = np.zeros((len(counts), 2))
    hundreds = np.array([100 * 10 ** (minor_unit(name) or 0) for name in graph.currencies], np.int64)

    def count(at: int, side: Adjacency) -> None:
        of = np.arange(int(np.diff(side.start).max(initial=0)) + 1, dtype=np.float64)
        weights = np.rint(of * np.log2(np.maximum(of, 1)) * _ONE).astype(np.int64)
        limits = (microseconds(settings.window), first, at == 1)
        _fan_amounts(side.start, side.edge, graph.payments, hundreds, weights, limits, counts[:, at], entropy[:, at])

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(count, at, side) for at, side in enumerate((graph.credits, graph.debits))]:
            done.result()
    return FanAmounts(counts, entropy)


@kernel
def _fan_amounts(start, edge, payments, hundreds, weights, limits, counts, entropy):  # type: ignore[no-untyped-def]
    """Write the figures of one side of each account's payments, one account after another."""
    window, first, is_out = limits
    with_partner = np.zeros(len(start) - 1, np.int64)
    sums = np.zeros((len(hundreds), 2), np.int64)
    for account in range(len(start) - 1):
        begin, end = start[account], start[account + 1]
        if begin == end or edge[end - 1] < first:
            continue
        low, seen, rounds, shared = begin, 0, 0, np.int64(0)
        for at in range(begin, end + 1):
            # After the last payment all leave, so that nothing is left for the next account.
            since = payments[edge[at]].time - window if at < end else payments[edge[end - 1]].time
            while low < at and payments[edge[low]].time <= since:
                gone = payments[edge[low]]
                low += 1
                if not _is_between_two(gone):
                    continue
                partner = gone.target if is_out else gone.source
                shared -= weights[with_partner[partner]] - weights[with_partner[partner] - 1]
                with_partner[partner] -= 1
                _add(sums[gone.currency], gone.amount, -1)
                rounds -= gone.amount % hundreds[gone.currency] == 0
                seen -= 1
            if at == end:
                break
            one = payments[edge[at]]
            if not _is_between_two(one):
                continue
            partner = one.target if is_out else one.source
            with_partner[partner] += 1
            shared += weights[with_partner[partner]] - weights[with_partner[partner] - 1]
            _add(sums[one.currency], one.amount, 1)
            rounds += one.amount % hundreds[one.currency] == 0
            seen += 1
            if edge[at] >= first:
                counts[edge[at] - first, 0], counts[edge[at] - first, 1] = _whole(sums[one.currency]), rounds
                entropy[edge[at] - first] = (weights[seen] - shared) / (_ONE * seen)


@inner
def _add(halves, amount, sign):  # type: ignore[no-untyped-def]
    halves[0] += sign * (amount >> _HALF)
    halves[1] += sign * (amount & ((1 << _HALF) - 1))


@inner
def _whole(halves):  # type: ignore[no-untyped-def]
    high = halves[0] + (halves[1] >> _HALF)
    return (high << _HALF) + (halves[1] & ((1 << _HALF) - 1)) if high <= _MOST >> _HALF else _MOST


@inner
def _is_between_two(one):  # type: ignore[no-untyped-def]
    return one.source != one.target and one.source >= 0 and one.target >= 0
