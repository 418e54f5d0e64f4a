"""Texts by hash: ids seen before, and account numbers as 64-bit codes, both in flat arrays."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from mainstay.money.engine import memory
from mainstay.money.engine.amounts import Bytes, Ints, text_buffers
from mainstay.money.engine.compiling import tight, tight_kernel

Hashes = npt.NDArray[np.uint64]
_AHEAD = 32
_TAG, _PLACE = np.uint64(0xFFFFFFFF00000000), np.uint64(0xFFFFFFFF)
"""Halves of a slot: the upper half of a text's hash, and one more than its code; 0 is free."""


def hash_texts(column: pl.Series) -> Hashes:
    """Return a 64-bit hash of each text, the same on every machine and version (FNV-1a, mixed)."""
    offsets, text = text_buffers(column)
    hashes = np.zeros(len(column), np.uint64)
    _hash(offsets, text, hashes)
    return hashes


@tight_kernel
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
        self._table: Hashes = memory.zeros(1 << 16, np.uint64)
        self._count = 0

    def add(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Add hashes; return which of them were already there (or earlier among them)."""
        while (self._count + len(hashes)) * 2 > len(self._table):
            larger: Hashes = memory.zeros(len(self._table) * 2, np.uint64)
            _insert(larger, self._table[self._table != 0], np.zeros(self._count, np.bool_))
            self._table = larger
        seen = np.zeros(len(hashes), np.bool_)
        self._count += int(_insert(self._table, hashes, seen)[0])
        return seen


@tight_kernel
def _insert(table, hashes, seen):  # type: ignore[no-untyped-def]
    """Insert hashes; return how many are new, and a number that means nothing (see `_look_ahead`)."""
    mask = np.uint64(len(table) - 1)
    added, met = 0, np.uint64(0)
    for row in range(len(hashes)):
        if row % _AHEAD == 0:
            for at in range(row, min(row + _AHEAD, len(hashes))):
                met ^= table[hashes[at] & mask]
        slot = hashes[row] & mask
        while table[slot] != 0 and table[slot] != hashes[row]:
            slot = (slot + np.uint64(1)) & mask
        seen[row] = table[slot] == hashes[row]
        if not seen[row]:
            table[slot] = hashes[row]
            added += 1
    return added, met


class AccountCodes:
    """Account numbers and their codes 0, 1, 2 … in order of first appearance; exact, texts are compared."""

    def __init__(self) -> None:
        self._count, self._used = 0, 0
        self._table: Hashes = memory.zeros(1 << 12, np.uint64)
        self._hashes: Hashes = memory.zeros(1 << 11, np.uint64)
        self._ends: Ints = memory.zeros((1 << 11) + 1, np.int64)
        self._bytes: Bytes = memory.zeros(1 << 15, np.uint8)

    def __len__(self) -> int:
        return self._count

    def encode(self, column: pl.Series) -> pl.Series:
        """Return the code of each account number, new ones added; null where the text is empty (cash)."""
        offsets, text = text_buffers(column)
        self._make_room(len(column), int(offsets[-1] - offsets[0]))
        codes: Ints = np.empty(len(column), np.int64)
        self._count, self._used, _ = _encode(
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
        found = pl.Series(column.name, codes)
        return found.replace(-1, None) if codes.min(initial=0) < 0 else found

    def names(self) -> pl.Series:
        """Return the account numbers in order of their codes."""
        ends: Any = self._ends[: self._count + 1].copy()
        text: Any = self._bytes[: self._used]
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(text)]
        return pl.Series("account_id", pa.Array.from_buffers(pa.large_string(), self._count, buffers))

    def _make_room(self, rows: int, size: int) -> None:
        if self._count + rows > len(self._hashes):
            capacity = max(2 * len(self._hashes), self._count + rows)
            self._hashes = memory.longer(self._hashes, capacity)
            self._ends = memory.longer(self._ends, capacity + 1)
        if self._used + size > len(self._bytes):
            self._bytes = memory.longer(self._bytes, max(2 * len(self._bytes), self._used + size))
        if 2 * (self._count + rows) > len(self._table):
            slots = 1 << (4 * (self._count + rows)).bit_length()
            self._table = memory.zeros(slots, np.uint64)
            _place(self._table, self._hashes[: self._count])


@tight_kernel
def _place(table, hashes):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    for code in range(len(hashes)):
        slot = hashes[code] & mask
        while table[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = _slot_of(hashes[code], code)


@tight
def _slot_of(hashed, code):  # type: ignore[no-untyped-def]
    return (hashed & _TAG) | np.uint64(code + 1)


@tight_kernel
def _encode(offsets, text, hashes, table, known, ends, held, count, used, codes):  # type: ignore[no-untyped-def]
    """Write the code of each text; return how many codes and bytes there are, and a number that means nothing."""
    mask, met = np.uint64(len(table) - 1), 0
    for row in range(len(codes)):
        if row % _AHEAD == 0:
            met ^= _look_ahead(hashes, table, ends, held, row, min(row + _AHEAD, len(codes)))
        start, size = offsets[row], offsets[row + 1] - offsets[row]
        if size == 0:
            codes[row] = -1
            continue
        slot = hashes[row] & mask
        while table[slot] != 0:
            if (table[slot] ^ hashes[row]) & _TAG == 0:
                code = np.int64(table[slot] & _PLACE) - 1
                if ends[code + 1] - ends[code] == size and _is_same(held, ends[code], text, start, size):
                    break
            slot = (slot + np.uint64(1)) & mask
        if table[slot] == 0:
            table[slot] = _slot_of(hashes[row], count)
            known[count] = hashes[row]
            for at in range(size):
                held[used + at] = text[start + at]
            used += size
            count += 1
            ends[count] = used
        codes[row] = np.int64(table[slot] & _PLACE) - 1
    return count, used, met


@tight
def _look_ahead(hashes, table, ends, held, low, high):  # type: ignore[no-untyped-def]
    """Read what the next texts are looked up in: memory brings many at once where none waits for another.

    The number that is returned means nothing: it is there for the compiler, which would leave the reading out.
    """
    mask, met = np.uint64(len(table) - 1), np.int64(0)
    for row in range(low, high):
        met += np.int64(table[hashes[row] & mask])
    for row in range(low, high):
        met += ends[np.int64(table[hashes[row] & mask] & _PLACE)]
    for row in range(low, high):
        met += held[ends[max(np.int64(table[hashes[row] & mask] & _PLACE) - 1, 0)]]
    return met


@tight
def _is_same(held, first, text, second, size):  # type: ignore[no-untyped-def]
    at = 0
    while at < size and held[first + at] == text[second + at]:
        at += 1
    return at == size
