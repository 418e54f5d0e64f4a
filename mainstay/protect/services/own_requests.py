"""Answering what people ask on their own page: questions, corrections, erasure."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import ReasonsMissingError, RequestDecidedError
from mainstay.protect.models import Asked, Case, OwnMessage, OwnRequest, OwnViewChoice, RequestState
from mainstay.protect.models.retention import WhyErased
from mainstay.protect.rules.own_view import Holder
from mainstay.protect.services import cases, erasure, sharing


@transaction.atomic
def read_talk(case: Case, *, actor: User) -> list[tuple[OwnMessage, str]]:
    """Return what the person and their guardian asked, and what was answered, opened; the read is on the chain."""
    access.require(actor, "protect.answer_person", case)
    audit.record(actor, "protect.talk_read", case, purpose=Purpose.ASSISTANCE)
    return [(row, row.text.open()) for row in case.own_messages.select_related("author")]


@transaction.atomic
def answer(case: Case, holder: Holder, text: str, *, actor: User, now: datetime) -> OwnMessage:
    """Answer the person, or their guardian: each reads only what was said to them."""
    access.require(actor, "protect.answer_person", case)
    current = sharing.locked(case)
    if not text.strip():
        raise ReasonsMissingError(_("Nothing was written."))
    message = OwnMessage(key_id=current.key_id, case=current, holder=holder, author=actor, sent_at=now)
    message.text = text.strip()
    message.save()
    current.own_messages.filter(holder=holder, waits_for_us=True).update(waits_for_us=False)
    audit.record(actor, "protect.own_question_answered", case, purpose=Purpose.ASSISTANCE, after={"holder": holder})
    return message


@transaction.atomic
def read_request(request: OwnRequest, *, actor: User) -> str:
    """Return in their own words what a person asked for; the read is on the chain."""
    access.require(actor, "protect.answer_person", request.case)
    if not access.allowed(actor, "protect.read_identity", request.case):
        return ""  # a name may stand in it: who opens no identity decides by its kind
    audit.record(actor, "protect.request_read", request.case, purpose=Purpose.ASSISTANCE)
    opened: str = request.text.open()
    return opened


@transaction.atomic
def decide_request(request: OwnRequest, *, accepted: bool, reason: str, actor: User, now: datetime) -> OwnRequest:
    """Do what a person asked for, or decline it with a reason that they read.

    A correction is written into the file; an erasure destroys the person's key, and cannot be undone.
    """
    access.require(actor, "protect.answer_person", request.case)
    case = sharing.locked(request.case)
    current = OwnRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if current.state != RequestState.OPEN:
        raise RequestDecidedError(_("A colleague decided about this meanwhile."))
    if not accepted and not reason.strip():
        raise ReasonsMissingError(_("Say why, so that the person can object."), todo=_("They read it."))
    if accepted and current.kind == Asked.CORRECTION:
        cases.change_case(case, {current.field: current.text.open()}, version=case.version, actor=actor)
    current.state = RequestState.DONE if accepted else RequestState.DECLINED
    current.reason = reason.strip()
    current.decided_by, current.decided_at = actor, now
    current.save()
    after = {"kind": current.kind, "state": current.state}
    audit.record(actor, "protect.own_request_decided", current, purpose=Purpose.ASSISTANCE, after=after)
    if accepted and current.kind == Asked.ERASURE:
        erasure.erase(case, actor=actor, now=now, why=WhyErased.ASKED)
    return current


@transaction.atomic
def choose_names(*, shows_names: bool, actor: User) -> None:
    """Say whether people see the names of colleagues of the actor's agency who read their file, or roles alone."""
    access.require(actor, "protect.set_own_view")
    agency = actor.agency
    OwnViewChoice.objects.update_or_create(agency=agency, defaults={"shows_names": shows_names})
    after = {"shows_names": shows_names}
    audit.record(actor, "protect.own_view_set", agency, purpose=Purpose.ADMINISTRATION, after=after)
