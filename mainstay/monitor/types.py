"""A table of figures that may be seen by everybody."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of categories and its count; None where it is withheld."""

    values: tuple[str, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class SafeTable:
    """A frequency table after small-count protection.

    `total` is the true sum of all cells, withheld ones included; None where it would give a small
    cell away. `withheld_small` counts the cells under `k`, `withheld_more` those taken along so that
    no small one can be worked out.
    """

    columns: tuple[str, ...]
    cells: tuple[Cell, ...]
    total: int | None
    k: int
    withheld_small: int
    withheld_more: int

    def as_json(self) -> dict[str, Any]:
        """Return the table as one JSON document."""
        return {
            "columns": list(self.columns),
            "cells": [{"values": list(cell.values), "count": cell.count} for cell in self.cells],
            "total": self.total,
            "k": self.k,
            "withheld_small": self.withheld_small,
            "withheld_more": self.withheld_more,
        }
