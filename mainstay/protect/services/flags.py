"""Flags on cases, and filters of the list that somebody saves."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import FilterNameError, FlagError
from mainstay.protect.models import Case, CaseFlag, SavedFilter
from mainstay.protect.services import sharing


@transaction.atomic
def set_flag(
    case: Case, kind: str, note: str = "", *, until: date | None = None, actor: User, today: date, now: datetime
) -> CaseFlag:
    """Set a flag on a case; one of a kind stands at a time."""
    access.require(actor, "protect.change_case", case)
    case = sharing.locked(case)
    if until is not None and until < today:
        raise FlagError(_("This day has passed already."), todo=_("Choose today or a later day."))
    _end_past(case, today, now)
    if case.flags.filter(kind=kind, ended_at=None).exists():
        raise FlagError(_("This flag stands already."))
    row = CaseFlag(case=case, key_id=case.key_id, kind=kind, until=until, set_by=actor, set_at=now)
    row.note = note
    row.save()
    audit.record(actor, "protect.flag_set", row, purpose=Purpose.ASSISTANCE, after={"kind": kind})
    return row


@transaction.atomic
def end_flag(flag: CaseFlag, *, actor: User, now: datetime) -> None:
    """Take a flag away."""
    access.require(actor, "protect.change_case", flag.case)
    sharing.locked(flag.case)
    CaseFlag.objects.filter(pk=flag.pk, ended_at=None).update(ended_at=now)
    audit.record(actor, "protect.flag_ended", flag, purpose=Purpose.ASSISTANCE, after={"kind": flag.kind})


@transaction.atomic
def read_flags(case: Case, *, actor: User) -> list[tuple[CaseFlag, str]]:
    """Return the flags of a case with their notes opened; the read is on the chain."""
    access.require(actor, "protect.read_identity", case)
    audit.record(actor, "protect.flags_read", case, purpose=Purpose.ASSISTANCE)
    return [(flag, str(flag.note.open())) for flag in case.flags.filter(ended_at=None).select_related("set_by")]


def save_filter(name: str, query: str, *, is_shared: bool, actor: User) -> SavedFilter:
    """Keep what narrows the list under a name: for oneself, or for the agency."""
    access.require(actor, "protect.read_case")
    try:
        with transaction.atomic():
            return SavedFilter.objects.create(
                owner=actor, agency=actor.agency, name=name.strip(), query=query, is_shared=is_shared
            )
    except IntegrityError:
        raise FilterNameError(_("You have a filter of this name already.")) from None


def forget_filter(row: SavedFilter, *, actor: User) -> None:
    """Forget a filter of one's own."""
    access.require(actor, "protect.read_case")
    if row.owner_id == actor.pk:
        row.delete()


def _end_past(case: Case, today: date, now: datetime) -> Any:
    return case.flags.filter(ended_at=None, until__lt=today).update(ended_at=now)
