"""What keeps a person safe, through services and pages: risk, plan, contact, address; everybody here is made up."""

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

import mainstay
from mainstay.accounts.models import User
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.core.errors import NotAllowedError
from mainstay.protect.errors import AddressKeptApartError, ContactNotAllowedError, NotNamedError, PlanNotFilledError
from mainstay.protect.models import AddressOpening, Case, ProtectedAddress, RiskAssessment, SafetyPlan
from mainstay.protect.rules.contact import Channel, ContactRules
from mainstay.protect.rules.safety import Domain, Level
from mainstay.protect.services import addresses, cases, contact, erasure, referrals, safety
from mainstay.protect.services.contact import ContactDraft
from mainstay.protect.types import Category
from tests.factories import a_person
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

NOTE = "He waits outside the school"
ADDRESS = "Blue door, Mill Lane 4"
SAFE = dict.fromkeys(Domain, Level.NONE)


def assess(scene: Scene, **levels: Level) -> RiskAssessment:
    """An assessment in which all is well but what is named."""
    found = {**SAFE, **{Domain(name): level for name, level in levels.items()}}
    notes = {Domain.THREATS: NOTE}
    return safety.assess_risk(scene.case, found, notes, actor=scene.manager, today=TODAY, now=clock.now())


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_day_to_ask_again_follows_the_level_and_the_one_before_is_done(scene: Scene) -> None:
    assess(scene, threats=Level.HIGH)
    deadline = scene.case.deadlines.get(kind="risk_reassessment", done_at=None)
    assert (deadline.due_date, deadline.source) == (TODAY + timedelta(days=7), "working value")
    assess(scene)
    deadline = scene.case.deadlines.get(kind="risk_reassessment", done_at=None)
    assert deadline.due_date == TODAY + timedelta(days=90)
    assert RiskAssessment.objects.count() == 2


def test_the_page_shows_levels_and_what_led_and_the_notes_only_when_asked(scene: Scene) -> None:
    assess(scene)
    assess(scene, threats=Level.HIGH)
    client = client_of(scene.manager)
    page = reverse("protect:safety", args=[scene.case.pk])
    shown = client.get(page).content.decode()
    assert "Threats against them" in shown
    assert "More danger:" in shown
    assert NOTE not in shown
    assert NOTE in client.post(page).content.decode()
    assert Entry.objects.filter(action="protect.risk_read", object_id=str(scene.case.pk)).count() == 1
    assert "dangerous" not in shown


def test_an_assessment_by_form_leaves_what_is_not_known_at_not_known(scene: Scene) -> None:
    client = client_of(scene.manager)
    page = reverse("protect:assess_risk", args=[scene.case.pk])
    data = {domain.value: "unknown" for domain in Domain}
    assert client.post(page, {**data, "threats": "dreadful"}).context["form"].errors.keys() == {"threats"}
    assert client.post(page, data).status_code == 302
    assert RiskAssessment.objects.get().overall == "unknown"


def test_each_version_of_a_plan_is_kept_and_printed_in_words_that_tell_nothing(scene: Scene) -> None:
    client = client_of(scene.manager)
    page = reverse("protect:safety_plan", args=[scene.case.pk])
    empty = client.post(page, {"agreed_on": TODAY, "language": "ar"})
    assert "signs" in empty.context["form"].errors
    late = client.post(page, {"agreed_on": clock.today() + timedelta(days=2), "language": "ar", "word": "Teapot"})
    assert "agreed_on" in late.context["form"].errors
    assert not SafetyPlan.objects.exists()
    for word in ("Teapot", "Kettle"):
        assert client.post(page, {"agreed_on": clock.today(), "language": "ar", "word": word}).status_code == 302
    first = SafetyPlan.objects.get(version=1)
    assert SafetyPlan.objects.count() == 2
    printed = client.get(reverse("protect:print_plan", args=[scene.case.pk, first.pk])).content.decode()
    assert "Teapot" in printed
    assert 'dir="rtl"' in printed
    for telling in ("Mainstay", "traffick", scene.case.reference, SECRETS["name"], scene.manager.agency.name):
        assert telling not in printed
    assert Entry.objects.filter(action="protect.safety_plan_read", object_id=str(first.pk)).exists()
    assert "Kettle" in client.get(page).content.decode()  # a new version begins with the last


def test_a_plan_of_another_case_is_not_there(scene: Scene, open_case: Callable[..., Case]) -> None:
    plan = safety.agree_plan(
        scene.case, {"word": "Teapot"}, agreed_on=TODAY, language="en", actor=scene.manager, today=TODAY, now=NOW
    )
    other = open_case()
    asked = client_of(scene.manager).get(reverse("protect:print_plan", args=[other.pk, plan.pk]))
    assert asked.status_code == 404


