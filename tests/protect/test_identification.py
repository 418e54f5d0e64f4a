"""From presumption to decision, through services and pages; everybody here is made up."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.identify.queries import screenings
from mainstay.protect import queries
from mainstay.protect.errors import (
    NothingToShareError,
    ProcedureOpenError,
    ProcedureStateError,
    ReasonsMissingError,
    SamePersonDecidesError,
)
from mainstay.protect.models import Procedure, Status
from mainstay.protect.services import cases, consents, identification, referrals
from mainstay.protect.types import Category, Outcome, SharePurpose
from tests.factories import a_person, a_screening, an_agency
from tests.protect.conftest import NOW, TODAY, Scene

pytestmark = pytest.mark.django_db


@dataclass
class Authority:
    """Four people who decide at the competent authority."""

    people: list[User]

    @property
    def recipient(self) -> str:
        """How a consent names it."""
        return referrals.recipient_of(self.people[0].agency)


@pytest.fixture
def authority() -> Authority:
    """The competent authority of a made-up country."""
    agency = an_agency("Office for Identification (made up)")
    return Authority([a_person(Role.IDENTIFICATION_AUTHORITY, agency) for _ in range(4)])


def asked(scene: Scene, authority: Authority) -> Procedure:
    """The authority was asked to decide, with the person's consent to what happened."""
    scene.consent(Category.EXPLOITATION, to=authority.recipient, for_=SharePurpose.IDENTIFICATION)
    agency = authority.people[0].agency
    return identification.ask_to_decide(scene.case, agency, actor=scene.manager, today=TODAY, now=NOW)


def decide(
    procedure: Procedure, outcome: Outcome, first: User, second: User, day: date = TODAY, now: datetime = NOW
) -> Procedure:
    """Two people decide."""
    identification.propose_decision(procedure, outcome, "Act, means and purpose.", actor=first, now=now)
    return identification.read_second(procedure, agrees=True, actor=second, today=day, now=now)


def test_the_authority_sees_what_consent_lets_it_see_and_nothing_after_it_is_taken_back(
    scene: Scene, authority: Authority
) -> None:
    with pytest.raises(NothingToShareError):
        identification.ask_to_decide(scene.case, authority.people[0].agency, actor=scene.manager, today=TODAY, now=NOW)
    procedure = asked(scene, authority)
    reader = authority.people[0]
    opened = identification.open_procedure(procedure, actor=reader, today=TODAY)
    assert dict(opened.values)["story"] == "The papers were taken on arrival"
    assert "name" not in opened.values
    consents.withdraw_consent(scene.case.consents.get(), actor=scene.manager, today=TODAY, now=NOW)
    assert not identification.open_procedure(procedure, actor=reader, today=TODAY).values
    with pytest.raises(ProcedureOpenError):
        asked(scene, authority)


def test_a_decision_stands_with_reasons_once_a_colleague_agrees_and_both_are_on_the_chain(
    scene: Scene, authority: Authority
) -> None:
    procedure, (first, second, *_) = asked(scene, authority), authority.people
    with pytest.raises(ReasonsMissingError):
        identification.propose_decision(procedure, Outcome.IDENTIFIED, " ", actor=first, now=NOW)
    identification.propose_decision(procedure, Outcome.IDENTIFIED, "Papers were taken.", actor=first, now=NOW)
    scene.case.refresh_from_db()
    assert scene.case.status == Status.PRESUMED
    with pytest.raises(SamePersonDecidesError):
        identification.read_second(procedure, agrees=True, actor=first, today=TODAY, now=NOW)
    done = identification.read_second(procedure, agrees=True, actor=second, today=TODAY, now=NOW)
    scene.case.refresh_from_db()
    assert (done.outcome, scene.case.status) == (Outcome.IDENTIFIED, Status.IDENTIFIED)
    told = Entry.objects.filter(object_id=str(procedure.pk)).values_list("action", "actor_id")
    assert ("protect.decision_proposed", str(first.pk)) in [(a, str(who)) for a, who in told]
    assert ("protect.decision_read_second", str(second.pk)) in [(a, str(who)) for a, who in told]
    with pytest.raises(ProcedureStateError):
        identification.propose_decision(procedure, Outcome.IDENTIFIED, "Again.", actor=first, now=NOW)


def test_a_second_reader_who_disagrees_says_why_and_it_is_decided_anew(scene: Scene, authority: Authority) -> None:
    procedure, (first, second, *_) = asked(scene, authority), authority.people
    identification.propose_decision(procedure, Outcome.NOT_IDENTIFIED, "No act.", actor=first, now=NOW)
    with pytest.raises(ReasonsMissingError):
        identification.read_second(procedure, agrees=False, actor=second, today=TODAY, now=NOW)
    identification.read_second(procedure, agrees=False, reasons="She was held.", actor=second, today=TODAY, now=NOW)
    scene.case.refresh_from_db()
    assert scene.case.status == Status.PRESUMED
    done = decide(procedure, Outcome.IDENTIFIED, first, second, now=NOW + timedelta(hours=1))
    reasons = [row[1:] for row in identification.open_procedure(done, actor=first, today=TODAY).decisions]
    assert reasons == [("No act.", "She was held."), ("Act, means and purpose.", "")]


