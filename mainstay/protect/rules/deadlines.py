"""Deadlines, each from the article it comes from; the day is an argument."""

from datetime import date, timedelta

from mainstay.protect.types import ReflectionPeriod

REFLECTION_FLOOR_DAYS = 30  # CETS 197 art. 13(1)


def reflection_period(identified: date, national_days: int | None) -> ReflectionPeriod:
    """Return the days in which no expulsion order may be enforced (CETS 197 art. 13).

    National law may lengthen the period, never shorten it. It starts with reasonable grounds to
    believe that the person is a victim, which is the day of the presumption.
    """
    days = max(national_days or 0, REFLECTION_FLOOR_DAYS)
    return ReflectionPeriod(identified, identified + timedelta(days=days))


def treated_as_child(age_group: str, reasons_to_believe_child: bool) -> bool:
    """Say whether a person is treated as a child (CETS 197 art. 10(3)).

    Uncertain age alone does not trigger it: there have to be reasons to believe that the person is a child.
    """
    return age_group == "0-17" or (age_group == "unknown" and reasons_to_believe_child)
