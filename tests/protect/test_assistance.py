"""What is done for a person: assessment, plan, tasks, conferences, hand-over, transfer, referrals; all made up."""

# ruff: noqa: DTZ001  # the clock on a wall has no zone

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit import queries as audit
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.protect import queries
from mainstay.protect.errors import (
    AlreadyAnsweredError,
    AssessmentDayError,
    NobodyThereError,
    NotACaseManagerError,
    NotAnAgencyHereError,
    NothingToShareError,
    TransferOpenError,
)
from mainstay.protect.models import Case, CaseTask, Goal, Referral, Situation, Transfer
from mainstay.protect.queries import teamwork as team_queries
from mainstay.protect.queries import transfers as transfer_queries
from mainstay.protect.services import (
    cases,
    consents,
    directory,
    erasure,
    matching,
    plans,
    referrals,
    teamwork,
    transfers,
    wages,
)
from mainstay.protect.types import Category
from mainstay.site import upkeep
from tests.factories import a_person, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

pytestmark = pytest.mark.django_db
EVERYTHING = tuple(category for category in Category if category is not Category.WHEREABOUTS)
WORDS = "She wants to sleep without fear"


def assess(scene: Scene, day: Any = TODAY, **urgencies: int) -> Any:
    """Keep an assessment of a day."""
    return plans.assess(
        scene.case, urgencies, {"safety": WORDS}, assessed_on=day, actor=scene.manager, today=TODAY, now=NOW
    )


def client_for(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def open_needs(case: Case) -> dict[str, int | None]:
    return dict(case.needs.filter(met_at=None).values_list("kind", "urgency"))


def test_an_assessment_makes_needs_raises_them_and_meets_them(scene: Scene) -> None:
    cases.add_need(scene.case, "legal", "by hand", actor=scene.manager, now=NOW)
    assess(scene, TODAY - timedelta(days=9), safety=3, housing=1, legal=0)
    assert open_needs(scene.case) == {"legal": None, "safety": 3, "shelter": 1}
    assess(scene, safety=0, housing=2, legal=1)
    assert open_needs(scene.case) == {"legal": 1, "shelter": 2}
    assess(scene, TODAY - timedelta(days=30), safety=3, housing=3, legal=3)  # entered late: today stays as it is
    assert open_needs(scene.case) == {"legal": 1, "shelter": 2}


@pytest.mark.parametrize(
    ("day", "urgencies"),
    [(TODAY + timedelta(days=1), {"safety": 1}), (TODAY, {"safety": 4}), (TODAY, {"weather": 1}), (TODAY, {})],
)
def test_an_assessment_that_cannot_be_is_refused_and_makes_no_need(
    scene: Scene, day: Any, urgencies: dict[str, int]
) -> None:
    with pytest.raises(AssessmentDayError):
        assess(scene, day, **urgencies)
    assert not scene.case.needs.exists()


def tell_all(scene: Scene) -> None:
    """Write words into every part of assistance."""
    assess(scene, safety=3)
    goal = plans.add_goal(scene.case, WORDS, scene.case.needs.all(), actor=scene.manager, now=NOW)
    plans.add_step(goal, WORDS, who=scene.manager, due_date=TODAY, actor=scene.manager)
    teamwork.add_task(scene.case, WORDS, owner=scene.manager, due_date=TODAY, actor=scene.manager, now=NOW)
    draft = teamwork.ConferenceDraft(TODAY, WORDS, WORDS, (scene.provider.agency,))
    teamwork.record_conference(scene.case, draft, actor=scene.manager, today=TODAY, now=NOW)
    plans.note_situation(
        scene.case, {"unpaid": "yes"}, languages=["sw"], latitude=Decimal("52.37403"), longitude=Decimal("4.88969"),
        actor=scene.manager, now=NOW,
    )  # fmt: skip


def test_the_words_of_assistance_are_sealed_and_shown_only_when_asked_for_which_is_noted(scene: Scene) -> None:
    tell_all(scene)
    with connection.cursor() as cursor:
        for table in ("assessment", "goal", "planstep", "casetask", "conference", "situation"):
            cursor.execute(f"SELECT * FROM protect_{table}")
            row = b"|".join(
                bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone()
            )
            assert WORDS.encode() not in row
            assert b"52.3" not in row
    client = client_for(scene.manager)
    page = reverse("protect:assistance", args=[scene.case.pk])
    for address in (page, reverse("today"), reverse("protect:eligible", args=[scene.case.pk])):
        assert WORDS not in client.get(address).content.decode()
    assert client.post(page).content.decode().count(WORDS) >= 5
    for action in ("plan_read", "team_notes_read", "assessment_read"):
        assert Entry.objects.filter(action=f"protect.{action}").exists()
    assert audit.verify().holds


def test_where_a_person_is_stays_coarse_even_under_the_seal(scene: Scene) -> None:
    tell_all(scene)
    around = plans.read_situation(scene.case, actor=scene.manager)
    assert around.place is not None
    assert (around.place.latitude, around.place.longitude, around.place.coarse) == (52.4, 4.9, True)


def test_erasing_a_person_takes_all_of_assistance_with_them(scene: Scene) -> None:
    tell_all(scene)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    for model in (Situation, Goal, CaseTask):
        assert not model._default_manager.exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CASE_MANAGER])