def test_a_plan_that_says_nothing_is_not_kept(scene: Scene) -> None:
    with pytest.raises(PlanNotFilledError):
        safety.agree_plan(
            scene.case,
            {"word": " ", "else": "x"},
            agreed_on=TODAY,
            language="en",
            actor=scene.manager,
            today=TODAY,
            now=NOW,
        )


def agree(scene: Scene, rules: ContactRules) -> None:
    contact.agree_contact(scene.case, ContactDraft(rules, "the dentist", "Aunt Sela"), actor=scene.manager, now=NOW)


def identity_page(scene: Scene) -> str:
    """The case's page with the identity opened."""
    return client_of(scene.manager).post(reverse("protect:case", args=[scene.case.pk])).content.decode()


def test_the_rule_stands_above_the_phone_and_no_page_offers_to_call_where_nobody_asked(scene: Scene) -> None:
    page = identity_page(scene)
    assert SECRETS["phone"] in page
    assert "nobody has asked them yet" in page
    assert page.index("How they may be reached") < page.index(SECRETS["phone"])
    assert 'href="tel:' not in page
    assert 'href="mailto:' not in page


def test_a_phone_is_a_link_only_at_an_hour_that_was_agreed(scene: Scene) -> None:
    agree(scene, ContactRules(frozenset({Channel.CALL}), from_hour=9, to_hour=17))
    with clock.frozen_at(NOW.replace(hour=10)):
        assert f'href="tel:{SECRETS["phone"]}"' in identity_page(scene)
    with clock.frozen_at(NOW.replace(hour=20)):
        page = identity_page(scene)
    assert 'href="tel:' not in page
    assert "not at this hour" in page
    agree(scene, ContactRules(frozenset(Channel), no_contact=True))
    with clock.frozen_at(NOW.replace(hour=10)):
        assert 'href="tel:' not in identity_page(scene)


def test_the_clinic_that_gets_the_phone_reads_how_to_use_it_first(scene: Scene) -> None:
    agree(scene, ContactRules(frozenset({Channel.TEXT}), no_contact=True))
    scene.consent(Category.CONTACT, Category.NEEDS)
    need = cases.add_need(scene.case, "health", "", actor=scene.manager, now=NOW)
    referral = referrals.refer(need, scene.provider.agency, actor=scene.manager, today=TODAY, now=NOW)
    page = client_of(scene.provider).get(reverse("protect:referral", args=[referral.pk])).content.decode()
    assert page.index("they are not to be contacted") < page.index(SECRETS["phone"])
    assert "Aunt Sela" not in page


def test_whatever_would_send_something_to_a_person_is_refused_without_their_word(scene: Scene) -> None:
    with pytest.raises(ContactNotAllowedError):
        contact.require_contact(scene.case, Channel.MAIL, NOW)
    agree(scene, ContactRules(frozenset({Channel.MAIL})))
    contact.require_contact(scene.case, Channel.MAIL, NOW)
    with pytest.raises(ContactNotAllowedError):
        contact.require_contact(scene.case, Channel.CALL, NOW)


def test_no_code_that_knows_people_sends_mail_without_asking_how_they_may_be_reached() -> None:
    """Whoever adds a mail to a person calls `require_contact` in the same function, or fails here."""
    senders = {"send_mail", "send_mass_mail", "EmailMessage", "EmailMultiAlternatives", "mail_admins"}
    for path in (Path(mainstay.__file__).parent / "protect").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
                to_a_person = "case" in {argument.arg for argument in node.args.args}
                assert not (names & senders and to_a_person and "require_contact" not in names), path.name


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"from_hour": "9"}, "to_hour"),
        ({"channels": ["through"]}, "through"),
        ({"no_contact_until": "2001-01-01"}, "no_contact_until"),
        ({"channels": ["pigeon"]}, "channels"),
        ({"from_hour": "99", "to_hour": "3"}, "from_hour"),
    ],
)
def test_rules_that_cannot_be_meant_are_said_by_their_field(scene: Scene, data: dict[str, object], field: str) -> None:
    page = client_of(scene.manager).post(reverse("protect:reach", args=[scene.case.pk]), data)
    assert field in page.context["form"].errors
    assert not hasattr(Case.objects.get(), "contact_rules")


