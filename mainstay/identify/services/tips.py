"""Tips from the public: taking them in, talking both ways, and what becomes of them."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access, keystore, photos
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.core.errors import NotFoundError
from mainstay.identify.errors import LineFullError, NoDeskError, ReasonMissingError, TipClosedError, TokenSpentError
from mainstay.identify.models.tips import SpentToken, Tip, TipDesk, TipMessage, TipPhoto, TipState
from mainstay.identify.queries import tips as reading
from mainstay.identify.rules.tips import RECEIPT_DIGITS, TOKEN_HOURS, bits_for, is_full, is_proof, receipt_of

SALT = "mainstay.identify.tips"
FOLLOWED = (TipState.NEW, TipState.OPEN, TipState.CASE)
TALKS = (*FOLLOWED, TipState.MERGED)


@dataclass(frozen=True, slots=True)
class Told:
    """One message of the teller, with the token of its page and (with JavaScript) a proof of work."""

    text: str
    token: str
    proof: str = ""
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One message, opened: who of the agency wrote it (None: the teller), when, what, and its photos' ids."""

    author: str | None
    sent_at: datetime
    text: str
    photos: tuple[UUID, ...]


def new_token(*, now: datetime) -> tuple[str, int]:
    """Return a page's token, which lets one message in within six hours, and the zero bits its proof of work needs."""
    bits = bits_for(reading.line(now))
    return signing.dumps([secrets.token_urlsafe(12), bits], salt=SALT), bits


@transaction.atomic
def take_in(told: Told, agency: Agency, *, language: str, now: datetime) -> str:
    """Take a tip in, sealed to the agency, and return its receipt: it is shown once and kept nowhere."""
    if not TipDesk.objects.filter(agency=agency).exists():
        raise NoDeskError(_("This agency reads no tips."), todo=_("Choose another."))
    proven = _let_in(told, now)
    receipt = receipt_of(secrets.randbelow(10**RECEIPT_DIGITS))
    key_id, key = keystore.node().create_key_for(_recipient(agency.pk))
    tip = Tip(key_id=key_id, agency=agency, language=language, receipt_digest=digest_of(receipt), received_at=now)
    tip.changed_at = now
    with keystore.holding(key_id, key):
        tip.save()
        _add(tip, told.text, told.pictures, author=None, proven=proven, now=now)
    audit.record(None, "identify.tip_received", tip, purpose=Purpose.IDENTIFICATION)
    return receipt


@transaction.atomic
def take_more(receipt: str, told: Told, *, now: datetime) -> None:
    """Take a further message of the teller in."""
    tip = by_receipt(receipt, lock=True)
    proven = _let_in(told, now)
    if tip.state not in TALKS:
        raise TipClosedError(_("This talk is closed."), todo=_("Write a new message if there is more to tell."))
    with _opened(tip):
        _add(tip, told.text, told.pictures, author=None, proven=proven, now=now)
    together = Q(pk=tip.pk) | Q(pk=tip.merged_into_id)
    Tip.objects.filter(together).update(waits_for_us=True, changed_at=now)
    audit.record(None, "identify.tip_continued", tip, purpose=Purpose.IDENTIFICATION)


def by_receipt(receipt: str, *, lock: bool = False) -> Tip:
    """Return the tip of a receipt, or refuse. A merged tip keeps its own talk: no teller reads another's."""
    rows = Tip.objects.select_for_update(of=("self",)) if lock else Tip.objects.all()
    tip = rows.filter(receipt_digest=digest_of(receipt)).first()
    if tip is None:
        raise NotFoundError(_("There is no message with this receipt."), todo=_("Check the sixteen digits."))
    return tip


@transaction.atomic
def read_as_teller(receipt: str) -> list[Said]:
    """Return the talk for who holds the receipt; the reading is put on the chain."""
    tip = by_receipt(receipt)
    audit.record(None, "identify.tip_read_by_teller", tip, purpose=Purpose.IDENTIFICATION)
    return _talk(tip)


@transaction.atomic
def open_tip(tip: Tip, *, actor: User) -> list[Said]:
    """Return the talk opened for one reader of the agency; the reading is put on the chain."""
    access.require(actor, "identify.read_tip", tip)
    audit.record(actor, "identify.tip_read", tip, purpose=Purpose.IDENTIFICATION)
    Tip.objects.filter(pk=tip.pk, state=TipState.NEW).update(state=TipState.OPEN)
    return _talk(tip)


