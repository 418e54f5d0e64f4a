"""Worked cases of the law of days, each from its row in `obligations.json` (CETS 197); its id stands beside it."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.rules.deadlines import (
    AgeDoubt,
    Basis,
    NationalTerm,
    Term,
    age_check_due,
    bars_on_removal,
    national_or_working,
    owed_now,
    presumed_child,
    reassessment_due,
    reflection_period,
    reflection_term,
    renewal_due,
    representation_due,
    treated_as_child,
)
from mainstay.protect.rules.grounds import MeasureKind
from mainstay.protect.rules.measures import MeasureState, counted, may_follow, recheck_due
from mainstay.protect.rules.periods import country_periods
from mainstay.protect.rules.working_days import Moves, Nature, due_day

DAY = date(2026, 11, 2)
PERIOD = reflection_period(DAY, None)
LAST, AFTER = PERIOD.last_day, PERIOD.last_day + timedelta(days=1)

# row, reasonable grounds, identification completed, child, day, what bars a removal then
REMOVAL = [
    ("COE-10(2)#2", True, False, False, DAY, {"no_removal", "no_expulsion", "may_stay"}),
    ("COE-10(2)#2", True, False, False, AFTER, {"no_removal"}),  # "the bar lasts until the process is completed"
    ("COE-10(2)#2", True, False, False, DAY + timedelta(days=900), {"no_removal"}),  # "whatever its length"
    ("COE-10(2)#2", False, False, False, DAY, set()),  # "trigger is reasonable grounds"
    ("COE-13(1)#2", True, True, False, LAST, {"no_expulsion", "may_stay"}),  # the period runs on after a decision
    ("COE-13(1)#2", True, True, False, AFTER, set()),
    ("COE-13(1)#3", True, True, False, DAY, {"no_expulsion", "may_stay"}),
    ("COE-16(7)", False, True, True, AFTER, {"child_return"}),  # no return of a child without an assessment
]


@pytest.mark.parametrize(("row", "grounds", "completed", "child", "day", "bars"), REMOVAL)
def test_what_bars_a_removal(row: str, grounds: bool, completed: bool, child: bool, day: date, bars: set[str]) -> None:
    found = bars_on_removal(
        reasonable_grounds=grounds, identification_completed=completed, period=PERIOD, is_child=child, today=day
    )
    assert {one.code for one in found} == bars


# row, reasonable grounds, child, presumed, unaccompanied, identified, what has to be among what is owed, what not
OWED = [
    ("COE-10(2)#3", True, False, False, None, False, "help", True),
    ("COE-10(2)#3", False, False, False, None, False, "help", False),
    ("COE-13(2)", True, False, False, None, False, "help", True),
    ("COE-12(6)", True, False, False, None, False, "not_for_testimony", True),
    ("COE-15(1)", False, False, False, None, False, "information", True),  # from first contact, not from grounds
    ("COE-15(2)", False, False, False, None, False, "legal_help", True),
    ("COE-26", False, False, False, None, False, "no_penalty_possible", True),
    ("COE-10(3)", True, True, True, None, False, "treated_as_child", True),
    ("COE-10(3)", True, False, False, None, False, "treated_as_child", False),
    ("COE-10(4)(a)", True, True, False, True, True, "representative", True),
    ("COE-10(4)(a)", True, True, False, None, True, "representative", True),  # not known is no reason to wait
    ("COE-10(4)(a)", True, True, False, False, True, "representative", False),
    ("COE-10(4)(b)", True, True, False, True, True, "identity_traced", True),
    ("COE-10(4)(c)", True, True, False, True, True, "family_if_best", True),
    ("COE-12(1)(f)", True, True, False, False, False, "school", True),
    ("COE-12(1)(f)", True, False, False, None, False, "school", False),
    ("COE-11(2)", True, True, False, False, False, "not_made_public", True),
]


@pytest.mark.parametrize(("row", "grounds", "child", "presumed", "alone", "identified", "code", "is_owed"), OWED)
def test_what_the_person_is_owed(
    row: str,
    grounds: bool,
    child: bool,
    presumed: bool,
    alone: bool | None,
    identified: bool,
    code: str,
    is_owed: bool,
) -> None:
    found = owed_now(
        reasonable_grounds=grounds, is_child=child, presumed=presumed, unaccompanied=alone, identified=identified
    )
    assert (code in {one.code for one in found}) is is_owed


# row, age group, reasons to believe a child, verified, treated as a child, by presumption
AGES = [
    ("COE-10(3)", "unknown", True, None, True, True),  # both conditions together
    ("COE-10(3)", "unknown", False, None, False, False),  # doubt without any reason is not covered
    ("COE-10(3)", "18+", True, None, False, False),  # the age is not uncertain
    ("COE-10(3)", "0-17", False, None, True, False),  # a child, and no presumption
    ("COE-10(3)", "unknown", True, False, False, False),  # ends when the age is verified
    ("COE-10(3)", "unknown", True, True, True, False),
]


@pytest.mark.parametrize(("row", "group", "reasons", "verified", "child", "presumed"), AGES)
def test_an_uncertain_age(
    row: str, group: str, reasons: bool, verified: bool | None, child: bool, presumed: bool
) -> None:
    assert treated_as_child(group, reasons, verified) is child
    assert presumed_child(AgeDoubt(group, reasons, verified)) is presumed


# row, child, presumed, unaccompanied, identified, whether a representative is due the same day
REPRESENTED = [
    ("COE-10(4)(a)", True, False, True, True, True),
    ("COE-10(4)(a)", True, False, True, False, False),  # "after an unaccompanied child has been identified as victim"
    ("COE-10(3)", True, True, True, False, True),  # special protection pending verification
    ("COE-10(4)(a)", True, False, False, True, False),
    ("COE-10(4)(a)", False, False, True, True, False),
]


@pytest.mark.parametrize(("row", "child", "presumed", "alone", "identified", "due"), REPRESENTED)
def test_an_unaccompanied_child_has_a_representative_the_same_day(
    row: str, child: bool, presumed: bool, alone: bool, identified: bool, due: bool
) -> None:
    found = representation_due(DAY, is_child=child, presumed=presumed, unaccompanied=alone, identified=identified)
    assert found == (DAY if due else None)


def test_every_row_named_in_these_cases_is_in_the_facts(shared: Path) -> None:
    rows = json.loads((shared / "facts" / "obligations.json").read_text(encoding="utf-8"))["obligations"]
    named = {case[0] for table in (REMOVAL, OWED, AGES, REPRESENTED) for case in table}
    child = {"is_child": True, "presumed": True, "unaccompanied": True, "identified": True}
    owed = owed_now(reasonable_grounds=True, **child)
    bars = bars_on_removal(
        reasonable_grounds=True, identification_completed=False, period=PERIOD, is_child=True, today=DAY
    )
    used = {one.row for one in (*owed, *bars)} | {"COE-13(1)#1", "COE-14(1)", "COE-12(2)"}
    assert named | used <= {row["id"] for row in rows if row["basis"] == "text read"}


@pytest.mark.parametrize(("national", "days"), [(None, 30), (10, 30), (30, 30), (45, 45), (180, 180)])
def test_national_law_lengthens_the_reflection_period_and_never_shortens_it(national: int | None, days: int) -> None:
    """COE-13(1)#1: a minimum of 30 days."""
    assert (reflection_period(DAY, national).last_day - DAY).days == days
    term = reflection_term(NationalTerm(national, "Act, s. 4") if national else None)
    assert term.days == days
    assert term.basis is (Basis.NATIONAL if days > 30 else Basis.TREATY)


