"""What comes into the network, and what is taken out of it again."""

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access, keystore
from mainstay.core.access import Purpose
from mainstay.core.erasure import destroy_keys
from mainstay.core.whole_files import whole_file
from mainstay.network.errors import NotAnEntityError
from mainstay.network.models import Entity, EntityKey, Link, key_index
from mainstay.network.types import EntityDraft, Push


@transaction.atomic
def push(news: Push, *, actor: User | audit.Outside | None, now: datetime) -> list[str]:
    """Put all that a source lets be known in, in place of what it let be known before; return the ids.

    The source has asked its own permission: this is the door between floors, not one for a person.
    """
    _take_out(news.source, news.source_ref, now)
    key_id = keystore.node().create_key()
    made = {draft.local_id: _put(draft, news, key_id, now) for draft in news.entities}
    for tie in news.links:
        Link.objects.create(left=made[tie.source], right=made[tie.target], role=tie.role)
    audit.record(
        actor,
        "network.pushed",
        (news.source, news.source_ref),
        purpose=Purpose.INVESTIGATION,
        after={"entities": len(made)},
    )
    return [str(entity.pk) for entity in made.values()]


@transaction.atomic
def take_out(source: str, source_ref: str, *, actor: User | audit.Outside | None, now: datetime) -> int:
    """Take all that a source let be known out again, and destroy its key; return how many entities went."""
    count = _take_out(source, source_ref, now)
    if count:
        audit.record(actor, "network.taken_out", (source, source_ref), purpose=Purpose.INVESTIGATION)
    return count


def export_ftm(out: Path, *, actor: User | None) -> int:
    """Write every entity as a FollowTheMoney JSON line and return how many; the file appears whole or not at all.

    Entities are here because consent or an alert let them be: nothing else of a case is ever in them.
    """
    if actor is not None:
        access.require(actor, "network.export")
    entities = Entity.objects.order_by("pk")
    with transaction.atomic():
        audit.record(actor, "network.exported", ("network.entity", "all"), purpose=Purpose.INVESTIGATION)
    count = 0
    with whole_file(out, 0o600) as aside, aside.open("wb") as lines:
        for entity in entities.iterator():
            lines.write(orjson.dumps(_document(entity), option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def _document(entity: Entity) -> dict[str, Any]:
    return {"id": str(entity.pk), "schema": entity.schema, "properties": entity.properties.open() or {}}


def _take_out(source: str, source_ref: str, now: datetime) -> int:
    rows = Entity.objects.filter(source=source, source_ref=source_ref)
    keys = list(rows.values_list("key_id", flat=True))
    rows.delete()
    destroy_keys(keys, now=now)
    return len(keys)


def _put(draft: EntityDraft, news: Push, key_id: Any, now: datetime) -> Entity:
    entity = Entity(key_id=key_id, schema=draft.schema, source=news.source, source_ref=news.source_ref, created_at=now)
    proxy = _checked(draft, str(entity.pk))
    entity.caption = proxy.caption
    entity.properties = {name: list(proxy.get(name)) for name in proxy.properties}
    entity.save()
    indexes = {(kind, key_index(kind, value)) for kind, value in draft.keys}
    EntityKey.objects.bulk_create(EntityKey(entity=entity, kind=kind, index=index) for kind, index in indexes if index)
    return entity


def _checked(draft: EntityDraft, entity_id: str) -> Any:
    """Return the draft as FollowTheMoney's own object, or refuse it with the property that is wrong."""
    from followthemoney import model  # takes over a second to load, and few commands keep entities

    if model.get(draft.schema) is None:
        raise NotAnEntityError(_("%s is no FollowTheMoney schema.") % draft.schema)
    proxy = model.make_entity(draft.schema)
    proxy.id = entity_id
    for name, values in draft.properties.items():
        if name not in proxy.schema.properties:
            raise NotAnEntityError(_("%(schema)s has no %(name)s.") % {"schema": draft.schema, "name": name})
        for value in values:
            proxy.add(name, value)
    return proxy
