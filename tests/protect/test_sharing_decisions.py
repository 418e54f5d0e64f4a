"""Forty sharing decisions worked by hand from their legal source: what leaves, what is withheld, and why.

`source` is the id of a row in the facts' `obligations.json`, or the article of a text that is not in it. Each decision
names every category once: what leaves, and what stays with its reason.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mainstay.protect.rules.consent import plan_share
from mainstay.protect.rules.legal_grounds import fits, last_possible_day, may_consent
from mainstay.protect.types import CaseField, Category, ConsentFact, Given, Ground, GroundKind, SharePurpose

OBLIGATIONS = Path(__file__).resolve().parents[3] / "shared" / "facts" / "obligations.json"
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
FIELDS = [CaseField(category.value, category.value, category) for category in Category]
CLINIC, POLICE, LAWYER, ABROAD, NETWORK = "agency:clinic", "agency:police", "agency:lawyer", "peer:Orvanta", "network"
AUTHORITY = "agency:authority"
HELP, TRACE, ABROAD_TOO = SharePurpose.ASSISTANCE, SharePurpose.INVESTIGATION, SharePurpose.COOPERATION
DECIDE, COUNT = SharePurpose.IDENTIFICATION, SharePurpose.STATISTICS

FAMILY = "family: no_consent"
HELP_NEEDS_NOT = "journey exploitation exploiters money: not_needed"
TRACE_NEEDS_NOT = "contact family health needs: not_needed"
DECIDE_NEEDS_NOT = "contact family health exploiters money: not_needed"
HOME = "whereabouts: never_leaves"
COUNT_NEEDS_NOT = "identity contact family health journey exploiters money needs: not_needed"


def said(what: str, *, to: str = CLINIC, to_do: SharePurpose = HELP, **changes: object) -> ConsentFact:
    """A consent given yesterday to some categories."""
    consent = ConsentFact(
        id="c",
        categories=frozenset(Category(word) for word in what.split()),
        recipients=frozenset({to}),
        purposes=frozenset({to_do}),
        given_on=TODAY - DAY,
    )
    return replace(consent, **changes)  # type: ignore[arg-type]  # each decision names real fields


def ground(kind: GroundKind, what: str, *, to: str, to_do: SharePurpose = HELP, **changes: object) -> Ground:
    """A ground that a supervisor approved yesterday."""
    whole = Ground(
        kind=kind,
        approved_by="supervisor",
        categories=frozenset(Category(word) for word in what.split()),
        recipient=to,
        purpose=to_do,
        starts=TODAY - DAY,
        until=TODAY + DAY,
        asked_by="case manager",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # each decision names real fields


@dataclass(frozen=True)
class Worked:
    """One decision: the situation, and what the source implies."""

    source: str
    situation: str
    to: str
    to_do: SharePurpose
    leaves: str
    stays: tuple[str, ...]
    consents: list[ConsentFact] = field(default_factory=list)
    grounds: list[Ground] = field(default_factory=list)
    may_receive: str | None = None
    empty: str = ""


DANGER, CHILD, ORDER = GroundKind.IMMINENT_DANGER, GroundKind.CHILD_BEST_INTEREST, GroundKind.COURT_ORDER
WORKED = [
    # nothing without consent
    Worked("COE-12(7)", "a clinic asks before the person was asked", CLINIC, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME)),
    Worked("COE-11(1)", "the police ask before the person was asked", POLICE, TRACE, "",
           ("identity journey exploitation exploiters money: no_consent", TRACE_NEEDS_NOT, HOME)),
    Worked("PAL-6(1)", "another country asks before the person was asked", ABROAD, ABROAD_TOO, "",
           ("identity journey exploitation exploiters money: no_consent", TRACE_NEEDS_NOT, HOME)),
    Worked("COE-10(2)#1", "the authority is to decide, and the person said nothing yet", AUTHORITY, DECIDE, "",
           ("identity journey exploitation needs: no_consent", DECIDE_NEEDS_NOT, HOME)),
    # consent on an informed basis, as far as it goes
    Worked("COE-12(7)", "consent to health and needs for a clinic", CLINIC, HELP, "health needs",
           ("identity contact: no_consent", HELP_NEEDS_NOT, FAMILY, HOME), [said("health needs")]),
    Worked("COE-12(7)", "consent to everything that helps", CLINIC, HELP, "identity contact health needs",
           (HELP_NEEDS_NOT, FAMILY, HOME), [said("identity contact health needs")]),
    Worked("COE-12(1)(b)", "medical help under another name: needs and health, not who they are", CLINIC, HELP,
           "health needs", ("identity contact: no_consent", HELP_NEEDS_NOT, FAMILY, HOME), [said("health needs")]),
    Worked("COE-12(1)(d)", "a lawyer who informs the person of rights may call back", LAWYER, HELP, "contact needs",
           ("identity health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME), [said("contact needs", to=LAWYER)]),
    Worked("COE-12(1)(e)", "help in proceedings: the lawyer learns who the person is", LAWYER, HELP,
           "identity contact needs", ("health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("identity contact needs", to=LAWYER)]),
    Worked("COE-27(3)", "an organisation that supports in the proceedings, with consent", "agency:ngo", HELP,
           "identity needs", ("contact health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("identity needs", to="agency:ngo")]),
    Worked("PAL-6(3)", "housing and counsel from a shelter that is told the need alone", "agency:shelter", HELP,
           "needs", ("identity contact health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("needs", to="agency:shelter")]),
    Worked("COE-12(7)", "who looks for the family is told whom they look for, and for whom", "agency:tracing", HELP,
           "identity family", ("contact health needs: no_consent", HELP_NEEDS_NOT, HOME),
           [said("identity family", to="agency:tracing")]),
    # purpose limits even a wide consent
    Worked("GDPR 5(1)(c)", "a clinic needs no account numbers, whatever was agreed", CLINIC, HELP,
           "identity contact health needs", (HELP_NEEDS_NOT, FAMILY, HOME),
           [said("identity contact health needs journey exploitation exploiters money whereabouts")]),
    Worked("GDPR 5(1)(c)", "following the money needs no health, whatever was agreed", POLICE, TRACE,
           "identity journey exploitation exploiters money", (TRACE_NEEDS_NOT, HOME),
           [said("identity contact health needs journey exploitation exploiters money", to=POLICE, to_do=TRACE)]),
    Worked("COE-11(1)", "consent to be helped lets nothing out to investigate", CLINIC, TRACE, "",
           ("identity journey exploitation exploiters money: no_consent", TRACE_NEEDS_NOT, HOME),
           [said("identity journey exploitation exploiters money")]),
    Worked("GDPR 5(1)(b)", "consent to investigate lets nothing out to help", POLICE, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("identity contact health needs", to=POLICE, to_do=TRACE)]),
    Worked("COE-12(6)", "help does not hang on being a witness: the clinic learns no story", CLINIC, HELP, "needs",
           ("identity contact health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME), [said("needs exploitation")]),
    # the recipient counts
    Worked("COE-11(1)", "consent for the clinic is none for the police", POLICE, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("identity contact health needs")]),
    Worked("COE-11(1)", "an agency agreed to receive needs alone", CLINIC, HELP, "needs",
           ("identity contact health: may_not_receive", HELP_NEEDS_NOT, "family: may_not_receive", HOME),
           [said("identity contact health needs")], may_receive="needs"),
    Worked("COE-11(1)", "an agency that may receive nothing", CLINIC, HELP, "",
           ("identity contact health needs: may_not_receive", HELP_NEEDS_NOT, "family: may_not_receive", HOME),
           [said("identity contact health needs")], may_receive=""),
    Worked("COE-34(3)", "another country gets who controlled them, not who they are", ABROAD, ABROAD_TOO,
           "exploiters money", ("identity journey exploitation: no_consent", TRACE_NEEDS_NOT, HOME),
           [said("exploiters money", to=ABROAD, to_do=ABROAD_TOO)]),
    Worked("UNTOC-18(15)(e)", "a request names the person concerned where they agreed", ABROAD, ABROAD_TOO,
           "identity exploitation", ("journey exploiters money: no_consent", TRACE_NEEDS_NOT, HOME),
           [said("identity exploitation", to=ABROAD, to_do=ABROAD_TOO)]),
    Worked("UNTOC-18(19)", "what was agreed for one country does not reach a second", "peer:Terra", ABROAD_TOO, "",
           ("identity journey exploitation exploiters money: no_consent", TRACE_NEEDS_NOT, HOME),
           [said("identity exploitation", to=ABROAD, to_do=ABROAD_TOO)]),
    Worked("UNTOC-27(1)(b)", "the network of the node learns of the exploiter and the account", NETWORK, TRACE,
           "exploiters money", ("identity journey exploitation: no_consent", TRACE_NEEDS_NOT, HOME),
           [said("exploiters money", to=NETWORK, to_do=TRACE)]),
    # identification
    Worked("COE-10(2)#1", "the authority decides on what happened, the journey and who it is", AUTHORITY, DECIDE,
           "identity journey exploitation", ("needs: no_consent", DECIDE_NEEDS_NOT, HOME),
           [said("identity journey exploitation", to=AUTHORITY, to_do=DECIDE)]),
    Worked("COE-10(1)#2", "organisations and authority work together on needs too", AUTHORITY, DECIDE,
           "identity journey exploitation needs", (DECIDE_NEEDS_NOT, HOME),
           [said("identity journey exploitation needs", to=AUTHORITY, to_do=DECIDE)]),
    # time and withdrawal
    Worked("GDPR 7(3)", "taken back this morning", CLINIC, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("health needs", withdrawn_on=TODAY)]),
    Worked("GDPR 7(3)", "one of two consents is taken back: the other still holds", CLINIC, HELP, "needs",
           ("identity contact health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("health needs", withdrawn_on=TODAY), said("needs", id="d")]),
    Worked("GDPR 4(11)", "a consent until yesterday", CLINIC, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("needs", until=TODAY - DAY)]),
    Worked("GDPR 4(11)", "a consent whose last day is today", CLINIC, HELP, "needs",
           ("identity contact health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME), [said("needs", until=TODAY)]),
    Worked("GDPR 4(11)", "a consent that begins tomorrow", CLINIC, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("needs", given_on=TODAY + DAY)]),
    # safety before convenience
    Worked("COE-28(1)", "where the person is stays, with consent to everything", CLINIC, HELP,
           "identity contact health needs", (HELP_NEEDS_NOT, FAMILY, HOME),
           [said("whereabouts identity contact health needs")]),
    Worked("UNTOC-24(2)", "limits on disclosing whereabouts hold toward the police too", POLICE, TRACE, "exploiters",
           ("identity journey exploitation money: no_consent", TRACE_NEEDS_NOT, HOME),
           [said("whereabouts exploiters", to=POLICE, to_do=TRACE)]),
    # grounds that stand in for consent
    Worked("GDPR 9(2)(c)", "danger now: an unconscious person's health goes to the hospital", CLINIC, HELP, "health",
           ("identity contact needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           grounds=[ground(DANGER, "health", to=CLINIC)]),
    Worked("GDPR 6(1)(d)", "danger now reaches the one it names, nobody else", LAWYER, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           grounds=[ground(DANGER, "health", to=CLINIC)]),
    Worked("GDPR 6(1)(d)", "nobody approved the danger", CLINIC, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           grounds=[ground(DANGER, "health", to=CLINIC, approved_by="")]),
    Worked("GDPR 6(1)(d)", "who asked approves it for themself", CLINIC, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           grounds=[ground(DANGER, "health", to=CLINIC, approved_by="case manager")]),
    Worked("GDPR 6(1)(d)", "the danger passed and the ground was ended", CLINIC, HELP, "",
           ("identity contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           grounds=[ground(DANGER, "health", to=CLINIC, ended_on=TODAY)]),
    Worked("COE-10(4)(a)", "a child's guardian may be the exploiter: a new guardian learns who the child is",
           "agency:guardian", HELP, "identity contact needs", ("health: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           grounds=[ground(CHILD, "identity contact needs", to="agency:guardian")]),
    Worked("COE-10(4)(c)", "to find the family, abroad, in the child's interests: the journey, not the exploiters",
           ABROAD, ABROAD_TOO, "identity journey", ("exploitation exploiters money: no_consent", TRACE_NEEDS_NOT, HOME),
           grounds=[ground(CHILD, "identity journey", to=ABROAD, to_do=ABROAD_TOO)]),
    Worked("COE-11(2)", "a child's interests give no ground to tell where the child is", "agency:guardian", HELP,
           "identity", ("contact health needs: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           grounds=[ground(CHILD, "identity whereabouts", to="agency:guardian")]),
    Worked("GDPR 6(1)(c)", "a court orders the account: it gets that, and no more", POLICE, TRACE, "money",
           ("identity journey exploitation exploiters: no_consent", TRACE_NEEDS_NOT, HOME),
           grounds=[ground(ORDER, "money", to=POLICE, to_do=TRACE)]),
    Worked("GDPR 5(1)(c)", "an order for health to follow money: the purpose needs no health", POLICE, TRACE, "",
           ("identity journey exploitation exploiters money: no_consent", TRACE_NEEDS_NOT, HOME),
           grounds=[ground(ORDER, "health", to=POLICE, to_do=TRACE)]),
    Worked("COE-11(1)", "consent and ground together let out what each lets out", CLINIC, HELP, "health needs",
           ("identity contact: no_consent", HELP_NEEDS_NOT, FAMILY, HOME), [said("needs")],
           [ground(DANGER, "health", to=CLINIC)]),
    # figures, and nothing recorded
    Worked("GDPR 89(1)", "figures need the form of exploitation alone", "agency:statistics", COUNT, "exploitation",
           (COUNT_NEEDS_NOT, HOME),
           [said("identity exploitation health", to="agency:statistics", to_do=COUNT)]),
    Worked("COE-11(1)", "health was never written down: nothing is made up", CLINIC, HELP, "needs",
           ("health: nothing_recorded", "identity contact: no_consent", HELP_NEEDS_NOT, FAMILY, HOME),
           [said("health needs")], empty="health"),
]  # fmt: skip


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: f"{worked.source}: {worked.situation}")
def test_what_leaves_and_what_stays_follows_the_source(worked: Worked) -> None:
    fields = [replace(f, filled=f.name not in worked.empty.split()) for f in FIELDS]
    limit = None if worked.may_receive is None else frozenset(Category(c) for c in worked.may_receive.split())
    plan = plan_share(
        fields,
        worked.consents,
        worked.to,
        worked.to_do,
        today=TODAY,
        may_receive=limit,
        grounds=worked.grounds,
    )
    stays = {name: why for line in worked.stays for names, why in [line.split(": ")] for name in names.split()}
    assert set(worked.leaves.split()) | set(stays) == {c.value for c in Category}, "a decision names every category"
    assert {d.field.name: d.code for d in plan.decisions if not d.shared} == stays
    assert set(plan.shared) == set(worked.leaves.split())
    assert all(d.code == "consent" or d.code.startswith("ground:") for d in plan.decisions if d.shared)


def test_there_are_forty_decisions_and_their_rows_exist() -> None:
    assert len(WORKED) >= 40
    if not OBLIGATIONS.exists():
        pytest.skip("the facts are not beside the project")
    rows = {row["id"]: row for row in json.loads(OBLIGATIONS.read_text(encoding="utf-8"))["obligations"]}
    named = {worked.source for worked in WORKED if not worked.source.startswith("GDPR")}
    assert not named - set(rows)
    assert {rows[name]["basis"] for name in named} == {"text read"}


@pytest.mark.parametrize("how", [g for g in Given if g is not Given.GUARDIAN])
def test_a_child_is_heard_and_a_guardian_consents(how: Given) -> None:
    """COE-10(4)(a): representation by a guardian who acts in the child's best interests."""
    assert not may_consent(how, treated_as_child=True)
    assert may_consent(Given.GUARDIAN, treated_as_child=True)
    assert may_consent(how, treated_as_child=False)


def test_a_childs_best_interests_are_no_ground_for_an_adult() -> None:
    assert fits(CHILD, treated_as_child=True)
    assert not fits(CHILD, treated_as_child=False)
    assert all(fits(kind, treated_as_child=False) for kind in (DANGER, ORDER))


def test_danger_is_looked_at_anew_after_three_days() -> None:
    assert last_possible_day(DANGER, TODAY) == TODAY + 3 * DAY
    assert last_possible_day(DANGER, TODAY) < last_possible_day(CHILD, TODAY) < last_possible_day(ORDER, TODAY)
