"""Reading entities and ties, narrowed to what a viewer may see."""

from collections.abc import Iterable, Iterator

from django.db.models import Count, QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.network.models import Entity, EntityKey, Link, key_index
from mainstay.network.types import Known, Tie


def entities_visible_to(viewer: User) -> QuerySet[Entity]:
    """Return the entities that a viewer may read, newest first; those out of cases only who investigates."""
    rows = access.narrow(Entity.objects.all(), viewer, "network.read")
    return rows if access.allowed(viewer, "network.read_cases") else rows.exclude(source="protect")


def entities_with(kind: str, value: str, viewer: User) -> QuerySet[Entity]:
    """Return the entities that carry an account, phone or name."""
    keys = EntityKey.objects.filter(kind=kind, index=key_index(kind, value)).values("entity_id")
    return entities_visible_to(viewer).filter(pk__in=keys)


def ties_among(entities: Iterable[Entity]) -> list[Tie]:
    """Return the ties among entities: those pushed, and those inferred from an equal account, phone or name."""
    ids = [entity.pk for entity in entities]
    links = Link.objects.filter(left_id__in=ids, right_id__in=ids).order_by("pk")
    ties = [Tie(str(link.left_id), str(link.right_id), link.role) for link in links]
    first: dict[tuple[str, str], str] = {}
    for key in EntityKey.objects.filter(entity_id__in=ids).order_by("pk"):
        met = first.setdefault((key.kind, key.index), str(key.entity_id))
        if met != str(key.entity_id):
            ties.append(Tie(met, str(key.entity_id), f"same {key.kind}", inferred=True))
    return ties


def opened(entity: Entity) -> Known:
    """Return an entity opened for a reader."""
    return Known(
        id=str(entity.pk),
        schema=entity.schema,
        caption=entity.caption.open(),
        source=entity.source,
        source_ref=entity.source_ref,
        properties=entity.properties.open() or {},
    )


def accounts_of(source: str) -> Iterator[tuple[str, str]]:
    """Yield the accounts that one source pushed, each with the case or alert it came from; never to be shown plain.

    A floor above that lets another node match against them decides which of them may be.
    """
    for entity in Entity.objects.filter(source=source, keys__kind="account").distinct().iterator():
        properties = entity.properties.open() or {}
        for account in properties.get("accountNumber", []):
            yield entity.source_ref, account


def neighbours(entity: Entity, viewer: User) -> list[Entity]:
    """Return an entity followed by those one tie away, at most 60."""
    visible = entities_visible_to(viewer)
    tied = set(Link.objects.filter(left=entity).values_list("right_id", flat=True))
    tied |= set(Link.objects.filter(right=entity).values_list("left_id", flat=True))
    indexes = EntityKey.objects.filter(entity=entity).values("index")
    tied |= set(EntityKey.objects.filter(index__in=indexes).values_list("entity_id", flat=True))
    return [entity, *visible.filter(pk__in=tied - {entity.pk}).order_by("pk")[:60]]


def entities_met_twice(viewer: User) -> QuerySet[Entity]:
    """Return entities whose account, phone or name came from two sources or more, newest first."""
    met = EntityKey.objects.values("index").annotate(sources=Count("entity__source_ref", distinct=True))
    shared = met.filter(sources__gt=1).values("index")
    return entities_visible_to(viewer).filter(keys__index__in=shared).distinct()


def sources_with(source: str, kind: str, values: Iterable[str]) -> set[str]:
    """Return which of a source's pushes (by their reference) carry any of these, for the source itself."""
    indexes = {key_index(kind, value) for value in values} - {""}
    rows = Entity.objects.filter(source=source, keys__kind=kind, keys__index__in=indexes)
    return set(rows.values_list("source_ref", flat=True))
