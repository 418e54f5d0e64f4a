"""Cases, consents, referrals and shares, through their services, on both databases."""

import ast
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import Agency, User
from mainstay.audit import queries as audit
from mainstay.audit.models import Entry
from mainstay.core import clock, keystore
from mainstay.core import erasure as keys_waiting
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.core.models import Counter, KeyToDestroy
from mainstay.network import queries as network
from mainstay.network.models import Entity
from mainstay.protect import queries
from mainstay.protect.errors import (
    AlreadyAnsweredError,
    CaseChangedError,
    ConsentDatesError,
    DayToComeError,
    ErasedError,
    NobodyThereError,
    NothingToShareError,
)
from mainstay.protect.models import Case, Need, Referral
from mainstay.protect.services import cases, consents, erasure, referrals, sharing
from mainstay.protect.types import Category, Given, SharePurpose
from tests.factories import a_person, a_screening, an_agency
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

PROTECT = Path(cases.__file__).parents[1]


def test_a_presumed_victim_is_protected_for_thirty_days_from_the_first_minute(scene: Scene) -> None:
    deadline = scene.case.deadlines.get()
    assert deadline.due_date == TODAY + timedelta(days=30)
    assert deadline.source == "CETS 197 art. 13"
    assert Entry.objects.filter(action="protect.case_opened", object_id=str(scene.case.pk)).count() == 1


def test_the_database_holds_no_word_of_who_a_person_is(scene: Scene) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM protect_case")
        row = b"|".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone())
    for secret in SECRETS.values():
        assert secret.encode() not in row


def test_a_person_is_found_by_name_or_phone_however_it_is_spaced(scene: Scene) -> None:
    assert list(queries.cases_named("  yaro   TERVANU ", scene.manager)) == [scene.case]
    assert list(queries.cases_named("+999-55-1112222", scene.manager)) == [scene.case]
    assert list(queries.cases_named("Yaro", scene.manager)) == [scene.case]
    assert not queries.cases_named("Petros", scene.manager).exists()


def test_another_agency_sees_nothing_of_a_case(scene: Scene) -> None:
    stranger = a_person(Role.CASE_MANAGER, an_agency("Elsewhere"))
    assert not queries.cases_visible_to(stranger).exists()
    with pytest.raises(NotAllowedError):
        cases.read_identity(scene.case, actor=stranger)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CASE_MANAGER])
def test_no_other_role_opens_an_identity(scene: Scene, person_of: Callable[[Role], User], role: Role) -> None:
    with pytest.raises(NotAllowedError):
        cases.read_identity(scene.case, actor=person_of(role))


def test_opening_an_identity_is_noted_with_who_and_when(scene: Scene) -> None:
    assert cases.read_identity(scene.case, actor=scene.manager)["name"] == "Yaro Tervanu"
    assert [(name, purpose) for name, purpose, _at in queries.readers(scene.case)] == [
        (scene.manager.name, "assistance")
    ]
    assert audit.verify().holds


def test_two_people_who_edit_at_once_do_not_overwrite_each_other(scene: Scene) -> None:
    cases.change_case(scene.case, {"health": "Better"}, version=1, actor=scene.manager)
    with pytest.raises(CaseChangedError):
        cases.change_case(scene.case, {"health": "Worse"}, version=1, actor=scene.manager)
    assert Case.objects.get().health.open() == "Better"


def test_a_referral_needs_consent_and_lets_the_clinic_see_only_that(scene: Scene) -> None:
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    with pytest.raises(NothingToShareError):
        referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    assert not Referral.objects.exists()
    scene.consent(Category.CONTACT, Category.NEEDS)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    seen = referrals.read_referral(referral, actor=scene.provider, today=TODAY, now=NOW)
    assert seen == {
        "phone": SECRETS["phone"],
        "safe_contact": SECRETS["safe_contact"],
        "needs": ["health"],
    }


