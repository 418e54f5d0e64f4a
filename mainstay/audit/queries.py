"""Reading the chain."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from mainstay.audit import rules
from mainstay.audit.models import Entry, Head
from mainstay.audit.services import as_text
from mainstay.audit.types import Link, Verdict
from mainstay.core import access, keystore
from mainstay.core.access import Viewer


def verify() -> Verdict:
    """Check the whole chain of this node; where it holds, its length is kept in the key store as the next anchor.

    What cannot be seen: entries cut off since the last check by somebody who also puts an older head back.
    """
    store = keystore.node()
    with transaction.atomic():
        locked = Head.objects.select_for_update().filter(id=1)  # writers wait until the check is done
        head = locked.values_list("seq", "digest", "seal").first()
        verdict = rules.verify_chain(store.secret("audit"), _links(), head, store.anchor())
    if verdict.holds and head is not None:
        store.set_anchor(head[0], head[1])
    return verdict


def entries_visible_to(viewer: Viewer) -> QuerySet[Entry]:
    """Return the chain, newest first, for who may read it; of whom they are tied to, nothing."""
    rows = access.narrow(Entry.objects.order_by("-seq"), viewer, "audit.read")
    closed = access.records_closed_to(viewer)
    return rows.exclude(object_id__in=closed) if closed else rows


def readers_of(object_type: str, object_id: Any) -> QuerySet[Entry]:
    """Return the entries about one record, newest first."""
    return Entry.objects.filter(object_type=object_type, object_id=str(object_id)).order_by("-seq")


def reads_of(records: Mapping[str, Iterable[Any]]) -> QuerySet[Entry]:
    """Return the entries of reading, or of entering, any of some records, newest first; `records` is ids by type."""
    which = Q()
    for object_type, ids in records.items():
        which |= Q(object_type=object_type, object_id__in=[str(pk) for pk in ids])
    done = Q(action__endswith="_read") | Q(action__endswith="_entered")
    return Entry.objects.filter(which, done).order_by("-seq") if which else Entry.objects.none()


def _links() -> Iterator[Link]:
    for entry in Entry.objects.order_by("seq").iterator(chunk_size=2000):
        values = {name: getattr(entry, name) for name in Link.__slots__}
        yield Link(**{**values, "at": as_text(entry.at)})
