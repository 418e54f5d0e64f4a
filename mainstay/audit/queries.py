"""Reading the chain."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from mainstay.audit import rules
from mainstay.audit.models import Entry, Head
from mainstay.audit.services import as_text
from mainstay.audit.types import Link, Verdict
from mainstay.core import access, keystore, ties
from mainstay.core.access import Viewer

LINKS_AT_ONCE = 2000


def verify() -> Verdict:
    """Check the whole chain of this node; where it holds, its length is kept in the key store as the next anchor.

    Nobody waits for it: links are only ever added, so those that stood when the check began are checked.
    What cannot be seen: entries cut off since the last check by somebody who also puts an older head back.
    """
    store = keystore.node()
    head, last = _head_and_last()
    verdict = rules.verify_chain(store.secret("audit"), _links_to(last), head, store.anchor())
    if verdict.holds and head is not None:
        store.set_anchor(head[0], head[1])
    return verdict


def entries_visible_to(viewer: Viewer) -> QuerySet[Entry]:
    """Return the chain, newest first, for who may read it; of whom they are tied to, nothing."""
    rows = access.narrow(Entry.objects.order_by("-seq"), viewer, "audit.read")
    closed = ties.ids_closed_to(viewer.pk)
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


def _head_and_last() -> tuple[tuple[int, str, str] | None, int]:
    """Return the head and the number of the last entry as they stood at one moment: writers change both together."""
    newest = Entry.objects.order_by("-seq").values("seq")[:1]
    row = Head.objects.filter(id=1).annotate(last=Subquery(newest)).values_list("seq", "digest", "seal", "last").first()
    if row is None:
        return None, newest.values_list("seq", flat=True).first() or 0
    return row[:3], row[3] or 0


def _links_to(last: int) -> Iterator[Link]:
    seen: int | None = None
    while True:
        rows = Entry.objects.filter(seq__lte=last).order_by("seq")
        page = list((rows if seen is None else rows.filter(seq__gt=seen))[:LINKS_AT_ONCE])
        for entry in page:
            values = {name: getattr(entry, name) for name in Link.__slots__}
            yield Link(**{**values, "at": as_text(entry.at)})
        if len(page) < LINKS_AT_ONCE:
            return
        seen = page[-1].seq
