"""Families of features that follow payments, all in one pass over payments that are known beforehand.

What is in the window is kept for each account as two stretches of its payments, one a side (`sides.py`). To keep it up
to date takes longer than most payments take to be judged, so all families share it. Payments are judged in as many
pieces as there are cores, each an uninterrupted part of the order; a piece begins where time does, and finds what its
first payment sees by looking for that time among the payments of each account.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mainstay.money.engine import memory
from mainstay.money.engine.compiling import tight_kernel
from mainstay.money.engine.cycles import cycle_room, judge_cycles, last_in_time
from mainstay.money.engine.hops import hop_room, judge_hops, ranks
from mainstay.money.engine.scatter import judge_scatter, may_scatter, scatter_room
from mainstay.money.engine.sides import (
    INTO_HIGH,
    INTO_LOW,
    NEVER,
    OUT_HIGH,
    OUT_LOW,
    Counts,
    Ints,
    Marks,
    Sides,
    leave,
    look_ahead,
    place,
)
from mainstay.money.types import FeatureSettings, microseconds

SCATTER_GATHER, TEMPORAL_CYCLE, HOP_CYCLE = "scatter-gather", "temporal cycle", "hop cycle"
FAMILIES = (SCATTER_GATHER, TEMPORAL_CYCLE, HOP_CYCLE)
_AHEAD = 32
Judged = tuple[Counts, Counts, Counts, Marks]


def judged(
    sides: Sides, settings: FeatureSettings, families: tuple[str, ...] = FAMILIES, cores: int | None = None
) -> Judged:
    """Return scatter-gathers by bin, cycles in time and in any order by length, and what was cut, of each payment.

    `scatter.py`, `cycles.py` and `hops.py` say what is counted. The marks have a column for each of `FAMILIES`; a
    family that is not asked for has zeros. How many cores work on it changes nothing.
    """
    count, accounts = len(sides.time), len(sides.out_start) - 1
    figures = (
        np.zeros((count, len(settings.bins)), np.int32),
        np.zeros((count, settings.cycle_length - 1), np.int32),
        np.zeros((count, settings.hop_length - 1), np.int32),
        np.zeros((count, len(FAMILIES)), np.bool_),
    )
    on = [family in families for family in FAMILIES]
    window = microseconds(settings.window)
    limits = np.array([window, settings.cycle_length, settings.hop_length, settings.max_steps, *on], np.int64)
    rank = ranks(sides.source, sides.target, accounts)
    pieces = _pieces(sides.time, cores or os.cpu_count() or 1)

    def judge(low: int, high: int) -> None:
        rooms = (
            scatter_room(accounts * on[0], settings.max_steps),
            cycle_room(accounts * on[1], settings.cycle_length, settings.max_steps),
            hop_room(accounts * on[2], settings.hop_length, settings.max_steps),
        )
        oldest = int(np.searchsorted(sides.time, sides.time[low] - window))
        seen = memory.zeros((accounts, 4), np.int32), memory.zeros(accounts, np.int64)
        seen[1][:] = NEVER
        _judge(tuple(sides), seen, rank, rooms, limits, np.array(settings.bins), (low, high, oldest), figures)

    with ThreadPoolExecutor(max(1, len(pieces))) as pool:
        list(pool.map(lambda piece: judge(*piece), pieces))
    return figures


def _pieces(time: Ints, count: int) -> list[tuple[int, int]]:
    """Return about so many pieces of the order; payments of one moment are in one."""
    begins = sorted(
        {int(np.searchsorted(time, time[len(time) * at // count])) for at in range(count if len(time) else 0)}
    )
    return list(zip(begins, [*begins, len(time)][1:], strict=True))


@tight_kernel
def _judge(sides, seen, rank, work, limits, bins, rows, figures):  # type: ignore[no-untyped-def]
    """Judge a piece; what is returned means nothing (see `look_ahead`)."""
    time, source, target, out_start, into_start, out, into = sides
    stretch, paid_itself = seen
    of_scatter, of_cycles, of_hops = work
    scatters, cycles, hops, cut = figures
    window, cycle_length, hop_length, max_steps = limits[0], limits[1], limits[2], limits[3]
    scatter_on, cycles_on, hops_on = limits[4], limits[5], limits[6]
    low, high, oldest = rows
    begin = time[low]
    for a in range(len(stretch)):
        stretch[a, OUT_LOW] = place(out, out_start[a], out_start[a + 1], begin - window)
        stretch[a, OUT_HIGH] = place(out, out_start[a], out_start[a + 1], begin)
        stretch[a, INTO_LOW] = place(into, into_start[a], into_start[a + 1], begin - window)
        stretch[a, INTO_HIGH] = place(into, into_start[a], into_start[a + 1], begin)
    for number in range(low):
        if source[number] == target[number] and source[number] >= 0:
            paid_itself[source[number]] = time[number]
    met = 0
    for number in range(low, high):
        if number % _AHEAD == 0:
            met ^= look_ahead(source, target, stretch, number, min(number + _AHEAD, high))
            met ^= look_ahead(source, target, stretch, oldest, min(oldest + _AHEAD, number))
        u, v, now = source[number], target[number], time[number]
        if u < 0 or v < 0:
            continue
        if u == v:
            paid_itself[u] = now
            continue
        since = now - window
        oldest = leave(time, source, target, oldest, since, stretch)
        if stretch[v, OUT_LOW] < stretch[v, OUT_HIGH] and stretch[u, INTO_LOW] < stretch[u, INTO_HIGH]:
            if cycles_on:
                last_at = last_in_time(out, into, stretch, u, v, now)
                if last_at >= 0:
                    cut[number, 1] = judge_cycles(
                        out, into, stretch, number, u, v, now, since, last_at, cycle_length, max_steps, of_cycles,
                        cycles[number],
                    )  # fmt: skip
            if hops_on:
                cut[number, 2] = judge_hops(
                    out, into, stretch, rank, number, u, v, now, since, hop_length, max_steps, of_hops, hops[number]
                )
        stretch[u, OUT_HIGH] += 1
        stretch[v, INTO_HIGH] += 1
        if scatter_on and may_scatter(stretch, u, v):
            cut[number, 0] = judge_scatter(
                out, into, stretch, paid_itself, number, u, v, since, bins, max_steps, of_scatter, scatters[number]
            )
    return met