def test_a_country_of_which_nobody_read_the_law_counts_with_the_floor_alone() -> None:
    assert all(row.to_be_confirmed for row in country_periods())
    assert all(row.days >= 30 for row in country_periods())


def test_a_shorter_national_term_of_appeal_is_kept_to_so_that_no_right_is_lost() -> None:
    assert national_or_working(NationalTerm(10, "Act, s. 9"), 30) == Term(10, "Act, s. 9", Basis.NATIONAL)
    assert national_or_working(None, 30).basis is Basis.WORKING


def test_a_permit_is_renewable_and_its_renewal_is_asked_for_before_it_ends() -> None:
    """COE-14(1); the lead is a working value, the article sets none."""
    assert renewal_due(date(2027, 5, 1), Term(60, "working value", Basis.WORKING)) == date(2027, 3, 2)


def test_needs_and_ages_are_looked_at_again() -> None:
    """COE-12(2) and COE-10(3): both without a day of their own."""
    assert reassessment_due(DAY, Term(90, "", Basis.WORKING)) == DAY + timedelta(days=90)
    assert age_check_due(DAY, Term(30, "", Basis.WORKING)) == DAY + timedelta(days=30)


# the day, country, what the source says, what the day is for: by law, and to keep to. 26 December 2026 is a Saturday.
CHRISTMAS = date(2026, 12, 25)
MOVED = [
    (date(2026, 12, 23), "NL", Moves.NEXT, Nature.ACT_BY, date(2026, 12, 23), date(2026, 12, 23)),
    (CHRISTMAS, "NL", Moves.NEXT, Nature.ACT_BY, date(2026, 12, 28), date(2026, 12, 24)),
    (CHRISTMAS, "NL", Moves.STAYS, Nature.ACT_BY, CHRISTMAS, date(2026, 12, 24)),
    (CHRISTMAS, "NL", Moves.PREVIOUS, Nature.ACT_BY, date(2026, 12, 24), date(2026, 12, 24)),
    (CHRISTMAS, "NL", Moves.NEXT, Nature.PROTECTS_UNTIL, date(2026, 12, 28), CHRISTMAS),
    (CHRISTMAS, "NL", Moves.PREVIOUS, Nature.PROTECTS_UNTIL, CHRISTMAS, CHRISTMAS),  # a protection is not shortened
    (date(2026, 11, 6), "SA", Moves.STAYS, Nature.ACT_BY, date(2026, 11, 6), date(2026, 11, 5)),  # a Friday there
]


