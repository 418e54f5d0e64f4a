"""Reading measures against people, who stands by them, and what the guard says."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import Case, CaseContact, Measure, MeasureNotice, Status
from mainstay.protect.models.measures import ALERTED, MEASURE_KINDS, MEASURE_STATES, OFFENCES
from mainstay.protect.queries.law import (
    age_doubt,
    is_treated_as_child,
    reflection_of,
    standing_of,
    treaties_of,
)
from mainstay.protect.rules.deadlines import presumed_child
from mainstay.protect.rules.grounds import Fact, MeasureKind, Offence
from mainstay.protect.rules.guard import Answer, Finding, MeasureFacts, facts_asked, guard
from mainstay.protect.rules.measures import OPEN, TAKEN_BACK, MeasureState, counted

ORDER = (Answer.APPLIES, Answer.MAY_APPLY, Answer.WARNS, Answer.NOT_YET, Answer.SUPPORTS, Answer.DOES_NOT)
FORCED_LABOUR = "ForcedLabour"


def measures_visible_to(viewer: User) -> QuerySet[Measure]:
    """Return the measures that a viewer may follow, the newest first."""
    rows = Measure.objects.select_related("case", "owner").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.read_measure")


def measures_waiting(viewer: User) -> QuerySet[Measure]:
    """Return measures of a viewer's people against which nothing was sent yet, the oldest first."""
    rows = Measure.objects.filter(state=MeasureState.RECORDED).select_related("case")
    rows = rows.exclude(case__status=Status.ERASED).order_by("taken_on")
    return access.narrow(rows, viewer, "protect.record_measure")


def open_measures_of(case: Case) -> QuerySet[Measure]:
    """Return the measures against a person that are neither dropped nor taken back."""
    return case.measures.filter(state__in=OPEN)


def notices_to(viewer: User) -> QuerySet[MeasureNotice]:
    """Return the measures that a viewer's agency was told of."""
    rows = MeasureNotice.objects.select_related("measure", "contact", "case__agency")
    rows = rows.exclude(case__status=Status.ERASED).filter(contact__ended_at=None)
    return access.narrow(rows, viewer, "protect.read_notice")


def notices_waiting(viewer: User) -> QuerySet[MeasureNotice]:
    """Return the measures that a viewer's agency was told of and has not seen, but for those taken back since."""
    return notices_to(viewer).filter(seen_at=None).exclude(measure__state__in=TAKEN_BACK)


def contacts_of(case: Case) -> QuerySet[CaseContact]:
    """Return who stands by a person now."""
    return case.contacts.filter(ended_at=None).select_related("agency")


def contact_recipients(case: Case) -> list[tuple[str, str]]:
    """Return the contacts of a case that are outside this node, as a consent names them."""
    rows = contacts_of(case).filter(agency=None)
    return [(recipient_of_contact(row), str(row.get_role_display())) for row in rows]


def recipient_of_contact(contact: CaseContact) -> str:
    """Return how a consent names a contact: by their agency, where it is on this node."""
    return f"agency:{contact.agency_id}" if contact.agency_id else f"contact:{contact.pk}"


def lacking_roles(case: Case) -> list[str]:
    """Return which of those who are told of a measure the case does not have."""
    there = set(contacts_of(case).values_list("role", flat=True))
    return [role for role in ALERTED if role not in there]


def measure_facts(measure: Measure) -> MeasureFacts:
    """Return a measure as the guard sees it, with what the case, the days and the treaties tell."""
    case = measure.case
    doubt = age_doubt(case)
    known = {Fact(name): bool(value) for name, value in measure.facts.items() if value is not None}
    if Fact.FORCED_LABOUR not in known and FORCED_LABOUR in case.forms:
        known[Fact.FORCED_LABOUR] = True
    if Fact.ABROAD not in known and case.citizenship:
        known[Fact.ABROAD] = case.citizenship != measure.country
    return MeasureFacts(
        kind=MeasureKind(measure.kind),
        country=measure.country,
        part=measure.part,
        taken_on=measure.taken_on,
        offences=frozenset(Offence(one) for one in measure.offences),
        act_on=measure.act_on,
        exploited_from=measure.exploited_from,
        exploited_until=measure.exploited_until,
        standing=standing_of(case),
        child_now={"0-17": True, "18+": False}.get(case.age_group)
        if doubt.verified_child is None
        else is_treated_as_child(case),
        presumed_child=presumed_child(doubt),
        known=known,
        bound=treaties_of(measure.country, measure.taken_on),
    )


def findings_of(measure: Measure, today: date) -> list[Finding]:
    """Return what the guard says of a measure today, what applies first."""
    found = guard(_on(measure, today))
    return sorted(found, key=lambda one: ORDER.index(one.answer))


def facts_to_ask(measure: Measure, today: date) -> tuple[Fact, ...]:
    """Return the facts worth asking for."""
    return facts_asked(_on(measure, today))


def _on(measure: Measure, today: date) -> MeasureFacts:
    return replace(measure_facts(measure), reflection_running=reflection_of(measure.case).covers(today))


def measures_by_kind() -> dict[tuple[str, ...], int]:
    """Return counts of people by the gravest measure against them, what it was for, and what became of it.

    Each person is in one cell; who objected to being counted is in none. It is a count of coded facts for the release
    gate of `monitor`.
    """
    rows: Iterable[tuple[Any, str, list[str], str]] = (
        Measure.objects.filter(case__left_out_of_figures=False)
        .order_by("case_id")
        .annotate(person=F("case_id"))
        .values_list("person", "kind", "offences", "state")
    )
    people: dict[Any, list[tuple[MeasureKind, list[str], MeasureState]]] = {}
    for person, kind, offences, state in rows:
        people.setdefault(person, []).append((MeasureKind(kind), offences, MeasureState(state)))
    counts: dict[tuple[str, ...], int] = {}
    for measures in people.values():
        cell = counted(measures)
        counts[cell] = counts.get(cell, 0) + 1
    return counts


def measure_words() -> dict[str, object]:
    """Return what the codes of that count are called."""
    words: dict[str, object] = {**dict(MEASURE_KINDS), **dict(OFFENCES), **dict(MEASURE_STATES)}
    return {**words, "multiple": _("More than one act"), "unknown": _("Unknown")}
