"""Memory for arrays that loops jump about in.

A processor keeps in mind where a thousand or two pages of memory are; of the usual size, that is a few megabytes. What
is larger, it looks up at each jump. So arrays of that size get memory of their own in the large pages of the system,
where it has such (Linux does, of two megabytes): loops over accounts are a third to twice as quick in them.
"""

import mmap
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

_LARGE = 1 << 21


def zeros(shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return zeros in a row. Large arrays begin at a page, and take memory only where they are written to."""
    kind = np.dtype(dtype)
    size = kind.itemsize * prod(shape if isinstance(shape, tuple) else (shape,))
    if size < _LARGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.zeros(shape, kind)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, kind).reshape(shape)


def longer(array: npt.NDArray[Any], rows: int, fill: int = 0) -> npt.NDArray[Any]:
    """Return so many rows that begin with those of an array; what stands behind them is `fill`."""
    result = zeros((rows, *array.shape[1:]), array.dtype)
    result[: len(array)] = array
    if fill != 0:
        result[len(array) :] = fill
    return result
