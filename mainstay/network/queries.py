"""Reading entities and ties, narrowed to what a viewer may see."""

from collections.abc import Iterable, Iterator

from django.db.models import Count, QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.fields import blind_index
from mainstay.network.models import Entity, EntityKey, Link
from mainstay.network.types import Known, Tie


def entities_visible_to(viewer: User) -> QuerySet[Entity]:
    """Return the entities that a viewer may read, newest first."""
    return access.narrow(Entity.objects.all(), viewer, "network.read")


def entities_with(kind: str, value: str, viewer: User) -> QuerySet[Entity]:
    """Return the entities that carry an account, phone or name."""
    keys = EntityKey.objects.filter(kind=kind, index=blind_index(kind, value)).values("entity_id")
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


def accounts_known() -> Iterator[str]:
    """Yield the account numbers that this node's entities carry, for private matching; never leaves the node plain."""
    for entity in Entity.objects.filter(keys__kind="account").distinct().iterator():
        properties = entity.properties.open() or {}
        yield from properties.get("accountNumber", [])


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
