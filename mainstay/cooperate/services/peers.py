"""Other nodes: pinning their keys, and agreeing to match."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

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


def read_card(path: Path) -> Card:
    """Return the card in a file, or refuse it with the field that is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInputError(path.name, Fault("a file that exists")) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise BadInputError(path.name, Fault("a node's card in JSON")) from None
    wanted = {"name": str, "country": str, "url": str, "sign_key": dict, "seal_key": dict}
    for name, kind in wanted.items():
        if not isinstance(document, dict) or not isinstance(document.get(name), kind):
            raise BadInputError(path.name, Fault(f"a {kind.__name__}", field=name))
    for name, curve in (("sign_key", "Ed25519"), ("seal_key", "X25519")):
        if document[name].get("crv") != curve:
            raise BadInputError(path.name, Fault(f"a public {curve} key", field=name))
    return Card(**{name: document[name] for name in wanted})


@transaction.atomic
def pin(card: Card, *, matching_agreed: bool, actor: User | None, now: datetime) -> Peer:
    """Pin another node's keys; of a node that is known already only the address is taken anew, never keys."""
    if actor is not None:
        access.require(actor, "cooperate.change_peer")
    peer, _made = Peer.objects.get_or_create(
        fingerprint=envelope.fingerprint(card.sign_key),
        defaults={
            "name": card.name,
            "country": card.country,
            "url": card.url,
            "sign_key": card.sign_key,
            "seal_key": card.seal_key,
            "added_at": now,
        },
    )
    peer.matching_agreed, peer.url = matching_agreed, card.url
    peer.save(update_fields=["matching_agreed", "url"])
    audit.record(
        actor,
        "cooperate.peer_pinned",
        peer,
        purpose=Purpose.ADMINISTRATION,
        after={"fingerprint": peer.fingerprint, "matching": matching_agreed},
    )
    return peer
