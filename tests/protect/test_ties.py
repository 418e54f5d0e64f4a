"""Whoever is tied to a person finds nothing of them: no list, search, address, service; everybody here is made up."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints
from unittest.mock import MagicMock

import pytest
from django.apps import apps
from django.db.models import Model, QuerySet
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import User
from mainstay.audit import queries as audit
from mainstay.core import access
from mainstay.core import ties as core_ties
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.identify.queries import screenings
from mainstay.protect import models as kept
from mainstay.protect import queries as protect_queries
from mainstay.protect import services as protect_services
from mainstay.protect.errors import ReasonsMissingError, TieError
from mainstay.protect.models import Deadline, Procedure, Tie
from mainstay.protect.queries import ties as reading
from mainstay.protect.rules.own_view import Holder
from mainstay.protect.services import addresses, cases, identification, own_codes, referrals, safety, ties
from mainstay.protect.types import Category, Outcome, SharePurpose
from mainstay.site import work
from tests.factories import a_person, a_screening, an_agency
from tests.protect.conftest import NOW, TODAY, Scene

#: Services that act for the node or inside another service, which asked for permission already.
WITHOUT_OWN_QUESTION = {
    "history.note_change": "called by services that asked, for the change they made",
    "sharing.tell_network": "called by services that asked, and by the node itself",
    "sharing.note_move": "called by a transfer, which asked",
    "outside.end_all": "called by a transfer, which asked",
}


@pytest.fixture
def tied(scene: Scene) -> User:
    """A case manager of the same agency, who is shut out of the case."""
    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    ties.shut_out(scene.case, colleague, "Brother of who held them", actor=scene.manager, now=NOW)
    return colleague


def whole(scene: Scene) -> dict[type[Model], Model]:
    """A row of each kind that hangs on the case."""
    scene.consent(*Category)
    authority = a_person(Role.IDENTIFICATION_AUTHORITY, an_agency("Authority (made up)"))
    scene.consent(*Category, to=referrals.recipient_of(authority.agency), for_=SharePurpose.IDENTIFICATION)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    procedure = identification.ask_to_decide(scene.case, authority.agency, actor=scene.manager, today=TODAY, now=NOW)
    plan = safety.agree_plan(
        scene.case, {"word": "Teapot"}, agreed_on=TODAY, language="en", actor=scene.manager, today=TODAY, now=NOW
    )
    address = addresses.protect_address(scene.case, "House 7", [], actor=scene.manager, now=NOW)
    own_codes.give_code(
        scene.case, Holder.PERSON, "739164", language="en", days=30, actor=scene.manager, today=TODAY, now=NOW
    )
    code = scene.case.own_codes.get()
    request = kept.OwnRequest.objects.create(
        case=scene.case, key_id=scene.case.key_id, holder="person", kind="erasure", asked_at=NOW, due_date=TODAY
    )
    consent = scene.case.consents.first()
    assert consent is not None
    rows: list[Model] = [scene.case, consent, need, referral, procedure, plan, address, code, request]
    rows += [Tie.objects.filter(case=scene.case).first() or scene.case]
    return {type(row): row for row in rows}


def functions_of(package: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function that a package's modules define."""
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_":
                yield f"{found.name}.{name}", function


def about_a_person(function: Callable[..., Any], rows: dict[type[Model], Model]) -> str | None:
    """The name of the first parameter that takes a row which hangs on a case."""
    hints = get_type_hints(inspect.unwrap(function))
    return next((name for name, hint in hints.items() if hint in rows and name != "return"), None)


def test_every_service_that_takes_a_case_or_what_hangs_on_it_refuses_who_is_tied(scene: Scene, tied: User) -> None:
    """A service that is written tomorrow is walked too: it asks `access.require` for the record before anything."""
    rows = whole(scene)
    walked = set()
    for name, function in functions_of(protect_services):
        signature = inspect.signature(inspect.unwrap(function))
        record = about_a_person(function, rows)
        if record is None or "actor" not in signature.parameters or name in WITHOUT_OWN_QUESTION:
            continue
        hints = get_type_hints(inspect.unwrap(function))
        given: dict[str, Any] = {
            parameter: {"actor": tied, "now": NOW, "today": TODAY, record: rows[hints[record]]}.get(
                parameter, MagicMock(name=parameter)
            )
            for parameter, about in signature.parameters.items()
            if about.default is inspect.Parameter.empty or parameter == "actor"
        }
        by_place = [p for p, a in signature.parameters.items() if a.kind is a.POSITIONAL_OR_KEYWORD and p in given]
        args = [given.pop(parameter) for parameter in by_place]
        try:
            said = function(*args, **given)
        except NotAllowedError:
            said = False
        assert said is False, f"{name} did something for who is shut out"  # or asked whether they may, and was told no
        walked.add(name)
    assert {"cases.change_case", "cases.meet_need", "consents.withdraw_consent", "erasure.erase"} <= walked
    assert {"referrals.refer", "identification.ask_to_decide", "sharing.release", "addresses.open_address"} <= walked
    assert len(walked) > 25


