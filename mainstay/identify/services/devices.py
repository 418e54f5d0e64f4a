"""Registering phones and ending them; the key pair that their forms are encrypted for."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.accounts.rules import digest_of
from mainstay.audit import services as audit
from mainstay.core import access, keystore, sealing
from mainstay.core.access import Purpose
from mainstay.core.errors import NotAllowedError
from mainstay.identify.engine import encrypted
from mainstay.identify.errors import DeviceRefusedError
from mainstay.identify.models.devices import Device, FormKey
from mainstay.identify.queries import devices as device_queries

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=5)
FORMS = "forms"


@dataclass(frozen=True, slots=True)
class Registered:
    """A phone that was registered, and its token, which is not kept."""

    device: Device
    token: str


@transaction.atomic
def register_device(name: str, *, owner: User, actor: User, now: datetime) -> Registered:
    """Register a phone for somebody who may screen, within the actor's reach; its token is returned once."""
    access.require(actor, "identify.register_device")
    if not device_queries.owners_for(actor).filter(pk=owner.pk).exists():
        raise NotAllowedError(_("A phone is registered for somebody who screens, within your reach."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    device = Device.objects.create(
        name=name, agency=owner.agency, owner=owner, token_digest=digest_of(token), registered_at=now
    )
    after = {"owner": str(owner.pk)}
    audit.record(actor, "identify.device_registered", device, purpose=Purpose.ADMINISTRATION, after=after)
    return Registered(device, token)


@transaction.atomic
def revoke_device(device: Device, *, actor: User, now: datetime) -> None:
    """End a phone's access at once; what it sent stays."""
    access.require(actor, "identify.register_device", device)
    if device.revoked_at is not None:
        return
    device.revoked_at = now
    device.save(update_fields=["revoked_at"])
    audit.record(actor, "identify.device_revoked", device, purpose=Purpose.ADMINISTRATION)


def let_in(token: str, *, now: datetime) -> Device:
    """Return the phone of a token and note that it was seen, or raise DeviceRefusedError."""
    device = device_queries.device_of_token(token)
    if device is None:
        raise DeviceRefusedError(
            _("This phone is not registered here, or its access was ended."),
            todo=_("Keep the interview and scan a new code."),
        )
    if device.last_seen_at is None or now - device.last_seen_at >= SEEN_EVERY:
        Device.objects.filter(pk=device.pk).update(last_seen_at=now)
    return device


def public_key(*, now: datetime) -> str:
    """Return the public key that forms carry; the pair is made when it is first asked for."""
    return _form_key(now).public


def private_key(*, now: datetime) -> RSAPrivateKey:
    """Return the key that opens what phones encrypted."""
    return _opened(bytes(_form_key(now).private))


def _form_key(now: datetime) -> FormKey:
    row = FormKey.objects.filter(use=FORMS).first()
    if row is not None:
        return row
    private = encrypted.new_private_key()
    fresh = {
        "public": encrypted.public_text(encrypted.load_private_key(private)),
        "private": sealing.seal(_sealing_key(), private, _context()),
        "made_at": now,
    }
    with transaction.atomic():
        row, made = FormKey.objects.get_or_create(use=FORMS, defaults=fresh)
        if made:
            record = ("identify.formkey", FORMS)
            audit.record(None, "identify.form_key_made", record, purpose=Purpose.ADMINISTRATION)
    return row


@lru_cache(maxsize=4)
def _opened(sealed: bytes) -> RSAPrivateKey:
    return encrypted.load_private_key(sealing.unseal(_sealing_key(), sealed, _context()))


def _sealing_key() -> bytes:
    return keystore.node().secret("form-key")


def _context() -> str:
    return f"{FormKey._meta.db_table}|{FORMS}|private"
