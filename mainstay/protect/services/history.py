"""What was changed in a case, field by field, and merging what two people write at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.models import Case, FieldChange
from mainstay.protect.rules.merging import Merge, merge


@dataclass(frozen=True, slots=True)
class OpenedChange:
    """One change, opened."""

    change: FieldChange
    before: Any
    after: Any


def merged(current: Case, changes: Mapping[str, Any], version: int) -> Merge:
    """Return what of the changes that were written on `version` of a case can be kept on the case as it is now."""
    base: dict[str, Any] = {}
    if version < current.version:
        rows = FieldChange.objects.filter(case=current, version__gt=version, field__in=list(changes))
        for row in rows.order_by("version", "changed_at"):
            base.setdefault(row.field, row.before.open() or "")
    return merge(base, {name: _now(current, name) for name in changes}, changes)


def note_change(case: Case, field: str, before: Any, after: Any, *, actor: User, now: datetime) -> FieldChange:
    """Keep one change of a case, at the version that it made."""
    row = FieldChange(case=case, key_id=case.key_id, agency_id=case.agency_id, field=field, version=case.version)
    row.before, row.after, row.changed_by, row.changed_at = before, after, actor, now
    row.save()
    return row


@transaction.atomic
def open_changes(case: Case, changes: list[FieldChange], *, actor: User) -> list[OpenedChange]:
    """Return changes of a case opened, for its case manager; the reading is on the chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.history_read", case, purpose=Purpose.ASSISTANCE, after={"changes": len(changes)})
    return [OpenedChange(row, row.before.open(), row.after.open()) for row in changes if row.case_id == case.pk]


def value_now(case: Case, name: str) -> Any:
    """Return a field of a case as it is kept now."""
    return _now(case, name)


def _now(case: Case, name: str) -> Any:
    value = getattr(case, name)
    return value.open() if hasattr(value, "open") else value
