"""A case that goes to a colleague or another agency goes whole: what moves, what ends, what stays, and why."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, reverse

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect import urls
from mainstay.protect.models import (
    Case,
    CaseFlag,
    CaseTask,
    Measure,
    OutsideAccess,
    PlanStep,
    Procedure,
    ProtectedAddress,
)
from mainstay.protect.rules.own_view import Holder
from mainstay.protect.services import (
    addresses,
    cases,
    flags,
    grounds,
    identification,
    measures,
    notes,
    outside,
    own_codes,
    plans,
    referrals,
    teamwork,
    transfers,
)
from mainstay.protect.types import Category, Given, GroundKind, SharePurpose
from tests.factories import a_person, a_screening, an_agency
from tests.protect.conftest import NOW, TODAY, Scene

pytestmark = pytest.mark.django_db
EVERYTHING = tuple(category for category in Category if category is not Category.WHEREABOUTS)

MOVES = "moves: it hangs on the case, and is read through it"
#: What becomes of each model of a case when it goes to another agency. A model that is added tomorrow has to say.
BECOMES = {
    "AgeRecord": MOVES,
    "Assessment": MOVES,
    "CaseContact": MOVES,
    "CaseNameSound": MOVES,
    "CasePlan": MOVES,
    "CaseTask": "moves: what is still to be done is who took the case over's",
    "Conference": MOVES,
    "Consent": MOVES,
    "DayNote": MOVES,
    "Deadline": "moves: the days stay as they were counted, in the calendar of who has the case",
    "Document": MOVES,
    "Goal": MOVES,
    "GuardianLimit": MOVES,
    "HandOver": MOVES,
    "IdentityPaper": MOVES,
    "Involved": MOVES,
    "LeftOut": "moves: it may name other recipients; for the new agency there is none, or the case does not go",
    "LegalGround": "moves: one that nobody answered is refused",
    "LegalHold": "moves: a hold is on the file, whoever keeps it",
    "Measure": "moves: with who follows it",
    "MeasureNotice": MOVES,
    "MeasureStep": MOVES,
    "Need": MOVES,
    "OwnCode": "moves: the own view is the person's, whoever keeps the file",
    "OwnMessage": MOVES,
    "OwnRequest": "moves: the new agency answers it",
    "Permit": MOVES,
    "PersonName": MOVES,
    "PlanStep": "moves: what is still to be done is who took the case over's, or the person's own",
    "Procedure": "moves: with who follows it",
    "Referral": "moves: the answers are the new agency's",
    "Relative": MOVES,
    "RiskAssessment": MOVES,
    "SafeContact": MOVES,
    "SafetyPlan": MOVES,
    "Share": MOVES,
    "Situation": MOVES,
    "Station": MOVES,
    "Submission": MOVES,
    "Tie": "moves: whoever is tied to the person stays shut out",
    "WageCalculation": MOVES,
    "AddressOpening": "ends: with the address; the chain keeps who opened it",
    "CaseFlag": "ends: it is for whoever opens the list of the old agency",
    "OutsideAccess": "ends: with the consent that was given for it",
    "ProtectedAddress": "ends: the person tells the new agency themself (CETS 197, article 11)",
    "CaseOrigin": "stays: by it the agency that took the file in finds that it did; its words are read with the case",
    "ErasureCertificate": "stays: there is none while there is a case to hand over",
    "FieldChange": "stays: unread, with the agency that wrote it",
    "Note": "stays: unread, with the agency that wrote it",
    "Transfer": "stays: it names both agencies",
}


def models_of_a_case() -> list[type[Model]]:
    return [
        model
        for model in apps.get_models()
        if any(field.is_relation and field.related_model is Case for field in model._meta.concrete_fields)
    ]


@pytest.fixture
def taker() -> User:
    """A case manager at another agency."""
    return a_person(Role.CASE_MANAGER, an_agency("Orchard house"))


@pytest.fixture
def full(scene: Scene, taker: User) -> Scene:
    """A case with something of each kind that somebody has to do, or may read."""
    case, manager = scene.case, scene.manager
    scene.consent(*EVERYTHING, to=referrals.recipient_of(taker.agency))
    scene.consent(*EVERYTHING)
    authority = a_person(Role.IDENTIFICATION_AUTHORITY, an_agency("Authority (made up)"))
    asks = referrals.recipient_of(authority.agency)
    scene.consent(*EVERYTHING, to=asks, for_=SharePurpose.IDENTIFICATION)
    need = cases.add_need(case, "health", "", actor=manager, now=NOW)
    referrals.refer(need, scene.provider.agency, actor=manager, today=TODAY, now=NOW)
    identification.ask_to_decide(case, authority.agency, actor=manager, today=TODAY, now=NOW)
    draft = measures.MeasureDraft(
        measures.MeasureKind.CHARGE, TODAY, "XS", frozenset({measures.Offence.DOCUMENTS}), words="Held at Gate Nine"
    )
    measures.record_measure(case, draft, actor=manager, today=TODAY, now=NOW)
    goal = plans.add_goal(case, "A room of her own", [need], actor=manager, now=NOW)
    plans.add_step(goal, "Ask the housing office", who=manager, due_date=TODAY, actor=manager)
    plans.add_step(goal, "Choose a room", who=None, due_date=TODAY, actor=manager)
    done = plans.add_step(goal, "Made a list", who=manager, due_date=TODAY, actor=manager)
    plans.move(done, "done", actor=manager)
    teamwork.add_task(case, "Call the clinic", owner=manager, due_date=TODAY, actor=manager, now=NOW)
    flags.set_flag(case, "urgent", "Now", until=None, actor=manager, today=TODAY, now=NOW)
    notes.write_note(case, "Between us", is_pinned=False, actor=manager, now=NOW)
    cases.change_case(case, {"health": "Better"}, version=Case.objects.get(pk=case.pk).version, actor=manager)
    guest = outside.Guest(
        "doctor", "Dr. Made-up", frozenset({Category.HEALTH}), SharePurpose.ASSISTANCE, TODAY, Given.SPOKEN
    )
    outside.let_in(case, guest, actor=manager, today=TODAY, now=NOW)
    own_codes.give_code(case, Holder.PERSON, "739164", language="en", days=30, actor=manager, today=TODAY, now=NOW)
    addresses.protect_address(case, "House 7", [], actor=manager, now=NOW)
    return scene


def hand_to(scene: Scene, taker: User) -> None:
    with clock.frozen_at(NOW):
        row = transfers.ask_to_take_over(scene.case, taker.agency, "", actor=scene.manager, today=TODAY, now=NOW)
        transfers.answer_transfer(row, accepted=True, reason="", actor=taker, today=TODAY, now=NOW)


def pages_about(case: Case) -> Iterator[str]:
    """Every page that is named by a case alone."""
    for pattern in urls.urlpatterns:
        of_a_case = isinstance(pattern, URLPattern) and str(pattern.pattern).startswith("people/<uuid:pk>/")
        if of_a_case and set(pattern.pattern.converters) == {"pk"}:
            yield reverse(f"protect:{pattern.name}", args=[case.pk])


def test_every_model_of_a_case_says_what_becomes_of_it() -> None:
    assert {model.__name__ for model in models_of_a_case()} == set(BECOMES)


def test_no_row_stays_with_the_old_agency_or_its_people_but_for_a_reason(full: Scene, taker: User) -> None:
    before = {model: model._default_manager.filter(case=full.case).count() for model in models_of_a_case()}
    hand_to(full, taker)
    case = Case.objects.get(pk=full.case.pk)
    assert (case.agency, case.owner) == (taker.agency, taker)
    for model, count in before.items():
        rows = model._default_manager.filter(case=case)
        name, names = model.__name__, {field.name for field in model._meta.concrete_fields}
        if not BECOMES[name].startswith("ends") and name not in {"Share", "Transfer"}:
            assert rows.count() == count, f"{name} was lost"
        if "agency" in names and not BECOMES[name].startswith("stays") and name != "CaseContact":
            assert set(rows.values_list("agency", flat=True)) <= {taker.agency_id}, name
    assert {row.owner for model in (CaseTask, Measure, Procedure) for row in model._default_manager.all()} == {taker}
    assert [step.who for step in PlanStep.objects.order_by("pk").filter(state="todo").exclude(who=None)] == [taker]
    assert PlanStep.objects.get(state="done").who == full.manager  # who did it did it
    assert PlanStep.objects.filter(who=None).count() == 1  # what the person does themself stays theirs
    assert not CaseFlag.objects.filter(ended_at=None).exists()
    access = OutsideAccess.objects.get()
    assert access.ended_at is not None
    assert not [c for c in case.consents.filter(withdrawn_on=None) if access.recipient in c.recipients]
    assert not ProtectedAddress.objects.exists()
    assert case.own_codes.filter(ended_at=None).count() == 1


def test_no_page_of_the_case_opens_for_the_old_agency_any_more(full: Scene, taker: User) -> None:
    old, new = Client(), Client()
    old.force_login(full.manager)
    new.force_login(taker)
    pages = list(pages_about(full.case))
    opened = [page for page in pages if old.get(page).status_code == 200]
    assert len(opened) > 20
    hand_to(full, taker)
    for page in pages:
        assert old.get(page).status_code in {404, 405}, page
    assert [page for page in opened if new.get(page).status_code == 200] == [
        page for page in opened if "address/open" not in page
    ]
    rows: list[tuple[str, Any]] = [("measure", Measure.objects.get().pk), ("procedure", Procedure.objects.get().pk)]
    for name, pk in rows:
        assert old.get(reverse(f"protect:{name}", args=[pk])).status_code == 404
    for name in ("measures", "procedures", "list", "days", "own_requests", "referrals_sent", "exports"):
        assert full.case.reference not in old.get(reverse(f"protect:{name}")).content.decode(), name


def test_an_interview_stays_the_record_of_who_made_it_and_says_that_the_case_went_elsewhere(
    scene: Scene, taker: User
) -> None:
    screening = a_screening(scene.manager)
    screener = a_person(Role.SCREENER, an_agency("Border post (made up)", "border_police"))
    theirs = a_screening(screener)
    for interview in (screening, theirs):
        who = scene.manager if interview is screening else screener
        case = cases.open_case_from_screening(
            interview.pk, agency=scene.manager.agency, actor=who, today=TODAY, now=NOW
        )
        moved = Scene(scene.manager, scene.provider, case)
        moved.consent(*EVERYTHING, to=referrals.recipient_of(taker.agency))
        hand_to(moved, taker)
    clients = {}
    for person in (scene.manager, screener, taker):
        clients[person] = Client()
        clients[person].force_login(person)
    mine, police = (reverse("identify:result", args=[row.pk]) for row in (screening, theirs))
    page = clients[scene.manager].get(mine).content.decode()
    assert "went to another agency" in page
    assert "Open a case" not in page
    assert clients[scene.manager].get(police).status_code == 404  # it had the case, and never the interview
    assert "went to another agency" not in clients[screener].get(police).content.decode()  # not theirs to know
    assert clients[taker].get(mine).status_code == clients[taker].get(police).status_code == 404
    back = Scene(taker, scene.provider, Case.objects.get(screening_id=screening.pk))
    back.consent(*EVERYTHING, to=referrals.recipient_of(scene.manager.agency))
    hand_to(back, scene.manager)
    assert "went to another agency" not in clients[scene.manager].get(mine).content.decode()


def test_a_colleague_who_takes_a_case_on_takes_on_what_was_still_to_be_done(full: Scene) -> None:
    colleague = a_person(Role.CASE_MANAGER, full.manager.agency)
    teamwork.hand_over(full.case, colleague, "", actor=full.manager, now=NOW)
    assert {row.owner for model in (CaseTask, Measure, Procedure) for row in model._default_manager.all()} == {
        colleague
    }
    assert PlanStep.objects.get(state="todo", who__isnull=False).who == colleague
    assert PlanStep.objects.get(state="done").who == full.manager


def test_a_ground_that_nobody_answered_does_not_go_along_as_if_it_could_still_be_approved(
    scene: Scene, taker: User
) -> None:
    scene.consent(*EVERYTHING, to=referrals.recipient_of(taker.agency))
    draft = grounds.GroundDraft(
        GroundKind.IMMINENT_DANGER, frozenset({Category.IDENTITY}), scene.clinic, SharePurpose.ASSISTANCE, TODAY, "Now"
    )
    ground = grounds.ask_for_ground(scene.case, draft, actor=scene.manager, today=TODAY, now=NOW)
    hand_to(scene, taker)
    ground.refresh_from_db()
    assert (ground.is_approved, ground.agency) == (False, taker.agency)