def test_every_query_of_a_viewer_leaves_out_of_whom_they_are_tied(
    scene: Scene, person_of: Callable[[Role], User]
) -> None:
    """Each query that takes a viewer is asked before and after, as each role: what hangs on the case is gone."""
    whole(scene)
    people = [a_person(role, scene.manager.agency) for role in (Role.CASE_MANAGER, Role.SUPERVISOR)]
    people += [scene.provider, User.objects.get(role=Role.IDENTIFICATION_AUTHORITY)]
    seen_before = set()
    for viewer in people:
        before = _seen(viewer)
        seen_before |= set(before)
        ties.shut_out(scene.case, viewer, "Cousin", actor=scene.manager, now=NOW)
        assert _seen(viewer) == {}, viewer.role
    assert {"cases.cases_visible_to", "cases.deadlines_due"} <= seen_before
    assert {"referrals.referrals_to", "procedures.procedures_visible_to", "ties.ties_visible_to"} <= seen_before
    assert {"own_view.open_requests", "ties.cases_to_guard"} <= seen_before


def leads_to_a_person(model: type[Model]) -> bool:
    return bool(core_ties.ways_of(model))


def _seen(viewer: User) -> dict[str, int]:
    """How many rows about the one person each query of protect gives a viewer."""
    seen = {}
    for name, function in functions_of(protect_queries):
        parameters = list(inspect.signature(function).parameters)
        if parameters[:1] != ["viewer"] or len(parameters) > 1:
            continue
        rows = function(viewer)
        if isinstance(rows, QuerySet) and leads_to_a_person(rows.model) and rows.exists():
            seen[name] = rows.count()
    return seen


def test_nothing_of_the_case_is_there_at_once_on_pages_search_today_and_the_api(scene: Scene) -> None:
    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    client = Client()
    client.force_login(colleague)
    page = reverse("protect:case", args=[scene.case.pk])
    assert client.get(page).status_code == 200
    assert scene.case.reference in client.get(reverse("protect:list")).content.decode()
    ties.shut_out(scene.case, colleague, "Landlord", actor=scene.manager, now=NOW)
    for name in ("case", "identity", "safety", "own_view", "close", "erase", "ties", "give_own_code", "need"):
        for method in (client.get, client.post):
            assert method(reverse(f"protect:{name}", args=[scene.case.pk])).status_code in {403, 404}, name
    for address in (reverse("protect:list"), reverse("today"), "/api/v1/protect/cases", reverse("protect:tie_list")):
        assert scene.case.reference not in client.get(address).content.decode(), address
    found = client.post(reverse("protect:list"), {"find": "Yaro Tervanu"})
    assert scene.case.reference not in found.content.decode()
    asked = client.get(f"/api/v1/protect/cases/{scene.case.pk}/plan", {"recipient": "network", "purpose": "assistance"})
    assert asked.status_code == 404
    assert [t for t in work.work_of(colleague, TODAY).tasks if t.who == scene.case.reference] == []


def test_a_tie_reaches_what_other_agencies_were_sent_and_the_interview_before(scene: Scene) -> None:
    screener = a_person(Role.SCREENER, scene.manager.agency)
    screening = a_screening(screener)
    case = cases.open_case_from_screening(screening.pk, actor=scene.manager, today=TODAY, now=NOW)
    assert screenings.screenings_visible_to(screener).exists()
    ties.shut_out(case, screener, "Neighbour", actor=scene.manager, now=NOW)
    assert not screenings.screenings_visible_to(screener).exists()
    assert access.is_shut_out(screener, screening)
    assert not access.is_shut_out(screener, scene.case)


def test_who_reads_the_audit_chain_finds_nothing_about_whom_they_are_tied_to(scene: Scene) -> None:
    administrator = a_person(Role.ADMINISTRATOR, scene.manager.agency)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    ids = {str(scene.case.pk), str(need.pk)}
    assert ids <= set(audit.entries_visible_to(administrator).values_list("object_id", flat=True))
    ties.shut_out(scene.case, administrator, "Uncle", actor=scene.manager, now=NOW)
    assert not ids & set(audit.entries_visible_to(administrator).values_list("object_id", flat=True))
    assert audit.verify().holds


