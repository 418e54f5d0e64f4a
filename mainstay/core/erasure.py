"""Destroying data keys so that nothing stops half-way: asked for in the transaction, done after it, tried again."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mainstay.core import keystore
from mainstay.core.models import KeyToDestroy


def destroy_keys(key_ids: Iterable[UUID], *, now: datetime) -> None:
    """Ask for keys to be destroyed once the caller's transaction has committed."""
    wanted = [KeyToDestroy(key_id=key_id, asked_at=now) for key_id in set(key_ids)]
    KeyToDestroy.objects.bulk_create(wanted, ignore_conflicts=True)
    transaction.on_commit(finish)


def finish() -> int:
    """Destroy every key that was asked for, whoever asked; return how many. Run at start and by the worker too."""
    rows = list(KeyToDestroy.objects.all())
    for row in rows:
        keystore.node().destroy(row.key_id, at=row.asked_at.isoformat())
        row.delete()
    return len(rows)
