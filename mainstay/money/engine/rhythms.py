"""Rhythms: when and how quickly an account moves money, in a window of weeks that ends with each payment.

Definition. Window W. Payments stand in order of time, those of one moment in the order in which they came. A payment at
time t *sees* itself and the payments before it in that order with t − W < time. The figures of a payment are those of
its payer and of its payee, each an account (for cash there are none): of all payments of that account, in and out, cash
and to itself too, that this payment sees:
- `seen`: how many;
- `night`: how many of them from 22:00 on and before 06:00, **in UTC**: where it is night elsewhere is not known;
- `weekly`: how many are in the hour of the week (168 of them, in UTC) that has the most;
- `shift`: how many follow the account's payment before them by 8, 12 or 24 hours, half an hour more or less;
- `velocity`: in the currency of this payment, what went out to others or in cash, over what came in (a payment counts
  with at most 10¹¹ minor units); nothing where nothing came in;
- `dwell`: for each payment out to others or in cash, the whole hours since the last payment in from others or in cash
  before it, if that was at most seven days before; of these hours the median, of an even number the lower of the two in
  the middle; nothing where there are none.

Work is proportional to the number of payments: each enters and leaves the window of its accounts once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mainstay.money.engine.adjacency import Graph
from mainstay.money.engine.compiling import inner, kernel
from mainstay.money.engine.growing import longer, merged
from mainstay.money.types import DAY, HOUR, RhythmSettings, microseconds

LOOKS_BACK = 7 * DAY
"""How long before its window the figures of a payment may depend on others."""
COUNTS = ("seen", "night", "weekly", "shift", "dwell")
SIDES = ("payer", "payee")
_SEEN, _NIGHT, _WEEKLY, _SHIFT, _DWELL = range(5)
_NIGHT_BEGINS, _NIGHT_ENDS = 22, 6
_WEEK = 168
_MOST = 10**11
_NONE = -1
_HALF_HOUR = HOUR // 2


@dataclass(frozen=True, slots=True)
class Rhythms:
    """Figures of payments: by payment, side (payer, payee) and `COUNTS`, of which a `dwell` of -1 is none.

    `velocity` is by payment and side, not a number where nothing came in.
    """

    counts: npt.NDArray[np.int32]
    velocity: npt.NDArray[np.float64]

    def as_frame(self) -> pl.DataFrame:
        """Return one row a payment: `payer_seen` … `payer_dwell`, `payer_velocity`, `payee_seen` …"""
        columns: dict[str, pl.Series] = {}
        for at, side in enumerate(SIDES):
            for place, name in enumerate(COUNTS):
                columns[f"{side}_{name}"] = pl.Series(self.counts[:, at, place])
            columns[f"{side}_dwell"] = columns[f"{side}_dwell"].replace(_NONE, None)
            columns[f"{side}_velocity"] = pl.Series(self.velocity[:, at]).fill_nan(None)
        return pl.DataFrame(columns)


def rhythms(graph: Graph, settings: RhythmSettings, first: int = 0) -> Rhythms:
    """Return the rhythms of a graph's payments from one number on.

    Those of the payments after `first` are whole where the graph begins `LOOKS_BACK` before its window, or sooner.
    """
    counts = np.zeros((len(graph.payments) - first, 2, len(COUNTS)), np.int32)
    counts[:, :, _DWELL] = _NONE
    velocity = np.full((len(counts), 2), np.nan)
    sides = (graph.credits.start, graph.credits.edge, graph.debits.start, graph.debits.edge)
    window = microseconds(settings.window)
    _rhythms(sides, graph.payments, (window, first, len(graph.currencies)), counts, velocity)
    return Rhythms(counts, velocity)


@kernel
def _rhythms(sides, payments, limits, counts, velocity):  # type: ignore[no-untyped-def]
    """Write the figures of each account's payments, one account after another."""
    in_start, in_edge, out_start, out_edge = sides
    window, first, currencies = limits
    own, level = np.empty(64, np.int64), np.zeros(65, np.int64)
    flags = np.empty((64, 3), np.int64)  # its hour of the week, whether it is spaced like a shift, its dwell
    week, hours = np.zeros(_WEEK, np.int64), np.zeros(LOOKS_BACK // HOUR + 1, np.int64)
    came, went = np.zeros(currencies, np.int64), np.zeros(currencies, np.int64)
    for account in range(len(in_start) - 1):
        credits_of = in_edge[in_start[account] : in_start[account + 1]]
        debits_of = out_edge[out_start[account] : out_start[account + 1]]
        if len(credits_of) == 0 and len(debits_of) == 0:
            continue
        while len(own) < len(credits_of) + len(debits_of):
            own, level = longer(own), np.zeros(2 * len(level), np.int64)
            flags = np.empty((len(own), 3), np.int64)
        total = merged(credits_of, debits_of, own)
        if own[total - 1] < first:
            continue
        low, most, night, shift = 0, 0, 0, 0
        dwells, middle, below = 0, 0, 0
        came_last, has_come = np.int64(0), False
        for at in range(total + 1):
            # After the last payment all leave, so that nothing is left for the next account.
            since = payments[own[at]].time - window if at < total else payments[own[total - 1]].time
            while low < at and payments[own[low]].time <= since:
                one, hour = payments[own[low]], flags[low, 0]
                level[week[hour]] -= 1
                most -= level[most] == 0
                week[hour] -= 1
                level[week[hour]] += 1
                night -= _is_night(hour)
                shift -= flags[low, 1]
                if one.source != one.target:
                    if one.source == account:
                        went[one.currency] -= min(one.amount, _MOST)
                    else:
                        came[one.currency] -= min(one.amount, _MOST)
                if flags[low, 2] >= 0:
                    hours[flags[low, 2]] -= 1
                    below -= flags[low, 2] < middle
                    dwells -= 1
                low += 1
            if at == total:
                break
            one = payments[own[at]]
            hour = one.time // HOUR % _WEEK
            flags[at, 0], flags[at, 1], flags[at, 2] = hour, 0, _NONE
            if at > 0:
                gap = one.time - payments[own[at - 1]].time
                flags[at, 1] = _is_shift(gap)
            level[week[hour]] -= 1
            week[hour] += 1
            level[week[hour]] += 1
            most = max(most, week[hour])
            night += _is_night(hour)
            shift += flags[at, 1]
            if one.source != one.target:
                if one.source == account:
                    went[one.currency] += min(one.amount, _MOST)
                    if has_come and one.time - came_last <= LOOKS_BACK:
                        flags[at, 2] = (one.time - came_last) // HOUR
                        hours[flags[at, 2]] += 1
                        below += flags[at, 2] < middle
                        dwells += 1
                else:
                    came[one.currency] += min(one.amount, _MOST)
                    came_last, has_come = one.time, True
            if own[at] < first:
                continue
            if dwells:
                while below > (dwells - 1) // 2:
                    middle -= 1
                    below -= hours[middle]
                while below + hours[middle] <= (dwells - 1) // 2:
                    below += hours[middle]
                    middle += 1
            for side in range(2):
                if account == (one.source if side == 0 else one.target):
                    row = counts[own[at] - first, side]
                    row[_SEEN], row[_NIGHT], row[_WEEKLY], row[_SHIFT] = at - low + 1, night, most, shift
                    row[_DWELL] = middle if dwells else _NONE
                    if came[one.currency] > 0:
                        velocity[own[at] - first, side] = went[one.currency] / came[one.currency]
        level[0] = 0


@inner
def _is_night(hour):  # type: ignore[no-untyped-def]
    return hour % 24 >= _NIGHT_BEGINS or hour % 24 < _NIGHT_ENDS


@inner
def _is_shift(gap):  # type: ignore[no-untyped-def]
    return abs(gap - 8 * HOUR) <= _HALF_HOUR or abs(gap - 12 * HOUR) <= _HALF_HOUR or abs(gap - 24 * HOUR) <= _HALF_HOUR
