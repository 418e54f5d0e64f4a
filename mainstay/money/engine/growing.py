"""Room for more rows than were reckoned with, inside compiled code."""

import numpy as np

from mainstay.money.engine.compiling import inner, kernel


@inner
def longer(array):  # type: ignore[no-untyped-def]
    """Return an array twice as long that begins with the rows of another; what stands behind them is anything."""
    return np.concatenate((array, np.empty_like(array)))


@kernel
def laid_out(payments, edges, room):  # type: ignore[no-untyped-def]
    """Return an array that begins with some payments, one after another: `room`, or a longer one.

    Whoever looks at an account's payments again and again lays them out first: in one go, a processor fetches several
    at a time from all over the memory.
    """
    if len(room) < len(edges):
        room = np.empty(2 * len(edges), payments.dtype)
    for at in range(len(edges)):
        room[at] = payments[edges[at]]
    return room
