"""One obvious default each, made through the services; everybody, every agency and every account here is made up."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from mainstay.accounts.models import Agency, User
from mainstay.core.access import Role

if TYPE_CHECKING:
    from mainstay.cooperate.models import AssistanceRequest, Match, NodeReferral, Peer
    from mainstay.identify.models import Screening
    from mainstay.money.models import StoredAlert
    from mainstay.monitor.models import ReleasedTable
    from mainstay.network.models import Entity
    from mainstay.protect.models import Case, Conference, Referral, Service, Transfer

PASSWORD = "correct horse battery staple"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_serial = count(1)


def an_agency(name: str = "", kind: str = "shelter", country: str = "XS") -> Agency:
    """Return a saved agency."""
    return Agency.objects.create(name=name or f"Agency {next(_serial)}", kind=kind, country=country)


def a_person(role: Role = Role.CASE_MANAGER, agency: Agency | None = None, name: str = "") -> User:
    """Return a saved person of a role; their password is `PASSWORD`."""
    number = next(_serial)
    return User.objects.create_user(
        f"person{number}@example.org",
        name=name or f"Person {number}",
        role=role,
        agency=agency or an_agency(),
        password=PASSWORD,
    )


def a_screening(actor: User | None = None, now: datetime = NOW) -> "Screening":
    """Return a finished screening by the shipped rapid screen, which points to trafficking."""
    from mainstay.identify.engine.shipped import load_shipped
    from mainstay.identify.services import screenings

    instrument = load_shipped("rapid_screen")
    assert instrument is not None
    answers = {"brought_here": "yes", "threats": "yes", "made_to": ["work"], "danger_now": "yes"}
    return screenings.record_screening(instrument, answers, None, actor=actor or a_person(Role.SCREENER), now=now)


def a_case(actor: User | None = None, sealed: Mapping[str, str] | None = None, now: datetime = NOW) -> "Case":
    """Return an open case of a presumed victim."""
    from mainstay.protect.services import cases

    draft = cases.CaseDraft(
        identified_date=date(2026, 3, 1),
        sex="female",
        age_group="18+",
        forms=("forced_labour",),
        sealed=sealed or {"name": f"Amara Deng {next(_serial)}"},
    )
    return cases.open_case(draft, actor=actor or a_person(Role.CASE_MANAGER), now=now)


def a_referral(to: Agency | None = None, actor: User | None = None, now: datetime = NOW) -> "Referral":
    """Return a referral of a new case's need to an agency, by consent."""
    from mainstay.protect.services import cases, consents, referrals
    from mainstay.protect.types import Category, Given, SharePurpose

    manager, clinic = actor or a_person(Role.CASE_MANAGER), to or an_agency()
    case = a_case(manager, {"name": "Amara Deng", "health": "Needs insulin"}, now)
    need = cases.add_need(case, "health", "", actor=manager, now=now)
    draft = consents.ConsentDraft(
        categories=frozenset({Category.IDENTITY, Category.HEALTH, Category.NEEDS}),
        recipients=frozenset({referrals.recipient_of(clinic)}),
        purposes=frozenset({SharePurpose.ASSISTANCE}),
        given_on=now.date(),
        how=Given.SPOKEN,
    )
    consents.give_consent(case, draft, actor=manager, now=now)
    return referrals.refer(need, clinic, actor=manager, today=now.date(), now=now)


def _agreed(case: "Case", agency: Agency, now: datetime) -> None:
    """Record a consent for an agency to all that assistance takes."""
    from mainstay.protect.services import consents, referrals
    from mainstay.protect.types import Category, Given, SharePurpose

    draft = consents.ConsentDraft(
        categories=frozenset(Category) - {Category.WHEREABOUTS},
        recipients=frozenset({referrals.recipient_of(agency)}),
        purposes=frozenset({SharePurpose.ASSISTANCE}),
        given_on=now.date(),
        how=Given.SPOKEN,
    )
    consents.give_consent(case, draft, actor=case.owner, now=now)


def a_transfer(to: Agency, now: datetime = NOW) -> "Transfer":
    """Return a whole case that another agency asks an agency to take over; it has a case manager."""
    from mainstay.protect.services import transfers

    if not to.people.filter(role=Role.CASE_MANAGER).exists():
        a_person(Role.CASE_MANAGER, to)
    case = a_case(now=now)
    _agreed(case, to, now)
    return transfers.ask_to_take_over(case, to, "", actor=case.owner, today=now.date(), now=now)


def a_conference(of: Agency, now: datetime = NOW) -> "Conference":
    """Return a conference in which an agency took part."""
    from mainstay.protect.services import teamwork

    case = a_case(now=now)
    draft = teamwork.ConferenceDraft(now.date(), "Two people", "To go on", (of,))
    return teamwork.record_conference(case, draft, actor=case.owner, today=now.date(), now=now)


