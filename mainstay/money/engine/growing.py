"""Room for more rows than were reckoned with, inside compiled code."""

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def longer(array):  # type: ignore[no-untyped-def]
    """Return an array twice as long that begins with the rows of another; what stands behind them is anything."""
    return np.concatenate((array, np.empty_like(array)))
