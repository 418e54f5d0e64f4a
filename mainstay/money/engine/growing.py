"""Rows of numbers inside compiled code: room for more than were reckoned with, payments side by side, two as one."""

import numpy as np

from mainstay.money.engine.compiling import inner, kernel


@inner
def longer(array):  # type: ignore[no-untyped-def]
    """Return an array twice as long that begins with the rows of another; what stands behind them is anything."""
    return np.concatenate((array, np.empty_like(array)))


@inner
def appended(array, used, more):  # type: ignore[no-untyped-def]
    """Put rows behind the first so many of an array; return it, or a longer one, and how many it has then.

    A loop: assigning a stretch takes ten times as long to compile, for the words of an error that cannot be.
    """
    while used + len(more) > len(array):
        array = longer(array)
    for one in more:
        array[used] = one
        used += 1
    return array, used


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


@inner
def merged(first, second, room):  # type: ignore[no-untyped-def]
    """Fill `room` with two rising rows as one, each number once; return how many."""
    a, b, count = 0, 0, 0
    while a < len(first) or b < len(second):
        if b == len(second) or (a < len(first) and first[a] <= second[b]):
            b += b < len(second) and first[a] == second[b]
            room[count] = first[a]
            a += 1
        else:
            room[count] = second[b]
            b += 1
        count += 1
    return count
