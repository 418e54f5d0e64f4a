"""When a service is open, by its weekly hours (HSDS 3.0: `byday`, `opens_at`, `valid_from`, …)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours of a service; closing at or before opening is the next morning."""

    days: frozenset[str]
    opens: time
    closes: time
    valid_from: date | None = None
    valid_to: date | None = None

    def begins_on(self, day: date) -> bool:
        """Say whether these hours begin on a day."""
        begun = self.valid_from is None or self.valid_from <= day
        over = self.valid_to is not None and day > self.valid_to
        return begun and not over and WEEKDAYS[day.weekday()] in self.days


def is_open(hours: Iterable[Hours], moment: datetime) -> bool | None:
    """Say whether a service is open at a moment of its place's own clock; None where no hours are known.

    It is open from the minute of opening until, not including, the minute of closing.
    """
    known = list(hours)
    return any(_open(each, moment) for each in known) if known else None


def _open(hours: Hours, moment: datetime) -> bool:
    at, overnight = moment.time(), hours.closes <= hours.opens
    if hours.begins_on(moment.date()) and at >= hours.opens and (overnight or at < hours.closes):
        return True
    return overnight and at < hours.closes and hours.begins_on(moment.date() - timedelta(days=1))
