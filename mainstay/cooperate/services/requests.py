"""Requests for mutual legal assistance: draft checked, sent, received, answered, recalled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.cooperate.engine import reading
from mainstay.cooperate.errors import AnsweredError, BadLetterError, RecalledError, ReplayError, RequestNotCompleteError
from mainstay.cooperate.models import (
    AssistanceRequest,
    Direction,
    LetterState,
    Match,
    Peer,
    RequestState,
    StoredLetter,
)
from mainstay.cooperate.rules.requests import REFUSAL_GROUNDS, check_request, without_values
from mainstay.cooperate.services.letters import post
from mainstay.cooperate.services.matches import ACCOUNT, account_may_leave
from mainstay.cooperate.services.peers import recipient_of
from mainstay.cooperate.types import Kind
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.counters import next_number
from mainstay.core.erasure import destroy_keys
from mainstay.network import queries as network
from mainstay.network.types import Known
from mainstay.protect import queries as protect
from mainstay.protect.services import sharing
from mainstay.protect.types import SharePurpose


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: executed with its text, or refused with a ground of article 18."""

    text: str
    refusal_ground: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A request opened for a reader: its fields, what went with it, its answer, and what this node knows of it."""

    body: dict[str, str]
    matched: list[str]
    shared: dict[str, Any]
    answer: dict[str, str]
    known: list[Known]


@transaction.atomic
def send_request(
    peer: Peer, body: Mapping[str, str], *, match: Match | None, actor: User | None, today: date, now: datetime
) -> tuple[AssistanceRequest, StoredLetter]:
    """Check, record and post a request; of the case behind a match only what consent allows today goes with it."""
    if actor is not None:
        access.require(actor, "cooperate.send_request")
    blocking = [finding for finding in check_request(body) if finding.blocks]
    if blocking:
        names = ", ".join(f"{finding.key} ({finding.ref})" for finding in blocking)
        raise RequestNotCompleteError(_("Missing or wrong: %s.") % names, todo=_("Fill these in and send again."))
    case = None if match is None or match.case_id is None else sharing.case_for_share(match.case_id)
    attached = _attached(peer, match, case, actor=actor, today=today, now=now)
    _check_words(body, match, attached)
    request = AssistanceRequest(
        key_id=keystore.node().create_key() if case is None else case.key_id,
        peer=peer,
        direction=Direction.OUT,
        reference=f"R-{today.year}-{next_number(f'request-{today.year}'):04d}",
        state=RequestState.SENT,
        treaty_basis=body["treaty_basis"],
        assistance_type=body["assistance_type"],
        case_id=None if case is None else case.pk,
        made_by=actor,
        made_at=now,
    )
    request.body, request.attached = dict(body), attached
    letter = {"reference": request.reference, "body": dict(body), "attached": attached}
    stored = post(
        peer, Kind.REQUEST, letter, actor=actor, now=now, case_id=request.case_id, fields=attached.get("shared", {})
    )
    request.letter_id = stored.letter_id
    request.save()
    audit.record(actor, "cooperate.request_sent", request, purpose=Purpose.COOPERATION)
    return request, stored


@transaction.atomic
def take_request(peer: Peer, body: dict[str, Any], *, now: datetime) -> AssistanceRequest:
    """Take another node's request in."""
    try:
        read = reading.read_request(body)
    except reading.BadBodyError as error:
        raise BadLetterError(_("This is no request for assistance: %s.") % error) from None
    received = AssistanceRequest.objects.filter(peer=peer, direction=Direction.IN, reference=read.reference)
    if received.exists():
        raise ReplayError(_("A request with this reference came before."))
    request = AssistanceRequest(
        key_id=keystore.node().create_key(),
        peer=peer,
        direction=Direction.IN,
        reference=read.reference,
        state=RequestState.RECEIVED,
        treaty_basis=read.body.get("treaty_basis", ""),
        assistance_type=read.body.get("assistance_type", ""),
        made_at=now,
    )
    request.body = read.body
    request.attached = {"matched": read.attached.matched, "shared": read.attached.shared}
    request.save()
    audit.record(None, "cooperate.request_received", request, purpose=Purpose.COOPERATION)
    return request


@transaction.atomic
def answer_request(request: AssistanceRequest, answer: Answer, *, actor: User | None, now: datetime) -> StoredLetter:
    """Answer a request once: execute it with a text, or refuse it with a ground of article 18(21)."""
    if actor is not None:
        access.require(actor, "cooperate.answer_request")
    current = AssistanceRequest.objects.select_for_update().get(pk=request.pk)
    if current.state == RequestState.RECALLED:
        raise RecalledError(_("This request was recalled: the person's consent was taken back."))
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
    """Take the answer to an own request in, once."""
    try:
        read = reading.read_request_reply(body)
    except reading.BadBodyError as error:
        raise BadLetterError(_("This is no answer to a request: %s.") % error) from None
    request = _own(peer, read.reference, Direction.OUT)
    if request.state != RequestState.SENT:
        raise AnsweredError(_("This request was answered, or recalled."))
    request.state = RequestState.REFUSED if read.refusal_ground else RequestState.ANSWERED
    try:
        request.answer = {"text": read.text, "refusal_ground": read.refusal_ground}
        request.answered_at = now
        request.save()
    except keystore.KeyDestroyedError:
        raise BadLetterError(_("The person whom this was about was erased.")) from None
    audit.record(
        None, "cooperate.answer_received", request, purpose=Purpose.COOPERATION, after={"state": request.state}
    )
    return request


