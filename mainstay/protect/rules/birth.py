"""When somebody was born, as exactly as it is known: a day, a month, a year, or an estimated age on a day.

Kept as one text in the manner of ISO 8601: `1999-04-05`, `1999-04`, `1999`, or `15/17@2026-11-24` for somebody who was
thought to be 15 to 17 on that day. What is not known is never filled in.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

OLDEST = 120
_AGE = re.compile(r"(\d{1,3})/(\d{1,3})@(\d{4}-\d{2}-\d{2})\Z")
_PARTS = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?\Z")


class Precision(StrEnum):
    """How exactly a birth date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    AGE = "age"
    SAID = "said"
    UNKNOWN = "unknown"


class BirthFault(StrEnum):
    """What is wrong with a birth date."""

    NO_SUCH_DAY = "no_such_day"
    TO_COME = "to_come"
    TOO_OLD = "too_old"
    UPSIDE_DOWN = "upside_down"


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth date taken apart; `SAID` is text in the words of whoever wrote it."""

    precision: Precision
    year: int | None = None
    month: int | None = None
    day: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    thought_on: date | None = None


def read_birth(text: str) -> Birth:
    """Take a kept birth date apart."""
    if not text:
        return Birth(Precision.UNKNOWN)
    if found := _AGE.match(text):
        try:
            day = date.fromisoformat(found[3])
        except ValueError:
            return Birth(Precision.SAID)
        return Birth(Precision.AGE, age_from=int(found[1]), age_to=int(found[2]), thought_on=day)
    if found := _PARTS.match(text):
        year, month, day_of = (int(part) if part else None for part in found.groups())
        precision = Precision.DAY if day_of else Precision.MONTH if month else Precision.YEAR
        return Birth(precision, year, month, day_of)
    return Birth(Precision.SAID)


def write_birth(birth: Birth) -> str:
    """Return the text that is kept; the opposite of `read_birth`."""
    match birth.precision:
        case Precision.DAY:
            return f"{birth.year:04d}-{birth.month:02d}-{birth.day:02d}"
        case Precision.MONTH:
            return f"{birth.year:04d}-{birth.month:02d}"
        case Precision.YEAR:
            return f"{birth.year:04d}"
        case Precision.AGE:
            return f"{birth.age_from}/{birth.age_to}@{birth.thought_on}"
        case _:
            return ""


def birth_fault(birth: Birth, today: date) -> BirthFault | None:
    """Return what is wrong with a birth date, or None."""
    if birth.precision is Precision.AGE:
        low, high = birth.age_from or 0, birth.age_to or 0
        if low > high:
            return BirthFault.UPSIDE_DOWN
        if birth.thought_on is not None and birth.thought_on > today:
            return BirthFault.TO_COME
        return BirthFault.TOO_OLD if high > OLDEST else None
    if birth.year is None:
        return None
    try:
        earliest = date(birth.year, birth.month or 1, birth.day or 1)
    except ValueError:
        return BirthFault.NO_SUCH_DAY
    if earliest > today:
        return BirthFault.TO_COME
    return BirthFault.TOO_OLD if birth.year < today.year - OLDEST else None
