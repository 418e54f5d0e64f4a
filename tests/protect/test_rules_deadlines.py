"""Deadlines from the Council of Europe Convention (CETS 197)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.rules.deadlines import reflection_period, treated_as_child

IDENTIFIED = date(2026, 11, 2)


def test_the_last_day_still_protects() -> None:
    period = reflection_period(IDENTIFIED, None)
    assert period.covers(period.last_day)
    assert not period.covers(period.last_day + timedelta(days=1))


def test_thirty_days_are_the_least_that_article_13_gives() -> None:
    assert reflection_period(IDENTIFIED, None).last_day == date(2026, 12, 2)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.none() | st.integers(0, 400))
def test_national_law_lengthens_the_period_and_never_shortens_it(day: date, national: int | None) -> None:
    period = reflection_period(day, national)
    assert (period.last_day - day).days == max(30, national or 0)
    assert period.covers(day)
    assert not period.covers(day - timedelta(days=1))
    assert period.days_left(period.last_day) == 0


@pytest.mark.parametrize(
    ("age_group", "reasons", "child"),
    [("0-17", False, True), ("unknown", True, True), ("unknown", False, False), ("18+", True, False)],
)
def test_doubt_alone_makes_nobody_a_child_and_reasons_do(age_group: str, reasons: bool, child: bool) -> None:
    """CETS 197 art. 10(3): age uncertain, and reasons to believe that the person is a child."""
    assert treated_as_child(age_group, reasons) is child
