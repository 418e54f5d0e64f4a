"""What happens on one node of the scenario, through the same services as a user's; one process a stage.

`python -m mainstay.demo.stages STAGE` works on the node of MAINSTAY_HOME, takes a JSON document on
standard input and prints one on standard output.
"""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mainstay.demo import cast
from mainstay.demo.types import Story

REQUEST = {
    "treaty_basis": "untoc",
    "offence_scope": "Trafficking in persons (Palermo Protocol, article 5); two States; three people acting together.",
    "requesting_authority": "Ministry of Justice of Selvania",
    "stage": "investigation",
    "subject_and_nature": "The wages of trafficked workers are collected on an account in Orvanta.",
    "conducting_authority": "Prosecution of Selvania: leads the investigation",
    "facts_summary": "A person who was made to work says that their wages were collected on this account.",
    "assistance_type": "f",
    "assistance_sought": "Who holds the account, and who pays in.",
    "purpose": "To investigate those who collect the earnings of trafficked people.",
    "language": "en",
}


def staff(given: dict[str, Any]) -> dict[str, Any]:
    """Add the made-up colleagues of a node, and return its card."""
    from mainstay.accounts import services
    from mainstay.accounts.models import Agency
    from mainstay.core.access import Role

    for part in cast.SELVANIA if given["node"] == "Selvania" else cast.ORVANTA:
        agency = Agency.objects.filter(name=part.agency).first()
        agency = agency or services.create_agency(part.agency, part.kind, given["country"], actor=None)
        services.create_person(
            part.email, name=part.name, role=Role(part.role), agency=agency, password=cast.PASSWORD, actor=None
        )
    return card(given)


def someone(role: str) -> Any:
    """Return the made-up colleague of a role."""
    from mainstay.accounts.models import User

    first = User.objects.filter(role=role).order_by("email").first()
    assert first is not None  # noqa: S101  # everybody was set up in the stage before
    return first


def interviews(given: dict[str, Any]) -> dict[str, Any]:
    """Screen everybody, open cases for presumed victims, and see to what they need."""
    from mainstay.core import clock
    from mainstay.demo import care
    from mainstay.identify.queries import instruments
    from mainstay.identify.services import screenings as identify

    screener, now = someone("screener"), clock.now()
    instrument = instruments.find_instrument("rapid_screen")
    assert instrument is not None  # noqa: S101  # it is shipped
    found = {
        "presumed_victims": 0,
        "false_presumptions": 0,
        "cases": 0,
        "referrals_accepted": 0,
        "decided": 0,
        "not_identified": 0,
    }
    lines = Path(given["interviews"]).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        story = Story(**json.loads(line))
        with clock.frozen_at(now - timedelta(days=story.days_ago) + timedelta(minutes=number)):
            who = identify.Circumstances(sex=story.sex, language="en")
            screening = identify.record_screening(
                instrument, story.answers, story.child, who=who, actor=screener, now=clock.now(),
                name=story.sealed.get("name", ""),
            )  # fmt: skip
            if screening.level in {"trafficking indicated", "likely"}:
                found["presumed_victims" if story.victim else "false_presumptions"] += 1
                found["referrals_accepted"] += protect_one(screening.pk, story, accept=number % 4 != 3)
                found["cases"] += 1
                if number % 3:
                    found["decided"] += 1
                    found["not_identified"] += decide_one(screening.key_id, story)
    reviewed(now)
    told(now)
    return found | care.care(now)


def reviewed(now: datetime) -> None:
    """Have the supervisor review what the screener asked, and send one back."""
    from mainstay.identify.queries import screenings
    from mainstay.identify.services import supervision

    supervisor = someone("supervisor")
    for number, row in enumerate(screenings.waiting_for_review(supervisor)[:20]):
        comment = "" if number else "Ask whether the wages are paid out by somebody else. (Made up.)"
        supervision.review_screening(row, approved=bool(number), comment=comment, actor=supervisor, now=now)


def told(now: datetime) -> None:
    """Let the shelter read tips, and have two come in from the public; one is answered."""
    from mainstay.identify.services import tips

    shelter = someone("case_manager")
    tips.set_desk(shelter.agency, reads=True, actor=someone("administrator"), now=now)
    texts = (
        "Two girls are kept above the bakery at Low Mill. (Made up.)",
        "A grey van, every Friday at dusk. (Made up.)",
    )
    for number, text in enumerate(texts):
        receipt = tips.take_in(tips.Told(text, tips.new_token(now=now)[0]), shelter.agency, language="en", now=now)
        if number:
            tips.reply(tips.by_receipt(receipt), "Which road does it take?", actor=shelter, now=now)


