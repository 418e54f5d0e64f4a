"""What is done for some of the people of the scenario: services, safety, a charge answered, a plan; all made up."""

from datetime import datetime, time, timedelta
from typing import Any

from mainstay.demo.stages import someone

ROOMS = "Orchard rooms (made up)"
SERVICES = (
    ("shelter", "Beds for women (made up)", "Rooms with a lock, staff at night.", 8, 2, ("en", "ar")),
    ("legal", "Legal advice hour (made up)", "A lawyer speaks about rights and wages.", None, None, ("en", "fr")),
    ("health", "Health check (made up)", "A nurse, without papers.", None, None, ("en",)),
)
WAYS = ("They call every night and ask where she is. (Made up.)", "Her mother was visited. (Made up.)")


def care(now: datetime) -> dict[str, Any]:
    """Keep a directory, and care for the three newest presumed victims who are of age; return what was done."""
    from mainstay.protect.queries import cases_visible_to

    _directory(now)
    rows = cases_visible_to(someone("case_manager")).filter(status="presumed", age_group="18+")[:3]
    for number, case in enumerate(rows):
        _keep_safe(case, now)
        if number == 0:
            _answer_a_charge(case, now)
        if number == 1:
            _plan(case, now)
    return {"measures": min(len(rows), 1)}


def _directory(now: datetime) -> None:
    from mainstay.protect.services import directory

    provider = someone("service_provider")
    organization = directory.own_organization(provider)
    weekdays = directory.Hours(frozenset({"MO", "TU", "WE", "TH", "FR"}), time(9), time(17))
    for kind, name, words, places, free, languages in SERVICES:
        own: dict[str, Any] = {"kind": kind, "name": name, "description": words, "places": places, "free_places": free}
        own |= {"status": "active", "sexes": []}
        where: dict[str, Any] = {
            "is_confidential": kind == "shelter",
            "address": "3 Quay Lane",
            "region": "North Ferry",
        }
        where |= {"country": "XS", "latitude": None, "longitude": None}
        given = directory.ServiceInput(own, where, (weekdays,), languages, "+999 55 20")
        directory.keep_service(given, organization=organization, actor=provider, now=now)


def _keep_safe(case: Any, now: datetime) -> None:
    from mainstay.core import clock
    from mainstay.protect.services import safety

    manager, today = someone("case_manager"), clock.today()
    domain, level = safety.Domain, safety.Level
    levels = dict.fromkeys(domain, level.LOW) | {domain.THREATS: level.HIGH, domain.FAMILY: level.MEDIUM}
    notes = {domain.THREATS: WAYS[0], domain.FAMILY: WAYS[1]}
    safety.assess_risk(case, levels, notes, actor=manager, today=today, now=now)
    parts = {"signs": "A car that waits. (Made up.)", "people": "Ines, day and night. (Made up.)"}
    safety.agree_plan(case, parts, agreed_on=today, language="en", actor=manager, today=today, now=now)


def _answer_a_charge(case: Any, now: datetime) -> None:
    from mainstay.core import clock
    from mainstay.protect.services import consents, contacts, measures, referrals
    from mainstay.protect.types import Category, Given, SharePurpose

    manager, clinic, today = someone("case_manager"), someone("service_provider").agency, clock.today()
    draft = consents.ConsentDraft(
        categories=frozenset({Category.IDENTITY, Category.JOURNEY, Category.EXPLOITATION}),
        recipients=frozenset({referrals.recipient_of(clinic)}),
        purposes=frozenset({SharePurpose.DEFENCE}),
        given_on=today,
        how=Given.SPOKEN,
    )
    consents.give_consent(case, draft, actor=manager, now=now)
    contacts.add_contact(
        case, contacts.ContactDraft(role="counsel", agency=clinic), actor=manager, today=today, now=now
    )
    charge = measures.MeasureDraft(
        kind=measures.MeasureKind.CHARGE,
        taken_on=today - timedelta(days=2),
        country="XS",
        offences=frozenset({measures.Offence.DOCUMENTS, measures.Offence.ENTRY_STAY}),
        act_on=today - timedelta(days=30),
        exploited_from=today - timedelta(days=200),
        exploited_until=today - timedelta(days=10),
        authority="Border police of North Ferry (made up)",
        words="Carried a passport in another name, which the recruiter had given her. (Made up.)",
    )
    measures.record_measure(case, charge, actor=manager, today=today, now=now)


def _plan(case: Any, now: datetime) -> None:
    from mainstay.core import clock
    from mainstay.protect.services import plans, teamwork

    manager, today = someone("case_manager"), clock.today()
    week = today + timedelta(days=7)
    plans.agree_plan(case, agreed_on=today, review_on=today + timedelta(days=30), actor=manager, today=today)
    goal = plans.add_goal(case, "Her wages, paid. (Made up.)", case.needs.all()[:1], actor=manager, now=now)
    plans.add_step(goal, "See the lawyer on Thursday. (Made up.)", who=manager, due_date=week, actor=manager)
    teamwork.add_task(case, "Bring the pay slips. (Made up.)", owner=manager, due_date=week, actor=manager, now=now)