def test_a_consent_that_is_taken_back_closes_what_the_clinic_saw(scene: Scene) -> None:
    given = scene.consent(Category.IDENTITY, Category.NEEDS)
    need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    recalled = consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    assert [share.recipient for share in recalled] == [scene.clinic]
    assert referrals.read_referral(referral, actor=scene.provider, today=TODAY, now=NOW) == {}
    client = Client()
    client.force_login(scene.provider)
    for address in (reverse("protect:referrals"), reverse("protect:referral", args=[referral.pk]), reverse("today")):
        assert "Legal advice" not in client.get(address).content.decode()


def test_not_even_the_kind_of_need_leaves_without_consent(scene: Scene) -> None:
    scene.consent(Category.IDENTITY)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    with pytest.raises(NothingToShareError):
        referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    assert not Referral.objects.exists()
    assert not scene.case.shares.exists()


def test_the_network_follows_what_a_case_says(scene: Scene) -> None:
    scene.consent(Category.EXPLOITERS, to="network", for_=SharePurpose.INVESTIGATION)
    cases.change_case(scene.case, {"exploiter_name": "Somebody Else"}, version=1, actor=scene.manager)
    assert [network.opened(entity).caption for entity in Entity.objects.all()] == ["Somebody Else"]


def test_a_consent_that_ends_by_itself_takes_the_entity_out_and_closes_the_referral(scene: Scene) -> None:
    with clock.frozen_at(NOW):
        scene.consent(Category.MONEY, to="network", for_=SharePurpose.INVESTIGATION, until=TODAY)
        scene.consent(Category.NEEDS, until=TODAY)
        need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
        referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
        sharing.follow_consents(now=NOW)
        assert Entity.objects.count() == 1
    with clock.frozen_at(NOW + timedelta(days=1)):
        sharing.follow_consents(now=NOW)
    assert not Entity.objects.exists()
    assert Referral.objects.get().state == "withdrawn"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_consent_begins_with_the_day_at_the_nodes_place(scene: Scene, zone: str) -> None:
    clock.use_zone(zone)
    try:
        with clock.frozen_at(NOW + timedelta(hours=10)):
            draft = consents.ConsentDraft(
                frozenset({Category.MONEY}),
                frozenset({"network"}),
                frozenset({SharePurpose.INVESTIGATION}),
                given_on=clock.today(),
                how=Given.SPOKEN,
            )
            consents.give_consent(scene.case, draft, actor=scene.manager, now=clock.now())
    finally:
        clock.use_zone("UTC")
    assert Entity.objects.count() == 1


def test_references_go_on_past_four_digits(scene: Scene, open_case: Callable[..., Case]) -> None:
    Counter.objects.filter(series="case").update(last=9_000)
    assert open_case().reference == "P-10000"
    assert open_case().reference == "P-10001"


def test_nobody_is_a_presumed_victim_from_a_day_to_come(scene: Scene) -> None:
    draft = cases.CaseDraft(identified_date=clock.today() + timedelta(days=2))
    with pytest.raises(DayToComeError):
        cases.open_case(draft, actor=scene.manager, now=NOW)


def test_a_screener_opens_a_case_where_somebody_takes_it_on(scene: Scene) -> None:
    screener = a_person(Role.SCREENER, an_agency("Border post", "border_police"))
    draft = cases.CaseDraft(identified_date=TODAY)
    with pytest.raises(NobodyThereError):
        cases.open_case(draft, actor=screener, now=NOW)
    case = cases.open_case(draft, agency=scene.manager.agency, actor=screener, now=NOW)
    assert case in queries.cases_visible_to(scene.manager)


