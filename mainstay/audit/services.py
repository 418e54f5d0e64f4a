"""Adding to the chain, in the transaction of what is recorded."""

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from mainstay.audit import rules
from mainstay.audit.models import Entry, Head
from mainstay.audit.types import Link
from mainstay.core import clock, keystore
from mainstay.core.access import Purpose

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody who acts without an account, and so with no permission: the chain names what they are, not who."""

    pk: str


THE_PERSON = Outside("person")
THE_GUARDIAN = Outside("guardian")
AN_OUTSIDER = Outside("outside")
WITHOUT_ACCOUNT = (SYSTEM, THE_PERSON.pk, THE_GUARDIAN.pk, AN_OUTSIDER.pk)


def record(
    actor: Any,
    action: str,
    record: Model | tuple[str, str],
    *,
    purpose: Purpose,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    """Add one link for a change, inside the caller's transaction; return its number.

    `record` is a row, or a type and an id. `before` and `after` are kept as keyed digests only.
    """
    if not connection.in_atomic_block:
        raise ValueError("an audit entry is written in the transaction of what it records")
    secret = keystore.node().secret("audit")
    head = _locked_head(secret)
    kind, identity = record if isinstance(record, tuple) else (record._meta.label_lower, str(record.pk))
    link = Link(
        seq=head.seq + 1,
        at=as_text(clock.now()),
        actor_id=SYSTEM if actor is None else str(actor.pk),
        action=action,
        object_type=kind,
        object_id=identity,
        purpose=purpose.value,
        before_digest=state_digest(secret, before),
        after_digest=state_digest(secret, after),
        previous=head.digest,
    )
    link = replace(link, digest=rules.link_digest(secret, link))
    values = {name: getattr(link, name) for name in Link.__slots__}
    Entry.objects.create(**{**values, "at": datetime.fromisoformat(link.at)})
    seal = rules.head_seal(secret, link.seq, link.digest)
    Head.objects.filter(id=1).update(seq=link.seq, digest=link.digest, seal=seal)
    return link.seq


def record_read(actor: Any, action: str, record_: Model | tuple[str, str], *, purpose: Purpose) -> int:
    """Add one link for a read of a person."""
    with transaction.atomic():
        return record(actor, action, record_, purpose=purpose)


def state_digest(secret: bytes, state: dict[str, Any] | None) -> str:
    """Return the keyed digest of a state; empty for none."""
    if state is None:
        return ""
    body = json.dumps(state, sort_keys=True, default=str, ensure_ascii=False)
    return hmac.new(secret, f"state:{body}".encode(), hashlib.sha256).hexdigest()


def as_text(moment: datetime) -> str:
    """Return a moment as the chain writes it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _locked_head(secret: bytes) -> Head:
    """Return the head, held until the transaction ends, so that links are added one after another."""
    head = Head.objects.select_for_update().filter(id=1).first()
    if head is None:
        seal = rules.head_seal(secret, 0, rules.START)
        Head.objects.get_or_create(id=1, defaults={"seq": 0, "digest": rules.START, "seal": seal})
        head = Head.objects.select_for_update().get(id=1)
    return head
