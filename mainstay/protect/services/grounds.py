"""Asking for a legal ground that stands in for consent, approving it, and ending it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import (
    AlreadyAnsweredError,
    GroundRefusedError,
    SamePersonDecidesError,
)
from mainstay.protect.models import Case, LegalGround
from mainstay.protect.queries.law import is_treated_as_child
from mainstay.protect.rules.legal_grounds import fits, last_possible_day
from mainstay.protect.services import sharing
from mainstay.protect.services.reasons import require_reason
from mainstay.protect.types import Category, GroundKind, SharePurpose


@dataclass(frozen=True, slots=True)
class GroundDraft:
    """What is asked for: which data, to whom (as consents name recipients), for what, until when, and why."""

    kind: GroundKind
    categories: frozenset[Category]
    recipient: str
    purpose: SharePurpose
    until: date
    why: str


@transaction.atomic
def ask_for_ground(case: Case, draft: GroundDraft, *, actor: User, today: date, now: datetime) -> LegalGround:
    """Ask a colleague to approve a legal ground; until then nothing leaves by it."""
    access.require(actor, "protect.change_case", case)
    current = sharing.locked(case)
    require_reason(draft.why)
    if not fits(draft.kind, treated_as_child=is_treated_as_child(current)):
        raise GroundRefusedError(
            _("A child's best interests are no ground for an adult."), todo=_("Ask the person, or name another ground.")
        )
    last = last_possible_day(draft.kind, today)
    if not today <= draft.until <= last:
        raise GroundRefusedError(
            _("This ground may hold until %(day)s at the longest.") % {"day": date_format(last, "DATE_FORMAT")},
            todo=_("Choose a day from today until then; ask again if it lasts."),
        )
    ground = LegalGround(
        key_id=current.key_id, case=current, agency=current.agency, kind=draft.kind,
        categories=sorted(draft.categories), recipient=draft.recipient, purpose=draft.purpose,
        starts=today, until=draft.until, asked_by=actor, asked_at=now,
    )  # fmt: skip
    ground.why = draft.why.strip()
    ground.save()
    _note(ground, "protect.ground_asked", actor)
    return ground


@transaction.atomic
def read_ground(ground: LegalGround, *, actor: User) -> str:
    """Return why a ground is asked for, opened for who may approve it; the reading is on the chain."""
    access.require(actor, "protect.approve_ground", ground)
    _note(ground, "protect.ground_read", actor)
    return str(ground.why.open())


@transaction.atomic
def answer_ground(
    ground: LegalGround, *, approved: bool, answer: str, actor: User, today: date, now: datetime
) -> LegalGround:
    """Approve a ground by name, or refuse it with a reason; who asked for it cannot."""
    access.require(actor, "protect.approve_ground", ground)
    case = sharing.locked(ground.case)
    current = LegalGround.objects.select_for_update().get(pk=ground.pk)
    if current.is_approved is not None:
        raise AlreadyAnsweredError(_("This was answered."), todo=_("Ask for it anew if things changed."))
    if current.asked_by_id == actor.pk:
        raise SamePersonDecidesError(_("You asked for this."), todo=_("Another supervisor has to answer."))
    if not approved:
        require_reason(answer)
    current.is_approved, current.answered_by, current.answered_at = approved, actor, now
    current.starts = max(current.starts, today)
    current.answer = answer.strip()
    current.save()
    _note(current, "protect.ground_approved" if approved else "protect.ground_refused", actor)
    if approved and current.recipient == sharing.NETWORK:
        sharing.tell_network(case, actor=actor, now=now)
    else:
        sharing.note_next_turn(case)
    return current


@transaction.atomic
def end_ground(ground: LegalGround, *, actor: User, today: date, now: datetime) -> None:
    """End a ground before its day: nothing leaves by it any more. What left stays lawfully with who received it."""
    access.require(actor, "protect.change_case", ground.case)
    case = sharing.locked(ground.case)
    changed = LegalGround.objects.filter(pk=ground.pk, ended_on=None, is_approved=True).update(ended_on=today)
    if not changed:
        raise AlreadyAnsweredError(_("This ground does not hold."))
    _note(ground, "protect.ground_ended", actor)
    sharing.tell_network(case, actor=actor, now=now)
    sharing.close_referrals(case)


def _note(ground: LegalGround, action: str, actor: User) -> None:
    after = {"kind": ground.kind, "recipient": ground.recipient, "categories": ground.categories}
    audit.record(actor, action, ground, purpose=Purpose.ASSISTANCE, after=after)
