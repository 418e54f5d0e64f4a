"""Review, correction, who was screened before, and how well an instrument works; everybody here is made up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.accounts.models import Agency, User
from mainstay.audit.models import Entry
from mainstay.core import keystore
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError, NotFoundError
from mainstay.core.keystore import KeyDestroyedError
from mainstay.core.names import sound_keys
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.errors import CorrectedError, OwnReviewError, ReasonMissingError
from mainstay.identify.models.screenings import NameSound, Outcome, Screening
from mainstay.identify.queries import accuracy, screenings
from mainstay.identify.services import persons, supervision
from mainstay.identify.services import screenings as asking
from mainstay.identify.types import Instrument
from mainstay.protect.errors import CaseExistsError
from mainstay.protect.services import cases, erasure
from tests.factories import a_person, an_agency

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
STRONG = {"brought_here": "yes", "threats": "yes", "made_to": "work"}
NOTHING = {"brought_here": "no", "threats": "no", "made_to": "none"}


def rapid() -> Instrument:
    """The shipped rapid screen."""
    found = load_shipped("rapid_screen")
    assert found is not None
    return found


def screened(
    agency: Agency, name: str = "", answers: dict[str, str] = STRONG, by: User | None = None, sex: str = "unknown"
) -> Screening:
    """A finished screening of somebody of that name."""
    actor = by or a_person(Role.SCREENER, agency)
    who = asking.Circumstances(sex=sex)
    return asking.record_screening(rapid(), answers, False, who=who, name=name, actor=actor, now=NOW)


def test_a_supervisor_returns_a_screening_with_a_comment_and_the_screener_corrects_it_by_a_new_version() -> None:
    agency = an_agency()
    first = screened(agency, "Yaro Tervanu", NOTHING)
    supervisor = a_person(Role.SUPERVISOR, agency)
    assert list(screenings.waiting_for_review(supervisor)) == [first]
    with pytest.raises(ReasonMissingError):
        supervision.review_screening(first, approved=False, comment=" ", actor=supervisor, now=NOW)
    supervision.review_screening(first, approved=False, comment="Ask about threats.", actor=supervisor, now=NOW)
    assert not screenings.waiting_for_review(supervisor).exists()
    with pytest.raises(ReasonMissingError):
        supervision.correct_screening(first, reason="", actor=first.owner, now=NOW)
    fresh = supervision.correct_screening(first, reason="I heard it wrong.", actor=first.owner, now=NOW)
    assert supervision.correct_screening(first, reason="again", actor=first.owner, now=NOW) == fresh
    assert asking.open_draft(fresh, actor=first.owner) == NOTHING
    for question, value in STRONG.items():
        asking.save_answer(fresh, question, value, actor=first.owner)
    ending = asking.ending_so_far(fresh, actor=first.owner)
    done = asking.finish_screening(fresh, ending, actor=first.owner, now=NOW, today=NOW.date())
    assert (done.version, done.level, done.key_id) == (2, "trafficking indicated", first.key_id)
    assert list(screenings.waiting_for_review(supervisor)) == [done]
    kept = asking.open_screening(Screening.objects.get(pk=first.pk), actor=supervisor)
    assert (kept.answers["threats"], kept.review_comment, kept.name) == ("no", "Ask about threats.", "Yaro Tervanu")
    with pytest.raises(CorrectedError):
        supervision.correct_screening(first, reason="once more", actor=first.owner, now=NOW)


def test_a_review_that_nobody_read_is_not_overwritten() -> None:
    agency = an_agency()
    row = screened(agency)
    one, other = Client(), Client()
    one.force_login(a_person(Role.SUPERVISOR, agency))
    other.force_login(a_person(Role.CASE_MANAGER, agency))
    address = reverse("identify:review", args=[row.pk])
    seen = supervision.standing(row)
    assert f'value="{seen}"' in other.get(address).content.decode()
    one.post(address, {"approved": "no", "comment": "Ask about debts.", "seen": seen})
    late = other.post(address, {"approved": "no", "comment": "Ask about papers.", "seen": seen})
    assert late.status_code == 409
    assert "Ask about papers." in late.content.decode()
    row.refresh_from_db()
    assert row.review_comment.open() == "Ask about debts."


def test_throwing_a_correction_away_leaves_the_interview_readable() -> None:
    first = screened(an_agency())
    fresh = supervision.correct_screening(first, reason="x", actor=first.owner, now=NOW)
    asking.discard_draft(fresh, actor=first.owner, now=NOW)
    assert asking.open_screening(first, actor=first.owner).answers["threats"] == "yes"


def test_nobody_reviews_their_own_screening_or_one_of_another_agency() -> None:
    agency = an_agency()
    manager = a_person(Role.CASE_MANAGER, agency)
    own = screened(agency, by=manager)
    with pytest.raises(OwnReviewError):
        supervision.review_screening(own, approved=True, comment="", actor=manager, now=NOW)
    stranger = a_person(Role.SUPERVISOR)
    for refused in (stranger, a_person(Role.SCREENER, agency)):
        with pytest.raises(NotAllowedError):
            supervision.review_screening(own, approved=True, comment="", actor=refused, now=NOW)


@pytest.mark.parametrize(
    "spelling",
    ["Fatimah al-Haddad", "فاطمة حداد", "Фатима Хаддад", "ፋጢማ ሃዳድ", "HADDAD, Fatima"],
)
def test_a_person_screened_before_is_suggested_in_any_script_and_never_merged(spelling: str) -> None:
    agency = an_agency()
    before = screened(agency, spelling)
    screened(agency, "Petros Gebre")
    screened(an_agency(), spelling)
    later = screened(agency, "Fatima Haddad")
    manager = a_person(Role.CASE_MANAGER, agency)
    assert screenings.seen_before(later, manager) == [(before, None)]
    assert before.key_id != later.key_id
    persons.say_same(later, before, same=True, actor=manager, now=NOW)
    persons.say_same(before, later, same=False, actor=manager, now=NOW)
    assert screenings.seen_before(later, manager) == [(before, False)]
    assert Entry.objects.filter(action="identify.same_person_said").count() == 2


def test_other_names_share_no_two_sounds() -> None:
    one, other = sound_keys("Fatima Haddad"), sound_keys("Petros Gebre")
    assert len(one & other) < 2


def test_a_name_is_not_in_the_database_and_is_not_found_after_erasing() -> None:
    row = screened(an_agency(), "Fatima Haddad")
    with connection.cursor() as cursor:
        for table in ("identify_screening", "identify_namesound"):
            cursor.execute(f"SELECT * FROM {table}")
            assert "fatima" not in str(cursor.fetchall()).lower()
    asking.forget(row.key_id)
    assert not NameSound.objects.exists()


def test_the_answers_of_a_corrected_interview_are_erased_with_the_person() -> None:
    first = screened(an_agency(), "Yaro Tervanu")
    fresh = supervision.correct_screening(first, reason="x", actor=first.owner, now=NOW)
    keystore.node().destroy(first.key_id, at="now")
    with pytest.raises(KeyDestroyedError):
        Screening.objects.get(pk=fresh.pk).answers.open()


def decided(agency: Agency, number: int, answers: dict[str, str], outcome: Outcome, sex: str, by: User) -> None:
    """So many people screened and decided on."""
    for _ in range(number):
        row = screened(agency, answers=answers, by=by, sex=sex)
        persons.note_outcome(row.key_id, outcome is Outcome.IDENTIFIED, date(2026, 4, 1))


def test_levels_are_held_against_decisions_with_small_groups_hidden() -> None:
    agency = an_agency()
    by, supervisor = a_person(Role.SCREENER, agency), a_person(Role.SUPERVISOR, agency)
    decided(agency, 8, STRONG, Outcome.IDENTIFIED, "female", by)
    decided(agency, 2, NOTHING, Outcome.IDENTIFIED, "female", by)
    decided(agency, 3, STRONG, Outcome.NOT_IDENTIFIED, "male", by)
    decided(agency, 9, NOTHING, Outcome.NOT_IDENTIFIED, "male", by)
    decided(agency, 1, NOTHING, Outcome.NOT_IDENTIFIED, "other", by)
    found = accuracy.learn("rapid_screen", supervisor)
    assert (found.decided.sensitivity.hits, found.decided.sensitivity.of) == (8, 10)
    assert (found.decided.specificity.hits, found.decided.specificity.of) == (10, 13)
    assert {sex: group is None for sex, group in found.groups["sex"].items()} == {
        "female": True,
        "male": False,
        "other": True,
    }
    assert "owner__name" in found.groups
    manager = a_person(Role.CASE_MANAGER, agency)
    assert "owner__name" not in accuracy.learn("rapid_screen", manager).groups
    assert accuracy.learn("rapid_screen", a_person(Role.SUPERVISOR)).screened == 0
    with CaptureQueriesContext(
        connection,
    ) as few:
        accuracy.learn("rapid_screen", supervisor)
    decided(agency, 5, STRONG, Outcome.IDENTIFIED, "male", by)
    with CaptureQueriesContext(connection) as many:
        accuracy.learn("rapid_screen", supervisor)
    assert len(few) == len(many)


def test_two_screeners_of_one_person_are_compared_once_a_colleague_says_it_is_one() -> None:
    agency = an_agency()
    manager = a_person(Role.CASE_MANAGER, agency)
    for answers in (STRONG, NOTHING):
        one, other = screened(agency, "Fatima Haddad", answers), screened(agency, "Fatima Haddad", answers)
        persons.say_same(one, other, same=True, actor=manager, now=NOW)
    found = accuracy.learn("rapid_screen", manager).agreement
    assert (found.pairs, found.kappa) == (2, 1.0)


def test_the_result_says_what_a_positive_is_worth_at_this_place() -> None:
    agency = an_agency()
    row = screened(agency)
    client = Client()
    client.force_login(a_person(Role.SUPERVISOR, agency))
    page = client.get(reverse("identify:result", args=[row.pk])).content.decode()
    assert "3.5" in page
    assert "has not been measured" in page
    answer = client.post(reverse("identify:prevalence"), {"per_thousand": "0", "source": "a guess"})
    assert answer.status_code == 422
    client.post(reverse("identify:prevalence"), {"per_thousand": "25", "source": "Survey of 2025 (made up)"})
    known = accuracy.prevalence_at(a_person(Role.SCREENER, agency))
    assert known is not None
    assert known.per_thousand == Decimal("25.0")


def test_the_pages_of_review_and_correction_work_in_order() -> None:
    agency = an_agency()
    row = screened(agency, "Yaro Tervanu")
    chief, screener = Client(), Client()
    chief.force_login(a_person(Role.SUPERVISOR, agency))
    screener.force_login(row.owner)
    address = reverse("identify:review", args=[row.pk])
    assert chief.post(address, {"approved": "no", "comment": ""}).status_code == 200
    assert chief.post(address, {"approved": "no", "comment": "Ask about debts."}).status_code == 302
    assert "Ask about debts." in screener.get(reverse("identify:result", args=[row.pk])).content.decode()
    moved = screener.post(reverse("identify:correct", args=[row.pk]), {"reason": "Debts."})
    assert moved.status_code == 302
    fresh = Screening.objects.get(supersedes=row)
    finish = reverse("identify:finish", args=[fresh.pk])
    assert "Yaro Tervanu" in screener.get(finish).content.decode()
    screener.post(finish, {"note": "", "name": "Yaro Tervanu", "nationality": "XS"})
    screener.post(finish, {"note": "", "name": "Yaro Tervanu", "nationality": "LY"})
    fresh.refresh_from_db()
    assert fresh.is_finished
    assert fresh.screened_at is not None
    assert abs(fresh.screened_at - datetime.now(UTC)) < timedelta(minutes=5)
    listed = screener.get(reverse("identify:list")).content.decode()
    assert str(fresh.pk) in listed
    assert str(row.pk) not in listed
    assert chief.get(reverse("identify:learning")).status_code == 200


def test_a_correction_after_the_decision_keeps_what_was_decided() -> None:
    manager = a_person(Role.CASE_MANAGER)
    first = screened(manager.agency, by=manager)
    persons.note_outcome(first.key_id, True, NOW.date())
    first.refresh_from_db()
    fresh = supervision.correct_screening(first, reason="A wrong key.", actor=manager, now=NOW)
    assert (fresh.outcome, fresh.outcome_date) == (Outcome.IDENTIFIED, NOW.date())


def test_versions_of_one_interview_are_not_said_to_be_two_of_one_person() -> None:
    first = screened(an_agency())
    with pytest.raises(NotFoundError):
        persons.say_same(first, first, same=True, actor=first.owner, now=NOW)


def test_one_person_has_one_case_also_after_a_correction_and_once_erased_waits_for_no_review() -> None:
    manager = a_person(Role.CASE_MANAGER)
    first = screened(manager.agency, by=manager)
    case = cases.open_case_from_screening(first.pk, actor=manager, today=NOW.date(), now=NOW)
    fresh = supervision.correct_screening(first, reason="A wrong key.", actor=manager, now=NOW)
    fresh = asking.finish_screening(fresh, actor=manager, now=NOW, today=NOW.date())
    with pytest.raises(CaseExistsError):
        cases.open_case_from_screening(fresh.pk, actor=manager, today=NOW.date(), now=NOW)
    supervisor = a_person(Role.SUPERVISOR, manager.agency)
    assert list(screenings.waiting_for_review(supervisor)) == [fresh]
    erasure.erase(case, actor=manager, now=NOW)
    assert not screenings.waiting_for_review(supervisor).exists()
