"""Who tries to read a sealed name and does not: an administrator, a partner, every other role, a stranger, a thief."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from mainstay.accounts.models import User
from mainstay.core.access import Role
from mainstay.protect.rules.grounds import MeasureKind, Offence
from mainstay.protect.rules.safety import Domain, Level
from mainstay.protect.services import cases, contacts, measures, plans, referrals, safety, teamwork
from mainstay.protect.types import Category
from tests.factories import a_person
from tests.protect.conftest import NOW, SECRETS, TODAY, Scene

WRITTEN = {**SECRETS, "birth_day": "5 April 1999"}
WORDS = ["zqnote", "zqrisk", "zqplan", "zqgoal", "zqtask", "zqcharge", "zqcounsel"]
"""Free text that was sealed with other parts of the file."""


def filled(scene: Scene) -> None:
    """Put something sealed in every corner of the file; only needs may leave, for the clinic."""
    case, manager = scene.case, scene.manager
    scene.consent(Category.NEEDS)
    need = cases.add_need(case, "health", "zqnote", actor=manager, now=NOW)
    referrals.refer(need, scene.provider.agency, actor=manager, today=TODAY, now=NOW)
    levels = dict.fromkeys(Domain, Level.LOW)
    safety.assess_risk(case, levels, {Domain.THREATS: "zqrisk"}, actor=manager, today=TODAY, now=NOW)
    parts = {"signs": "zqplan"}
    safety.agree_plan(case, parts, agreed_on=TODAY, language="en", actor=manager, today=TODAY, now=NOW)
    plans.add_goal(case, "zqgoal", [need], actor=manager, now=NOW)
    teamwork.add_task(case, "zqtask", owner=manager, due_date=TODAY, actor=manager, now=NOW)
    charge = measures.MeasureDraft(
        MeasureKind.CHARGE, TODAY - timedelta(days=1), "XS", frozenset({Offence.DOCUMENTS}), words="zqcharge"
    )
    measures.record_measure(case, charge, actor=manager, today=TODAY, now=NOW)
    counsel = contacts.ContactDraft(role="counsel", name="zqcounsel", phone="1")
    contacts.add_contact(case, counsel, actor=manager, today=TODAY, now=NOW)


def addresses(scene: Scene) -> Iterator[list[str]]:
    """Give every address of protect, each with the ids of one row of every kind for its parts; and what lists show."""
    rows = [row for model in apps.get_app_config("protect").get_models() if (row := model._default_manager.first())]
    ids = {
        "uuid": sorted({str(row.pk) for row in rows if "-" in str(row.pk)}),
        "int": sorted({str(row.pk) for row in rows if str(row.pk).isdigit()}),
        "str": ["en", "story"],
        "slug": ["names", "relatives", "story", "health"],
    }
    yield from (["/today/"], ["/audit/"], ["/figures/"], ["/api/v1/protect/cases"])
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace == "protect":
            for pattern in entry.url_patterns:
                if isinstance(pattern, URLPattern):
                    yield list(_with_ids(pattern, ids, str(scene.case.pk)))


def _with_ids(pattern: URLPattern, ids: dict[str, list[str]], case: str) -> Iterator[str]:
    route, choices, names = str(pattern.pattern), [], []
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        names.append(f"<{kind}:{name}>")
        choices.append([case] if name == "pk" and route.startswith("people/") else ids[kind])
    for chosen in itertools.product(*choices):
        path = route
        for name, value in zip(names, chosen, strict=True):
            path = path.replace(name, value)
        yield f"/{path}"


def told(scene: Scene, viewer: User | None) -> dict[str, set[str]]:
    """Return which sealed words a viewer is shown, by address; an address that refuses them is asked once."""
    client, found = Client(), {}
    if viewer is not None:
        client.force_login(viewer)
    for forms in addresses(scene):
        for address in forms:
            answers = [client.get(address), client.post(address)]
            said = "".join(a.content.decode(errors="replace") + str(dict(a.headers)) for a in answers)
            words = {word for word in (*WRITTEN.values(), *WORDS) if word in said}
            if words:
                found[address] = words
            if {answer.status_code for answer in answers} <= {403}:
                break
    return found


STRANGERS = [Role.ADMINISTRATOR, Role.SUPERVISOR, Role.IDENTIFICATION_AUTHORITY, Role.RAPPORTEUR]


@pytest.mark.parametrize("role", STRANGERS)
def test_no_other_role_of_the_same_agency_reads_a_sealed_word(scene: Scene, role: Role) -> None:
    """The administrator among them: they set the node up, and read nobody."""
    filled(scene)
    assert told(scene, a_person(role, scene.manager.agency)) == {}


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.ADMINISTRATOR, Role.SERVICE_PROVIDER])
def test_another_agency_reads_no_sealed_word(scene: Scene, role: Role) -> None:
    filled(scene)
    assert told(scene, a_person(role)) == {}


def test_a_partner_that_has_a_referral_reads_what_consent_allows_and_no_sealed_word(scene: Scene) -> None:
    filled(scene)
    assert told(scene, scene.provider) == {}


def test_nobody_signed_in_reads_no_sealed_word(scene: Scene) -> None:
    filled(scene)
    assert told(scene, None) == {}


def test_the_walk_does_find_words_where_somebody_may_read_them(scene: Scene) -> None:
    """The same walk by the case manager: without it the tests above would pass on a node that shows nothing."""
    filled(scene)
    words = set().union(*told(scene, scene.manager).values())
    assert {SECRETS["name"], "zqrisk", "zqtask"} <= words


@pytest.mark.django_db(transaction=True)
def test_the_owner_of_the_database_reads_no_sealed_word(scene: Scene) -> None:
    filled(scene)
    bare = ""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                bare += "".join(repr(bytes(v) if isinstance(v, memoryview) else v) for v in row)
    assert scene.case.reference in bare, "this is not the database that was written to"
    assert not [word for word in (*WRITTEN.values(), *WORDS) if word in bare]