def test_what_an_agency_may_receive_is_agreed_on_a_page_and_holds_at_once(
    scene: Scene, client_of: Callable[[Role], Client]
) -> None:
    scene.consent(Category.IDENTITY, Category.NEEDS)
    address = reverse("protect:receives", args=[scene.provider.agency_id])
    administrator = client_of(Role.ADMINISTRATOR)
    assert administrator.post(address, {"limited": "yes", "categories": ["needs"]}).status_code == 302
    assert "name" not in queries.plan_for(scene.case, scene.clinic, SharePurpose.ASSISTANCE, today=TODAY).shared
    assert administrator.post(address, {"limited": "no"}).status_code == 302
    assert "name" in queries.plan_for(scene.case, scene.clinic, SharePurpose.ASSISTANCE, today=TODAY).shared
    assert "Lantern clinic" in administrator.get(reverse("accounts:agencies")).content.decode()


def test_an_agency_that_may_receive_nothing_gets_nothing(scene: Scene) -> None:
    Agency.objects.filter(pk=scene.provider.agency_id).update(may_receive=[])
    scene.consent(*Category)
    assert queries.plan_for(scene.case, scene.clinic, SharePurpose.ASSISTANCE, today=TODAY).shared == ()
    assert queries.plan_for(scene.case, "agency:nobody", SharePurpose.ASSISTANCE, today=TODAY).shared == ()


