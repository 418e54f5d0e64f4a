"""Kinds of services: who may have which, what to bring, which days matter, each with its legal source.

The treaties are the Council of Europe Convention (CETS 197) and the Palermo Protocol. What they leave to
national law, and what was not read, is marked: it is shown as to be confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mainstay.protect.rules.deadlines import reflection_period

CONFIRM = "to be confirmed"


class Met(StrEnum):
    """Whether a condition is met."""

    YES = "met"
    NO = "not met"
    UNKNOWN = "not known"


#: What can be answered about a person's situation, besides what the case says itself.
QUESTIONS = (
    "lawfully_resident",
    "unaccompanied",
    "safety_assessed",
    "family_safe",
    "wants_return",
    "return_safe",
    "best_interest_assessed",
    "stay_needed",
    "needs_protection_abroad",
    "unpaid",
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what is asked, for which ages, and where it comes from.

    `wanted` is the answer that meets it. `ages` names the age groups it holds for; for others it is left out.
    """

    code: str
    source: str
    wanted: bool = True
    ages: frozenset[str] = frozenset({"0-17", "18+", "unknown"})


@dataclass(frozen=True, slots=True)
class Day:
    """A day that matters; without a date where national law sets it."""

    code: str
    source: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ServiceType:
    """One kind of service: which needs it serves, on which conditions, with which papers and days."""

    code: str
    needs: tuple[str, ...]
    conditions: tuple[Condition, ...]
    sources: tuple[str, ...]
    documents: tuple[str, ...] = ()
    days: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person when eligibility is asked."""

    age_group: str
    status: str
    consents: bool
    identified_date: date
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition, whether it is met, and the reason by its code."""

    code: str
    met: Met
    reason: str
    source: str


ADULT, CHILD = frozenset({"18+"}), frozenset({"0-17"})
PRESUMED = Condition("presumed", "CETS 197 art. 10(2), 12(1)")  # assistance from reasonable grounds on
CONSENT = Condition("consents", "CETS 197 art. 12(7)")
LAWFUL = Condition("lawfully_resident", "CETS 197 art. 12(4)", ages=ADULT)
SAFETY = Condition("safety_assessed", "CETS 197 art. 12(2)")
BASIC = (PRESUMED, CONSENT)

TYPES: tuple[ServiceType, ...] = (
    ServiceType("humanitarian", ("food", "money"), BASIC, ("CETS 197 art. 12(1)(a)", "Palermo art. 6(3)")),
    ServiceType(
        "shelter", ("shelter",), (*BASIC, SAFETY), ("CETS 197 art. 12(1)(a)", "Palermo art. 6(3)", "Palermo art. 6(5)")
    ),
    ServiceType("safety", ("safety",), BASIC, ("CETS 197 art. 12(2)", "Palermo art. 6(5)")),
    ServiceType("health", ("health",), BASIC, ("CETS 197 art. 12(1)(b)", "CETS 197 art. 12(3)", "Palermo art. 6(3)")),
    ServiceType("psychological", ("psychological",), BASIC, ("CETS 197 art. 12(1)(a)", "Palermo art. 6(3)")),
    ServiceType(
        "legal",
        ("legal",),
        BASIC,
        ("CETS 197 art. 12(1)(d)", "CETS 197 art. 15(1)", "CETS 197 art. 15(2)", "Palermo art. 6(2)(a)"),
        documents=("letters_from_authorities",),
        days=(("reflection_ends", "CETS 197 art. 13(1)"), ("appeal_periods", CONFIRM)),
    ),
    ServiceType("interpreter", ("interpreter",), BASIC, ("CETS 197 art. 12(1)(c)",)),
    ServiceType(
        "guardian",
        ("childcare",),
        (Condition("child", "CETS 197 art. 10(4)(a)"), Condition("unaccompanied", "CETS 197 art. 10(4)(a)")),
        ("CETS 197 art. 10(4)(a)", "Palermo art. 6(4)"),
        days=(("guardian_at_once", "CETS 197 art. 10(4)(a)"),),
    ),
    ServiceType(
        "papers",
        ("papers",),
        BASIC,
        ("CETS 197 art. 16(4)", "Palermo art. 8(4)"),
        documents=("any_identity_paper", "photographs"),
    ),
    ServiceType(
        "tracing",
        ("family",),
        (
            CONSENT,
            Condition("family_safe", CONFIRM),
            Condition("best_interest_assessed", "CETS 197 art. 10(4)(c)", ages=CHILD),
        ),
        ("CETS 197 art. 10(4)(c)", CONFIRM),
        documents=("family_details", "proof_of_kinship"),
    ),
    ServiceType(
        "resettlement",
        ("resettlement",),
        (CONSENT, Condition("needs_protection_abroad", CONFIRM), SAFETY),
        ("Palermo art. 14(1)", CONFIRM),
        documents=("proof_of_protection_need", "any_identity_paper"),
    ),
    ServiceType(
        "regular_migration",
        ("papers",),
        (PRESUMED, CONSENT, Condition("stay_needed", "CETS 197 art. 14(1)")),
        ("CETS 197 art. 14(1)", "CETS 197 art. 14(2)", "CETS 197 art. 14(5)", "Palermo art. 7(1)", "Palermo art. 7(2)"),
        documents=("any_identity_paper", "decision_on_identification"),
        days=(("reflection_ends", "CETS 197 art. 13(1)"), ("permit_renewal", CONFIRM)),
    ),
    ServiceType(
        "return",
        ("return",),
        (
            CONSENT,
            Condition("wants_return", "CETS 197 art. 16(2)"),
            Condition("return_safe", "CETS 197 art. 16(2)"),
            Condition("best_interest_assessed", "CETS 197 art. 16(7)", ages=CHILD),
        ),
        ("CETS 197 art. 16(1)", "CETS 197 art. 16(2)", "CETS 197 art. 16(5)", "Palermo art. 8(1)", "Palermo art. 8(2)"),
        documents=("travel_document", "contacts_in_country_of_return"),
        days=(("reflection_ends", "CETS 197 art. 13(1)"), ("proceedings_status", "CETS 197 art. 16(2)")),
    ),
    ServiceType(
        "compensation",
        ("compensation", "money"),
        (CONSENT, Condition("unpaid", "CETS 197 art. 15(3)")),
        ("CETS 197 art. 15(3)", "CETS 197 art. 15(4)", "Palermo art. 6(6)"),
        documents=("wage_records", "notes_of_hours", "messages_with_employer"),
        days=(("limitation_period", CONFIRM),),
    ),
    ServiceType(
        "education",
        ("education",),
        (*BASIC, LAWFUL),
        ("CETS 197 art. 12(1)(f)", "CETS 197 art. 12(4)", "Palermo art. 6(3)"),
        documents=("school_records",),
    ),
    ServiceType(
        "work",
        ("work",),
        (CONSENT, Condition("adult", CONFIRM), LAWFUL),
        ("CETS 197 art. 12(4)", "Palermo art. 6(3)"),
        documents=("permit_to_work",),
    ),
    ServiceType("other", (), (CONSENT,), (CONFIRM,)),
)
BY_CODE = {one.code: one for one in TYPES}