def protect_one(screening: Any, story: Story, *, accept: bool) -> int:
    """Open a case, seal who the person is, record consents and needs, refer one, and have it answered."""
    from mainstay.core import clock
    from mainstay.protect.services import cases, consents, referrals
    from mainstay.protect.types import Category, Given, SharePurpose

    manager, provider, now, today = someone("case_manager"), someone("service_provider"), clock.now(), clock.today()
    case = cases.open_case_from_screening(
        screening, agency=manager.agency, actor=someone("screener"), today=today, now=now
    )
    if story.sealed:
        case = cases.change_case(case, story.sealed, version=case.version, actor=manager)
    needs = [cases.add_need(case, kind, "", actor=manager, now=now) for kind in story.needs]
    to_help = consents.ConsentDraft(
        categories=frozenset({Category.IDENTITY, Category.CONTACT, Category.NEEDS}),
        recipients=frozenset({referrals.recipient_of(provider.agency)}),
        purposes=frozenset({SharePurpose.ASSISTANCE}),
        given_on=today,
        how=Given.GUARDIAN if story.child else Given.INTERPRETER,
    )
    consents.give_consent(case, to_help, actor=manager, now=now)
    if story.consents_to_peer:
        their_money = consents.ConsentDraft(
            categories=frozenset({Category.MONEY, Category.EXPLOITERS, Category.JOURNEY}),
            recipients=frozenset({"network", "peer:Orvanta"}),
            purposes=frozenset({SharePurpose.INVESTIGATION, SharePurpose.COOPERATION}),
            given_on=today,
            how=Given.GUARDIAN if story.child else Given.WRITTEN,
        )
        consents.give_consent(case, their_money, actor=manager, now=now)
    if not needs[1:]:
        return 0
    referral = referrals.refer(needs[1], provider.agency, actor=manager, today=today, now=now)
    referrals.read_referral(referral, actor=provider, today=today, now=now)
    reason = "" if accept else "No room this week (made up)"
    referrals.answer_referral(referral, accepted=accept, reason=reason, actor=provider, now=now)
    return int(accept)


def decide_one(key: Any, story: Story) -> int:
    """Have the authority decide on a person, by consent, with reasons and a second reader; return 1 for "not"."""
    from mainstay.accounts.models import User
    from mainstay.core import clock
    from mainstay.protect import queries
    from mainstay.protect.services import consents, identification, referrals
    from mainstay.protect.types import Category, Given, Outcome, SharePurpose

    manager, now, today = someone("case_manager"), clock.now(), clock.today()
    first, second = User.objects.filter(role="identification_authority").order_by("email")
    case = queries.cases_visible_to(manager).get(key_id=key)
    draft = consents.ConsentDraft(
        categories=frozenset({Category.EXPLOITATION, Category.JOURNEY}),
        recipients=frozenset({referrals.recipient_of(first.agency)}),
        purposes=frozenset({SharePurpose.IDENTIFICATION}),
        given_on=today,
        how=Given.GUARDIAN if story.child else Given.WRITTEN,
    )
    consents.give_consent(case, draft, actor=manager, now=now)
    procedure = identification.ask_to_decide(case, first.agency, actor=manager, today=today, now=now)
    outcome = Outcome.IDENTIFIED if story.victim else Outcome.NOT_IDENTIFIED
    reasons = "Act, means and purpose. (Made up.)" if story.victim else "No purpose was shown. (Made up.)"
    identification.propose_decision(procedure, outcome, reasons, actor=first, now=now)
    identification.read_second(procedure, agrees=True, actor=second, today=today, now=now)
    return int(outcome is Outcome.NOT_IDENTIFIED)


