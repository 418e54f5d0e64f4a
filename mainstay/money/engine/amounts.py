"""Amounts as whole numbers of minor units, read exactly from decimal text."""

from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

NOT_A_NUMBER, NOT_POSITIVE, TOO_PRECISE, TOO_LARGE = 1, 2, 3, 4
MAX_DIGITS = 15


def parse_amounts(column: pl.Series, places: npt.NDArray[np.int8]) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Return minor units and a code for each decimal text; `places` are the decimals of each currency."""
    offsets, text = text_buffers(column)
    minor: Ints = np.zeros(len(column), np.int64)
    codes = np.zeros(len(column), np.uint8)
    _parse(offsets, text, places, minor, codes)
    return minor, codes


def text_buffers(column: pl.Series) -> tuple[Ints, Bytes]:
    """Return where each text starts and ends, and all their bytes, of a column without nulls."""
    array: Any = column.to_arrow()
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    array = array.cast(pa.large_string())
    offsets = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + len(array) + 1]
    held = array.buffers()[2]
    text = np.frombuffer(held, np.uint8) if held is not None and held.size else np.zeros(1, np.uint8)
    return offsets, text


@nb.njit(cache=True, nogil=True)
def _parse(offsets, text, places, minor, codes):  # type: ignore[no-untyped-def]
    for row in range(len(minor)):
        value, digits, decimals = 0, 0, 0
        whole, bad, point, fine = 0, False, False, 0
        start, end = offsets[row], offsets[row + 1]
        negative = end > start and text[start] == 45
        if negative:
            start += 1
        for at in range(start, end):
            letter = text[at]
            if letter == 46 and not point and at > start:
                point = True
            elif 48 <= letter <= 57:
                digits += 1
                if not point:
                    if whole > 0 or letter != 48:
                        whole += 1
                else:
                    decimals += 1
                    if letter != 48:
                        fine = decimals
                if whole <= 15 and (not point or decimals <= places[row]):
                    value = value * 10 + (letter - 48)
            else:
                bad = True
        if bad or digits == 0 or (point and decimals == 0):
            codes[row] = NOT_A_NUMBER
        elif whole > MAX_DIGITS or (whole == MAX_DIGITS and places[row] > 3):
            codes[row] = TOO_LARGE
        elif negative or (value == 0 and fine == 0):
            codes[row] = NOT_POSITIVE
        elif fine > places[row]:
            codes[row] = TOO_PRECISE
        else:
            for _ in range(places[row] - min(decimals, places[row])):
                value *= 10
            minor[row] = value