def test_no_other_role_reads_a_plan(scene: Scene, person_of: Callable[[Role], User], role: Role) -> None:
    tell_all(scene)
    for read in (plans.open_plan, teamwork.open_team_notes, plans.read_situation):
        with pytest.raises(NotAllowedError):
            read(scene.case, actor=person_of(role))


def test_a_plan_is_agreed_on_a_day_and_looked_at_again_later(scene: Scene) -> None:
    plans.agree_plan(scene.case, agreed_on=TODAY, review_on=TODAY, actor=scene.manager, today=TODAY)
    with pytest.raises(AssessmentDayError):
        plans.agree_plan(
            scene.case, agreed_on=TODAY, review_on=TODAY - timedelta(days=1), actor=scene.manager, today=TODAY
        )
    with clock.frozen_at(NOW):
        assert "Look at the plan again" in client_for(scene.manager).get(reverse("today")).content.decode()


def test_a_task_stands_on_today_until_it_is_done(scene: Scene) -> None:
    task = teamwork.add_task(scene.case, WORDS, owner=scene.manager, due_date=TODAY, actor=scene.manager, now=NOW)
    assert "A task in this file" in client_for(scene.manager).get(reverse("today")).content.decode()
    with pytest.raises(NotACaseManagerError):
        teamwork.add_task(scene.case, "x", owner=scene.provider, due_date=TODAY, actor=scene.manager, now=NOW)
    teamwork.finish_task(task, done=True, actor=scene.manager, now=NOW)
    assert not team_queries.tasks_of(scene.manager).exists()


def test_a_colleague_who_takes_a_case_over_gets_its_tasks_and_the_note(scene: Scene) -> None:
    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    teamwork.add_task(scene.case, "x", owner=scene.manager, due_date=TODAY, actor=scene.manager, now=NOW)
    teamwork.hand_over(scene.case, colleague, WORDS, actor=scene.manager, now=NOW)
    scene.case.refresh_from_db()
    assert scene.case.owner == colleague
    assert team_queries.tasks_of(colleague).count() == 1
    assert team_queries.hand_overs_to_read(colleague).count() == 1
    assert WORDS in client_for(colleague).post(reverse("protect:assistance", args=[scene.case.pk])).content.decode()
    assert not team_queries.hand_overs_to_read(colleague).exists()
    for stranger in (scene.provider, a_person(Role.CASE_MANAGER, an_agency()), colleague):
        with pytest.raises(NotACaseManagerError):
            teamwork.hand_over(scene.case, stranger, "", actor=colleague, now=NOW)


def test_what_a_conference_agreed_is_read_by_consent_and_closes_with_it(scene: Scene) -> None:
    clinic = scene.provider.agency
    draft = teamwork.ConferenceDraft(TODAY, "Two", WORDS, (clinic,), (clinic,))
    with pytest.raises(NothingToShareError):
        teamwork.record_conference(scene.case, draft, actor=scene.manager, today=TODAY, now=NOW)
    assert not scene.case.conferences.exists()
    given = scene.consent(Category.NEEDS)
    cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    teamwork.record_conference(scene.case, draft, actor=scene.manager, today=TODAY, now=NOW)
    assert scene.case.shares.get().recipient == scene.clinic
    part = transfer_queries.conferences_with(scene.provider).get()
    page = reverse("protect:conference", args=[part.pk])
    assert WORDS in client_for(scene.provider).get(page).content.decode()
    assert client_for(a_person(Role.SERVICE_PROVIDER)).get(page).status_code == 404
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    assert WORDS not in client_for(scene.provider).get(page).content.decode()


