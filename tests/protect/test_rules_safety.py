"""Risk to a person, how they may be reached, and codes: the rules alone, from what they say they are."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.rules import own_view
from mainstay.protect.rules.contact import Channel, ContactRules, Why, as_told, from_told, may_contact
from mainstay.protect.rules.own_view import Holder, answer_due, as_digits, is_weak
from mainstay.protect.rules.safety import LEADING, Because, Domain, Level, ask_again, compare, overall

ORDER = (Level.NONE, Level.LOW, Level.MEDIUM, Level.HIGH)
SAFE = dict.fromkeys(Domain, Level.NONE)
LEVELS = st.fixed_dictionaries({domain: st.sampled_from(list(Level)) for domain in Domain})
KNOWN = st.fixed_dictionaries({domain: st.sampled_from(ORDER) for domain in Domain})
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("domain", LEADING)
def test_one_leading_answer_at_high_makes_the_whole_high(domain: Domain) -> None:
    found = overall({**SAFE, domain: Level.HIGH})
    assert (found.level, found.because, found.leads) == (Level.HIGH, Because.LEADING_HIGH, (domain,))


@pytest.mark.parametrize(
    ("answers", "level", "because"),
    [
        ({}, Level.NONE, Because.HIGHEST),
        ({Domain.HOUSING: Level.LOW}, Level.LOW, Because.HIGHEST),
        ({Domain.HOUSING: Level.MEDIUM}, Level.MEDIUM, Because.HIGHEST),
        ({Domain.HOUSING: Level.HIGH}, Level.MEDIUM, Because.ONE_HIGH),
        ({Domain.HOUSING: Level.HIGH, Domain.DEBTS: Level.HIGH}, Level.HIGH, Because.SEVERAL_HIGH),
        ({Domain.SELF_HARM: Level.UNKNOWN}, Level.MEDIUM, Because.LEADING_UNKNOWN),
        ({Domain.HOUSING: Level.UNKNOWN}, Level.NONE, Because.HIGHEST),
    ],
)
def test_the_overall_level_says_which_answers_led_to_it(
    answers: dict[Domain, Level], level: Level, because: Because
) -> None:
    found = overall({**SAFE, **answers})
    assert (found.level, found.because) == (level, because)


def test_a_person_of_whom_nothing_was_asked_is_not_called_safe() -> None:
    found = overall({})
    assert found.level is Level.UNKNOWN
    assert ask_again(date(2026, 11, 24), found.level) == date(2026, 12, 1)


@given(KNOWN, st.sampled_from(list(Domain)))
def test_more_danger_in_one_domain_never_lowers_the_whole(levels: dict[Domain, Level], domain: Domain) -> None:
    raised = {**levels, domain: ORDER[min(ORDER.index(levels[domain]) + 1, 3)]}
    before, after = overall(levels).level, overall(raised).level
    assert ORDER.index(after) >= ORDER.index(before)
    assert ask_again(NOON.date(), after) <= ask_again(NOON.date(), before)


@given(LEVELS, LEVELS)
def test_two_assessments_are_compared_both_ways_alike(a: dict[Domain, Level], b: dict[Domain, Level]) -> None:
    there, back = compare(a, b), compare(b, a)
    assert [c.domain for c in there] == [c.domain for c in back]
    for forth, again in zip(there, back, strict=True):
        assert (forth.worse is None) is (again.worse is None)
        assert forth.worse is None or forth.worse is not again.worse


def test_nobody_is_reached_who_was_not_asked() -> None:
    for channel in Channel:
        assert may_contact(None, channel, NOON).why is Why.NOT_ASKED


@given(
    st.frozensets(st.sampled_from(list(Channel))),
    st.sampled_from(list(Channel)),
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001 - local time
)
def test_do_not_contact_closes_every_way_at_every_hour(
    channels: frozenset[Channel], channel: Channel, moment: datetime
) -> None:
    assert not may_contact(ContactRules(channels, no_contact=True), channel, moment)


def test_no_contact_holds_through_its_last_day_and_what_was_agreed_holds_after() -> None:
    rules = ContactRules(frozenset({Channel.CALL}), no_contact=True, no_contact_until=NOON.date())
    assert may_contact(rules, Channel.CALL, NOON).why is Why.NO_CONTACT
    assert may_contact(rules, Channel.CALL, NOON + timedelta(days=1))


DAYS = st.none() | st.dates(date(2020, 1, 1), date(2090, 1, 1))
HOURS = st.none() | st.integers(0, 24)


@given(
    st.builds(
        ContactRules, st.frozensets(st.sampled_from(Channel)), HOURS, HOURS, st.booleans(), st.booleans(), DAYS, DAYS,
        st.sampled_from(["", "ar", "ti"]),
    ),
    st.sampled_from(Channel),
    st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - local time
)  # fmt: skip
def test_another_node_that_is_told_the_rules_calls_no_more_than_we_would(
    rules: ContactRules, channel: Channel, moment: datetime
) -> None:
    told = from_told(json.loads(json.dumps(as_told(rules))))
    answer = may_contact(told, channel, moment)
    assert answer == may_contact(rules, channel, moment) or (channel is Channel.THROUGH and not answer)


def test_what_somebody_said_long_ago_is_asked_anew() -> None:
    rules = ContactRules(frozenset({Channel.POST}), ask_again_on=NOON.date())
    assert may_contact(rules, Channel.POST, NOON)
    assert may_contact(rules, Channel.POST, NOON + timedelta(days=1)).why is Why.ASK_ANEW


@pytest.mark.parametrize(
    ("first", "last", "hour", "may"),
    [(9, 17, 9, True), (9, 17, 17, False), (22, 6, 23, True), (22, 6, 5, True), (22, 6, 6, False), (22, 6, 12, False)],
)
def test_a_phone_rings_only_in_the_hours_that_were_agreed_also_over_midnight(
    first: int, last: int, hour: int, may: bool
) -> None:
    rules = ContactRules(frozenset(Channel), from_hour=first, to_hour=last)
    moment = NOON.replace(hour=hour)
    assert bool(may_contact(rules, Channel.CALL, moment)) is may
    assert bool(may_contact(rules, Channel.TEXT, moment)) is may
    assert may_contact(rules, Channel.POST, moment)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (date(2026, 11, 24), date(2026, 12, 24)),
        (date(2026, 12, 10), date(2027, 1, 10)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 8, 31), date(2026, 9, 30)),
    ],
)
def test_a_request_is_answered_within_one_month(asked: date, due: date) -> None:
    """GDPR art. 12(3); where the month has no such day, its last one: Regulation 1182/71 art. 3(2)(c)."""
    assert answer_due(asked) == due


@pytest.mark.parametrize(
    "pin", ["000000", "121212", "123456", "987654", "890123", "246246", "050499", "19990405", "311299"]
)
def test_a_pin_that_others_try_first_is_weak(pin: str) -> None:
    assert is_weak(pin)


def test_a_pin_out_of_the_file_is_weak_and_one_out_of_nowhere_is_not() -> None:
    assert is_weak("112222", ["999551112222"])
    assert not is_weak("739164", ["999551112222"])


@pytest.mark.parametrize("text", ["419 027 553 861", "419-027-553-861", "٤١٩٠٢٧٥٥٣٨٦١", "४१९ ०२७ ५५३ ८६१"])
def test_a_number_is_read_in_any_scripts_digits(text: str) -> None:
    assert as_digits(text, 12, 12) == "419027553861"


@given(st.text())
def test_what_is_no_number_is_none_and_breaks_nothing(text: str) -> None:
    digits = as_digits(text, 6, 10)
    assert digits is None or (digits.isascii() and 6 <= len(digits) <= 10)


def test_a_visit_ends_after_ten_minutes_without_a_press_and_after_an_hour() -> None:
    nine, eleven, sixty = (NOON + timedelta(minutes=n) for n in (9, 11, 60))
    assert own_view.session_holds(NOON, nine, NOON + timedelta(minutes=19))
    assert not own_view.session_holds(NOON, NOON, eleven)
    assert not own_view.session_holds(NOON, sixty, sixty + timedelta(minutes=1))


def test_a_guardian_never_sees_where_a_child_is_nor_what_happened_whatever_is_chosen() -> None:
    for name in ("whereabouts", "safe_contact", "story"):
        assert own_view.is_kept_from(Holder.GUARDIAN, name, ())
        assert not own_view.is_kept_from(Holder.PERSON, name, (name,))
    assert own_view.is_kept_from(Holder.GUARDIAN, "health", ("health",))
    assert not own_view.is_kept_from(Holder.GUARDIAN, "health", ())