@transaction.atomic
def open_photo(photo: TipPhoto, *, actor: User) -> bytes:
    """Return a photo as JPEG; the reading is put on the chain."""
    tip = photo.message.tip
    access.require(actor, "identify.read_tip", tip)
    audit.record(actor, "identify.tip_photo_read", tip, purpose=Purpose.IDENTIFICATION)
    with _opened(tip):
        return base64.b64decode(photo.picture.open())


@transaction.atomic
def reply(tip: Tip, text: str, *, actor: User, now: datetime) -> None:
    """Answer the teller, who reads it with the receipt."""
    current = _locked(tip, actor, TALKS)
    with _opened(current):
        _add(current, text, (), author=actor, proven=True, now=now)
    current.waits_for_us, current.changed_at = False, now
    current.save(update_fields=["waits_for_us", "changed_at"])
    _note(current, "identify.tip_answered", actor)


@transaction.atomic
def transfer(tip: Tip, agency: Agency, *, actor: User, now: datetime) -> None:
    """Hand a tip to another agency that reads tips; from then on only its people can open it."""
    current = _locked(tip, actor)
    if not TipDesk.objects.filter(agency=agency).exists() or agency.pk == current.agency_id:
        raise NoDeskError(_("This agency reads no tips."), todo=_("Choose another."))
    together = [current, *current.merged.select_for_update(of=("self",))]
    for row in together:
        _hand_over(row.key_id, row.agency_id, agency.pk)
    Tip.objects.filter(pk__in=[row.pk for row in together]).update(agency=agency, changed_at=now)
    Tip.objects.filter(pk=current.pk).update(state=TipState.NEW)
    _note(current, "identify.tip_transferred", actor, to=str(agency.pk))


@transaction.atomic
def merge(tip: Tip, into: Tip, *, actor: User, now: datetime) -> None:
    """Say that two tips tell of one thing: `into` leads, each talk goes on, nothing is deleted."""
    if tip.pk == into.pk:
        raise TipClosedError(_("A tip is not merged into itself."), todo=_("Choose another."))
    held = {row.pk: _locked(row, actor) for row in sorted((tip, into), key=lambda row: row.pk)}  # never crosswise
    current, other = held[tip.pk], held[into.pk]
    current.merged.update(merged_into=other)
    current.merged_into, current.state, current.changed_at = other, TipState.MERGED, now
    current.waits_for_us = False
    current.save(update_fields=["merged_into", "state", "changed_at", "waits_for_us"])
    _note(current, "identify.tip_merged", actor, into=str(other.pk))


@transaction.atomic
def close(tip: Tip, why: str, *, actor: User, now: datetime) -> None:
    """Close a tip with a reason, which stays sealed."""
    current = _locked(tip, actor)
    if not why.strip():
        raise ReasonMissingError(_("A tip is closed with a reason."), todo=_("Say why in a few words."))
    with _opened(current):
        current.why_closed = why.strip()
        current.state, current.waits_for_us, current.changed_at = TipState.CLOSED, False, now
        current.save()
    _note(current, "identify.tip_closed", actor)


def became_case(tip: Tip, case_id: Any, *, actor: User, now: datetime) -> None:
    """Note that a case was opened out of a tip; called in the transaction that opens it."""
    current = _locked(tip, actor)
    if current.case_id is not None:
        raise TipClosedError(_("A case was opened out of this tip already."), todo=_("Open the case instead."))
    current.state, current.case_id, current.changed_at = TipState.CASE, case_id, now
    current.save(update_fields=["state", "case_id", "changed_at"])
    _note(current, "identify.tip_became_case", actor)


@transaction.atomic
def erase_tip(tip: Tip, *, actor: User, now: datetime) -> None:
    """Erase what was told everywhere: its key is destroyed. That there was a tip stays on the chain."""
    current = _locked(tip, actor, tuple(TipState))
    audit.record(actor, "identify.tip_erased", current, purpose=Purpose.IDENTIFICATION)
    destroy_keys([current.key_id], now=now)
    Tip.objects.filter(merged_into=current).update(merged_into=None, state=TipState.CLOSED)
    current.delete()


