"""How long a closed file is kept, and what stands in the way of erasing it.

Storage limitation: Regulation (EU) 2016/679 article 5(1)(e) (kept no longer than needed) names no number of years;
article 17(3) lets a duty or a legal claim stand in the way. CETS 197 article 11(1) binds to the protection of personal
data. The years below are working values of this node; an administrator sets those of the place, with their source.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WARN_DAYS = 90
"""Days before the end at which a case manager is told. Working value."""


class Keeping(StrEnum):
    """Whose files are kept for which time."""

    ADULT = "adult"
    CHILD = "child"


WORKING_YEARS = {Keeping.ADULT: 5, Keeping.CHILD: 10}


@dataclass(frozen=True, slots=True)
class Held:
    """A legal hold: from a day, until a day (or until it is lifted)."""

    since: date
    until: date | None = None
    lifted_on: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether the hold stands on a day, its last day included."""
        return self.lifted_on is None and self.since <= day and (self.until is None or day <= self.until)


def keep_until(closed: date, years: int) -> date:
    """Return the last day on which a file that was closed on a day is kept: the same day some years later.

    The 29th of February becomes the 28th where the later year has none.
    """
    try:
        return closed.replace(year=closed.year + years)
    except ValueError:
        return closed.replace(year=closed.year + years, day=28)


def warn_from(last_day: date) -> date:
    """Return the day from which the coming end is told."""
    return last_day - timedelta(days=WARN_DAYS)


def may_erase(holds: list[Held], today: date) -> bool:
    """Say whether a file may be erased: not while a hold stands (Regulation (EU) 2016/679 article 17(3)(b), (e))."""
    return not any(hold.holds(today) for hold in holds)


def is_over(last_day: date | None, holds: list[Held], today: date) -> bool:
    """Say whether a file is to be made nameless now: its last day has passed and nothing holds it."""
    return last_day is not None and today > last_day and may_erase(holds, today)
