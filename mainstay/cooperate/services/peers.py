"""Other nodes: pinning their keys, and agreeing to match."""

import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from joserfc.errors import JoseError

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.cooperate.engine import envelope
from mainstay.cooperate.models import Peer
from mainstay.cooperate.types import Card
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.errors import BadInputError, Fault


def own_keys() -> envelope.NodeKeys:
    """Return this node's keys for letters; they live in the key store and survive its rotation."""
    store = keystore.node()
    return envelope.NodeKeys.from_seeds(store.secret("cooperate-sign"), store.secret("cooperate-seal"))


def own_card() -> Card:
    """Return what other nodes may know of this one."""
    config = settings.CONFIG
    return own_keys().card(config.node_name, config.country, config.base_url)


def card_document() -> dict[str, Any]:
    """Return this node's card as a JSON document, with the fingerprint to compare by voice."""
    card = own_card()
    return {**asdict(card), "fingerprint": envelope.fingerprint(card.sign_key)}


def recipient_of(peer: Peer) -> str:
    """Return how a consent names another node."""
    return f"peer:{peer.name}"


def read_card(path: Path) -> Card:
    """Return the card in a file, or refuse it with the field that is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInputError(path.name, Fault("a file that exists")) from None
    except (ValueError, RecursionError):
        raise BadInputError(path.name, Fault("a node's card in JSON")) from None
    wanted = {"name": str, "country": str, "url": str, "sign_key": dict, "seal_key": dict}
    for name, kind in wanted.items():
        if not isinstance(document, dict) or not isinstance(document.get(name), kind):
            raise BadInputError(path.name, Fault(f"a {kind.__name__}", field=name))
    card = Card(**{name: document[name] for name in wanted})
    check_card(card, path.name)
    return card


def check_address(card: Card, source: str) -> None:
    """Refuse an address that no letter could be carried to; a node without a line has none."""
    if not card.url:
        return
    try:
        URLValidator(schemes=["http", "https"])(card.url)
        good = urlsplit(card.url).port != 0 and len(card.url) <= 200
    except (ValidationError, ValueError):  # no address, or a port that is none
        good = False
    if not good:
        raise BadInputError(source, Fault("an address that begins with https://", field="url"))


def check_card(card: Card, source: str) -> None:
    """Refuse a card with the field that is wrong in it."""
    if not 1 <= len(card.name.strip()) <= 100 or not card.name.isprintable():
        raise BadInputError(source, Fault("a name of 1 to 100 characters", field="name"))
    if not re.fullmatch(r"[A-Z]{2}", card.country):
        raise BadInputError(source, Fault("a country code of two letters", field="country"))
    check_address(card, source)
    broken = envelope.check_keys(card)
    if broken:
        curve = "Ed25519" if broken == "sign_key" else "X25519"
        raise BadInputError(source, Fault(f"a public {curve} key (kty, crv and x)", field=broken))


@transaction.atomic
def pin(
    card: Card, *, matching_agreed: bool | None = None, actor: User | None, now: datetime, source: str = "card"
) -> Peer:
    """Pin another node's keys; of a node that is known already only the address is taken anew, never keys.

    `matching_agreed` None leaves what was agreed: a new node is pinned without matching, a known one keeps it.
    `source` names the card in a refusal.
    """
    if actor is not None:
        access.require(actor, "cooperate.change_peer")
    peer = _known(card)
    if peer is None:
        peer = _pinned(card, source, now)
    check_address(card, source)
    peer.url = card.url
    if matching_agreed is not None:
        peer.matching_agreed = matching_agreed
    peer.save(update_fields=["matching_agreed", "url"])
    audit.record(
        actor,
        "cooperate.peer_pinned",
        peer,
        purpose=Purpose.ADMINISTRATION,
        after={"fingerprint": peer.fingerprint, "matching": peer.matching_agreed},
    )
    return peer


def _known(card: Card) -> Peer | None:
    try:
        name = envelope.fingerprint(card.sign_key)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Peer.objects.select_for_update().filter(fingerprint=name).first()


def _pinned(card: Card, source: str, now: datetime) -> Peer:
    check_card(card, source)
    name = envelope.fingerprint(card.sign_key)
    if name == own_keys().fingerprint:
        raise BadInputError(source, Fault("another node's card, not this node's own", field="sign_key"))
    if Peer.objects.filter(name__iexact=card.name).exists():
        raise BadInputError(source, Fault("a name that no other pinned node has", field="name", found=card.name))
    return Peer.objects.create(
        fingerprint=name,
        name=card.name,
        country=card.country,
        url=card.url,
        sign_key=envelope.public_part(card.sign_key),
        seal_key=envelope.public_part(card.seal_key),
        added_at=now,
    )
