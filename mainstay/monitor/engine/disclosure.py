"""Small-count protection: the one gate that figures leave through.

Cells from 1 to k − 1 are withheld (primary suppression; Hundepool et al., *Statistical Disclosure
Control*, 2012, chapter 4). As the true total is published, what the withheld cells sum to is known:
further cells, the smallest first, are withheld until each small cell could still be any count from
1 to k − 1 (complementary suppression); where all cells together are too few for that, the total is
withheld too. No other margin is published, so nothing else can be taken from the total. Zero is
published: that nobody is in a cell tells of nobody.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from mainstay.monitor.types import Cell, SafeTable

LEAST_K = 3  # under 2 there is only 1: what is withheld would be known


def tabulate(rows: Iterable[Sequence[str]]) -> dict[tuple[str, ...], int]:
    """Return how often each combination of categories occurs."""
    return dict(Counter(tuple(row) for row in rows))


def protect(columns: Sequence[str], counts: Mapping[tuple[str, ...], int], k: int) -> SafeTable:
    """Return the table with every count under `k` withheld, and as many more as it takes.

    `counts` maps a combination (one value for each column) to how many people are in it; k is at least 3.
    """
    if k < LEAST_K:
        raise ValueError(f"k is {k}; under {LEAST_K} it protects nobody")
    small = {values for values, count in counts.items() if 0 < count < k}
    more = _complement(counts, small, k)
    withheld = small | more
    cells = tuple(Cell(values, None if values in withheld else count) for values, count in sorted(counts.items()))
    total = None if small and _gives_away(counts, withheld, k) else sum(counts.values())
    return SafeTable(tuple(columns), cells, total, k, len(small), len(more))


def _complement(counts: Mapping[tuple[str, ...], int], small: set[tuple[str, ...]], k: int) -> set[tuple[str, ...]]:
    """Return the further cells to withhold so that the total gives no small cell away.

    Who reads the table knows that the withheld cells sum to the remainder, and that a small one is
    from 1 to k − 1; a further one is at least k, but which are the further ones is not told.
    """
    more: set[tuple[str, ...]] = set()
    if not small:
        return more
    by_count: dict[int, set[tuple[str, ...]]] = {}
    for values, count in counts.items():
        if count >= k:
            by_count.setdefault(count, set()).add(values)
    for count in sorted(by_count):
        if not _gives_away(counts, small | more, k):
            break
        more |= by_count[count]  # equal ones together: which of them is hidden would tell what its neighbour is
    return more


def _gives_away(counts: Mapping[tuple[str, ...], int], withheld: set[tuple[str, ...]], k: int) -> bool:
    """Say whether some withheld cell could not be every count from 1 to k − 1, given their sum.

    A withheld cell lies between 1 and the sum less 1 for each other one. It can be as low as 1 only
    if another cell can take the rest: one that may be k or more, so one was taken along, or the
    small ones together leave room.
    """
    number = len(withheld)
    rest = sum(counts[values] for values in withheld)
    only_small = all(counts[values] < k for values in withheld)
    highest = rest - (number - 1)
    others_hold = (number - 1) * (k - 1) if only_small else rest
    lowest = max(1, rest - others_hold)
    return number < 2 or highest < k - 1 or lowest > 1