def test_an_agency_that_took_part_but_may_not_read_sees_only_that_it_was_there(scene: Scene) -> None:
    scene.consent(*EVERYTHING)
    cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    draft = teamwork.ConferenceDraft(TODAY, "Two", WORDS, (scene.provider.agency,))
    teamwork.record_conference(scene.case, draft, actor=scene.manager, today=TODAY, now=NOW)
    part = transfer_queries.conferences_with(scene.provider).get()
    assert teamwork.read_conference(part, actor=scene.provider, today=TODAY) is None


@pytest.fixture
def taker() -> User:
    """A case manager at another agency."""
    return a_person(Role.CASE_MANAGER, an_agency("Orchard house"))


def ask(scene: Scene, taker: User) -> Transfer:
    """Ask the other agency to take the whole case over."""
    return transfers.ask_to_take_over(scene.case, taker.agency, WORDS, actor=scene.manager, today=TODAY, now=NOW)


def test_a_case_moves_whole_with_consent_and_the_old_agency_loses_sight_of_it(scene: Scene, taker: User) -> None:
    recipient = referrals.recipient_of(taker.agency)
    tell_all(scene)
    with pytest.raises(NothingToShareError, match="Name"):
        ask(scene, taker)
    scene.consent(*EVERYTHING, to=recipient)
    row = ask(scene, taker)
    with pytest.raises(TransferOpenError):
        ask(scene, taker)
    assert {share.recipient for share in scene.case.shares.all()} == {recipient}
    assert "story" not in scene.case.shares.get().fields
    page = reverse("protect:transfer", args=[row.pk])
    seen = client_for(taker).get(page).content.decode()
    assert SECRETS["name"] in seen
    assert SECRETS["story"] not in seen
    assert WORDS in seen
    assert client_for(taker).get(reverse("protect:case", args=[scene.case.pk])).status_code == 404
    answer = client_for(taker).post(page, {"accepted": "yes"})
    assert answer.headers["Location"] == reverse("protect:case", args=[scene.case.pk])
    case = Case.objects.get()
    assert (case.agency, case.owner) == (taker.agency, taker)
    assert cases.read_identity(case, actor=taker)["story"] == SECRETS["story"]
    assert case.whereabouts.open() == ""
    old = client_for(scene.manager)
    for address in ("protect:case", "protect:assistance", "protect:identity"):
        assert old.get(reverse(address, args=[case.pk])).status_code == 404
    assert not queries.cases_visible_to(scene.manager).exists()
    assert not team_queries.tasks_of(scene.manager).exists()
    with pytest.raises(NotAllowedError):
        cases.read_identity(case, actor=scene.manager)
    actors = Entry.objects.filter(action__startswith="protect.transfer").values_list("actor_id", flat=True)
    assert {str(scene.manager.pk), str(taker.pk)} <= set(actors)
    assert audit.verify().holds
    with pytest.raises(TransferOpenError):
        transfers.answer_transfer(row, accepted=True, reason="", actor=taker, today=TODAY, now=NOW)


def test_a_consent_taken_back_before_the_answer_keeps_the_case_where_it_is(scene: Scene, taker: User) -> None:
    given = scene.consent(*EVERYTHING, to=referrals.recipient_of(taker.agency))
    row = ask(scene, taker)
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    refused = client_for(taker).post(reverse("protect:transfer", args=[row.pk]), {"accepted": "yes"})
    assert refused.status_code == 409
    assert SECRETS["name"] not in refused.content.decode()
    assert Case.objects.get().agency == scene.manager.agency


def test_a_transfer_is_declined_with_a_reason_that_only_the_case_manager_reads(scene: Scene, taker: User) -> None:
    scene.consent(*EVERYTHING, to=referrals.recipient_of(taker.agency))
    row = ask(scene, taker)
    other = a_person(Role.CASE_MANAGER, an_agency())
    with pytest.raises(NotAllowedError):
        transfers.answer_transfer(row, accepted=True, reason="", actor=other, today=TODAY, now=NOW)
    client_for(taker).post(reverse("protect:transfer", args=[row.pk]), {"accepted": "no", "reason": "No bed left"})
    row.refresh_from_db()
    assert row.state == "declined"
    assert "No bed left" in client_for(scene.manager).post(
        reverse("protect:assistance", args=[scene.case.pk])
    ).content.decode()  # fmt: skip
    assert transfers.read_transfer(row, actor=taker, today=TODAY) == ({}, "")


