"""What stands in the cells of a file of cases: days, ages, codes and countries, read as far as they can be.

A value that cannot be read stays as it was said; a fault names the column and what was expected, never what stood
there.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from mainstay.core.vocabularies import code_lists, countries, is_country

OLDEST = 130
HTCDS = "htcds"
ADULT_FROM = 18


class RowFaultError(Exception):
    """A cell that cannot be taken: its column, what was expected, and what kind of thing stands there."""

    def __init__(self, column: str, expected: str, found: str | None = None) -> None:
        super().__init__(expected)
        self.column, self.expected, self.found = column, expected, found


class RowValues:
    """The values of a row; what is taken is gone from it, and what is left is kept as it was said."""

    def __init__(self, values: dict[str, Any], today: date, dates: str) -> None:
        self.values, self.today, self.dates = values, today, dates

    def text(self, *names: str) -> str:
        """Take the first of these that holds text."""
        for name in names:
            value = self.values.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return str(self.values.pop(name)).strip()
        return ""

    def day(self, name: str) -> date | None:
        """Take a day; one that has two readings stays as it was said, one that is none is a fault."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return None
        found = read_day(value, self.dates)
        if found is None:
            return None
        if not isinstance(found, date):
            raise RowFaultError(name, "a day that there is", "a day that there is not")
        if found > self.today:
            raise RowFaultError(name, "a day that has been", "a day to come")
        del self.values[name]
        return found

    def coded(self, name: str, codes: Mapping[str, str]) -> tuple[str, ...]:
        """Take the values of a list that are known; the others stay as they were said."""
        value = self.values.get(name)
        if value is None:
            return ()
        parts = [*map(str, value)] if isinstance(value, list) else re.split(r"[;|\n]", str(value))
        said = [part.strip() for part in parts if part.strip()]
        known = [codes[fold(part)] for part in said if fold(part) in codes]
        unknown = [part for part in said if fold(part) not in codes]
        if not known:
            return ()
        self.values.pop(name)
        if unknown:
            self.values[name] = unknown
        return tuple(dict.fromkeys(known))


_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$")
_LOCAL = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$")
_NAMED = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y")


def read_day(text: str, dates: str = "") -> date | str | None:
    """Return the day that was written; None where it is none or has two readings, "none" where there is no such day."""
    text = text.strip()
    if match := _ISO.match(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _LOCAL.match(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if dates == "dmy" or (not dates and first > 12):
            return _day(year, second, first)
        if dates == "mdy" or (not dates and second > 12):
            return _day(year, first, second)
        return _day(year, first, second) if first == second else None
    for shape in _NAMED:
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _day(year: int, month: int, day: int) -> date | str:
    try:
        return date(year, month, day)
    except ValueError:
        return "none"


def fold(text: str) -> str:
    """Return a value as lists are compared: letters and digits alone, small."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


@cache
def codes_of(name: str) -> dict[str, str]:
    """Return the codes of a list of HTCDS by their folded names and labels."""
    return {fold(said): code.name for code in code_lists(HTCDS)[name] for said in (code.name, code.label)}


@cache
def _countries() -> dict[str, str]:
    import pycountry

    named = {fold(code.label): code.name for code in countries()}
    return named | {fold(c.alpha_3): c.alpha_2 for c in pycountry.countries}


SEX_WORDS = {"feminine": "female", "female": "female", "f": "female", "masculine": "male", "male": "male", "m": "male"}
PRIMERO_SEX = {**SEX_WORDS, "other": "other", "unknown": "unknown"}
HTCDS_SEX = {**SEX_WORDS, "nonspecifiedunknown": "unknown", "notspecifiedunknown": "unknown"}


def age_of(row: RowValues) -> int | None:
    """Take an age in whole years."""
    value = row.values.pop("age", None)
    if value is None:
        return None
    try:
        age = int(str(value).strip())
    except ValueError:
        raise RowFaultError("age", "whole years", "something else") from None
    if not 0 <= age <= OLDEST:
        raise RowFaultError("age", f"0 to {OLDEST} years", "another number")
    return age


def group_at(age: int | None) -> str:
    """Return the age group: an earlier age says of an adult that they are one; a child may have grown up since."""
    if age is None or age < ADULT_FROM:
        return "0-17" if age is not None else "unknown"
    return "18+"


def group_born(birth: date | None, today: date) -> str:
    """Return the age group today of somebody born on a day."""
    if birth is None:
        return "unknown"
    years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    return "18+" if years >= ADULT_FROM else "0-17"


def country_of(row: RowValues, name: str) -> str:
    """Take a country by its code or its English name; one that is not known stays as it was said."""
    value = row.values.get(name)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return ""
    text = value.strip()
    code = text.upper() if is_country(text.upper()) else _countries().get(fold(text), "")
    if code:
        del row.values[name]
    return code
