"""Handing a whole case to another agency: asked, answered, and then theirs alone."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose, Role
from mainstay.identify.services import persons
from mainstay.protect import queries
from mainstay.protect.errors import NobodyThereError, NothingToShareError, TransferOpenError
from mainstay.protect.models import Case, ProtectedAddress, Referral, Transfer, TransferState
from mainstay.protect.models.plans import STEPS_TO_TAKE
from mainstay.protect.queries.transfers import plan_of_move
from mainstay.protect.rules.transfer import hinders
from mainstay.protect.services import outside, sharing
from mainstay.protect.types import SharePlan, SharePurpose


@transaction.atomic
def ask_to_take_over(case: Case, agency: Agency, note: str, *, actor: User, today: date, now: datetime) -> Transfer:
    """Ask another agency to take a whole case over; refuse where consent does not cover all that would move.

    Until it answers yes it sees no more than a referral would show it.
    """
    access.require(actor, "protect.share", case)
    case = sharing.locked(case)
    if case.transfers.filter(state=TransferState.SENT).exists():
        raise TransferOpenError(_("Another agency was asked already."), todo=_("Wait for its answer, or take it back."))
    if agency.pk == case.agency_id or not agency.people.filter(role=Role.CASE_MANAGER, is_active=True).exists():
        raise NobodyThereError(_("%s has no case manager who could take this person on.") % agency.name)
    require_consent(plan_of_move(case, agency, today=today))
    require_nothing_left_out(case, queries.recipient_of(agency.pk))
    recipient = queries.recipient_of(agency.pk)
    if queries.plan_for(case, recipient, SharePurpose.ASSISTANCE, today=today).shared:  # what it sees before its answer
        sharing.release(case, recipient, SharePurpose.ASSISTANCE, actor=actor, today=today, now=now)
    row = Transfer(
        case=case, key_id=case.key_id, agency=case.agency, recipient_agency=agency, sent_by=actor, sent_at=now
    )
    row.note = note
    row.save()
    after = {"recipient": str(agency.pk)}
    audit.record(actor, "protect.transfer_asked", row, purpose=Purpose.ASSISTANCE, after=after)
    return row


@transaction.atomic
def take_back(row: Transfer, *, actor: User, now: datetime) -> None:
    """Take an unanswered transfer back."""
    access.require(actor, "protect.share", row.case)
    current = _open_transfer(row)
    current.state, current.answered_at, current.answered_by = TransferState.WITHDRAWN, now, actor
    current.save()
    audit.record(actor, "protect.transfer_taken_back", current, purpose=Purpose.ASSISTANCE)


@transaction.atomic
def read_transfer(row: Transfer, *, actor: User, today: date) -> tuple[dict[str, Any], str]:
    """Return what the agency that was asked may see before its answer, and the note; the read is on the chain."""
    access.require(actor, "protect.answer_transfer", row)
    if row.state != TransferState.SENT:
        return {}, ""
    recipient = queries.recipient_of(row.recipient_agency_id)
    values = sharing.readable(row.case, recipient, SharePurpose.ASSISTANCE, today)
    audit.record(actor, "protect.transfer_read", row, purpose=Purpose.ASSISTANCE, after={"fields": sorted(values)})
    return values, str(row.note.open()) if "needs" in values else ""


@transaction.atomic
def answer_transfer(row: Transfer, *, accepted: bool, reason: str, actor: User, today: date, now: datetime) -> Transfer:
    """Take a whole case over, or say why not. Consent is asked again at this moment.

    With a yes the case and all that hangs on it is the new agency's, and what was still to be done is who said yes's;
    the old agency sees nothing of it any more, and the chain keeps both. The protected address does not move: it is
    emptied. Flags and what outsiders were let read end. An interview that the old agency made itself stays its own
    record, and says that the case went elsewhere; notes and the history of fields stay with who wrote them, unread.
    """
    access.require(actor, "protect.answer_transfer", row)
    case = sharing.locked(row.case)
    current = _open_transfer(row)
    if accepted:
        plan = plan_of_move(case, current.recipient_agency, today=today)
        require_consent(plan)
        require_nothing_left_out(case, queries.recipient_of(current.recipient_agency_id))
        _move(case, current, plan, actor=actor, today=today, now=now)
    current.state = TransferState.ACCEPTED if accepted else TransferState.DECLINED
    current.reason, current.answered_by, current.answered_at = reason, actor, now
    current.save()
    after = {"state": current.state, "from": str(current.agency_id), "to": str(current.recipient_agency_id)}
    audit.record(actor, "protect.transfer_answered", current, purpose=Purpose.ASSISTANCE, after=after)
    return current


@transaction.atomic
def open_answer(row: Transfer | Referral, *, actor: User) -> dict[str, str]:
    """Return what was written back to a transfer or a referral, for the case manager; the read is on the chain."""
    access.require(actor, "protect.read_identity", row.case)
    audit.record(actor, "protect.answer_read", row, purpose=Purpose.ASSISTANCE)
    outcome = row.outcome.open() if isinstance(row, Referral) else ""
    return {"reason": row.reason.open(), "outcome": outcome}


def _open_transfer(row: Transfer) -> Transfer:
    current = Transfer.objects.select_for_update().get(pk=row.pk)
    if current.state != TransferState.SENT:
        raise TransferOpenError(_("This was answered already."))
    return current


def require_consent(plan: SharePlan) -> None:
    """Refuse where consent does not cover all that would move, naming what it does not."""
    missing = hinders(plan)
    if missing:
        labels = ", ".join(d.field.label for d in plan.decisions if d.field.name in missing)
        raise NothingToShareError(
            _("Consent for this agency does not cover: %s.") % labels,
            todo=_("Ask the person: a case moves whole, or not at all."),
        )
    if not plan.shared:
        raise NothingToShareError(_("The person's consent lets nothing leave for this recipient and purpose."))


def require_nothing_left_out(case: Case, recipient: str) -> None:
    """Refuse where something of a file is marked to be left out: a case moves whole."""
    if case.left_out.filter(recipient__in={"", recipient}).exists():
        raise NothingToShareError(
            _("Something of this file is marked to be left out for this agency."),
            todo=_("A case moves whole: take the marks away, or do not hand it over."),
        )


def _move(case: Case, row: Transfer, plan: SharePlan, *, actor: User, today: date, now: datetime) -> None:
    sharing.note_move(case, plan, actor=actor, now=now)
    outside.end_all(case, actor=actor, today=today, now=now)
    case.tasks.filter(done_at=None).update(owner=actor)
    case.plan_steps.filter(state__in=STEPS_TO_TAKE).exclude(who=None).update(who=actor)  # none is the person's own step
    case.procedures.update(owner=actor)
    case.measures.update(owner=actor)
    case.owner = actor
    leave_agency(case, row.recipient_agency, today=today, now=now)


def leave_agency(case: Case, to: Agency, *, today: date, now: datetime) -> None:
    """Let a held case, and what hangs on it, be another agency's alone; the protected address does not go along."""
    case.referrals.update(agency=to)
    case.procedures.update(agency=to)
    case.measures.update(agency=to)
    case.grounds.filter(is_approved=None).update(is_approved=False, answered_at=now)
    case.grounds.update(agency=to)
    ProtectedAddress.objects.filter(case=case).delete()
    case.address_openings.all().delete()
    case.flags.filter(ended_at=None).update(ended_at=now)
    case.outside_accesses.filter(ended_at=None).update(ended_at=now)
    persons.note_case_moved(case.key_id, case.agency_id, to.pk, today)
    case.agency = to
    case.whereabouts = ""
    case.version += 1
    case.save(update_fields=["agency", "owner", "whereabouts", "version"])
