"""What kind of merchant was paid, as far as the ledger knows."""

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.ledger import Ledger

Categories = npt.NDArray[np.int16]
COLUMN = "merchant_category"


def category_codes(told: pl.Series) -> Categories:
    """Return merchant categories as numbers, -1 for none."""
    codes: Categories = told.cast(pl.Int16, strict=False).fill_null(-1).to_numpy()
    return codes


def merchant_categories(ledger: Ledger) -> Categories:
    """Return each transaction's merchant category (ISO 18245; -1: none, or not known); nothing where none has one."""
    if COLUMN not in ledger.columns:
        return np.zeros(0, np.int16)
    codes = np.full(ledger.height, -1, np.int16)
    first = 0
    for day in ledger.by_day(COLUMN):
        codes[first : first + day.height] = category_codes(day[COLUMN])
        first += day.height
    return codes
