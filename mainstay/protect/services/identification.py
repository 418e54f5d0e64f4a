"""From presumption to decision: referral to the competent authority, decision, second reading, appeal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access, clock
from mainstay.core.access import Purpose
from mainstay.identify.services import persons
from mainstay.protect.errors import (
    ProcedureOpenError,
    ProcedureStateError,
    ReasonsMissingError,
    SamePersonDecidesError,
)
from mainstay.protect.models import Appeal, Case, Procedure, ProposedDecision, Status
from mainstay.protect.queries import law
from mainstay.protect.queries.procedures import open_procedures
from mainstay.protect.rules.deadlines import REASSESSMENT_DAYS, reassessment_due
from mainstay.protect.rules.identification import (
    APPEAL_DAYS,
    Event,
    ProcedureState,
    appeal_due,
    decision_due,
    follows,
    may_take_part,
)
from mainstay.protect.services import sharing
from mainstay.protect.services.days import put_day
from mainstay.protect.services.referrals import recipient_of
from mainstay.protect.types import Outcome, SharePurpose


@dataclass(frozen=True, slots=True)
class OpenedProcedure:
    """What one reader may see of a procedure: the person's fields by name, decisions and appeals with their reasons."""

    values: Mapping[str, Any]
    decisions: tuple[tuple[ProposedDecision, str, str], ...]
    appeals: tuple[tuple[Appeal, str], ...]
    why_withdrawn: str = ""


@transaction.atomic
def ask_to_decide(case: Case, authority: Agency, *, actor: User, today: date, now: datetime) -> Procedure:
    """Refer a presumed victim to the competent authority with what consent lets leave; refuse where that is nothing."""
    access.require(actor, "protect.refer_for_identification", case)
    current = sharing.locked(case)
    if open_procedures(current.procedures.all()).exists():
        raise ProcedureOpenError(_("An authority was asked already."), todo=_("Follow that procedure."))
    if current.status != Status.PRESUMED:  # else a decision would be made anew without an appeal, by the same people
        raise ProcedureStateError(_("This was decided already."), todo=_("Record an appeal there instead."))
    sharing.release(current, recipient_of(authority), SharePurpose.IDENTIFICATION, actor=actor, today=today, now=now)
    term = law.decision_term(current)
    due = decision_due(today, law.reflection_of(current).last_day, term.days)
    procedure = Procedure.objects.create(
        key_id=current.key_id, case=current, agency=current.agency, recipient_agency=authority, owner=actor,
        referred_at=now, due_date=due,
    )  # fmt: skip
    put_day(current, "identification_decision", due, term)
    _note(procedure, "protect.asked_to_decide", actor, {"due": due.isoformat()})
    return procedure


@transaction.atomic
def open_procedure(procedure: Procedure, *, actor: User, today: date) -> OpenedProcedure:
    """Return a procedure opened for one reader; the reading is put on the chain.

    The authority sees what consent lets it read today: taken back, it is gone from here too.
    """
    access.require(actor, "protect.read_procedure", procedure)
    values: Mapping[str, Any] = {}
    if access.allowed(actor, "protect.decide", procedure):
        recipient = recipient_of(procedure.recipient_agency)
        values = sharing.readable(procedure.case, recipient, SharePurpose.IDENTIFICATION, today)
        sharing.note_received(procedure.case, recipient, SharePurpose.IDENTIFICATION, by=actor, now=clock.now())
    _note(procedure, "protect.procedure_read", actor, {"fields": sorted(values)})
    decisions = procedure.decisions.select_related("decided_by", "second_reader")
    return OpenedProcedure(
        values=values,
        decisions=tuple((row, row.reasons.open(), row.second_reasons.open()) for row in decisions),
        appeals=tuple((row, row.grounds.open()) for row in procedure.appeals.select_related("recorded_by")),
        why_withdrawn=procedure.why_withdrawn.open(),
    )


@transaction.atomic
def propose_decision(
    procedure: Procedure, outcome: Outcome, reasons: str, *, actor: User, now: datetime
) -> ProposedDecision:
    """Decide with reasons; it stands once a second reader agrees."""
    access.require(actor, "protect.decide", procedure)
    current, after = _step(procedure, Event.PROPOSE)
    _require_reasons(reasons)
    _require_stranger(current, actor, proposer=None)
    decision = ProposedDecision(
        key_id=current.key_id, procedure=current, round=current.round, outcome=outcome, decided_by=actor, decided_at=now
    )
    decision.reasons = reasons.strip()
    decision.save()
    current.state = after.value
    current.save(update_fields=["state"])
    _note(current, "protect.decision_proposed", actor, {"outcome": outcome, "round": current.round})
    return decision


@transaction.atomic
def read_second(
    procedure: Procedure,
    *,
    agrees: bool,
    reasons: str = "",
    decision_id: Any = None,
    actor: User,
    today: date,
    now: datetime,
) -> Procedure:
    """Agree with a proposed decision, so that it stands, or say why not, so that it is decided anew.

    `decision_id` names the one that was read: where another was proposed meanwhile, nothing is decided.
    """
    access.require(actor, "protect.decide", procedure)
    current, after = _step(procedure, Event.CONFIRM if agrees else Event.DISAGREE)
    decision = current.decisions.filter(round=current.round, agreed=None).latest("decided_at")
    if decision_id is not None and decision.pk != decision_id:
        raise ProcedureStateError(
            _("Another decision was proposed while you read this one."), todo=_("Open it again and read that one.")
        )
    _require_stranger(current, actor, proposer=str(decision.decided_by_id))
    if not agrees:
        _require_reasons(reasons)
    decision.agreed, decision.second_reader, decision.second_read_at = agrees, actor, now
    decision.second_reasons = reasons.strip()
    decision.save()
    current.state = after.value
    if agrees:
        _decide(current, Outcome(decision.outcome), today=today, now=now)
    current.save()
    _note(current, "protect.decision_read_second", actor, {"agrees": agrees, "outcome": decision.outcome})
    return current