@transaction.atomic
def recall_withdrawn(peer: Peer, *, now: datetime) -> list[StoredLetter]:
    """Recall what was sent to a node on a consent that was taken back since; return the letters that say so."""
    letters = []
    for share in protect.recalled_shares_to(recipient_of(peer)):
        sent = AssistanceRequest.objects.select_for_update().filter(
            peer=peer, direction=Direction.OUT, case_id=share.case_id, made_at=share.shared_at, recalled_at=None
        )
        for request in sent.filter(letter_id__in=_letters_that_may_have_come(peer)):
            AssistanceRequest.objects.filter(pk=request.pk).update(state=RequestState.RECALLED, recalled_at=now)
            letters.append(post(peer, Kind.RECALL, {"reference": request.reference}, actor=None, now=now))
            audit.record(None, "cooperate.request_recalled", request, purpose=Purpose.COOPERATION)
    return letters


def _letters_that_may_have_come(peer: Peer) -> QuerySet[StoredLetter, Any]:
    """Return the letters that the peer has, or may have though its receipt was lost."""
    tried = Q(state=LetterState.DELIVERED) | Q(attempts__gt=0)
    return StoredLetter.objects.filter(tried, peer=peer, direction=Direction.OUT).values("letter_id")


@transaction.atomic
def take_recall(peer: Peer, body: dict[str, Any], *, now: datetime) -> AssistanceRequest:
    """Clear what came with a request that is recalled; what its words quoted of it is taken out of them too."""
    try:
        reference = reading.read_recall(body)
    except reading.BadBodyError as error:
        raise BadLetterError(_("This recalls nothing: %s.") % error) from None
    rows = AssistanceRequest.objects.select_for_update().filter(peer=peer, direction=Direction.IN, reference=reference)
    request = rows.first() or AssistanceRequest(
        peer=peer, direction=Direction.IN, reference=reference, key_id=keystore.node().create_key(), made_at=now
    )  # a recall that overtakes its request is kept, so that the request is not taken when it comes
    attached, body_now, answer = request.attached.open() or {}, request.body.open() or {}, request.answer.open()
    shared = (value for value in attached.get("shared", {}).values() if isinstance(value, str))
    gone = [*attached.get("matched", []), *shared]
    destroy_keys([request.key_id], now=now)  # no backup opens what came with it
    request.key_id = keystore.node().create_key()
    request.body, request.attached = without_values(body_now, gone), {}
    request.answer = without_values(answer, gone) if answer else None
    request.state, request.recalled_at = RequestState.RECALLED, now
    request.save()
    audit.record(None, "cooperate.recall_received", request, purpose=Purpose.COOPERATION)
    return request


@transaction.atomic
def open_request(request: AssistanceRequest, *, actor: User) -> Opened:
    """Return a request opened, with what this node's network knows of the accounts in it; the read is on the chain."""
    access.require(actor, "cooperate.read_request", request)
    audit.record(actor, "cooperate.request_read", request, purpose=Purpose.COOPERATION)
    attached = request.attached.open() or {}
    matched = attached.get("matched", [])
    known = _known(matched, actor) if request.direction == Direction.IN else []
    return Opened(request.body.open() or {}, matched, attached.get("shared", {}), request.answer.open() or {}, known)


@transaction.atomic
def draft_request(match: Match, *, actor: User) -> dict[str, str]:
    """Return what a request out of a private question begins with; the account only while consent lets it leave."""
    access.require(actor, "cooperate.send_request", match)
    audit.record(actor, "cooperate.match_opened", match, purpose=Purpose.COOPERATION)
    hits = ", ".join(match.hits.open() or []) if account_may_leave(match) else ""
    sought = _("Records of the account %s: holder, statements, and who pays in") % hits if hits else ""
    return {
        "treaty_basis": "untoc",
        "assistance_type": "f",
        "requesting_authority": actor.agency.name,
        "stage": "investigation",
        "language": "en",
        "subject_and_nature": _("Trafficking in persons: the proceeds collected on an account abroad"),
        "assistance_sought": sought,
        "offence_scope": _("Trafficking in persons (Palermo Protocol, article 5); transnational; an organised group"),
        "purpose": _("To investigate those who collect the earnings of trafficked people"),
    }


def _check_words(body: Mapping[str, str], match: Match | None, attached: dict[str, Any]) -> None:
    """Refuse words that name an account which consent no longer lets leave."""
    kept_back = set(match.hits.open() or []) - set(attached["matched"]) if match is not None else set()
    if without_values(body, kept_back) != dict(body):
        raise RequestNotCompleteError(
            _("The words name an account that the person does not let leave any more."), todo=_("Take it out of them.")
        )


def _known(accounts: list[str], viewer: User) -> list[Known]:
    return [
        network.opened(entity)
        for account in accounts
        for found in network.entities_with("account", account, viewer)[:5]
        for entity in network.neighbours(found, viewer)
    ]


def _own(peer: Peer, reference: str, direction: Direction) -> AssistanceRequest:
    rows = AssistanceRequest.objects.select_for_update().filter(peer=peer, direction=direction, reference=reference)
    request = rows.first()
    if request is None:
        raise BadLetterError(_("There is no such request between us."))
    return request


def _attached(
    peer: Peer, match: Match | None, case: Any, *, actor: User | None, today: date, now: datetime
) -> dict[str, Any]:
    """Return what goes with a request: fields by consent, and the account that hit only if it is among them."""
    if match is None:
        return {}
    if case is None:
        return {"matched": match.hits.open() or []}
    _plan, values = sharing.release(
        case, recipient_of(peer), SharePurpose.COOPERATION, actor=actor, today=today, now=now
    )
    return {"matched": (match.hits.open() or []) if ACCOUNT in values else [], "shared": values}
