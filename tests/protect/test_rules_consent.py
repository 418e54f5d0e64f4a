"""What leaves and what stays: properties over random consents, and worked decisions with their source."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.protect.rules.consent import NEEDED_FOR, plan_share
from mainstay.protect.types import CaseField, Category, ConsentFact, Ground, GroundKind, SharePlan, SharePurpose

TODAY = date(2026, 11, 24)
FIELDS = [CaseField(f"{category}_{n}", f"{category} {n}", category) for category in Category for n in (1, 2)]
RECIPIENTS = ["agency:clinic", "agency:police", "peer:Orvanta", "network"]

consents = st.builds(
    ConsentFact,
    id=st.uuids().map(str),
    categories=st.frozensets(st.sampled_from(Category)),
    recipients=st.frozensets(st.sampled_from(RECIPIENTS)),
    purposes=st.frozensets(st.sampled_from(SharePurpose)),
    given_on=st.dates(TODAY - timedelta(days=60), TODAY + timedelta(days=10)),
    until=st.none() | st.dates(TODAY - timedelta(days=30), TODAY + timedelta(days=90)),
    withdrawn_on=st.none() | st.just(TODAY),
)
lists = st.lists(consents, max_size=6)
recipients, purposes = st.sampled_from(RECIPIENTS), st.sampled_from(SharePurpose)


def plan(given_consents: list[ConsentFact], recipient: str, purpose: SharePurpose) -> SharePlan:
    return plan_share(FIELDS, given_consents, recipient, purpose, today=TODAY)


@given(lists, consents, recipients, purposes)
def test_one_more_consent_never_lets_less_out(
    before: list[ConsentFact], more: ConsentFact, recipient: str, purpose: SharePurpose
) -> None:
    assert set(plan(before, recipient, purpose).shared) <= set(plan([*before, more], recipient, purpose).shared)


@given(lists.filter(bool), recipients, purposes, st.data())
def test_withdrawing_never_lets_more_out(
    before: list[ConsentFact], recipient: str, purpose: SharePurpose, data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(before) - 1))
    after = [replace(c, withdrawn_on=TODAY) if n == which else c for n, c in enumerate(before)]
    assert set(plan(after, recipient, purpose).shared) <= set(plan(before, recipient, purpose).shared)


@given(lists, recipients, purposes)
def test_a_field_leaves_only_under_a_consent_that_names_all_three(
    given_consents: list[ConsentFact], recipient: str, purpose: SharePurpose
) -> None:
    found = plan(given_consents, recipient, purpose)
    by_id = {consent.id: consent for consent in given_consents}
    for decision in found.decisions:
        if decision.shared:
            consent = by_id[decision.consent_id]
            assert decision.field.category in consent.categories
            assert recipient in consent.recipients
            assert purpose in consent.purposes
            assert consent.withdrawn_on is None
            assert consent.given_on <= TODAY
            assert consent.until is None or consent.until >= TODAY


@given(lists, recipients, purposes)
def test_where_a_person_is_never_leaves(
    given_consents: list[ConsentFact], recipient: str, purpose: SharePurpose
) -> None:
    assert not [name for name in plan(given_consents, recipient, purpose).shared if name.startswith("whereabouts")]


@given(lists, recipients, purposes)
def test_every_withheld_field_says_why(
    given_consents: list[ConsentFact], recipient: str, purpose: SharePurpose
) -> None:
    found = plan(given_consents, recipient, purpose)
    assert [decision.field for decision in found.decisions] == FIELDS
    assert all(decision.code for decision in found.decisions)


def everything(**changes: object) -> ConsentFact:
    """A consent to everything for the clinic, to help; changed as a test says."""
    whole = ConsentFact(
        id="c1",
        categories=frozenset(Category),
        recipients=frozenset(RECIPIENTS),
        purposes=frozenset(SharePurpose),
        given_on=TODAY - timedelta(days=19),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # each test names real fields


@pytest.mark.parametrize(
    ("purpose", "category"),
    [
        (SharePurpose.ASSISTANCE, Category.MONEY),  # GDPR art. 5(1)(c): a clinic needs no account numbers
        (SharePurpose.ASSISTANCE, Category.EXPLOITERS),
        (SharePurpose.INVESTIGATION, Category.HEALTH),  # CETS 197 art. 11(2): health is not needed to follow money
        (SharePurpose.COOPERATION, Category.HEALTH),
        (SharePurpose.COOPERATION, Category.CONTACT),
        (SharePurpose.STATISTICS, Category.IDENTITY),  # GDPR art. 89(1): figures need no identity
    ],
)
def test_what_a_purpose_does_not_need_stays_even_with_consent_to_everything(
    purpose: SharePurpose, category: Category
) -> None:
    found = plan([everything()], "peer:Orvanta", purpose)
    codes = {d.code for d in found.decisions if d.field.category == category}
    assert codes == {"not_needed"}
    assert category not in NEEDED_FOR[purpose]


@pytest.mark.parametrize(
    ("changes", "leaves"),
    [
        ({"until": TODAY}, True),  # the last day still counts
        ({"until": TODAY - timedelta(days=1)}, False),
        ({"given_on": TODAY}, True),
        ({"given_on": TODAY + timedelta(days=1)}, False),
        ({"withdrawn_on": TODAY}, False),  # GDPR art. 7(3): with effect on every later share
        ({"recipients": frozenset({"agency:police"})}, False),
        ({"purposes": frozenset({SharePurpose.INVESTIGATION})}, False),
        ({"categories": frozenset({Category.CONTACT})}, False),
    ],
)
def test_a_consent_holds_in_its_days_for_its_recipient_and_purpose(changes: dict[str, object], leaves: bool) -> None:
    found = plan([everything(**changes)], "agency:clinic", SharePurpose.ASSISTANCE)
    assert ("identity_1" in found.shared) is leaves


def test_what_an_agency_may_never_receive_stays_whatever_the_person_says() -> None:
    found = plan_share(
        FIELDS,
        [everything()],
        "agency:clinic",
        SharePurpose.ASSISTANCE,
        today=TODAY,
        may_receive=frozenset({Category.NEEDS}),
    )
    assert set(found.shared) == {"needs_1", "needs_2"}


@pytest.mark.parametrize(
    ("changes", "leaves"),
    [
        ({}, True),
        ({"approved_by": ""}, False),  # nobody stands for it
        ({"asked_by": "Dr Amsel"}, False),  # who asks does not approve
        ({"until": TODAY}, True),
        ({"until": TODAY - timedelta(days=1)}, False),
        ({"starts": TODAY + timedelta(days=1)}, False),
        ({"ended_on": TODAY}, False),
        ({"recipient": "agency:clinic"}, False),
        ({"purpose": SharePurpose.INVESTIGATION}, False),
    ],
)
def test_a_legal_ground_needs_an_approver_and_holds_in_its_days(changes: dict[str, object], leaves: bool) -> None:
    whole = Ground(
        GroundKind.IMMINENT_DANGER,
        "Dr Amsel",
        frozenset({Category.CONTACT, Category.WHEREABOUTS}),
        "agency:police",
        SharePurpose.ASSISTANCE,
        starts=TODAY - timedelta(days=1),
        until=TODAY + timedelta(days=1),
        asked_by="Mr Reed",
    )
    ground = replace(whole, **changes)  # type: ignore[arg-type]  # each case names real fields
    found = plan_share(FIELDS, [], "agency:police", SharePurpose.ASSISTANCE, today=TODAY, grounds=[ground])
    assert ("contact_1" in found.shared) is leaves
    assert "identity_1" not in found.shared
    assert "whereabouts_1" not in found.shared, "a protected address leaves by no ground"
