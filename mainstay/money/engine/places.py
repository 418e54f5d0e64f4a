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
    table = ledger.transactions
    for unit in ("place", "country"):
        sides = [pl.col(f"{side}_{unit}").fill_null("").str.strip_chars() for side in ("from", "to")]
        if not {f"from_{unit}", f"to_{unit}"} <= set(table.columns):
            continue
        known = pl.when(pl.col("from_account").is_null()).then(sides[0])
        named = known.when(pl.col("to_account").is_null()).then(sides[1]).otherwise(pl.lit(""))
        found = table.select(named.alias("place"), *_countries(table, unit))
        if "country" in found.columns:
            found = found.select(
                pl.when((pl.col("place") != "") & (pl.col("country") != ""))
                .then(pl.col("country") + " " + pl.col("place"))
                .otherwise("place")
                .alias("place")
            )
        names = found["place"].unique().sort()
        names = names.filter(names != "")
        if len(names):
            codes = found["place"].replace_strict(
                names, np.arange(len(names), dtype=np.int32), default=-1, return_dtype=pl.Int32
            )
            return Places(codes.to_numpy(), tuple(names.to_list()))
    return Places(np.full(table.height, -1, np.int32), ())


def _countries(table: pl.DataFrame, unit: str) -> list[pl.Expr]:
    if unit == "country" or not {"from_country", "to_country"} <= set(table.columns):
        return []
    first, second = (pl.col(name).fill_null("") for name in ("from_country", "to_country"))
    return [pl.when(pl.col("from_account").is_null()).then(first).otherwise(second).alias("country")]