def test_a_transfer_goes_only_where_a_case_manager_is_and_can_be_taken_back(scene: Scene, taker: User) -> None:
    scene.consent(*EVERYTHING, to=referrals.recipient_of(taker.agency))
    with pytest.raises(NobodyThereError):
        ask(scene, scene.provider)
    row = ask(scene, taker)
    client_for(scene.manager).post(reverse("protect:transfer_take_back", args=[scene.case.pk, row.pk]))
    row.refresh_from_db()
    assert row.state == "withdrawn"


def refer(scene: Scene, **more: Any) -> Referral:
    """Send a need to the clinic."""
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    return referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW, **more)


def test_a_referral_that_nobody_answers_by_its_day_expires_and_the_need_is_open_again(scene: Scene) -> None:
    scene.consent(Category.NEEDS)
    referral = refer(scene, answer_by=TODAY)
    assert referrals.expire_referrals(today=TODAY) == 0
    with clock.frozen_at(NOW + timedelta(days=1)):
        upkeep.do_upkeep()
    referral.refresh_from_db()
    assert referral.state == "expired"
    assert queries.needs_without_place(scene.manager).count() == 1
    with pytest.raises(AlreadyAnsweredError):
        referrals.answer_referral(referral, accepted=True, reason="", actor=scene.provider, now=NOW)


def test_the_clinic_says_what_came_of_it_and_only_the_case_manager_reads_that(scene: Scene) -> None:
    scene.consent(Category.NEEDS)
    referral = refer(scene)
    with pytest.raises(AlreadyAnsweredError):
        referrals.finish_referral(referral, outcome="x", actor=scene.provider, now=NOW)
    client, page = client_for(scene.provider), reverse("protect:referral", args=[referral.pk])
    client.post(page, {"accepted": "yes"})
    assert client.post(page, {"outcome": ""}).status_code == 200
    client.post(page, {"outcome": "Seen, and well"})
    referral.refresh_from_db()
    assert referral.state == "done"
    assert not queries.needs_without_place(scene.manager).exists()
    mine, file = client_for(scene.manager), reverse("protect:assistance", args=[scene.case.pk])
    assert "Seen, and well" not in mine.get(file).content.decode()
    assert "Seen, and well" in mine.post(file).content.decode()


def test_the_list_of_referrals_narrows_by_answer_and_need(scene: Scene) -> None:
    scene.consent(Category.NEEDS)
    refer(scene)
    client, page = client_for(scene.provider), reverse("protect:referrals")
    for asked, shown in ({"need": "health"}, True), ({"need": "legal"}, True), ({"state": "done"}, False):
        assert ("Health care</a>" in client.get(page, asked).content.decode()) is shown


def test_an_agency_follows_what_it_sent_and_nobody_elses(scene: Scene) -> None:
    scene.consent(Category.NEEDS)
    refer(scene)
    page = reverse("protect:referrals_sent")
    mine, others = client_for(scene.manager), client_for(a_person(Role.CASE_MANAGER))
    assert scene.case.reference in mine.get(page, {"need": "health", "state": "sent"}).content.decode()
    assert scene.case.reference not in mine.get(page, {"state": "expired"}).content.decode()
    assert scene.case.reference not in others.get(page).content.decode()


def place_for(scene: Scene) -> Any:
    """Add the clinic's own service to the directory."""
    administrator = a_person(Role.ADMINISTRATOR)
    organization = directory.add_organization("Lantern", agency=scene.provider.agency, actor=administrator)
    own = {"kind": "health", "name": "Lantern ward", "status": "active", "free_places": 2}
    where = {"latitude": Decimal("52.4"), "longitude": Decimal("4.9"), "region": "Low Mill"}
    return directory.keep_service(
        directory.ServiceInput(own, where, languages=("sw",)), organization=organization, actor=administrator, now=NOW
    )