def test_an_address_kept_apart_opens_for_the_owner_and_whom_they_named_for_a_purpose(scene: Scene) -> None:
    named, other = (a_person(Role.CASE_MANAGER, scene.manager.agency) for _ in range(2))
    row = addresses.protect_address(scene.case, ADDRESS, [named], actor=scene.manager, now=NOW)
    for reader in (scene.manager, named):
        assert addresses.open_address(row, "visit", actor=reader, now=NOW) == ADDRESS
    with pytest.raises(NotNamedError):
        addresses.open_address(row, "visit", actor=other, now=NOW)
    with pytest.raises(NotNamedError):
        addresses.protect_address(scene.case, "Elsewhere", [other], actor=other, now=NOW)
    with pytest.raises(PlanNotFilledError):
        addresses.open_address(row, "curiosity", actor=scene.manager, now=NOW)
    with pytest.raises(NotAllowedError):
        addresses.open_address(row, "visit", actor=a_person(Role.CASE_MANAGER), now=NOW)
    assert {opening.opened_by for opening in AddressOpening.objects.all()} == {scene.manager, named}
    assert Entry.objects.filter(action="protect.address_read").count() == 2


def test_an_address_kept_apart_is_in_no_list_no_file_no_share_and_not_with_the_name(scene: Scene) -> None:
    scene.consent(*(category for category in Category if category is not Category.WHEREABOUTS))
    client = client_of(scene.manager)
    form = reverse("protect:write_address", args=[scene.case.pk])
    assert client.post(form, {"address": ADDRESS}).status_code == 302
    assert not Case.objects.get(pk=scene.case.pk).whereabouts
    pages = [client.get(reverse(f"protect:{n}", args=[scene.case.pk])) for n in ("case", "safety", "own_view")]
    pages += [client.post(reverse(f"protect:{n}", args=[scene.case.pk])) for n in ("case", "safety")]
    pages += [client.get(reverse("protect:identity", args=[scene.case.pk])), client.get(reverse("protect:list"))]
    for page in pages:
        assert ADDRESS not in page.content.decode()
        assert SECRETS["whereabouts"] not in page.content.decode()
    opening = reverse("protect:open_address", args=[scene.case.pk])
    assert client.get(opening).status_code == 405
    refused = client.post(opening, {"why": ""})
    assert refused.status_code == 422
    assert ADDRESS not in refused.content.decode()
    assert ADDRESS in client.post(opening, {"why": "visit"}).content.decode()
    with pytest.raises(AddressKeptApartError):
        cases.change_case(scene.case, {"whereabouts": ADDRESS}, version=Case.objects.get().version, actor=scene.manager)


def test_somebody_who_is_shut_out_cannot_be_named_for_an_address(scene: Scene) -> None:
    from mainstay.protect.services import ties

    colleague = a_person(Role.CASE_MANAGER, scene.manager.agency)
    row = addresses.protect_address(scene.case, ADDRESS, [colleague], actor=scene.manager, now=NOW)
    ties.shut_out(scene.case, colleague, "Cousin", actor=scene.manager, now=NOW)
    with pytest.raises(NotAllowedError):
        addresses.open_address(row, "visit", actor=colleague, now=NOW)


def test_the_database_holds_no_word_of_risk_plan_contact_or_address(scene: Scene) -> None:
    assess(scene, threats=Level.HIGH)
    agree(scene, ContactRules(frozenset(Channel)))
    addresses.protect_address(scene.case, ADDRESS, [], actor=scene.manager, now=NOW)
    with connection.cursor() as cursor:
        for table in ("protect_riskassessment", "protect_safecontact", "protect_protectedaddress"):
            cursor.execute(f"SELECT * FROM {table}")
            held = b"|".join(
                bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone()
            )
            for word in (NOTE, "the dentist", "Aunt Sela", ADDRESS):
                assert word.encode() not in held


@pytest.mark.django_db(transaction=True)
def test_what_kept_a_person_safe_goes_when_they_are_erased(scene: Scene) -> None:
    assess(scene)
    agree(scene, ContactRules(frozenset(Channel)))
    addresses.protect_address(scene.case, ADDRESS, [], actor=scene.manager, now=NOW)
    erasure.erase(scene.case, actor=scene.manager, now=NOW)
    assert not RiskAssessment.objects.exists()
    assert not ProtectedAddress.objects.exists()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.SERVICE_PROVIDER, Role.ADMINISTRATOR, Role.INVESTIGATOR])
def test_nobody_but_case_managers_reads_about_risk_or_address(scene: Scene, role: Role) -> None:
    person = a_person(role, scene.manager.agency)
    row = addresses.protect_address(scene.case, ADDRESS, [person], actor=scene.manager, now=NOW)
    with pytest.raises(NotAllowedError):
        safety.read_assessments(scene.case, actor=person)
    with pytest.raises(NotAllowedError):
        addresses.open_address(row, "visit", actor=person, now=NOW)
