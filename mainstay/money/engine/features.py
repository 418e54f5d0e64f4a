"""Features of payments for a model: how each payment sits in the window of time that ends with it.

Five families, each defined at the top of its module: fan and degree (`windows.py`), scatter-gather (`scatter.py`),
temporal cycles (`cycles.py`), cycles in any order of time (`hops.py`). A payment is judged by what came before it
only, so figures do not change when later payments are added. Work for a payment is bounded; one that was cut is
marked in the family it was cut in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.judging import judged
from mainstay.money.engine.sides import Counts, Ints, Marks
from mainstay.money.engine.windows import window_counts
from mainstay.money.types import FeatureSettings, microseconds

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Features:
    """Figures of each payment, in the order of the graph.

    One-dimensional: fan and degree. A column a bin: `scatter_gather` by number of middles (`bins`), `cycle` and
    `hop_cycle` by length, from 2. The marks say which payments were cut, so that their figures may be too low.
    """

    bins: tuple[int, ...]
    fan_in: Counts
    degree_in: Counts
    fan_out: Counts
    degree_out: Counts
    scatter_gather: Counts
    cycle: Counts
    hop_cycle: Counts
    scatter_gather_truncated: Marks
    cycle_truncated: Marks
    hop_cycle_truncated: Marks

    def as_frame(self) -> pl.DataFrame:
        """Return one row a payment: `fan_in` …, `scatter_gather_2` …, `cycle_2` …, `hop_cycle_2` …, `…_truncated`."""
        columns: dict[str, npt.NDArray[np.generic]] = {
            name: getattr(self, name) for name in ("fan_in", "degree_in", "fan_out", "degree_out")
        }
        for name in ("scatter_gather", "cycle", "hop_cycle"):
            counts: Counts = getattr(self, name)
            sizes = self.bins if name == "scatter_gather" else range(2, counts.shape[1] + 2)
            columns |= {f"{name}_{size}": counts[:, at] for at, size in enumerate(sizes)}
            columns[f"{name}_truncated"] = getattr(self, f"{name}_truncated")
        return pl.DataFrame(columns)

    def truncated(self) -> dict[str, int]:
        """Return how many payments were cut in each family."""
        return {
            name: int(np.count_nonzero(getattr(self, f"{name}_truncated")))
            for name in ("scatter_gather", "cycle", "hop_cycle")
        }


def features(graph: Graph, settings: FeatureSettings, progress: Progress = lambda step: None) -> Features:
    """Return the features of a graph's payments; equal graph and settings give equal features."""
    return features_of_payments(graph.time, graph.source, graph.target, graph.accounts, settings, progress)


def features_of_payments(
    time: Ints,
    source: Ints,
    target: Ints,
    accounts: int,
    settings: FeatureSettings,
    progress: Progress = lambda step: None,
) -> Features:
    """Return the features of payments from arrays, which are those of `sides.sides_of_payments`."""
    progress("laying payments out by account, counting fans")
    counts, sides = window_counts(time, source, target, accounts, microseconds(settings.window))
    progress("counting scatter-gather and cycles")
    scatters, cycles, hops, cut = judged(sides, settings)
    return Features(settings.bins, *counts, scatters, cycles, hops, *cut.T)
