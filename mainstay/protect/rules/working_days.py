"""Days on which offices are closed, and what they do to a due day.

A source may say that a term which ends on a closed day runs on to the next working day. That is shown, and never
counted on: whoever has to act does so on the last working day that no reading of the law can call late; what protects
the person until a day is relied on until that day and no longer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import holidays


class Moves(StrEnum):
    """What the source says of a term that ends on a day when offices are closed."""

    STAYS = "stays"
    NEXT = "next"
    PREVIOUS = "previous"


class Nature(StrEnum):
    """What a due day is for the person."""

    ACT_BY = "act_by"
    PROTECTS_UNTIL = "protects_until"


@dataclass(frozen=True, slots=True)
class DueDay:
    """A due day: as counted, as the source moves it, and the day to keep to. `is_known`: whether holidays are."""

    counted: date
    by_law: date
    keep_to: date
    is_known: bool = True

    @property
    def moved(self) -> bool:
        """Say whether the days differ, so that both are shown."""
        return self.by_law != self.keep_to or self.counted != self.keep_to


@cache
def _calendar(country: str) -> "holidays.HolidayBase | None":
    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return None


def is_working_day(day: date, country: str) -> bool | None:
    """Say whether offices are open; None where the holidays of the country are not known here."""
    calendar = _calendar(country)
    return None if calendar is None else bool(calendar.is_working_day(day))


def holiday_name(day: date, country: str) -> str:
    """Return what a holiday is called in its country; empty where the day is none, or none that is known."""
    calendar = _calendar(country)
    return "" if calendar is None else str(calendar.get(day) or "")


def due_day(counted: date, country: str, moves: Moves, nature: Nature) -> DueDay:
    """Return a due day as counted, as the source moves it, and the day to keep to, which is never a later one."""
    is_open = is_working_day(counted, country)
    if is_open is None:
        return DueDay(counted, counted, counted, is_known=False)
    if is_open:
        return DueDay(counted, counted, counted)
    following = _nearest(counted, country, lambda day: day + timedelta(days=1))
    before = _nearest(counted, country, lambda day: day - timedelta(days=1))
    if nature is Nature.PROTECTS_UNTIL:  # national law lengthens a protection, it never shortens it
        return DueDay(counted, following if moves is Moves.NEXT else counted, counted)
    by_law = {Moves.NEXT: following, Moves.PREVIOUS: before, Moves.STAYS: counted}[moves]
    return DueDay(counted, by_law, before)


def _nearest(day: date, country: str, step: Callable[[date], date]) -> date:
    while not is_working_day(day, country):
        day = step(day)
    return day