def test_not_identified_takes_nothing_away_and_can_be_appealed_before_fresh_eyes(
    scene: Scene, authority: Authority
) -> None:
    cases.add_need(scene.case, "shelter", "", actor=scene.manager, now=NOW)
    procedure, people = asked(scene, authority), authority.people
    decide(procedure, Outcome.NOT_IDENTIFIED, people[0], people[1])
    scene.case.refresh_from_db()
    assert scene.case.status == Status.NOT_IDENTIFIED
    assert scene.case.needs.filter(met_at=None).count() == 1
    assert scene.case.consents.filter(withdrawn_on=None).exists()
    assert scene.case.deadlines.get(kind="reflection_period").done_at is None
    assert scene.case.deadlines.get(kind="appeal").due_date == TODAY + timedelta(days=30)
    assert scene.case in queries.cases_visible_to(scene.manager)
    late = TODAY + timedelta(days=31)
    identification.appeal(procedure, "Nobody asked about debts.", actor=scene.manager, today=late, now=NOW)
    procedure.refresh_from_db()
    scene.case.refresh_from_db()
    assert (procedure.round, procedure.appealed_late, scene.case.status) == (2, True, Status.PRESUMED)
    for before in people[:2]:
        with pytest.raises(SamePersonDecidesError):
            identification.propose_decision(procedure, Outcome.IDENTIFIED, "x", actor=before, now=NOW)
    decide(procedure, Outcome.IDENTIFIED, people[2], people[3], late)
    scene.case.refresh_from_db()
    assert scene.case.status == Status.IDENTIFIED


def test_a_decision_stands_beside_the_screening_and_an_appeal_takes_it_back(authority: Authority) -> None:
    manager = a_person(Role.CASE_MANAGER)
    screening = a_screening(manager)
    case = cases.open_case_from_screening(screening.pk, actor=manager, today=TODAY, now=NOW)
    scene = Scene(manager, authority.people[0], case)
    procedure = asked(scene, authority)
    decide(procedure, Outcome.NOT_IDENTIFIED, authority.people[0], authority.people[1])
    assert screenings.screening(screening.pk, manager).outcome == "not_identified"
    identification.appeal(procedure, "Wrong.", actor=manager, today=TODAY, now=NOW)
    assert screenings.screening(screening.pk, manager).outcome == ""