@transaction.atomic
def appeal(procedure: Procedure, grounds: str, *, actor: User, today: date, now: datetime) -> Appeal:
    """Record the person's appeal against "not identified": they are a presumed victim again until it is decided."""
    access.require(actor, "protect.appeal", procedure)
    current, after = _step(procedure, Event.APPEAL)
    if current.outcome != Outcome.NOT_IDENTIFIED:
        raise ProcedureStateError(_("There is nothing to appeal against."))
    _require_reasons(grounds)
    row = Appeal(key_id=current.key_id, procedure=current, round=current.round + 1, recorded_by=actor, appealed_at=now)
    row.grounds = grounds.strip()
    row.save()
    current.appealed_late = current.appeal_due_date is not None and today > current.appeal_due_date
    current.state, current.round, current.outcome = after.value, current.round + 1, ""
    term = law.decision_term(current.case)
    current.due_date = decision_due(today, today, term.days)
    current.save()
    _set_status(current.case, Status.PRESUMED)
    persons.note_outcome(current.key_id, None, today)
    current.case.deadlines.filter(kind="appeal", done_at=None).update(done_at=now)
    put_day(current.case, "identification_decision", current.due_date, term)
    _note(current, "protect.appealed", actor, {"late": current.appealed_late, "round": current.round})
    return row


@transaction.atomic
def take_back(procedure: Procedure, reason: str, *, actor: User, now: datetime) -> Procedure:
    """Take back what an authority was asked, with a reason: it was asked by mistake, or the authority let it go.

    It is no decision: the person stays a presumed victim, and can be asked about anew. An appeal is the person's own,
    and is decided.
    """
    access.require(actor, "protect.refer_for_identification", procedure)
    current, after = _step(procedure, Event.TAKE_BACK)
    if current.round > 1:
        raise ProcedureStateError(
            _("An appeal is decided, not taken back."), todo=_("Ask the authority to decide on it.")
        )
    if not reason.strip():
        raise ReasonsMissingError(_("Say why it is taken back."))
    current.state, current.withdrawn_at, current.withdrawn_by = after.value, now, actor
    current.why_withdrawn = reason.strip()
    current.save()
    current.case.deadlines.filter(kind="identification_decision", done_at=None).update(done_at=now)
    _note(current, "protect.procedure_taken_back", actor, {"round": current.round})
    return current


def proposed(procedure: Procedure) -> ProposedDecision | None:
    """Return the decision that waits for its second reader."""
    return procedure.decisions.filter(round=procedure.round, agreed=None).order_by("-decided_at").first()


def may_step(procedure: Procedure, *, actor: User) -> bool:
    """Say whether somebody at the authority may take the next step: who took part before may not."""
    waiting = proposed(procedure)
    proposer = str(waiting.decided_by_id) if waiting else None
    allowed = access.allowed(actor, "protect.decide", procedure)
    return allowed and may_take_part(str(actor.pk), proposer, _took_part_before(procedure))


def _decide(procedure: Procedure, outcome: Outcome, *, today: date, now: datetime) -> None:
    """A decision stands. It changes the status and nothing else: needs, consents and deadlines stay."""
    procedure.outcome, procedure.decided_date = outcome, today
    case = procedure.case
    case.deadlines.filter(kind="identification_decision", done_at=None).update(done_at=now)
    if not case.deadlines.filter(kind="reassessment", done_at=None).exists():
        again = law.term_for(case, "reassessment", REASSESSMENT_DAYS)
        put_day(case, "reassessment", reassessment_due(today, again), again)
    identified = outcome == Outcome.IDENTIFIED
    _set_status(case, Status.IDENTIFIED if identified else Status.NOT_IDENTIFIED)
    persons.note_outcome(procedure.key_id, identified, today)
    if not identified:
        term = law.term_for(case, "appeal", APPEAL_DAYS)
        procedure.appeal_due_date = appeal_due(today, term.days)
        put_day(case, "appeal", procedure.appeal_due_date, term)


def _set_status(case: Case, status: Status) -> None:
    Case.objects.filter(pk=case.pk).update(
        status=status, closed_from="", closed_at=None, keep_until=None, version=F("version") + 1
    )


def _step(procedure: Procedure, event: Event) -> tuple[Procedure, ProcedureState]:
    current = Procedure.objects.select_for_update().get(pk=procedure.pk)
    sharing.locked(current.case)
    after = follows(ProcedureState(current.state), event)
    if after is None:
        raise ProcedureStateError(
            _("The procedure stands at “%(state)s”.") % {"state": current.get_state_display()},
            todo=_("Open it again to see what is next."),
        )
    return current, after


def _require_reasons(text: str) -> None:
    if not text.strip():
        raise ReasonsMissingError(_("Nobody is decided on without reasons."), todo=_("Write them down."))


def _require_stranger(procedure: Procedure, actor: User, *, proposer: str | None) -> None:
    if not may_take_part(str(actor.pk), proposer, _took_part_before(procedure)):
        raise SamePersonDecidesError(
            _("You took part in this already."), todo=_("Ask a colleague who has not read it.")
        )


def _took_part_before(procedure: Procedure) -> set[str]:
    """Who decided, or read a second time, in an earlier round."""
    before = procedure.decisions.filter(round__lt=procedure.round)
    return {str(pk) for row in before.values_list("decided_by_id", "second_reader_id") for pk in row if pk}


def _note(procedure: Procedure, action: str, actor: User, after: dict[str, Any]) -> None:
    audit.record(actor, action, procedure, purpose=Purpose.IDENTIFICATION, after=after)