def types_for(need: str) -> tuple[ServiceType, ...]:
    """Return the kinds of services that serve a kind of need."""
    return tuple(one for one in TYPES if need in one.needs)


def eligibility(one: ServiceType, facts: Facts) -> tuple[Finding, ...]:
    """Return each condition of a kind of service that holds for this person: met, not met or not known, and why."""
    return tuple(
        _finding(each, facts) for each in one.conditions if facts.age_group in each.ages or _unsure(each, facts)
    )


def may_have(findings: tuple[Finding, ...]) -> Met:
    """Return whether a person may have a service: not where a condition is not met, not known where one is not."""
    met = {finding.met for finding in findings}
    return Met.NO if Met.NO in met else Met.UNKNOWN if Met.UNKNOWN in met else Met.YES


def days_of(one: ServiceType, facts: Facts) -> tuple[Day, ...]:
    """Return the days that matter for a kind of service; those of national law have no date."""
    ends = reflection_period(facts.identified_date, None).last_day
    dates = {"reflection_ends": ends, "guardian_at_once": facts.identified_date}
    return tuple(Day(code, source, dates.get(code)) for code, source in one.days)


def _unsure(condition: Condition, facts: Facts) -> bool:
    """A condition of one age group is asked too where the age is not known."""
    return facts.age_group == "unknown"


def _finding(condition: Condition, facts: Facts) -> Finding:
    met, reason = _answer(condition, facts)
    if facts.age_group == "unknown" and condition.ages in (ADULT, CHILD) and met is Met.NO:
        met, reason = Met.UNKNOWN, "age_unknown"
    return Finding(condition.code, met, reason, condition.source)


def _answer(condition: Condition, facts: Facts) -> tuple[Met, str]:
    match condition.code:
        case "presumed":
            # From reasonable grounds until an authority decides otherwise; help does not end with a no by itself.
            if facts.status in {"presumed", "identified"}:
                return Met.YES, f"status_{facts.status}"
            return Met.UNKNOWN, "status_other"
        case "consents":
            return (Met.YES, "consent_recorded") if facts.consents else (Met.UNKNOWN, "no_consent_recorded")
        case "child" | "adult":
            wanted = "0-17" if condition.code == "child" else "18+"
            if facts.age_group == "unknown":
                return Met.UNKNOWN, "age_unknown"
            return (Met.YES if facts.age_group == wanted else Met.NO), "age_group"
        case _:
            said = facts.answers.get(condition.code, "")
            if said not in {"yes", "no"}:
                return Met.UNKNOWN, "not_asked"
            return (Met.YES if (said == "yes") is condition.wanted else Met.NO), f"answered_{said}"