def test_reasons_and_grounds_are_sealed(scene: Scene, authority: Authority) -> None:
    procedure = asked(scene, authority)
    identification.propose_decision(
        procedure, Outcome.NOT_IDENTIFIED, "Kept at the mill", actor=authority.people[0], now=NOW
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM protect_proposeddecision")
        assert "mill" not in str([bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()])


def test_who_may_neither_decide_nor_follow(scene: Scene, authority: Authority) -> None:
    procedure = asked(scene, authority)
    stranger = a_person(Role.IDENTIFICATION_AUTHORITY)
    for actor in (stranger, scene.manager):
        with pytest.raises(NotAllowedError):
            identification.propose_decision(procedure, Outcome.IDENTIFIED, "x", actor=actor, now=NOW)
    assert not queries.procedures_visible_to(stranger).exists()
    assert not queries.procedures_visible_to(a_person(Role.INVESTIGATOR, scene.case.agency)).exists()
    assert queries.procedures_visible_to(a_person(Role.SUPERVISOR, scene.case.agency)).exists()


def test_two_agencies_go_through_it_on_the_pages(scene: Scene, authority: Authority) -> None:
    scene.consent(Category.EXPLOITATION, to=authority.recipient, for_=SharePurpose.IDENTIFICATION)
    shelter, *readers = clients(scene.manager, *authority.people)
    ask = reverse("protect:ask_to_decide", args=[scene.case.pk])
    chosen = {"authority": str(authority.people[0].agency_id)}
    assert "What happened" in shelter.post(ask, chosen | {"go": "look"}).content.decode()
    page = shelter.post(ask, chosen | {"go": "send"}).headers["Location"]
    assert "What the person lets you see" in readers[0].get(page).content.decode()
    assert readers[0].post(page, {"outcome": "not_identified", "reasons": ""}).status_code == 200
    readers[0].post(page, {"outcome": "not_identified", "reasons": "No purpose."})
    read = {"decision": readers[1].get(page).context["form"].initial["decision"], "reasons": ""}
    assert readers[1].post(page, {"agrees": "no", **read}).status_code == 200
    readers[1].post(page, {"agrees": "yes", **read})
    assert "No purpose." in shelter.get(page).content.decode()
    shelter.post(page, {"grounds": "They did not ask about debts."})
    assert "Appeal" in readers[2].get(reverse("protect:procedures")).content.decode()
    case = shelter.get(reverse("protect:case", args=[scene.case.pk])).content.decode()
    assert "Waits for a decision" in case


def clients(*people: User) -> list[Client]:
    """One signed-in client each."""
    made = [Client() for _ in people]
    for client, person in zip(made, people, strict=True):
        client.force_login(person)
    return made


def test_who_read_one_decision_confirms_no_other_that_was_proposed_meanwhile(
    scene: Scene, authority: Authority
) -> None:
    procedure, (first, second, third, fourth) = asked(scene, authority), authority.people
    identification.propose_decision(procedure, Outcome.IDENTIFIED, "Papers were taken.", actor=first, now=NOW)
    client = Client()
    client.force_login(second)
    address = reverse("protect:procedure", args=[procedure.pk])
    read = client.get(address).context["form"].initial["decision"]
    identification.read_second(procedure, agrees=False, reasons="No means.", actor=third, today=TODAY, now=NOW)
    identification.propose_decision(procedure, Outcome.NOT_IDENTIFIED, "No means.", actor=fourth, now=NOW)
    answer = client.post(address, {"agrees": "yes", "reasons": "As I read it.", "decision": str(read)})
    assert (answer.status_code, b"As I read it." in answer.content) == (409, True)
    assert client.post(address, {"agrees": "yes", "reasons": ""}).status_code == 200
    procedure.refresh_from_db()
    assert (procedure.state, procedure.outcome) == ("proposed", "")
    shown = client.get(address).context["form"].initial["decision"]
    assert client.post(address, {"agrees": "yes", "reasons": "", "decision": str(shown)}).status_code == 302


def test_what_somebody_wrote_is_not_lost_where_a_colleague_was_faster(scene: Scene, authority: Authority) -> None:
    procedure, (first, second, *_) = asked(scene, authority), authority.people
    identification.propose_decision(procedure, Outcome.IDENTIFIED, "Papers were taken.", actor=first, now=NOW)
    client = Client()
    client.force_login(second)
    address = reverse("protect:procedure", args=[procedure.pk])
    answer = client.post(address, {"outcome": "identified", "reasons": "A page of my own reasons"})
    assert (answer.status_code, b"A page of my own reasons" in answer.content) == (409, True)
    assert procedure.decisions.count() == 1


@pytest.mark.parametrize("outcome", Outcome)
def test_who_was_decided_on_is_decided_anew_only_by_an_appeal(
    scene: Scene, authority: Authority, outcome: Outcome
) -> None:
    first, second, *_ = authority.people
    decide(asked(scene, authority), outcome, first, second)
    client = Client()
    client.force_login(scene.manager)
    sent = {"authority": str(authority.people[0].agency.pk), "go": "send"}
    assert client.post(reverse("protect:ask_to_decide", args=[scene.case.pk]), sent).status_code == 409
    assert Procedure.objects.count() == 1


def test_what_was_asked_by_mistake_is_taken_back_with_a_reason_and_is_no_decision(
    scene: Scene, authority: Authority
) -> None:
    procedure = asked(scene, authority)
    identification.propose_decision(
        procedure, Outcome.NOT_IDENTIFIED, "Not enough.", actor=authority.people[0], now=NOW
    )
    with pytest.raises(NotAllowedError):
        identification.take_back(procedure, "Ours", actor=authority.people[1], now=NOW)
    client = Client()
    client.force_login(scene.manager)
    address = reverse("protect:procedure", args=[procedure.pk])
    assert "Take it back" in client.get(address).content.decode()
    assert client.post(address, {"why": " "}).status_code != 302
    assert client.post(address, {"why": "Asked for the wrong person"}).status_code == 302
    procedure.refresh_from_db()
    assert (procedure.state, procedure.outcome, procedure.decided_date) == ("withdrawn", "", None)
    assert "Asked for the wrong person" in client.get(address).content.decode()
    assert b"Asked for" not in bytes(Procedure.objects.values_list("why_withdrawn", flat=True).get())
    scene.case.refresh_from_db()
    assert scene.case.status == Status.PRESUMED
    assert not scene.case.deadlines.filter(kind="identification_decision", done_at=None).exists()
    client.force_login(authority.people[1])
    page = client.get(address).content.decode()
    assert "Keep this reading" not in page
    assert "Presumed" not in client.get(reverse("today")).content.decode()
    with pytest.raises(ProcedureStateError):
        identification.read_second(procedure, agrees=True, actor=authority.people[1], today=TODAY, now=NOW)
    again = identification.ask_to_decide(
        scene.case, authority.people[0].agency, actor=scene.manager, today=TODAY, now=NOW
    )
    assert list(queries.open_procedures(scene.case.procedures.all())) == [again]
    decide(again, Outcome.IDENTIFIED, authority.people[0], authority.people[1])
    scene.case.refresh_from_db()
    assert scene.case.status == Status.IDENTIFIED


def test_an_appeal_is_decided_and_not_taken_back(scene: Scene, authority: Authority) -> None:
    first, second = authority.people[:2]
    procedure = decide(asked(scene, authority), Outcome.NOT_IDENTIFIED, first, second)
    identification.appeal(procedure, "They did not hear me.", actor=scene.manager, today=TODAY, now=NOW)
    with pytest.raises(ProcedureStateError):
        identification.take_back(procedure, "Not ours", actor=scene.manager, now=NOW)
