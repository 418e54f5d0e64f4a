"""Sending and taking letters: stored first, carried over HTTP, receipted, never taken twice."""

import hashlib
import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import httpx
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.audit import services as audit
from mainstay.cooperate.engine import envelope, reading
from mainstay.cooperate.errors import BadLetterError, LetterTooLargeError, ReplayError, UnknownPeerError
from mainstay.cooperate.models import Direction, LetterState, Peer, StoredLetter
from mainstay.cooperate.services.peers import own_keys, recipient_of
from mainstay.cooperate.types import LETTER_BYTES, Kind, Letter, Receipt
from mainstay.core import clock
from mainstay.core.access import Purpose
from mainstay.protect.services import sharing as protect
from mainstay.protect.types import SharePurpose

WIRE = "/cooperate/wire/inbox"
SECONDS = 30
MOST_REFUSALS = 20
REFUSED = range(400, 500)
NOT_NOW = frozenset({408, 425, 429})  # timed out, too early, too many today: RFC 9110 and 6585
OF_REFERRALS = frozenset({Kind.REFERRAL, Kind.REFERRAL_FILE, Kind.REFERRAL_NEWS, Kind.REFERRAL_RECALL})
FROM_OUTSIDE = frozenset({Kind.MATCH_ASK, Kind.REQUEST, Kind.REQUEST_ANSWER, Kind.RECALL}) | OF_REFERRALS
log = logging.getLogger(__name__)
Taker = Callable[[Peer, Letter], dict[str, Any]]


def post(
    peer: Peer,
    kind: Kind,
    body: dict[str, Any],
    *,
    actor: Any,
    now: datetime,
    case_id: Any = None,
    fields: Iterable[str] = (),
) -> StoredLetter:
    """Number, sign, seal and store a letter within the caller's transaction; carrying it comes after.

    `case_id` and `fields` say of whom and which fields it carries, so that consent is asked again before it leaves.
    """
    locked = Peer.objects.select_for_update().get(pk=peer.pk)
    locked.last_seq_out += 1
    locked.save(update_fields=["last_seq_out"])
    keys = own_keys()
    letter = Letter(uuid.uuid4().hex, keys.fingerprint, peer.fingerprint, locked.last_seq_out, kind, now, body)
    text = _sealed(letter, peer)
    stored = StoredLetter.objects.create(
        peer=peer,
        direction=Direction.OUT,
        seq=letter.seq,
        letter_id=letter.id,
        kind=kind,
        digest=digest_of(text),
        state=LetterState.QUEUED,
        sealed_text=text,
        case_id=case_id,
        fields=sorted(fields),
        created_at=now,
    )
    audit.record(actor, "cooperate.letter_posted", stored, purpose=Purpose.COOPERATION, after={"kind": kind})
    return stored


def carry(stored: StoredLetter, *, take: Taker) -> bool:
    """Carry a letter to its node and take the reply in its receipt; False where it still waits.

    A letter stays queued until a receipt signed by the pinned key of its node names its digest. What is
    no such receipt (a captive portal's page, say) counts as a line that is down. A node that refuses it
    twenty times is not asked again.
    """
    try:
        settle(stored, _exchange(stored), take=take)
    except httpx.HTTPStatusError as error:
        return _refused(stored, error.response.status_code)
    except httpx.HTTPError as error:
        return _failed(stored, type(error).__name__)
    except (BadLetterError, UnknownPeerError) as error:
        return _failed(stored, error.code)
    except (httpx.InvalidURL, UnicodeError):  # an address that was pinned and is none
        return _failed(stored, "bad_address")
    return True


def _exchange(stored: StoredLetter) -> str:
    """Post a letter and return what came back, cut off where it is larger than a letter may be."""
    address = stored.peer.url.rstrip("/") + WIRE
    headers = {"Content-Type": "application/jose"}
    with (
        httpx.Client(timeout=SECONDS) as client,
        client.stream("POST", address, content=stored.sealed_text, headers=headers) as answer,
    ):
        answer.raise_for_status()
        body = bytearray()
        for block in answer.iter_bytes():
            body += block
            if len(body) > LETTER_BYTES:
                raise BadLetterError(_("The answer is too large."))
        return body.decode("ascii", errors="replace")


def _failed(stored: StoredLetter, why: str) -> bool:
    log.warning("letter %s not carried: %s", stored.pk, why)
    StoredLetter.objects.filter(pk=stored.pk).update(attempts=stored.attempts + 1, last_error=why[:40])
    return False


