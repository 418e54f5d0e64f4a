"""Submissions against a measure: drafted from the guard's findings, confirmed by a lawyer, sent."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.protect.errors import (
    AlreadyAnsweredError,
    ConsentGoneError,
    DaysDisagreeError,
    DayToComeError,
    MeasureStateError,
    NotConfirmedError,
    NothingToShareError,
    ReasonsMissingError,
)
from mainstay.protect.models import CaseContact, Measure, Submission
from mainstay.protect.queries import explain, plan_for
from mainstay.protect.queries import measures as queries
from mainstay.protect.queries.shares import allows
from mainstay.protect.rules.guard import Finding, MeasureFacts
from mainstay.protect.rules.measures import TAKEN_BACK, MeasureState, may_follow
from mainstay.protect.services import sharing
from mainstay.protect.services.measures import StepDraft, take_step
from mainstay.protect.types import Category, SharePlan, SharePurpose

MEASURE_WORDS = "measure_words"
"""Stands among a version's fields for the sealed words of the measure."""


@transaction.atomic
def draft_submission(
    measure: Measure, contact: CaseContact, words: str, *, actor: User, today: date, now: datetime
) -> Submission:
    """Draft a new version for a contact: the guard's findings with their limits, and what consent lets leave.

    Refused where the person does not let the contact know what happened: even the answers of the guard tell of it.
    """
    access.require(actor, "protect.record_measure", measure)
    case = sharing.locked(measure.case)
    _require_measure(measure)
    recipient = queries.recipient_of_contact(contact)
    if not allows(case, recipient, SharePurpose.DEFENCE, Category.EXPLOITATION, today=today):
        raise NothingToShareError(
            _("The person has not let this contact know what happened, for their defence."),
            todo=_("Ask the person, and record their consent first."),
        )
    plan = plan_for(case, recipient, SharePurpose.DEFENCE, today=today)
    values: dict[str, Any] = {}
    if plan.shared:
        plan, values = sharing.release(case, recipient, SharePurpose.DEFENCE, actor=actor, today=today, now=now)
    last = measure.submissions.order_by("-version").first()
    row = Submission(
        key_id=case.key_id,
        case=case,
        measure=measure,
        contact=contact,
        recipient=recipient,
        version=last.version + 1 if last else 1,
        fields=[*sorted(values), MEASURE_WORDS],
        made_by=actor,
        made_at=now,
    )
    document = _document(queries.measure_facts(measure), queries.findings_of(measure, today), plan, values)
    said = {"authority": measure.authority.open(), "held": measure.words.open()}
    row.document = {**document, **said, "words": words.strip()}
    row.save()
    _note(row, "protect.submission_drafted", actor, {"version": row.version, "fields": row.fields})
    return row


@transaction.atomic
def open_submission(row: Submission, *, actor: User, today: date) -> dict[str, Any]:
    """Return a version opened; refuse one with facts that the person no longer lets leave. The reading is noted."""
    access.require(actor, "protect.record_measure", row.measure)
    _require_consent(row, today)
    _note(row, "protect.submission_read", actor, {"version": row.version})
    document = row.document.open()
    if document is None:
        raise NotFoundError(_("This version was erased with the person."))
    confirmed: dict[str, Any] = {**document, "confirmed_by": row.confirmed_by.open()}
    return confirmed


@transaction.atomic
def confirm_submission(row: Submission, by: str, *, actor: User, day: date, today: date) -> Submission:
    """Record that a lawyer confirmed a version: from then on it is no draft."""
    access.require(actor, "protect.record_measure", row.measure)
    sharing.locked(row.case)
    if not by.strip():
        raise ReasonsMissingError(_("Say which lawyer confirmed it."))
    _require_day(day, row, today)
    current = Submission.objects.select_for_update().get(pk=row.pk)
    _require_consent(current, today)
    _require_unsent(current)
    current.confirmed_by, current.confirmed_on = by.strip(), day
    current.save(update_fields=["confirmed_by", "confirmed_on"])
    _note(current, "protect.submission_confirmed", actor, {"version": current.version})
    return current


