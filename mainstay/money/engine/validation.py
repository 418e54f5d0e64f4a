"""Judging rows of transactions: each row gets one code, 0 where it is good.

All columns of a block are judged at once; only bad rows are looked at one by one, to say what
was found there.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pcomp

from mainstay.core.errors import Fault
from mainstay.core.vocabularies import is_country
from mainstay.money.engine.amounts import NOT_A_NUMBER, NOT_POSITIVE, TOO_LARGE, TOO_PRECISE, parse_amounts
from mainstay.money.engine.currencies import minor_unit
from mainstay.money.types import CHANNELS

Codes = npt.NDArray[np.uint8]

NO_ID, DUPLICATE, BAD_TIME, NAIVE_TIME, NO_ACCOUNT, BAD_CURRENCY = 1, 2, 3, 4, 5, 6
BAD_CHANNEL, BAD_FROM_COUNTRY, BAD_TO_COUNTRY, BAD_MERCHANT = 7, 8, 9, 10
_AMOUNT = 20  # + the code of `parse_amounts`

_SAY = {
    NO_ID: ("transaction_id", "an id, not empty"),
    DUPLICATE: ("transaction_id", "an id that is not in the file or the ledger yet"),
    BAD_TIME: ("booked_at", "a date and time in ISO 8601 with offset, like 2026-01-31T09:30:00+01:00"),
    NAIVE_TIME: ("booked_at", "a date and time with its offset from UTC (or Z)"),
    NO_ACCOUNT: ("from_account", "an account on one side at least (empty on both sides is no payment)"),
    BAD_CURRENCY: ("currency", "an ISO 4217 code like EUR"),
    BAD_CHANNEL: ("channel", f"one of {', '.join(CHANNELS)}"),
    BAD_FROM_COUNTRY: ("from_country", "an ISO 3166-1 code of two letters, or nothing"),
    BAD_TO_COUNTRY: ("to_country", "an ISO 3166-1 code of two letters, or nothing"),
    BAD_MERCHANT: ("merchant_category", "an ISO 18245 code of four digits, or nothing"),
    _AMOUNT + NOT_A_NUMBER: ("amount", "a decimal number like 1250.50"),
    _AMOUNT + NOT_POSITIVE: ("amount", "a number over 0"),
    _AMOUNT + TOO_PRECISE: ("amount", "no more decimals than the currency has"),
    _AMOUNT + TOO_LARGE: ("amount", "at most 15 digits before the decimal point"),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A block at the ledger's types (accounts still by name) with each row's code."""

    frame: pl.DataFrame
    codes: Codes


def judge(frame: pl.DataFrame) -> Judged:
    """Return the block at the ledger's types: `booked_at` in UTC microseconds, `amount` in minor units."""
    codes = np.zeros(frame.height, np.uint8)
    text = frame.with_columns(pl.col(c).cast(pl.String).fill_null("") for c in frame.columns if c != "booked_at")
    if frame["booked_at"].dtype.is_temporal() and frame["booked_at"].dtype != pl.Datetime:
        text = text.with_columns(pl.col("booked_at").cast(pl.String))
    _mark(codes, (text["transaction_id"] == "").to_numpy(), NO_ID)
    moments = _moments(text["booked_at"], codes)
    both = (text["from_account"] == "") & (text["to_account"] == "")
    _mark(codes, both.to_numpy(), NO_ACCOUNT)
    places = _by_value(text["currency"], lambda value: -1 if (unit := minor_unit(value)) is None else unit)
    _mark(codes, places < 0, BAD_CURRENCY)
    minor, found = parse_amounts(text["amount"], np.maximum(places, 0).astype(np.int8))
    _mark(codes, found > 0, found + np.uint8(_AMOUNT))
    _mark(codes, _by_value(text["channel"], lambda value: int(value not in CHANNELS)) > 0, BAD_CHANNEL)
    _judge_optional(text, codes)
    return Judged(text.with_columns(pl.Series("booked_at", moments), pl.Series("amount", minor)), codes)


def _judge_optional(text: pl.DataFrame, codes: Codes) -> None:
    for column, code in (("from_country", BAD_FROM_COUNTRY), ("to_country", BAD_TO_COUNTRY)):
        if column in text.columns:
            _mark(codes, _by_value(text[column], lambda value: int(not _country_or_empty(value))) > 0, code)
    if "merchant_category" in text.columns:
        bad = ~text["merchant_category"].str.contains(r"^(\d{4})?$")
        _mark(codes, bad.to_numpy(), BAD_MERCHANT)


def _country_or_empty(value: str) -> bool:
    return value == "" or is_country(value)


def _mark(codes: Codes, bad: npt.NDArray[np.bool_], code: Any) -> None:
    """Give the rows that are bad this code, unless they have an earlier one."""
    fresh = bad & (codes == 0)
    codes[fresh] = code[fresh] if isinstance(code, np.ndarray) else code


def _by_value(column: pl.Series, answer: Any) -> npt.NDArray[np.int8]:
    """Ask once for each distinct value of a column with few values, and give each row its answer."""
    encoded = column.to_arrow().dictionary_encode()
    answers = np.array([answer(value) for value in encoded.dictionary.to_pylist()], np.int8)
    return answers[encoded.indices.to_numpy(zero_copy_only=False)] if len(answers) else np.zeros(0, np.int8)


def _moments(column: pl.Series, codes: Codes) -> pl.Series:
    """Return moments in UTC, microseconds; bad ones are marked and read as the epoch."""
    kind = pl.Datetime("us", "UTC")
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is None:
            _mark(codes, np.ones(len(column), np.bool_), NAIVE_TIME)
        _mark(codes, column.is_null().to_numpy(), BAD_TIME)
        aware = column.dt.convert_time_zone("UTC") if column.dtype.time_zone else column.dt.replace_time_zone("UTC")
        return aware.cast(kind).fill_null(datetime(1970, 1, 1, tzinfo=UTC))
    column = column.cast(pl.String).fill_null("")
    try:
        return pl.Series(pcomp.cast(column.to_arrow(), pa.timestamp("us", "UTC"))).cast(kind)
    except pa.ArrowInvalid:
        return _moments_one_by_one(column, codes).cast(kind)


def _moments_one_by_one(column: pl.Series, codes: Codes) -> pl.Series:
    """Read each moment alone: the way of a block in which at least one is odd."""
    read = np.zeros(len(column), np.int64)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for index, value in enumerate(column):
        try:
            moment = datetime.fromisoformat((value or "").strip())
        except ValueError:
            codes[index] = codes[index] or BAD_TIME
            continue
        if moment.tzinfo is None:
            codes[index] = codes[index] or NAIVE_TIME
            continue
        try:
            since = moment.astimezone(UTC) - epoch
        except OverflowError:
            codes[index] = codes[index] or BAD_TIME
            continue
        read[index] = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return pl.Series(read)


def faults(judged: Judged, given: pl.DataFrame, rows: npt.NDArray[np.int64]) -> list[tuple[int, Fault]]:
    """Return the index in the block and the fault of each bad row; account numbers are never quoted."""
    found = []
    for index in np.flatnonzero(judged.codes):
        name, expected = _SAY[int(judged.codes[index])]
        value = None if name in {"from_account", "to_account"} else _quoted(given[name][int(index)])
        found.append((int(index), Fault(expected, row=int(rows[index]), field=name, found=value)))
    return found


def _quoted(value: object) -> str:
    text = "nothing" if value is None or value == "" else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
