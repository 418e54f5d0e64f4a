"""An uncertain age and what follows from it; residence permits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import DaysDisagreeError, ReasonsMissingError
from mainstay.protect.models import AgeRecord, Case, DayNote, Permit
from mainstay.protect.queries import law
from mainstay.protect.rules.deadlines import (
    AGE_CHECK_DAYS,
    RENEWAL_LEAD_DAYS,
    Basis,
    Term,
    age_check_due,
    presumed_child,
    renewal_due,
    representation_due,
)
from mainstay.protect.rules.guard import Standing
from mainstay.protect.rules.identification import APPEAL_DAYS
from mainstay.protect.services.days import put_day
from mainstay.protect.services.sharing import locked


@dataclass(frozen=True, slots=True)
class AgeDraft:
    """An uncertain age: whether there are reasons to believe a child, which, and whether anybody is with them."""

    reasons_to_believe_child: bool
    reasons: str
    unaccompanied: bool | None = None


@dataclass(frozen=True, slots=True)
class PermitDraft:
    """A residence permit as it stands: on which ground, asked for, decided, until when."""

    ground: str
    state: str
    asked_on: date
    decided_on: date | None = None
    expires_on: date | None = None
    note: str = ""


@transaction.atomic
def record_age(case: Case, draft: AgeDraft, *, actor: User, today: date) -> AgeRecord:
    """Record that a person's age is uncertain. With reasons to believe a child they are treated as one from now on.

    Doubt alone changes nothing (CETS 197 art. 10(3)). The days that follow: the age is to be verified, and an
    unaccompanied child has a representative.
    """
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    if draft.reasons_to_believe_child and not draft.reasons.strip():
        raise ReasonsMissingError(_("Reasons to believe that they are a child are needed."), todo=_("Write them down."))
    row = law.age_record(current) or AgeRecord(case=current, key_id=current.key_id)
    row.reasons_to_believe_child, row.unaccompanied = draft.reasons_to_believe_child, draft.unaccompanied
    row.reasons, row.recorded_on, row.recorded_by = draft.reasons.strip(), today, actor
    row.verified_child, row.verified_on, row.how_verified = None, None, ""
    row.save()
    if current.age_group == "18+":  # who was taken for an adult is not, once that is in doubt; a child stays a child
        current.age_group, current.version = "unknown", current.version + 1
        current.save(update_fields=["age_group", "version"])
    current.deadlines.filter(kind__in=("age_verification", "representation"), done_at=None).delete()
    _child_days(current, row, today)
    _note(actor, "protect.age_recorded", current, {"reasons": draft.reasons_to_believe_child})
    return row


@transaction.atomic
def verify_age(case: Case, *, is_child: bool, how: str, actor: User, today: date, now: datetime) -> AgeRecord:
    """Record that an age was verified, and how; a presumption ends, and the age group is known from now on."""
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    if not how.strip():
        raise ReasonsMissingError(_("Say how the age was verified, and by whom."))
    row = law.age_record(current)
    if row is None:
        row = AgeRecord(case=current, key_id=current.key_id, recorded_on=today, recorded_by=actor)
    row.verified_child, row.verified_on, row.how_verified = is_child, today, how.strip()
    row.save()
    current.age_group = "0-17" if is_child else "18+"
    current.version += 1
    current.save(update_fields=["age_group", "version"])
    current.deadlines.filter(kind="age_verification", done_at=None).update(done_at=now)
    if not is_child:
        current.deadlines.filter(kind="representation", done_at=None).delete()
    _note(actor, "protect.age_verified", current, {"child": is_child})
    return row


@transaction.atomic
def record_permit(case: Case, draft: PermitDraft, *, permit: Permit | None = None, actor: User) -> Permit:
    """Record a residence permit, or how one stands by now, and the days that follow from it (CETS 197 art. 14)."""
    access.require(actor, "protect.change_case", case)
    current = locked(case)
    _require_order(draft)
    row = permit or Permit(case=current, key_id=current.key_id)
    row.ground, row.state, row.asked_on = draft.ground, draft.state, draft.asked_on
    row.decided_on, row.expires_on, row.recorded_by = draft.decided_on, draft.expires_on, actor
    row.note = draft.note.strip()
    row.save()
    current.deadlines.filter(about=row.pk, done_at=None).delete()
    _permit_days(current, row)
    _note(actor, "protect.permit_recorded", current, {"state": draft.state, "ground": draft.ground})
    return row


@transaction.atomic
def open_notes(case: Case, *, actor: User) -> dict[str, object]:
    """Return what was written on a person's age, permits and days, opened; the reading is on the chain."""
    access.require(actor, "protect.read_identity", case)
    row = law.age_record(case)
    notes = DayNote.objects.filter(case=case).select_related("deadline")
    _note(actor, "protect.law_read", case, {})
    return {
        "age": (row.reasons.open(), row.how_verified.open()) if row else ("", ""),
        "permits": [(permit, permit.note.open()) for permit in case.permits.all()],
        "days": [(note.deadline, note.text.open()) for note in notes],
    }


def _child_days(case: Case, row: AgeRecord, today: date) -> None:
    doubt = law.age_doubt(case)
    presumed = presumed_child(doubt)
    if presumed:
        term = law.term_for(case, "age_verification", AGE_CHECK_DAYS)
        put_day(case, "age_verification", age_check_due(today, term), term, about=row.pk)
    due = representation_due(
        today,
        is_child=law.is_treated_as_child(case),
        presumed=presumed,
        unaccompanied=row.unaccompanied,
        identified=law.standing_of(case) is Standing.IDENTIFIED,
    )
    if due is not None:
        put_day(case, "representation", due, Term(0, "CETS 197 art. 10(4)(a)", Basis.TREATY), about=row.pk)


def _permit_days(case: Case, row: Permit) -> None:
    if row.state == "granted" and row.expires_on is not None:
        put_day(case, "permit_expiry", row.expires_on, Term(0, "CETS 197 art. 14(1)", Basis.HAND), about=row.pk)
        lead = law.term_for(case, "permit_renewal", RENEWAL_LEAD_DAYS)
        put_day(case, "permit_renewal", renewal_due(row.expires_on, lead), lead, about=row.pk)
    if row.state == "refused" and row.decided_on is not None:
        term = law.term_for(case, "appeal", APPEAL_DAYS)
        put_day(case, "appeal", row.decided_on + timedelta(days=term.days), term, about=row.pk)


def _require_order(draft: PermitDraft) -> None:
    if draft.decided_on is not None and draft.decided_on < draft.asked_on:
        raise DaysDisagreeError(_("It would be decided before it was asked for."), todo=_("Check both days."))
    if draft.state == "granted" and draft.expires_on is None:
        raise DaysDisagreeError(_("A granted permit has a last day."), todo=_("Write it down."))
    if draft.state == "refused" and draft.decided_on is None:
        raise DaysDisagreeError(
            _("From the day of the refusal the days of an appeal count."), todo=_("Write that day down.")
        )
    if draft.expires_on is not None and draft.expires_on < (draft.decided_on or draft.asked_on):
        raise DaysDisagreeError(_("The permit would end before it begins."), todo=_("Check both days."))


def _note(actor: User, action: str, case: Case, after: dict[str, object]) -> None:
    audit.record(actor, action, case, purpose=Purpose.ASSISTANCE, after=after)
