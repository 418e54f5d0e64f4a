"""Requests for mutual legal assistance: draft checked, sent, received, answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.cooperate.errors import AnsweredError, BadLetterError, RequestNotCompleteError
from mainstay.cooperate.models import AssistanceRequest, Direction, Match, Peer, RequestState, StoredLetter
from mainstay.cooperate.rules import REFUSAL_GROUNDS, check_request
from mainstay.cooperate.services.letters import post
from mainstay.cooperate.types import Kind
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.protect.services import sharing
from mainstay.protect.types import SharePurpose


def recipient_of(peer: Peer) -> str:
    """Return how a consent names another node."""
    return f"peer:{peer.name}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: executed with its text, or refused with a ground of article 18."""

    text: str
    refusal_ground: str = ""


@transaction.atomic
def send_request(
    peer: Peer,
    body: Mapping[str, str],
    *,
    match: Match | None,
    actor: User | None,
    today: date,
    now: datetime,
) -> tuple[AssistanceRequest, StoredLetter]:
    """Check, record and post a request; of the case behind a match only what consent allows goes with it."""
    if actor is not None:
        access.require(actor, "cooperate.send_request")
    blocking = [finding for finding in check_request(body) if finding.blocks]
    if blocking:
        names = ", ".join(f"{finding.key} ({finding.ref})" for finding in blocking)
        raise RequestNotCompleteError(_("Missing or wrong: %s.") % names, todo=_("Fill these in and send again."))
    attached, case_id = _attached(peer, match, actor=actor, today=today, now=now)
    request = AssistanceRequest(
        key_id=keystore.node().create_key(),
        peer=peer,
        direction=Direction.OUT,
        reference=_next_reference(now),
        state=RequestState.SENT,
        treaty_basis=body["treaty_basis"],
        assistance_type=body["assistance_type"],
        case_id=case_id,
        made_by=actor,
        made_at=now,
    )
    request.body, request.attached = dict(body), attached
    request.save()
    audit.record(actor, "cooperate.request_sent", request, purpose=Purpose.COOPERATION)
    letter = {"reference": request.reference, "body": dict(body), "attached": attached}
    return request, post(peer, Kind.REQUEST, letter, actor=actor, now=now)


@transaction.atomic
def take_request(peer: Peer, body: dict[str, Any], *, now: datetime) -> AssistanceRequest:
    """Take another node's request in."""
    text, reference = body.get("body"), str(body.get("reference", ""))
    if not isinstance(text, dict) or not reference or len(reference) > 40:
        raise BadLetterError(_("This is no request for assistance."))
    request = AssistanceRequest(
        key_id=keystore.node().create_key(),
        peer=peer,
        direction=Direction.IN,
        reference=reference,
        state=RequestState.RECEIVED,
        treaty_basis=str(text.get("treaty_basis", ""))[:20],
        assistance_type=str(text.get("assistance_type", ""))[:1],
        made_at=now,
    )
    request.body, request.attached = text, body.get("attached") or {}
    request.save()
    audit.record(None, "cooperate.request_received", request, purpose=Purpose.COOPERATION)
    return request


@transaction.atomic
def answer_request(request: AssistanceRequest, answer: Answer, *, actor: User | None, now: datetime) -> StoredLetter:
    """Answer a request once: execute it with a text, or refuse it with a ground of article 18(21)."""
    if actor is not None:
        access.require(actor, "cooperate.answer_request")
    current = AssistanceRequest.objects.select_for_update().get(pk=request.pk)
    if current.direction != Direction.IN or current.state != RequestState.RECEIVED:
        raise AnsweredError(_("This request was answered."), todo=_("Write to the other authority instead."))
    if answer.refusal_ground and answer.refusal_ground not in REFUSAL_GROUNDS:
        raise RequestNotCompleteError(_("A refusal needs a ground of article 18."), todo=_("Choose one."))
    current.state = RequestState.REFUSED if answer.refusal_ground else RequestState.ANSWERED
    current.answer = {"text": answer.text, "refusal_ground": answer.refusal_ground}
    current.answered_at = now
    current.save()
    audit.record(
        actor, "cooperate.request_answered", current, purpose=Purpose.COOPERATION, after={"state": current.state}
    )
    letter = {"reference": current.reference, "text": answer.text, "refusal_ground": answer.refusal_ground}
    return post(current.peer, Kind.REQUEST_ANSWER, letter, actor=actor, now=now)


@transaction.atomic
def take_answer(peer: Peer, body: dict[str, Any], *, now: datetime) -> AssistanceRequest:
    """Take the answer to an own request in."""
    request = (
        AssistanceRequest.objects.select_for_update()
        .filter(peer=peer, direction=Direction.OUT, reference=str(body.get("reference", "")))
        .first()
    )
    if request is None:
        raise BadLetterError(_("This answers no request of ours."))
    ground = str(body.get("refusal_ground", ""))
    request.state = RequestState.REFUSED if ground else RequestState.ANSWERED
    request.answer = {"text": str(body.get("text", "")), "refusal_ground": ground}
    request.answered_at = now
    request.save()
    audit.record(
        None, "cooperate.answer_received", request, purpose=Purpose.COOPERATION, after={"state": request.state}
    )
    return request


@dataclass(frozen=True, slots=True)
class Opened:
    """A request opened for a reader: its fields, what went with it, its answer."""

    body: dict[str, str]
    attached: dict[str, Any]
    answer: dict[str, str]


@transaction.atomic
def open_request(request: AssistanceRequest, *, actor: User) -> Opened:
    """Return a request opened; the read is on the audit chain."""
    access.require(actor, "cooperate.read_request", request)
    audit.record(actor, "cooperate.request_read", request, purpose=Purpose.COOPERATION)
    return Opened(request.body.open() or {}, request.attached.open() or {}, request.answer.open() or {})


def _attached(
    peer: Peer, match: Match | None, *, actor: User | None, today: date, now: datetime
) -> tuple[dict[str, Any], Any]:
    if match is None:
        return {}, None
    attached: dict[str, Any] = {"matched": match.hits.open() or []}
    if match.case_id is None:
        return attached, None
    case = sharing.case_for_share(match.case_id)
    _plan, values = sharing.release(
        case, recipient_of(peer), SharePurpose.COOPERATION, actor=actor, today=today, now=now
    )
    return {**attached, "shared": values}, case.pk


def _next_reference(now: datetime) -> str:
    count = AssistanceRequest.objects.filter(direction=Direction.OUT, made_at__year=now.year).count()
    return f"R-{now.year}-{count + 1:04d}"