def alerts(given: dict[str, Any]) -> dict[str, Any]:
    """Take in the alerts of a scan, and compare them with what was planted."""
    from mainstay.core import clock
    from mainstay.money import services
    from mainstay.money.types import Alert, Role
    from mainstay.network import queries as network

    analyst = someone("financial_analyst")
    stored = services.load_scan(Path(given["alerts"]), Path(given["ledger"]), actor=analyst, now=clock.now())
    opened = [services.read_alert(row, actor=analyst) for row in stored[:1]]
    opened += [Alert.from_json(row.document.open()) for row in stored[1:]]
    named: dict[str, set[str]] = defaultdict(set)
    for alert in opened:
        named[alert.pattern] |= {a.account_id for a in alert.accounts if a.role in {Role.CONTROLLER, Role.COLLECTOR}}
    workers, told = set(given["workers"]), {account for _ref, account in network.accounts_of("money")}
    funnels, collectors = set(given["controllers"]), set(given["collectors"])
    return {
        "wage_funnels": len(named["wage_funnel"] & funnels),
        "collections": len(named["fan_in_collection"] & collectors),
        "other_alerts": sum(1 for a in opened if not {x.account_id for x in a.accounts} & (funnels | collectors)),
        "workers_told_to_investigators": len(workers & told),
    }


def card(given: dict[str, Any]) -> dict[str, Any]:
    """Return this node's card."""
    from mainstay.cooperate.services import peers

    return peers.card_document()


def pin(given: dict[str, Any]) -> dict[str, Any]:
    """Pin the other node out of its card, and agree to match."""
    from mainstay.cooperate.services import peers
    from mainstay.cooperate.types import Card
    from mainstay.core import clock

    names = ("name", "country", "url", "sign_key", "seal_key")
    card = Card(**{name: given[name] for name in names})
    peers.pin(card, matching_agreed=True, actor=someone("central_authority"), now=clock.now())
    return {}


def ask(given: dict[str, Any]) -> dict[str, Any]:
    """Ask the other node about each account that consent covers; request assistance on the first hit."""
    from mainstay.cooperate import queries
    from mainstay.cooperate.services import exchange, requests
    from mainstay.core import clock
    from mainstay.network import queries as network

    asker = someone("central_authority")
    peer = queries.peer_named("Orvanta")
    assert peer is not None  # noqa: S101  # pinned in the stage before
    rows = network.entities_visible_to(asker).filter(source="protect", schema="BankAccount")
    matches = [exchange.ask_about_case(peer, row.source_ref, actor=asker, now=clock.now()) for row in rows]
    hits = [match for match in matches if match.hits_count]
    for match in hits[:1]:
        _made, stored = requests.send_request(
            match.peer, REQUEST, match=match, actor=asker, today=clock.today(), now=clock.now()
        )
        exchange.carry(stored)
    return {"accounts_known_abroad": len(hits), "asked": len(matches)}


def reply(given: dict[str, Any]) -> dict[str, Any]:
    """Answer the requests that came in, out of what this node's network knows of the account."""
    from mainstay.cooperate import queries
    from mainstay.cooperate.services import exchange, requests
    from mainstay.core import clock

    official = someone("central_authority")
    rows = queries.requests_visible_to(official).filter(state="received")
    for row in rows:
        opened = requests.open_request(row, actor=official)
        captions = [entity.caption for entity in opened.known]
        answer = requests.Answer(f"Known here: {', '.join(captions)}. Statements follow by this channel. (Made up.)")
        stored = requests.answer_request(row, answer, actor=official, now=clock.now())
        exchange.carry(stored)
    return {"answered": len(rows)}


def figures(given: dict[str, Any]) -> dict[str, Any]:
    """Release the figures, and say how far the requests got."""
    from mainstay.audit import queries as audit
    from mainstay.cooperate import queries
    from mainstay.core import clock
    from mainstay.monitor import services

    table = services.release_victims(k=3, actor=someone("rapporteur"), now=clock.now())
    answered = queries.requests_visible_to(someone("central_authority")).filter(state="answered", direction="out")
    verdict = audit.verify()
    return {
        "people_in_released_figures": table.total,
        "cells_withheld": table.withheld,
        "requests_answered": answered.count(),
        "audit_entries": verdict.entries if verdict.holds else 0,
    }


STAGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    each.__name__: each for each in (staff, interviews, alerts, card, pin, ask, reply, figures)
}


def main() -> None:
    """Run one stage on the node of MAINSTAY_HOME."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.site.settings")
    django.setup()
    given = json.loads(sys.stdin.read() or "{}")
    sys.stdout.write(json.dumps(STAGES[sys.argv[1]](given)) + "\n")


if __name__ == "__main__":
    main()
