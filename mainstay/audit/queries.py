"""Reading the chain."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from mainstay.audit import rules
from mainstay.audit.models import Entry, Head
from mainstay.audit.services import as_text
from mainstay.audit.types import Link, Verdict
from mainstay.core import access, keystore
from mainstay.core.access import Viewer


def verify() -> Verdict:
    """Check the whole chain of this node."""
    head = Head.objects.filter(id=1).values_list("seq", "digest", "seal").first()
    return rules.verify_chain(keystore.node().secret("audit"), _links(), head)


def entries_visible_to(viewer: Viewer) -> QuerySet[Entry]:
    """Return the chain, newest first, for who may read it."""
    return access.narrow(Entry.objects.order_by("-seq"), viewer, "audit.read")


def readers_of(object_type: str, object_id: Any) -> QuerySet[Entry]:
    """Return the entries about one record, newest first."""
    return Entry.objects.filter(object_type=object_type, object_id=str(object_id)).order_by("-seq")


def _links() -> Iterator[Link]:
    for entry in Entry.objects.order_by("seq").iterator(chunk_size=2000):
        values = {name: getattr(entry, name) for name in Link.__slots__}
        yield Link(**{**values, "at": as_text(entry.at)})