def test_a_place_is_found_with_its_reasons_and_referred_to(scene: Scene) -> None:
    scene.consent(Category.NEEDS)
    service = place_for(scene)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    client, page = client_for(scene.manager), reverse("protect:find_place", args=[scene.case.pk, need.pk])
    first = client.get(page).content.decode()
    assert "Lantern ward" in first
    assert "distance is not known" in first
    plans.note_situation(
        scene.case,
        {},
        languages=["sw"],
        latitude=Decimal("52.4"),
        longitude=Decimal("5.1"),
        actor=scene.manager,
        now=NOW,
    )
    second = client.get(page).content.decode()
    assert "about 10 km away" in second
    assert "speaks a language of theirs" in second
    assert "free places: 2" in second
    typed = client.post(page, {"latitude": "52.4", "longitude": "4.91"})
    assert "about 1 km away" in typed.content.decode()
    assert client.post(page, {"latitude": "99", "longitude": "4"}).status_code == 422
    refer_page = reverse("protect:refer", args=[scene.case.pk, need.pk])
    chosen = client.get(refer_page, {"service": str(service.pk)}).content.decode()
    assert f'<option value="{service.pk}" selected>' in chosen
    data = {"agency": str(scene.provider.agency_id), "service": str(service.pk), "go": "send"}
    assert client.post(refer_page, data).status_code == 302
    referral = Referral.objects.get()
    assert (referral.service, referral.answer_by) == (service, TODAY + timedelta(days=2)) or referral.answer_by
    assert "Lantern ward" in client_for(scene.provider).get(
        reverse("protect:referral", args=[referral.pk])
    ).content.decode()  # fmt: skip
    with pytest.raises(NotAnAgencyHereError):
        referrals.refer(need, an_agency(), service=service, actor=scene.manager, today=TODAY, now=NOW)
    with pytest.raises(NotAllowedError):
        matching.find_services(need, place=None, moment=datetime(2026, 11, 24, 10), actor=scene.provider)


def test_the_page_of_assistance_costs_the_same_with_three_rows_and_thirty(scene: Scene) -> None:
    client, page = client_for(scene.manager), reverse("protect:assistance", args=[scene.case.pk])

    def more(count: int) -> None:
        for _number in range(count):
            need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
            goal = plans.add_goal(scene.case, "x", [need], actor=scene.manager, now=NOW)
            plans.add_step(goal, "x", who=scene.manager, due_date=None, actor=scene.manager)
            teamwork.add_task(scene.case, "x", owner=scene.manager, due_date=TODAY, actor=scene.manager, now=NOW)
            draft = teamwork.ConferenceDraft(TODAY, "x", "x", (scene.provider.agency,))
            teamwork.record_conference(scene.case, draft, actor=scene.manager, today=TODAY, now=NOW)
            assess(scene, safety=1)

    def cost() -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        return len(asked)

    more(3)
    few = cost()
    more(27)
    assert cost() == few


WAGES = {
    "currency": "eur",
    "until": "2026-02-01",
    "periods-TOTAL_FORMS": "1",
    "periods-INITIAL_FORMS": "0",
    "periods-0-start": "2026-01-05",
    "periods-0-end": "2026-02-01",
    "periods-0-wage": "10",
    "periods-0-per": "hour",
    "periods-0-source": "agreed",
    "periods-0-note": "Spoken promise",
    "periods-0-hours": "60",
    "periods-0-normal_hours": "40",
    "periods-0-overtime_factor": "1.5",
    "deductions-TOTAL_FORMS": "1",
    "deductions-INITIAL_FORMS": "0",
    "deductions-0-kind": "recruitment_fee",
    "deductions-0-amount": "250",
    "deductions-0-how": "paid",
    "payments-TOTAL_FORMS": "1",
    "payments-INITIAL_FORMS": "0",
    "payments-0-on": "2026-02-01",
    "payments-0-amount": "400",
}


