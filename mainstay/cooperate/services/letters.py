"""Sending and taking letters: stored first, carried over HTTP, receipted, never taken twice."""

import hashlib
import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.audit import services as audit
from mainstay.cooperate.engine import envelope
from mainstay.cooperate.errors import BadLetterError, ReplayError, UnknownPeerError
from mainstay.cooperate.models import Direction, LetterState, Peer, StoredLetter
from mainstay.cooperate.services.peers import own_keys
from mainstay.cooperate.types import Kind, Letter
from mainstay.core import clock
from mainstay.core.access import Purpose

WIRE = "/cooperate/wire/inbox"
SECONDS = 30
log = logging.getLogger(__name__)
Taker = Callable[[Peer, Letter], dict[str, Any]]


def post(peer: Peer, kind: Kind, body: dict[str, Any], *, actor: Any, now: datetime) -> StoredLetter:
    """Number, sign, seal and store a letter within the caller's transaction; carrying it comes after."""
    locked = Peer.objects.select_for_update().get(pk=peer.pk)
    locked.last_seq_out += 1
    locked.save(update_fields=["last_seq_out"])
    keys = own_keys()
    letter = Letter(uuid.uuid4().hex, keys.fingerprint, peer.fingerprint, locked.last_seq_out, kind, now, body)
    text = envelope.seal_letter(letter, keys, peer.seal_key)
    stored = StoredLetter.objects.create(
        peer=peer,
        direction=Direction.OUT,
        seq=letter.seq,
        letter_id=letter.id,
        kind=kind,
        digest=digest_of(text),
        state=LetterState.QUEUED,
        sealed_text=text,
        created_at=now,
    )
    audit.record(actor, "cooperate.letter_posted", stored, purpose=Purpose.COOPERATION, after={"kind": kind})
    return stored


def carry(stored: StoredLetter, *, take: Taker, client: httpx.Client | None = None) -> bool:
    """Carry a letter to its node and take the reply in its receipt; False where the line is down.

    A letter stays queued until a receipt signed by the pinned key names its digest.
    """
    peer = stored.peer
    StoredLetter.objects.filter(pk=stored.pk).update(attempts=stored.attempts + 1)
    try:
        answer = (client or httpx.Client(timeout=SECONDS)).post(
            peer.url.rstrip("/") + WIRE, content=stored.sealed_text, headers={"Content-Type": "application/jose"}
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        log.warning("letter %s not carried: %s", stored.pk, type(error).__name__)
        return False
    settle(stored, answer.text, take=take)
    return True


@transaction.atomic
def settle(stored: StoredLetter, receipt_text: str, *, take: Taker) -> None:
    """Take a receipt for a letter, and the reply that came with it; the same receipt twice changes nothing."""
    if stored.state == LetterState.DELIVERED:
        return
    receipt = _opened(receipt_text)
    if receipt.kind is not Kind.RECEIPT or receipt.body.get("received") != stored.digest:
        raise BadLetterError(_("The receipt is not for this letter."), todo=_("It stays queued and is sent again."))
    stored.state = LetterState.DELIVERED
    stored.receipt = receipt_text
    stored.settled_at = clock.now()
    stored.save(update_fields=["state", "receipt", "settled_at"])
    reply = receipt.body.get("reply")
    if reply:
        inner = Letter(
            receipt.id, receipt.sender, receipt.recipient, 0, Kind(reply["kind"]), receipt.sent_at, reply["body"]
        )
        take(stored.peer, inner)


def settle_file(receipt_text: str, *, take: Taker) -> StoredLetter:
    """Take a receipt that came by hand, for whichever letter it names; return that letter."""
    receipt = _opened(receipt_text)
    stored = StoredLetter.objects.filter(
        direction=Direction.OUT, digest=str(receipt.body.get("received", "")), peer__fingerprint=receipt.sender
    ).first()
    if stored is None:
        raise BadLetterError(_("This is no answer to a letter of ours."))
    settle(stored, receipt_text, take=take)
    return stored


@transaction.atomic
def receive(text: str, *, take: Taker, now: datetime) -> str:
    """Take a letter in once and return the sealed receipt; the same letter again gets the same receipt."""
    letter = _opened(text)
    peer = Peer.objects.select_for_update().get(fingerprint=letter.sender)
    before = StoredLetter.objects.filter(peer=peer, direction=Direction.IN, seq=letter.seq).first()
    if before is not None:
        if before.letter_id == letter.id and before.digest == digest_of(text):
            return before.receipt
        raise ReplayError(_("A letter with this number came before."), todo=_("Send it under a new number."))
    reply = take(peer, letter)
    receipt = _receipt(peer, text, reply, now)
    stored = StoredLetter.objects.create(
        peer=peer,
        direction=Direction.IN,
        seq=letter.seq,
        letter_id=letter.id,
        kind=letter.kind,
        digest=digest_of(text),
        state=LetterState.RECEIVED,
        receipt=receipt,
        created_at=letter.sent_at,
        settled_at=now,
    )
    audit.record(None, "cooperate.letter_received", stored, purpose=Purpose.COOPERATION, after={"kind": letter.kind})
    return receipt


def digest_of(text: str) -> str:
    """Return the digest by which a receipt names a letter."""
    return hashlib.sha256(text.encode()).hexdigest()


def _receipt(peer: Peer, text: str, reply: dict[str, Any], now: datetime) -> str:
    keys = own_keys()
    body: dict[str, Any] = {"received": digest_of(text), "reply": reply or None}
    letter = Letter(uuid.uuid4().hex, keys.fingerprint, peer.fingerprint, 0, Kind.RECEIPT, now, body)
    return envelope.seal_letter(letter, keys, peer.seal_key)


def _opened(text: str) -> Letter:
    keys = {peer.fingerprint: peer.sign_key for peer in Peer.objects.all()}
    try:
        return envelope.open_letter(text, own_keys(), keys.get)
    except envelope.NotOurLetterError as error:
        if "pinned" in str(error):
            raise UnknownPeerError(
                _("No node that is known here signed this."), todo=_("Exchange cards first.")
            ) from None
        raise BadLetterError(_("This is no letter for this node."), todo=_("Check both nodes' keys.")) from None