@transaction.atomic
def set_desk(agency: Agency, *, reads: bool, actor: User, now: datetime) -> None:
    """Let an agency read tips, or no longer: what came in stays with it."""
    access.require(actor, "identify.set_tip_desk")
    if reads:
        TipDesk.objects.get_or_create(agency=agency, defaults={"opened_at": now})
    else:
        TipDesk.objects.filter(agency=agency).delete()
    audit.record(actor, "identify.tip_desk_set", agency, purpose=Purpose.ADMINISTRATION, after={"reads": reads})


def forget_spent_tokens(*, now: datetime) -> int:
    """Delete tokens that could not be used again anyway; return how many."""
    count, _by_model = SpentToken.objects.filter(spent_at__lt=now - timedelta(hours=TOKEN_HOURS + 1)).delete()
    return count


def digest_of(receipt: str) -> str:
    """Return what is kept of a receipt: keyed, so that a copied database does not let anybody try all of them."""
    key = keystore.node().secret("tip-receipts")
    return hashlib.blake2b(receipt.encode(), key=key, digest_size=32).hexdigest()


def _let_in(told: Told, now: datetime) -> bool:
    """Spend the page's token and keep the line from flooding; return whether work was proven."""
    try:
        _nonce, bits = signing.loads(told.token, salt=SALT, max_age=timedelta(hours=TOKEN_HOURS))
    except signing.BadSignature:
        raise _spent() from None
    proven = is_proof(told.token, told.proof, int(bits))
    if is_full(reading.line(now), proven=proven):
        raise LineFullError(
            _("Your text is still here. Wait a few minutes, then send it again."),
            todo=_("If somebody is in danger now, call the police."),
        )
    try:
        with transaction.atomic():
            SpentToken.objects.create(digest=hashlib.sha256(told.token.encode()).hexdigest(), spent_at=now)
    except IntegrityError:
        raise _spent() from None
    return proven


def _spent() -> TokenSpentError:
    return TokenSpentError(
        _("The page was open for long, or this was sent already."), todo=_("Your text is still here.")
    )


def _add(tip: Tip, text: str, pictures: Sequence[bytes], *, author: User | None, proven: bool, now: datetime) -> None:
    """Keep a message; called while the tip's key is held."""
    message = TipMessage(key_id=tip.key_id, tip=tip, author=author, sent_at=now, proven=proven)
    message.text = text
    message.save()
    for content in pictures:
        photo = TipPhoto(key_id=tip.key_id, message=message)
        photo.picture = base64.b64encode(photos.strip(content)).decode()
        photo.save()


def _talk(tip: Tip) -> list[Said]:
    rows = tip.messages.select_related("author").prefetch_related("photos")
    with _opened(tip):
        return [
            Said(
                author=row.author.name if row.author else None,
                sent_at=row.sent_at,
                text=row.text.open(),
                photos=tuple(photo.pk for photo in row.photos.all()),
            )
            for row in rows
        ]


def _locked(tip: Tip, actor: User, states: Sequence[TipState] = FOLLOWED) -> Tip:
    current = Tip.objects.select_for_update(of=("self",)).filter(pk=tip.pk).first()
    if current is None:
        raise NotFoundError(_("This tip was erased."), todo=_("Go back to the list."))
    access.require(actor, "identify.read_tip", current)
    if current.state not in states:
        raise TipClosedError(_("Nothing is added to a tip that is closed or merged."))
    return current


def _hand_over(key_id: UUID, giver: UUID, taker: UUID) -> None:
    """Wrap a key for who takes over; who gives loses it once the change stands, so that a failure loses no tip."""
    keystore.node().let_in(key_id, _recipient(giver), _recipient(taker))

    def shut_out() -> None:
        if not Tip.objects.filter(key_id=key_id, agency_id=giver).exists():  # it may have been handed back already
            keystore.node().remove_recipient(key_id, _recipient(giver))

    transaction.on_commit(shut_out)


def _opened(tip: Tip) -> Any:
    return keystore.node().as_recipient(tip.key_id, _recipient(tip.agency_id))


def _recipient(agency_id: Any) -> str:
    return f"agency:{agency_id}"


def _note(tip: Tip, action: str, actor: User, **after: str) -> None:
    audit.record(actor, action, tip, purpose=Purpose.IDENTIFICATION, after={"state": tip.state, **after})