def test_an_estimate_is_worked_out_kept_sealed_shown_and_printed(scene: Scene) -> None:
    client, page = client_for(scene.manager), reverse("protect:wages", args=[scene.case.pk])
    shown = client.post(page, {**WAGES, "go": "look"}).content.decode()
    assert "2,650.00" in shown  # 1,600 + 1,200 + 250 - 400
    assert "not law" in shown
    assert not scene.case.wage_calculations.exists()
    kept = client.post(page, {**WAGES, "go": "keep"})
    row = scene.case.wage_calculations.get()
    address = reverse("protect:wage", args=[scene.case.pk, row.pk])
    assert kept.headers["Location"] == address
    assert "2,650.00" not in client.get(address).content.decode()
    assert "2,650.00" in client.post(address, {"go": "show"}).content.decode()
    printed = client.post(address, {"go": "print"}).content.decode()
    assert "2,650.00" in printed
    assert "Spoken promise" in printed
    assert Entry.objects.filter(action="protect.wages_read").count() == 2
    claim = wages.open_calculation(row, actor=scene.manager)
    assert claim.periods[0].overtime_factor == Decimal("1.5")
    with pytest.raises(NotAllowedError):
        wages.open_calculation(row, actor=scene.provider)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"currency": "XQQ"}, "field-currency"),
        ({"periods-0-end": "2026-01-01"}, "field-periods-0-end"),
        ({"periods-0-note": ""}, "field-periods-0-note"),
        ({"periods-0-hours": "200"}, "field-periods-0-hours"),
        ({"periods-0-overtime_factor": ""}, "field-periods-0-overtime_factor"),
        ({"periods-0-rest_hours": "8"}, "field-periods-0-rest_factor"),
        ({"periods-0-per": "day"}, "field-periods-0-days"),
        ({"periods-0-wage": "-1"}, "field-periods-0-wage"),
        ({"payments-0-on": ""}, "field-payments-0-on"),
        ({"rate": "5"}, "field-rate_source"),
    ],
)
def test_a_figure_that_cannot_be_stands_by_its_field(scene: Scene, changed: dict[str, str], field: str) -> None:
    page = reverse("protect:wages", args=[scene.case.pk])
    answer = client_for(scene.manager).post(page, {**WAGES, **changed, "go": "keep"})
    assert answer.status_code == 422
    assert f'has-error" id="{field}"' in answer.content.decode()
    assert not scene.case.wage_calculations.exists()


def test_the_whole_of_assistance_through_the_pages(scene: Scene) -> None:
    client, case = client_for(scene.manager), scene.case

    def post(name: str, *more: Any, **data: Any) -> None:
        answer = client.post(reverse(f"protect:{name}", args=[case.pk, *more]), data)
        assert answer.status_code == 302, answer.content.decode()[:3000]

    domains = dict.fromkeys(
        ("safety", "housing", "health", "psychological", "legal", "livelihood", "education", "family", "papers"), "0"
    )
    today = clock.today().isoformat()
    post("assess", assessed_on=today, **{**domains, "housing": "3"}, children="0", note_housing="A bed tonight")
    need = case.needs.get()
    assert (need.kind, need.urgency) == ("shelter", 3)
    post("goal", text="A home", needs=[str(need.pk)])
    goal = case.goals.get()
    post("step", goal.pk, text="Call the house", who=str(scene.manager.pk), due_date=today)
    post("move", case.plan_steps.get().pk, state="done")
    post("move", goal.pk, state="reached")
    post("agree", agreed_on=today, review_on=today)
    post("situation", unpaid="yes", wants_return="no", languages=["sw"])
    post("task", what="Bring papers", owner=str(scene.manager.pk), due_date=today)
    post("finish_task", case.tasks.get().pk, done="yes")
    post(
        "conference_new", held_on=today, who="Two of us", agreed="We go on", task="Write it down",
        task_owner=str(scene.manager.pk), task_due=today,
    )  # fmt: skip
    page = client.post(reverse("protect:assistance", args=[case.pk])).content.decode()
    for words in ("A bed tonight", "A home", "Call the house", "Bring papers", "We go on", "1 of 1 steps are done"):
        assert words in page
    told = client.get(reverse("protect:eligible", args=[case.pk])).content.decode()
    assert "CETS 197 art. 16(2)" in told
    assert "to be confirmed" in told
    assert Entry.objects.filter(action="protect.assessed").count() == 1
    assert datetime.now(UTC) > NOW


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assess", {"assessed_on": "2999-01-01"}),
        ("goal", {"text": ""}),
        ("agree", {"agreed_on": "2026-02-02", "review_on": "2026-02-01"}),
        ("situation", {"latitude": "1"}),
        ("task", {"what": "x", "due_date": "soon"}),
        ("conference_new", {"held_on": "2999-01-01", "who": "x", "agreed": "x"}),
        ("hand_over", {"to": "", "note": "x"}),
    ],
)
def test_what_is_filled_in_wrongly_is_shown_again_and_nothing_is_kept(
    scene: Scene, name: str, data: dict[str, str]
) -> None:
    answer = client_for(scene.manager).post(reverse(f"protect:{name}", args=[scene.case.pk]), data)
    assert answer.status_code == 422
    assert "has-error" in answer.content.decode()
    assert not scene.case.needs.exists()
