"""Where cash was paid in or taken out, as far as the ledger knows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Places:
    """The place of each transaction's cash, by its code (-1: no cash, or not known), and the names by code."""

    code: npt.NDArray[np.int32]
    names: tuple[str, ...]


def cash_places(ledger: Ledger) -> Places:
    """Return where each transaction's cash changed hands: the payer's side of cash in, the payee's of cash out.

    A place is told with its country where both are known. A ledger that names no places is taken by countries.
    """
    for unit in ("place", "country"):
        if not {f"from_{unit}", f"to_{unit}"} & ledger.columns:
            continue
        codes = np.full(ledger.height, -1, np.int32)
        names: dict[str, int] = {}
        first = 0
        for day in ledger.by_day("from_account", "to_account", *columns_of(unit)):
            rows = np.flatnonzero((day["from_account"].is_null() | day["to_account"].is_null()).to_numpy())
            if len(rows):
                codes[first + rows] = _codes(place_names(day[rows], unit), names)
            first += day.height
        if names:
            ordered = sorted(names)
            ranks = {name: rank for rank, name in enumerate(ordered)}
            turned = np.array([*(ranks[name] for name in names), -1], np.int32)
            return Places(turned[codes], tuple(ordered))
    return Places(np.full(ledger.height, -1, np.int32), ())


def columns_of(unit: str) -> tuple[str, ...]:
    """Return the ledger's columns that tell where cash changed hands, by places or by countries."""
    return tuple(dict.fromkeys((f"from_{unit}", f"to_{unit}", "from_country", "to_country")))


def place_names(cash: pl.DataFrame, unit: str) -> pl.Series:
    """Return the place of each cash transaction, or its country; empty where it is not known."""
    places = cash.select(_side(unit).str.strip_chars().alias("place"), _side("country").alias("country"))
    named = pl.col("country") + " " + pl.col("place") if unit == "place" else pl.col("place")
    whole = pl.when((pl.col("place") != "") & (pl.col("country") != "")).then(named).otherwise("place")
    return places.select(whole.alias("place"))["place"]


def _codes(found: pl.Series, names: dict[str, int]) -> npt.NDArray[np.int32]:
    """Return the code of each place, -1 where it is not known; a new place gets the next code."""
    fresh = found.unique().sort().to_list()
    for name in fresh:
        if name != "":
            names.setdefault(name, len(names))
    codes: npt.NDArray[np.int32] = found.replace_strict(
        fresh, [names.get(name, -1) for name in fresh], return_dtype=pl.Int32
    ).to_numpy()
    return codes


def _side(unit: str) -> pl.Expr:
    """Return what is known where cash changed hands: of the payer for cash in, of the payee for cash out."""
    sides = [pl.col(f"{side}_{unit}").fill_null("") for side in ("from", "to")]
    return pl.when(pl.col("from_account").is_null()).then(sides[0]).otherwise(sides[1])
