"""A protected address: kept apart from the file, opened for a purpose by the case's owner and named people only."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import NotNamedError, PlanNotFilledError
from mainstay.protect.models import AddressOpening, Case, ProtectedAddress
from mainstay.protect.models.safety import OPENING_REASONS
from mainstay.protect.queries.addresses import may_open, who_may_be_named
from mainstay.protect.services import sharing


@transaction.atomic
def protect_address(
    case: Case, address: str, readers: Iterable[User], *, actor: User, now: datetime
) -> ProtectedAddress:
    """Keep where a person is apart from their file; what the file said about it is taken out there."""
    access.require(actor, "protect.open_address", case)
    current = sharing.locked(case)
    row = ProtectedAddress.objects.filter(case=case).first()
    if row is not None:
        _require_named(row, actor)
    if not address.strip():
        raise PlanNotFilledError(_("There is no address to protect."), todo=_("Write where they are."))
    row = row or ProtectedAddress(case=current, key_id=current.key_id)
    row.address = address.strip()
    row.written_by, row.written_at = actor, now
    row.save()
    named = who_may_be_named(current).filter(pk__in=[reader.pk for reader in readers])
    row.readers.set(named)
    if current.whereabouts:
        current.whereabouts = ""
        current.version += 1
        current.save()
    after = {"readers": sorted(str(reader.pk) for reader in named)}
    audit.record(actor, "protect.address_protected", row, purpose=Purpose.ASSISTANCE, after=after)
    return row


@transaction.atomic
def open_address(row: ProtectedAddress, why: str, *, actor: User, now: datetime) -> str:
    """Return a protected address, and note who opened it and what for; refuse who is not named."""
    access.require(actor, "protect.open_address", row.case)
    _require_named(row, actor)
    if why not in dict(OPENING_REASONS):
        raise PlanNotFilledError(_("An address is opened for a purpose."), todo=_("Say what for."))
    AddressOpening.objects.create(case=row.case, opened_by=actor, opened_at=now, why=why)
    audit.record(actor, "protect.address_read", row.case, purpose=Purpose.ASSISTANCE, after={"why": why})
    opened: str = row.address.open()
    return opened


def _require_named(row: ProtectedAddress, actor: User) -> None:
    if not may_open(row, actor):
        raise NotNamedError(
            _("This address opens for the case's owner and for people they named."), todo=_("Ask the owner.")
        )
