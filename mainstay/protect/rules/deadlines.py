"""Deadlines, each from the article it comes from; the day is an argument."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mainstay.protect.types import ReflectionPeriod

REFLECTION_FLOOR_DAYS = 30  # CETS 197 art. 13(1)
RENEWAL_LEAD_DAYS = 60
"""Working value: how long before a permit ends its renewal is asked for. CETS 197 art. 14 sets no day."""
REASSESSMENT_DAYS = 90
"""Working value: CETS 197 art. 12(2) asks for due weight on safety and protection needs, not for a day."""
AGE_CHECK_DAYS = 30
"""Working value: CETS 197 art. 10(3) protects until the age is verified and sets no day for that."""


class Basis(StrEnum):
    """What a number of days rests on."""

    TREATY = "treaty"
    NATIONAL = "national"
    WORKING = "working"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class NationalTerm:
    """Days that national law gives, as an administrator set them, with their source."""

    days: int
    source: str


@dataclass(frozen=True, slots=True)
class Term:
    """A number of days, its source, and what it rests on."""

    days: int
    source: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class AgeDoubt:
    """What is known of an uncertain age. `verified_child` is None until the age was verified."""

    age_group: str
    reasons_to_believe_child: bool
    verified_child: bool | None = None


@dataclass(frozen=True, slots=True)
class Holds:
    """Something that holds for the person today: a code, its article, the row it was read from, its last day."""

    code: str
    article: str
    row: str
    until: date | None = None


def reflection_period(identified: date, national_days: int | None) -> ReflectionPeriod:
    """Return the days in which no expulsion order may be enforced (CETS 197 art. 13).

    National law may lengthen the period, never shorten it. It starts with reasonable grounds to
    believe that the person is a victim, which is the day of the presumption.
    """
    days = max(national_days or 0, REFLECTION_FLOOR_DAYS)
    return ReflectionPeriod(identified, identified + timedelta(days=days))


def reflection_term(national: NationalTerm | None) -> Term:
    """Return the length of the reflection period and its source: the longer of treaty floor and national law."""
    if national is not None and national.days > REFLECTION_FLOOR_DAYS:
        return Term(national.days, national.source, Basis.NATIONAL)
    return Term(REFLECTION_FLOOR_DAYS, "CETS 197 art. 13", Basis.TREATY)


def national_or_working(national: NationalTerm | None, working_days: int) -> Term:
    """Return the days of national law where an administrator set them, and else a working value, marked as one.

    For appeals, renewals and re-assessments the treaty sets no number: a shorter national term is taken as it is,
    as a day that came too late would lose the person's right.
    """
    if national is not None:
        return Term(national.days, national.source, Basis.NATIONAL)
    return Term(working_days, "working value: national law decides", Basis.WORKING)


def renewal_due(expires: date, lead: Term) -> date:
    """Return the day by which the renewal of a residence permit is asked for (CETS 197 art. 14(1): renewable)."""
    return expires - timedelta(days=lead.days)


def reassessment_due(last: date, term: Term) -> date:
    """Return the day on which safety and protection needs are looked at again (CETS 197 art. 12(2))."""
    return last + timedelta(days=term.days)


def treated_as_child(age_group: str, reasons_to_believe_child: bool, verified_child: bool | None = None) -> bool:
    """Say whether a person is treated as a child (CETS 197 art. 10(3)).

    Uncertain age alone does not trigger it: there have to be reasons to believe that the person is a child. It ends
    when the age is verified.
    """
    if verified_child is not None:
        return verified_child
    return age_group == "0-17" or (age_group == "unknown" and reasons_to_believe_child)


def presumed_child(doubt: AgeDoubt) -> bool:
    """Say whether somebody is treated as a child by presumption, that is before the age is verified (art. 10(3))."""
    by_presumption = doubt.age_group == "unknown" and doubt.verified_child is None
    return by_presumption and treated_as_child(doubt.age_group, doubt.reasons_to_believe_child)


def age_check_due(recorded: date, term: Term) -> date:
    """Return the day by which a presumed child's age is to be verified; they are protected until then and after.

    The day urges the authority, it ends nothing: art. 10(3) protects "pending verification".
    """
    return recorded + timedelta(days=term.days)


def representation_due(
    known: date, *, is_child: bool, presumed: bool, unaccompanied: bool | None, identified: bool
) -> date | None:
    """Return the day by which an unaccompanied child has a representative: the same day (CETS 197 art. 10(4)(a)).

    The article binds as soon as the child is identified as a victim; a guardian, an organisation or an authority
    satisfies it. For a presumed child it follows from the special protection of art. 10(3), which is why the day is
    given then too. Whether they are unaccompanied has to be known: doubt about that is no reason to wait.
    """
    if unaccompanied is False:
        return None
    return known if (is_child and identified) or presumed else None


def bars_on_removal(
    *,
    reasonable_grounds: bool,
    identification_completed: bool,
    period: ReflectionPeriod,
    is_child: bool,
    today: date,
) -> tuple[Holds, ...]:
    """Return what bars a removal today.

    CETS 197 art. 10(2): on reasonable grounds, no removal until the identification process is completed, however
    long it takes. Art. 13(1): no expulsion order is enforced in the reflection period; an order may be issued, and
    investigation goes on. Art. 16(7): no child is returned where an assessment points against their best interests,
    so none without one.
    """
    found = []
    if reasonable_grounds and not identification_completed:
        found.append(Holds("no_removal", "CETS 197 art. 10(2)", "COE-10(2)#2"))
    if reasonable_grounds and period.covers(today):
        found.append(Holds("no_expulsion", "CETS 197 art. 13(1)", "COE-13(1)#2", period.last_day))
        found.append(Holds("may_stay", "CETS 197 art. 13(1)", "COE-13(1)#3", period.last_day))
    if is_child:
        found.append(Holds("child_return", "CETS 197 art. 16(7)", "COE-16(7)"))
    return tuple(found)


def owed_now(
    *, reasonable_grounds: bool, is_child: bool, presumed: bool, unaccompanied: bool | None, identified: bool
) -> tuple[Holds, ...]:
    """Return what the person is owed from today, whatever they say to the authorities.

    CETS 197 art. 10(2), 12(1)-(2) and 13(2): help from reasonable grounds on; 12(6): not for testimony; 15(1):
    information on proceedings from the first contact with the authorities, in a language that they understand;
    15(2): a right to legal assistance; 26: the law must make it possible not to penalise them for what they were
    compelled to do; 10(3) and 10(4): for children.
    """
    found = []
    if reasonable_grounds:
        found.append(Holds("help", "CETS 197 art. 12(1)-(2)", "COE-10(2)#3"))
        found.append(Holds("not_for_testimony", "CETS 197 art. 12(6)", "COE-12(6)"))
    found.append(Holds("information", "CETS 197 art. 15(1)", "COE-15(1)"))
    found.append(Holds("legal_help", "CETS 197 art. 15(2)", "COE-15(2)"))
    found.append(Holds("no_penalty_possible", "CETS 197 art. 26", "COE-26"))
    if presumed:
        found.append(Holds("treated_as_child", "CETS 197 art. 10(3)", "COE-10(3)"))
    if is_child and identified and unaccompanied is not False:
        found.append(Holds("representative", "CETS 197 art. 10(4)(a)", "COE-10(4)(a)"))
        found.append(Holds("identity_traced", "CETS 197 art. 10(4)(b)", "COE-10(4)(b)"))
        found.append(Holds("family_if_best", "CETS 197 art. 10(4)(c)", "COE-10(4)(c)"))
    if is_child:
        found.append(Holds("school", "CETS 197 art. 12(1)(f)", "COE-12(1)(f)"))
        found.append(Holds("not_made_public", "CETS 197 art. 11(2)", "COE-11(2)"))
    return tuple(found)
