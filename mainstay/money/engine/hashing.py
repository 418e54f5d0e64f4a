"""Texts by hash: ids seen before, and account numbers as 64-bit codes, both in flat arrays."""

from typing import Any, TypeVar

import numba as nb
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from mainstay.money.engine.amounts import Bytes, Ints, text_buffers

Hashes = npt.NDArray[np.uint64]


def hash_texts(column: pl.Series) -> Hashes:
    """Return a 64-bit hash of each text, the same on every machine and version (FNV-1a, mixed)."""
    offsets, text = text_buffers(column)
    hashes = np.zeros(len(column), np.uint64)
    _hash(offsets, text, hashes)
    return hashes


@nb.njit(cache=True, nogil=True)
def _hash(offsets, text, hashes):  # type: ignore[no-untyped-def]
    for row in range(len(hashes)):
        value = np.uint64(14695981039346656037)
        for at in range(offsets[row], offsets[row + 1]):
            value = (value ^ np.uint64(text[at])) * np.uint64(1099511628211)
        value ^= value >> np.uint64(33)
        value *= np.uint64(0xFF51AFD7ED558CCD)
        value ^= value >> np.uint64(33)
        hashes[row] = value if value != 0 else np.uint64(1)


class SeenIds:
    """A set of 64-bit hashes: tells which of a block were there before, in 16 bytes an id or less."""

    def __init__(self) -> None:
        self._table = np.zeros(1 << 16, np.uint64)
        self._count = 0

    def add(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Add hashes; return which of them were already there (or earlier among them)."""
        while (self._count + len(hashes)) * 2 > len(self._table):
            larger = np.zeros(len(self._table) * 2, np.uint64)
            _insert(larger, self._table[self._table != 0], np.zeros(self._count, np.bool_))
            self._table = larger
        seen = np.zeros(len(hashes), np.bool_)
        self._count += int(_insert(self._table, hashes, seen))
        return seen


@nb.njit(cache=True, nogil=True)
def _insert(table, hashes, seen):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    added = 0
    for row in range(len(hashes)):
        slot = hashes[row] & mask
        while table[slot] != 0 and table[slot] != hashes[row]:
            slot = (slot + np.uint64(1)) & mask
        seen[row] = table[slot] == hashes[row]
        if not seen[row]:
            table[slot] = hashes[row]
            added += 1
    return added


T = TypeVar("T", bound=np.generic)


class AccountCodes:
    """Account numbers and their codes 0, 1, 2 … in order of first appearance; exact, texts are compared."""

    def __init__(self) -> None:
        self._count, self._used = 0, 0
        self._table: Ints = np.zeros(1 << 12, np.int64)
        self._hashes: Hashes = np.zeros(1 << 11, np.uint64)
        self._ends: Ints = np.zeros((1 << 11) + 1, np.int64)
        self._bytes: Bytes = np.zeros(1 << 15, np.uint8)

    def __len__(self) -> int:
        return self._count

    def encode(self, column: pl.Series) -> pl.Series:
        """Return the code of each account number, new ones added; null where the text is empty (cash)."""
        offsets, text = text_buffers(column)
        self._make_room(len(column), int(offsets[-1] - offsets[0]))
        codes: Ints = np.empty(len(column), np.int64)
        self._count, self._used = _encode(
            offsets,
            text,
            hash_texts(column),
            self._table,
            self._hashes,
            self._ends,
            self._bytes,
            self._count,
            self._used,
            codes,
        )
        return pl.Series(column.name, codes).replace(-1, None)

    def names(self) -> pl.Series:
        """Return the account numbers in order of their codes."""
        ends: Any = self._ends[: self._count + 1].copy()
        text: Any = self._bytes[: self._used]
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(text)]
        return pl.Series("account_id", pa.Array.from_buffers(pa.large_string(), self._count, buffers))

    def _make_room(self, rows: int, size: int) -> None:
        if self._count + rows > len(self._hashes):
            capacity = max(2 * len(self._hashes), self._count + rows)
            self._hashes = _longer(self._hashes, capacity)
            self._ends = _longer(self._ends, capacity + 1)
        if self._used + size > len(self._bytes):
            self._bytes = _longer(self._bytes, max(2 * len(self._bytes), self._used + size))
        if 2 * (self._count + rows) > len(self._table):
            slots = 1 << (4 * (self._count + rows)).bit_length()
            self._table = np.zeros(slots, np.int64)
            _place(self._table, self._hashes[: self._count])


def _longer(array: npt.NDArray[T], length: int) -> npt.NDArray[T]:
    longer = np.zeros(length, array.dtype)
    longer[: len(array)] = array
    return longer


@nb.njit(cache=True, nogil=True)
def _place(table, hashes):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    for code in range(len(hashes)):
        slot = hashes[code] & mask
        while table[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = code + 1


@nb.njit(cache=True, nogil=True)
def _encode(offsets, text, hashes, table, known, ends, held, count, used, codes):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    for row in range(len(codes)):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            codes[row] = -1
            continue
        slot = hashes[row] & mask
        while table[slot] != 0:
            code = table[slot] - 1
            if known[code] == hashes[row] and ends[code + 1] - ends[code] == end - start:
                at = 0
                while at < end - start and held[ends[code] + at] == text[start + at]:
                    at += 1
                if at == end - start:
                    break
            slot = (slot + np.uint64(1)) & mask
        if table[slot] == 0:
            table[slot] = count + 1
            known[count] = hashes[row]
            held[used : used + end - start] = text[start:end]
            used += end - start
            count += 1
            ends[count] = used
        codes[row] = table[slot] - 1
    return count, used