@pytest.mark.parametrize(("day", "country", "moves", "nature", "by_law", "keep_to"), MOVED)
def test_a_closed_day_moves_a_term_as_the_source_says_and_both_days_are_known(
    day: date, country: str, moves: Moves, nature: Nature, by_law: date, keep_to: date
) -> None:
    found = due_day(day, country, moves, nature)
    assert (found.by_law, found.keep_to) == (by_law, keep_to)


def test_where_holidays_are_not_known_nothing_is_moved_and_it_is_said() -> None:
    found = due_day(CHRISTMAS, "XS", Moves.NEXT, Nature.ACT_BY)
    assert (found.by_law, found.keep_to, found.is_known) == (CHRISTMAS, CHRISTMAS, False)


@given(
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["NL", "GB", "EG", "IL", "CN", "RU", "XS"]),
    st.sampled_from(list(Moves)),
    st.sampled_from(list(Nature)),
)
def test_the_day_to_keep_to_is_never_later_than_the_day_that_was_counted(
    day: date, country: str, moves: Moves, nature: Nature
) -> None:
    found = due_day(day, country, moves, nature)
    assert found.keep_to <= found.counted
    if nature is Nature.PROTECTS_UNTIL:
        assert found.keep_to == day <= found.by_law


def test_a_measure_is_followed_until_it_is_dropped_or_taken_back() -> None:
    over = {MeasureState.DROPPED, MeasureState.WITHDRAWN, MeasureState.MISTAKE}
    for state in MeasureState:
        due = recheck_due(state, MeasureKind.CHARGE, DAY)
        assert (due is None) is (state in over)
        assert state in over or over <= set(may_follow(state))
        assert state not in over or MeasureState.RECORDED in may_follow(state)
    assert recheck_due(MeasureState.RECORDED, MeasureKind.DETENTION, DAY) == DAY + timedelta(days=1)
    assert MeasureState.RECORDED in may_follow(MeasureState.DROPPED)  # it may be taken up again


def test_a_person_with_several_measures_is_counted_once_by_the_gravest() -> None:
    several = [
        (MeasureKind.FINE, ["entry_stay"], MeasureState.DROPPED),
        (MeasureKind.CONVICTION, ["drugs", "theft"], MeasureState.APPEALED),
    ]
    assert counted(several) == ("conviction", "multiple", "appealed")