def a_service(kind: str = "shelter", now: datetime = NOW) -> "Service":
    """Return a service of the directory, of an organization of its own."""
    from mainstay.protect.services import directory

    administrator = a_person(Role.ADMINISTRATOR)
    organization = directory.add_organization(f"Trust {next(_serial)}", agency=None, actor=administrator)
    own = {"kind": kind, "name": f"House {next(_serial)}", "status": "active"}
    given = directory.ServiceInput(own, {"region": "Low Mill", "country": "XS"}, languages=("sw",))
    return directory.keep_service(given, organization=organization, actor=administrator, now=now)


def alerts(actor: User, number: int = 1) -> Sequence["StoredAlert"]:
    """Return alerts as a scan gives them, taken in for the actor's agency."""
    from mainstay.money import services
    from mainstay.money.types import AccountRole, Alert, Reason
    from mainstay.money.types import Role as Does

    def one(serial: int) -> Alert:
        return Alert(
            alert_id=f"alert-{serial}",
            pattern="fan_in",
            score=0.8,
            accounts=(AccountRole(f"C{serial}", Does.COLLECTOR), AccountRole(f"P{serial}", Does.PAYER)),
            transactions=(f"T{serial}",),
            start=NOW - timedelta(days=2),
            end=NOW,
            amounts={"EUR": "1200.00"},
            reasons=(Reason("many_payers", "12 people paid one account", 12, "Red flag 4", 0.8),),
        )

    drafts = [one(next(_serial)) for _ in range(number)]
    holders = {account.account_id: ("person", "Goru Kalbero") for draft in drafts for account in draft.accounts}
    return services.load_alerts(drafts, holders, actor=actor, now=NOW)


def an_entity() -> "Entity":
    """Return an entity of the network that came from nowhere else."""
    from mainstay.network import services
    from mainstay.network.models import Entity
    from mainstay.network.types import EntityDraft, Push

    serial = next(_serial)
    draft = EntityDraft("a", "Person", {"name": [f"Goru Kalbero {serial}"]}, (("account", f"XO{serial}"),))
    (made,) = services.push(Push("case", f"case-{serial}", (draft,)), actor=None, now=NOW)
    return Entity.objects.get(pk=made)


def a_peer() -> "Peer":
    """Return another node whose keys are pinned, with which matching is agreed."""
    from mainstay.cooperate.engine.envelope import NodeKeys
    from mainstay.cooperate.services import peers

    keys = NodeKeys.from_seeds(os.urandom(32), os.urandom(32))
    card = keys.card(f"Orvanta {next(_serial)}", "XO", "http://127.0.0.1:9")
    return peers.pin(card, matching_agreed=True, actor=None, now=NOW)


def a_request(peer: "Peer | None" = None) -> "AssistanceRequest":
    """Return a request for assistance that another node sent."""
    from mainstay.cooperate.services import requests

    body = {"body": {"treaty_basis": "untoc", "assistance_type": "f"}, "reference": f"XO-{next(_serial)}"}
    return requests.take_request(peer or a_peer(), body, now=NOW)


def a_match(peer: "Peer | None" = None) -> "Match":
    """Return a question whether another node knows an account, as it left."""
    from mainstay.cooperate.services import matches

    return matches.open_match(peer or a_peer(), "account", ["XS12 0001"], actor=None, now=NOW)[0]


def a_referral_from_elsewhere(peer: "Peer | None" = None) -> "NodeReferral":
    """Return what another node referred here, which nobody opened yet."""
    from mainstay.cooperate.models import NodeReferral
    from mainstay.cooperate.services import referrals_in

    node, reference = peer or a_peer(), f"N-2026-{next(_serial)}"
    body = {
        "reference": reference,
        "need": "health",
        "service": "",
        "answer_by": (NOW + timedelta(days=365)).date().isoformat(),
        "message": "",
        "whole": False,
        "terms": {"purpose": "assistance", "until": ""},
        "shared": {"name": "Amara Deng", "needs": ["health"]},
    }
    referrals_in.take_referral(node, body, today=NOW.date(), now=NOW)
    return NodeReferral.objects.get(peer=node, reference=reference)


def a_referral_to_elsewhere(actor: User, now: datetime = NOW) -> "NodeReferral":
    """Return what a case manager referred to another node, by consent."""
    from mainstay.cooperate.services import referrals_out
    from mainstay.cooperate.services.peers import recipient_of
    from mainstay.protect.services import cases, consents
    from mainstay.protect.types import Category, Given, SharePurpose

    case, peer = a_case(actor, now=now), a_peer()
    cases.add_need(case, "health", "", actor=actor, now=now)
    draft = consents.ConsentDraft(
        categories=frozenset({Category.NEEDS}),
        recipients=frozenset({recipient_of(peer)}),
        purposes=frozenset({SharePurpose.ASSISTANCE}),
        given_on=now.date(),
        how=Given.SPOKEN,
    )
    consents.give_consent(case, draft, actor=actor, now=now)
    ask = referrals_out.Ask("health", now.date() + timedelta(days=14))
    return referrals_out.refer(case, peer, ask, actor=actor, today=now.date(), now=now)[0]


def a_figure() -> "ReleasedTable":
    """Return a released table of the victims of this node; there has to be a case."""
    from mainstay.monitor import services

    return services.release_victims(k=5, actor=None, now=NOW)