@transaction.atomic
def send_submission(row: Submission, *, actor: User, day: date, today: date, now: datetime) -> Submission:
    """Record that a confirmed version was sent; the measure waits for its answer from then on."""
    access.require(actor, "protect.record_measure", row.measure)
    sharing.locked(row.case)
    current = Submission.objects.select_for_update().get(pk=row.pk)
    _require_measure(current.measure)
    if current.confirmed_on is None:
        raise NotConfirmedError(_("No lawyer has confirmed this version."), todo=_("Record who confirmed it first."))
    _require_consent(current, today)
    _require_unsent(current)
    _require_day(day, current, today)
    current.sent_on = day
    current.save(update_fields=["sent_on"])
    _note(current, "protect.submission_sent", actor, {"version": current.version})
    measure = Measure.objects.get(pk=current.measure_id)
    if MeasureState.SUBMITTED in may_follow(MeasureState(measure.state)):
        take_step(measure, StepDraft(MeasureState.SUBMITTED, day), actor=actor, today=today, now=now)
    return current


def _require_measure(measure: Measure) -> None:
    if Measure.objects.get(pk=measure.pk).state in TAKEN_BACK:
        raise MeasureStateError(
            _("This measure was taken back: there is nothing to answer."), todo=_("Take it up again first.")
        )


def _require_unsent(row: Submission) -> None:
    if row.sent_on is not None:
        raise AlreadyAnsweredError(_("This version was sent."), todo=_("Draft a new one if something changed."))


def is_stale(row: Submission, today: date) -> bool:
    """Say whether a version holds something that the person no longer lets leave."""
    plan = plan_for(row.case, row.recipient, SharePurpose.DEFENCE, today=today)
    allowed = set(plan.shared)
    if allows(row.case, row.recipient, SharePurpose.DEFENCE, Category.EXPLOITATION, today=today):
        allowed.add(MEASURE_WORDS)
    return not set(row.fields) <= allowed


def _require_consent(row: Submission, today: date) -> None:
    if is_stale(row, today):
        raise ConsentGoneError(
            _("This version holds facts that the person no longer lets leave."), todo=_("Draft a new version.")
        )


def _require_day(day: date, row: Submission, today: date) -> None:
    if day > today:
        raise DayToComeError(_("This day is still to come."), todo=_("Choose today or before."))
    if day < clock.day_of(row.made_at) or (row.confirmed_on is not None and day < row.confirmed_on):
        raise DaysDisagreeError(_("This is before the version was drafted or confirmed."), todo=_("Check the day."))


def _document(facts: MeasureFacts, findings: list[Finding], plan: SharePlan, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "measure": {
            "kind": facts.kind.value,
            "taken_on": facts.taken_on.isoformat(),
            "country": facts.country,
            "offences": sorted(facts.offences),
            "act_on": facts.act_on.isoformat() if facts.act_on else "",
            "standing": facts.standing.value,
        },
        "known": {fact.value: value for fact, value in facts.known.items()},
        "findings": [_finding(one) for one in findings],
        "values": values,
        "labels": {d.field.name: d.field.label for d in plan.decisions},
        "withheld": [
            [d.field.label, explain(d)] for d in plan.decisions if not d.shared and d.code != "nothing_recorded"
        ],
    }


def _finding(one: Finding) -> dict[str, Any]:
    row = one.ground
    return {
        "id": row.id,
        "answer": one.answer.value,
        "missing": list(one.missing),
        "later": list(one.later),
        "only": list(one.only_offences),
        "citation": row.citation,
        "kind": row.kind,
        "rule": row.rule,
        "acts": row.offences_covered,
        "test": row.test,
        "test_note": row.test_note,
        "adult_child": row.adult_child,
        "binding": row.binding,
        "binds": row.binds,
        "limits": list(row.limits),
        "source": row.source,
        "basis": row.basis,
        "to_be_confirmed": row.to_be_confirmed,
    }


def _note(row: Submission, action: str, actor: User, after: dict[str, Any]) -> None:
    audit.record(actor, action, row, purpose=Purpose.ASSISTANCE, after=after)