def test_somebody_says_themself_that_they_are_tied_and_their_case_goes_to_a_colleague(scene: Scene) -> None:
    heir = a_person(Role.CASE_MANAGER, scene.manager.agency)
    client = Client()
    client.force_login(scene.manager)
    page = client.post(reverse("protect:declare_tie_of", args=[scene.case.pk]), {"reason": "We grew up together"})
    assert page.status_code == 302
    assert client.get(reverse("protect:case", args=[scene.case.pk])).status_code == 404
    scene.case.refresh_from_db()
    assert scene.case.owner == heir
    with pytest.raises(NotAllowedError):
        cases.read_identity(scene.case, actor=scene.manager)


def test_a_screener_who_types_a_reference_learns_nothing_of_whether_it_is_one(scene: Scene) -> None:
    screener = a_person(Role.SCREENER)
    client = Client()
    client.force_login(screener)
    answers = [
        client.post(reverse("protect:declare_tie"), {"reference": reference, "reason": "Cousin"})
        for reference in (scene.case.reference, "P-99999")
    ]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, reverse("today"))}
    assert Tie.objects.get().colleague == screener
    empty = client.post(reverse("protect:declare_tie"), {"reference": "P-1000", "reason": ""})
    assert "reason" in empty.context["form"].errors


def test_nobody_who_is_shut_out_sees_who_else_is_nor_lets_themself_in(scene: Scene, tied: User) -> None:
    other = a_person(Role.CASE_MANAGER, scene.manager.agency)
    ties.shut_out(scene.case, other, "Friend", actor=scene.manager, now=NOW)
    assert not reading.ties_visible_to(tied).exists()
    tie = Tie.objects.get(colleague=tied)
    for who in (tied, other):
        with pytest.raises(NotAllowedError):
            ties.let_in_again(tie, "All is well", actor=who, now=NOW)
        with pytest.raises(NotAllowedError):
            ties.read_ties(scene.case, actor=who)


def test_a_supervisor_shuts_out_and_lets_in_again_with_reasons_that_stay_sealed(scene: Scene) -> None:
    supervisor = a_person(Role.SUPERVISOR, scene.manager.agency)
    client = Client()
    client.force_login(supervisor)
    led = client.post(reverse("protect:tie_list"), {"reference": scene.case.reference})
    page = reverse("protect:ties", args=[scene.case.pk])
    assert led.headers["Location"] == page
    assert client.post(reverse("protect:tie_list"), {"reference": "P-99999"}).status_code == 422
    assert client.post(page, {"colleague": scene.manager.pk, "reason": "Married to a suspect"}).status_code == 302
    tie = Tie.objects.get()
    assert b"Married" not in bytes(tie.__dict__["reason"])
    assert "Married to a suspect" in client.get(page).content.decode()
    with pytest.raises(TieError):
        ties.shut_out(scene.case, scene.manager, "Again", actor=supervisor, now=NOW)
    with pytest.raises(ReasonsMissingError):
        ties.let_in_again(tie, " ", actor=supervisor, now=NOW)
    client.post(reverse("protect:let_in", args=[scene.case.pk, tie.pk]), {"reason": "It was somebody else"})
    assert protect_queries.cases_visible_to(scene.manager).filter(pk=scene.case.pk).exists()
    assert client.get(reverse("protect:case", args=[scene.case.pk])).status_code == 403  # shutting out reads no file


def test_a_case_manager_of_another_agency_shuts_nobody_out(scene: Scene) -> None:
    stranger = a_person(Role.CASE_MANAGER)
    with pytest.raises(NotAllowedError):
        ties.shut_out(scene.case, scene.manager, "To take it over", actor=stranger, now=NOW)
    assert not reading.cases_to_guard(stranger).exists()


def test_who_took_part_in_a_decision_and_is_tied_takes_no_further_step(scene: Scene) -> None:
    rows = whole(scene)
    procedure = rows[Procedure]
    assert isinstance(procedure, Procedure)
    officer = User.objects.get(role=Role.IDENTIFICATION_AUTHORITY)
    ties.shut_out(scene.case, officer, "Sister of the driver", actor=scene.manager, now=NOW)
    with pytest.raises(NotAllowedError):
        identification.propose_decision(procedure, Outcome.NOT_IDENTIFIED, "No signs", actor=officer, now=NOW)
    client = Client()
    client.force_login(officer)
    assert client.get(reverse("protect:procedure", args=[procedure.pk])).status_code == 404


def test_what_leads_to_a_person_is_found_by_itself(scene: Scene) -> None:
    """Every model of protect that hangs on a case leads to the person: none can be listed past a tie."""
    for model in apps.get_app_config("protect").get_models():
        names = {field.name for field in model._meta.fields}
        if names & {"case", "need", "procedure"}:
            assert core_ties.ways_of(model), model
    assert core_ties.ways_of(Deadline) == ((Tie, (("case_id", "case_id"),)),)
    assert not core_ties.ways_of(User)