def _refused(stored: StoredLetter, status: int) -> bool:
    """Note a refusal, and give the letter up at the last; what only says "not now" is none."""
    _failed(stored, f"HTTP {status}")
    if status in REFUSED and status not in NOT_NOW:
        refusals = stored.refusals + 1
        state = LetterState.GIVEN_UP if refusals >= MOST_REFUSALS else LetterState.QUEUED
        StoredLetter.objects.filter(pk=stored.pk).update(refusals=refusals, state=state)
    return False


@transaction.atomic
def settle(stored: StoredLetter, receipt_text: str, *, take: Taker) -> None:
    """Take a receipt for a letter, and the reply that came with it; the same receipt twice changes nothing."""
    letter = _opened(receipt_text)
    current = StoredLetter.objects.select_for_update().select_related("peer").get(pk=stored.pk)
    if current.state == LetterState.DELIVERED:
        return
    receipt = _receipt_in(letter)
    if letter.sender != current.peer.fingerprint or receipt.received != current.digest:
        raise BadLetterError(_("The receipt is not for this letter."), todo=_("It stays queued and is sent again."))
    if receipt.reply is not None and current.kind != Kind.MATCH_ASK:
        raise BadLetterError(_("A reply comes only to a private question."))
    StoredLetter.objects.filter(pk=current.pk).update(
        state=LetterState.DELIVERED, receipt=receipt_text, settled_at=clock.now(), last_error=""
    )
    if current.case_id is not None:
        purpose = SharePurpose.ASSISTANCE if current.kind in OF_REFERRALS else SharePurpose.COOPERATION
        protect.note_letter_received(current.case_id, recipient_of(current.peer), now=clock.now(), purpose=purpose)
    if receipt.reply is not None:
        inner = Letter(letter.id, letter.sender, letter.recipient, 0, Kind.MATCH_ANSWER, letter.sent_at, receipt.reply)
        take(current.peer, inner)


def settle_file(receipt_text: str, *, take: Taker) -> StoredLetter:
    """Take a receipt that came by hand, for whichever letter it names; return that letter."""
    letter = _opened(receipt_text)
    receipt = _receipt_in(letter)
    stored = StoredLetter.objects.filter(
        direction=Direction.OUT, digest=receipt.received, peer__fingerprint=letter.sender
    ).first()
    if stored is None:
        raise BadLetterError(_("This is no answer to a letter of ours."))
    settle(stored, receipt_text, take=take)
    return stored


@transaction.atomic
def receive(text: str, *, take: Taker, now: datetime) -> str:
    """Take a letter in once and return the sealed receipt; the same letter again gets the same receipt."""
    letter = _opened(text)
    if letter.kind not in FROM_OUTSIDE:
        raise BadLetterError(_("An answer or receipt comes only in answer to a letter."))
    peer = Peer.objects.select_for_update().get(fingerprint=letter.sender)
    before = StoredLetter.objects.filter(peer=peer, direction=Direction.IN)
    same_number = before.filter(seq=letter.seq).first()
    if same_number is not None:
        if same_number.letter_id == letter.id and same_number.digest == digest_of(text):
            return same_number.receipt
        raise ReplayError(_("A letter with this number came before."), todo=_("Send it under a new number."))
    if before.filter(letter_id=letter.id).exists():
        raise ReplayError(_("This letter came before, under another number."))
    reply = take(peer, letter)
    receipt = _receipt_out(peer, text, reply, now)
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


def _sealed(letter: Letter, peer: Peer) -> str:
    text = envelope.seal_letter(letter, own_keys(), peer.seal_key)
    if len(text) > LETTER_BYTES:
        raise LetterTooLargeError(
            _("This is larger than another node takes (%d MB).") % (LETTER_BYTES // 2**20), todo=_("Send less at once.")
        )
    return text


def _receipt_out(peer: Peer, text: str, reply: dict[str, Any], now: datetime) -> str:
    body: dict[str, Any] = {"received": digest_of(text), "reply": reply or None}
    letter = Letter(uuid.uuid4().hex, own_keys().fingerprint, peer.fingerprint, 0, Kind.RECEIPT, now, body)
    return _sealed(letter, peer)


def _receipt_in(letter: Letter) -> Receipt:
    try:
        if letter.kind is Kind.RECEIPT:
            return reading.read_receipt(letter.body)
    except reading.BadBodyError:
        pass
    raise BadLetterError(_("This is no receipt."))


def _opened(text: str) -> Letter:
    keys = dict(Peer.objects.values_list("fingerprint", "sign_key"))
    try:
        return envelope.open_letter(text.strip(), own_keys(), keys.get)
    except envelope.StrangerError:
        raise UnknownPeerError(_("No node that is known here signed this."), todo=_("Exchange cards first.")) from None
    except envelope.NotOurLetterError:
        raise BadLetterError(_("This is no letter for this node."), todo=_("Check both nodes' keys.")) from None
