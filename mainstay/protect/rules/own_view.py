"""The person's own view: codes and PINs, when they are locked, what is shown to whom, and by when they get an answer.

A person may know what is held about them, correct it and ask for erasure: Regulation (EU) 2016/679 articles 15 to 17;
the answer is due within one month of the request (article 12(3)).
"""

import calendar
from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

CODE_DIGITS = 12
"""A wrong answer tells neither whether the code nor whether the PIN was wrong: both have to be hit at once. With a
million codes given, that is one guess of 10^12; `GUESSES_AN_HOUR` lets in 1.8 × 10^8 a year."""
PIN_LEAST, PIN_MOST = 6, 10
GUESSES_AN_HOUR = 20_000
"""Wrong codes an hour, all together; fewer would only let whoever floods the page keep everybody from theirs."""
TRIES = 5
"""Wrong PINs before a code is locked: who finds a card tries five of a million."""
LOCKED_FOR = timedelta(hours=1)
MOST_TRIES = 20
"""Wrong PINs in all without a right one between them; then the code ends, and a new one is given in person."""
IDLE = timedelta(minutes=10)
LONGEST = timedelta(minutes=60)
DAYS_VALID = (30, 90, 180)
ADULT = "18+"


class Holder(StrEnum):
    """Whose code it is."""

    PERSON = "person"
    GUARDIAN = "guardian"


class Part(StrEnum):
    """A part of the own view that may be kept from a guardian, besides single fields."""

    READERS = "readers"
    LEFT = "left"
    CONSENTS = "consents"
    DAYS = "days"


SHOWN_IN_PERSON = frozenset({"whereabouts"})
"""Where somebody is never shows on a screen that anybody may look at or force open: the case manager shows it."""
NEVER_FOR_GUARDIAN = SHOWN_IN_PERSON | {"safe_contact", "story"}
"""What a child said about their own safety, and what happened, is the child's to tell (CRC art. 12 and 16)."""


def code_of(number: int) -> str:
    """Return a code's digits for a random number below 10^12."""
    return f"{number:0{CODE_DIGITS}d}"


def grouped(code: str) -> list[str]:
    """Return a code in groups of three digits, as it is said and written down."""
    return [code[at : at + 3] for at in range(0, len(code), 3)]


def as_digits(text: str, least: int, most: int) -> str | None:
    """Return the digits somebody typed, in any script's digits, spaced or not; None where it is no such number."""
    try:
        digits = "".join(str(int(c)) for c in text if c.isdecimal())
    except ValueError:
        return None
    rest = [c for c in text if not c.isdecimal() and not c.isspace() and c not in "-.·"]
    return digits if least <= len(digits) <= most and not rest else None


def is_weak(pin: str, known: Collection[str] = ()) -> bool:
    """Say whether a PIN is one that others try first: one digit, a row, pairs, a date, or what the file knows.

    `known` are digits that whoever controlled the person knows too, as of a birth date or a phone.
    """
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(set(pin)) <= 2 or steps in ({1}, {9}):
        return True
    half = len(pin) // 2
    if pin[:half] * 2 == pin or _is_date(pin):
        return True
    return any(pin in digits or (len(digits) >= PIN_LEAST and digits in pin) for digits in known)


def _is_date(pin: str) -> bool:
    shapes = {6: ("%d%m%y", "%y%m%d", "%m%d%y"), 8: ("%d%m%Y", "%Y%m%d", "%m%d%Y")}
    for shape in shapes.get(len(pin), ()):
        try:
            found = datetime.strptime(pin, shape)  # noqa: DTZ007 - only whether it is a date
        except ValueError:
            continue
        if len(pin) == 6 or 1900 <= found.year <= 2100:
            return True
    return False


def locks(wrong: int) -> bool:
    """Say whether so many wrong PINs in a row lock a code."""
    return wrong > 0 and wrong % TRIES == 0


def ends(wrong: int) -> bool:
    """Say whether so many wrong PINs in a row end a code for good."""
    return wrong >= MOST_TRIES


def session_holds(begun: datetime, seen: datetime, now: datetime) -> bool:
    """Say whether a visit still holds: ten minutes without a press end it, and an hour in all."""
    return now - seen <= IDLE and now - begun <= LONGEST


def is_kept_from(holder: Holder, name: str, hidden: Collection[str]) -> bool:
    """Say whether a field or part is kept from a holder: from the person nothing is, but for their own safety."""
    return holder is Holder.GUARDIAN and (name in hidden or name in NEVER_FOR_GUARDIAN)


def answer_due(asked: date) -> date:
    """Return the day by which a request is answered: one month after it came in (GDPR art. 12(3)).

    The same day of the next month; where that month has none, its last day (Regulation 1182/71 art. 3(2)(c)).
    """
    year, month = (asked.year + 1, 1) if asked.month == 12 else (asked.year, asked.month + 1)
    return date(year, month, min(asked.day, calendar.monthrange(year, month)[1]))