def test_a_referral_is_answered_once(scene: Scene) -> None:
    scene.consent(Category.NEEDS)
    need = cases.add_need(scene.case, "legal", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    referrals.answer_referral(referral, accepted=False, reason="Full", actor=scene.provider, now=NOW)
    with pytest.raises(AlreadyAnsweredError):
        referrals.answer_referral(referral, accepted=True, reason="", actor=scene.provider, now=NOW)
    referrals.read_referral(referral, actor=scene.provider, today=TODAY, now=NOW)  # from a page that is out of date
    assert Referral.objects.get().state == "declined"
    assert list(queries.needs_without_place(scene.manager)) == [need]


def test_the_network_learns_of_the_exploiter_by_consent_and_never_of_the_person(scene: Scene) -> None:
    given = scene.consent(
        Category.EXPLOITERS, Category.MONEY, Category.IDENTITY, to="network", for_=SharePurpose.INVESTIGATION
    )
    known = [network.opened(entity) for entity in Entity.objects.all()]
    assert {entity.caption for entity in known} == {SECRETS["exploiter_name"], SECRETS["exploiter_account"]}
    assert SECRETS["name"] not in json.dumps([entity.as_ftm() for entity in known])
    consents.withdraw_consent(given, actor=scene.manager, today=TODAY, now=NOW)
    assert not Entity.objects.exists()


def test_a_consent_that_ends_before_it_begins_is_refused(scene: Scene) -> None:
    with pytest.raises(ConsentDatesError):
        scene.consent(Category.NEEDS, until=TODAY - timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_erasing_a_person_makes_every_copy_unreadable(scene: Scene) -> None:
    """What a backup of the database holds stays sealed for ever, since its key is gone."""
    scene.consent(Category.EXPLOITERS, to="network", for_=SharePurpose.INVESTIGATION)
    backup = Case.objects.get(pk=scene.case.pk)
    assert backup.name.open() == "Yaro Tervanu"
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    with pytest.raises(keystore.KeyDestroyedError):
        backup.name.open()
    assert not queries.cases_named("Yaro Tervanu", scene.manager).exists()
    assert not Entity.objects.exists()
    erased = Case.objects.get()
    assert erased.sex == "female"
    assert queries.plan_for(erased, "network", SharePurpose.INVESTIGATION, today=TODAY).shared == ()
    with pytest.raises(ErasedError):
        scene.consent(Category.NEEDS)
    with pytest.raises(ErasedError):
        cases.change_case(backup, {"status": "closed"}, version=backup.version, actor=scene.manager)


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_was_cut_off_is_finished_later(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked_file(*args: object, **options: object) -> None:
        raise OSError("database is locked")

    backup = Case.objects.get(pk=scene.case.pk)
    with monkeypatch.context() as broken:
        broken.setattr(keystore.KeyStore, "destroy", locked_file)
        with pytest.raises(OSError, match="locked"):
            erasure.erase(scene.case, actor=scene.manager, now=NOW)
    assert KeyToDestroy.objects.count() == 1
    assert keys_waiting.finish() == 1
    assert not KeyToDestroy.objects.exists()
    with pytest.raises(keystore.KeyDestroyedError):
        backup.name.open()


def exits() -> set[str]:
    """Return every function of protect that opens a sealed value."""
    found = set()
    for path in PROTECT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                calls = [c.func for c in ast.walk(node) if isinstance(c, ast.Call)]
                if any(isinstance(f, ast.Attribute) and f.attr == "open" for f in calls):
                    found.add(f"{path.stem}.{node.name}")
    return found


def test_every_exit_of_a_case_is_known() -> None:
    """A new place that opens a sealed value fails here: let it go through `release` or `readable` instead.

    Behind the share plan: `sharing` with `share_values`, `exports.fetch` (a file that `release` filled); and for
    another agency `read_conference`, `read_transfer`, `open_notice` and `draft_submission`, each only what consent lets
    it know. `open_procedure` opens what the authority wrote and what the person says against it, each for the other
    side. For the person themself: `own_view`, and `own_requests` what they wrote, for who answers them. For a
    supervisor what was written to them: `read_ground`. For the node: `index_names` and `keep_sounds` (blind indexes),
    `_known_digits` (a PIN out of birth date or phone is refused), `_address` (into the outbox, sealed under the same
    key), `merged` and `_now` (what two people wrote is kept). `held` and `read_origin` give back to who brought a file
    in. `areas._opened` opens a picture, not a seal. Everything else opens for the case
    manager and is audited.
    """
    assert exits() == {
        "addresses.open_address",
        "imports.read_origin",
        "imports.held",
        "flags.read_flags",
        "paper._assistance",
        "paper._documents",
        "paper._law",
        "paper._needs",
        "paper._notes",
        "paper._safety",
        "paper._value",
        "exports.fetch",
        "cases.read_identity",
        "grounds.read_ground",
        "identification.open_procedure",
        "plans.open_assessment",
        "plans.open_plan",
        "plans.read_situation",
        "documents.open_titles",
        "documents.take_document_away",
        "history._now",
        "history.merged",
        "history.open_changes",
        "names.keep_sounds",
        "notes.open_internal_notes",
        "parts._plain",
        "redaction._marks_of",
        "redaction._text",
        "areas._opened",
        "retention.read_holds",
        "share_values._rows",
        "share_values._value",
        "share_values.content_for",
        "share_values.left_out_for",
        "teamwork.open_team_notes",
        "teamwork.read_conference",
        "transfers.open_answer",
        "transfers.read_transfer",
        "wages.open_calculation",
        "contacts._address",
        "contacts.open_contacts",
        "measures.open_measure",
        "measures.open_notice",
        "status.open_notes",
        "submissions.draft_submission",
        "submissions.open_submission",
        "contact.read_contact",
        "own_codes._known_digits",
        "own_requests.decide_request",
        "own_requests.read_request",
        "own_requests.read_talk",
        "own_view.read_own_requests",
        "own_view.read_own_talk",
        "own_view.read_value",
        "safety.read_assessments",
        "safety.read_plan",
        "ties.read_ties",
    }


def pages_of(scene: Scene, client: Client) -> list[str]:
    """Return all that a signed-in person can see of a case without opening it."""
    addresses = [reverse("today"), reverse("protect:list"), reverse("protect:case", args=[scene.case.pk])]
    addresses += [reverse("protect:consent", args=[scene.case.pk]), "/api/v1/protect/cases"]
    return [client.get(address).content.decode() for address in addresses]


def test_no_page_shows_a_sealed_word_before_it_is_asked_for(scene: Scene) -> None:
    client = Client()
    client.force_login(scene.manager)
    for page in pages_of(scene, client):
        for secret in SECRETS.values():
            assert secret not in page


@pytest.mark.parametrize(
    ("categories", "seen"),
    [
        ((Category.IDENTITY,), {"name", "birth_date"}),
        ((Category.CONTACT, Category.HEALTH), {"phone", "safe_contact", "health"}),
        (tuple(Category), {"name", "birth_date", "phone", "safe_contact", "health"}),
    ],
)
def test_the_clinics_page_holds_what_consent_allows_and_no_other_word(
    scene: Scene, categories: tuple[Category, ...], seen: set[str]
) -> None:
    scene.consent(*categories, Category.NEEDS)
    need: Need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    client = Client()
    client.force_login(scene.provider)
    page = client.get(reverse("protect:referral", args=[referral.pk])).content.decode()
    written = {**SECRETS, "birth_date": "5 April 1999"}
    assert {name for name, secret in written.items() if secret in page} == seen
    assert SECRETS["birth_date"] not in page


def test_an_export_says_of_every_field_why_it_leaves_or_stays(scene: Scene) -> None:
    scene.consent(Category.MONEY, to="peer:Orvanta", for_=SharePurpose.COOPERATION)
    plan, values = sharing.export(scene.case, "peer:Orvanta", SharePurpose.COOPERATION, today=TODAY, now=NOW)
    assert values == {"exploiter_account": SECRETS["exploiter_account"]}
    assert len(plan.decisions) == len(scene.case.fields_to_share())
    assert all(queries.explain(decision) for decision in plan.decisions)
    assert scene.case.shares.get().fields == ["exploiter_account"]


def test_a_screening_hands_the_person_to_the_agency_that_protects(person_of: Callable[[Role], User]) -> None:
    """The border post screens; the shelter's case manager with the fewest people takes the case."""
    from mainstay.identify.queries import instruments as identify
    from mainstay.identify.services import screenings as screening

    screener = a_person(Role.SCREENER, an_agency("North Ferry", "border_police"))
    manager = person_of(Role.CASE_MANAGER)
    instrument = identify.find_instrument("rapid_screen")
    assert instrument is not None
    answers = {"made_to": "work", "violence": "yes", "wages": "taken", "brought_here": "yes"}
    done = screening.record_screening(instrument, answers, False, actor=screener, now=NOW)
    case = cases.open_case_from_screening(done.pk, agency=manager.agency, actor=screener, today=TODAY, now=NOW)
    assert (case.owner, case.agency, case.key_id) == (manager, manager.agency, done.key_id)
    assert case.forms == ["ForcedLabour"]
    assert list(queries.cases_visible_to(manager)) == [case]


@pytest.mark.django_db(transaction=True)
def test_an_interview_of_somebody_without_a_case_is_erased_and_one_with_a_case_only_with_it() -> None:
    manager = a_person(Role.CASE_MANAGER)
    screening = a_screening(manager)
    client, stranger = Client(), Client()
    client.force_login(manager)
    stranger.force_login(a_person(Role.CASE_MANAGER))
    address = reverse("protect:erase_interview", args=[screening.pk])
    assert stranger.post(address, {"understood": "on"}).status_code == 404
    page = reverse("identify:result", args=[screening.pk])
    assert address in client.get(page).content.decode()
    assert client.post(address, {"understood": "on"}).status_code == 302
    assert client.get(page).status_code == 410
    assert keystore.node().recipients(screening.key_id) == []
    assert Entry.objects.filter(action="identify.screening_erased", object_id=str(screening.pk)).count() == 1
    other = a_screening(manager)
    cases.open_case_from_screening(other.pk, actor=manager, today=TODAY, now=NOW)
    refused = client.post(reverse("protect:erase_interview", args=[other.pk]), {"understood": "on"})
    assert refused.status_code == 409
    assert keystore.node().recipients(other.key_id)
