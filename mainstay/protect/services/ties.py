"""Shutting out whoever is tied to a person in a case. What follows from it is in `core.access`, everywhere at once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose, Role
from mainstay.protect.errors import TieError
from mainstay.protect.models import Case, Status, Tie
from mainstay.protect.models.cases import Referral
from mainstay.protect.models.procedures import Procedure
from mainstay.protect.services import sharing
from mainstay.protect.services.reasons import require_reason


@transaction.atomic
def shut_out(case: Case, colleague: User, reason: str, *, actor: User, now: datetime) -> Tie:
    """Shut a colleague out who is tied to the person: from this moment nothing of the case is there for them."""
    access.require(actor, "protect.shut_out", case)
    current = sharing.locked(case)
    if current.ties.filter(colleague=colleague, ended_at=None).exists():
        raise TieError(_("They are shut out already."))
    return _shut_out(current, colleague, reason, actor=actor, now=now)


@transaction.atomic
def declare_tie(record: Case | Procedure | Referral | None, reason: str, *, actor: User, now: datetime) -> None:
    """Say that oneself is tied to the person whom a record is about; from then on it is not there any more.

    Where there is no such record, or nothing is left to shut out, nothing happens, and nothing tells so: whoever
    types a reference does not learn whether it is one.
    """
    access.require(actor, "protect.declare_tie")
    require_reason(reason)
    case = record if isinstance(record, Case) or record is None else record.case
    if case is None or case.status == Status.ERASED:
        return
    current = sharing.locked(case)
    if not current.ties.filter(colleague=actor, ended_at=None).exists():
        _shut_out(current, actor, reason, actor=actor, now=now)


@transaction.atomic
def let_in_again(tie: Tie, reason: str, *, actor: User, now: datetime) -> None:
    """End a tie with a reason; somebody else than the colleague it is about decides so."""
    access.require(actor, "protect.shut_out", tie.case)
    sharing.locked(tie.case)
    require_reason(reason)
    current = Tie.objects.select_for_update(of=("self",)).get(pk=tie.pk)
    if current.ended_at is not None:
        raise TieError(_("They may look at it again already."))
    if current.colleague_id == actor.pk:
        raise TieError(_("A colleague decides about this."))
    current.ended_at, current.ended_by = now, actor
    current.why_ended = reason.strip()
    current.save()
    audit.record(actor, "protect.tie_ended", current, purpose=Purpose.ADMINISTRATION)


@transaction.atomic
def read_ties(case: Case, *, actor: User) -> list[tuple[Tie, str, str]]:
    """Return the ties of a case with their reasons opened: why they were recorded, and why they ended."""
    access.require(actor, "protect.shut_out", case)
    audit.record(actor, "protect.ties_read", case, purpose=Purpose.ADMINISTRATION)
    rows = case.ties.select_related("colleague", "recorded_by", "ended_by")
    return [(row, row.reason.open(), row.why_ended.open()) for row in rows]


def _shut_out(case: Case, colleague: User, reason: str, *, actor: User, now: datetime) -> Tie:
    require_reason(reason)
    tie = Tie(key_id=case.key_id, case=case, colleague=colleague, recorded_by=actor, recorded_at=now)
    tie.reason = reason.strip()
    tie.save()
    audit.record(actor, "protect.shut_out", tie, purpose=Purpose.ADMINISTRATION, after={"colleague": str(colleague.pk)})
    if case.owner_id == colleague.pk:
        _hand_on(case, actor)
    return tie


def _hand_on(case: Case, actor: User) -> None:
    """Give the case to the case manager with the fewest people who is not tied; without one the supervisor acts."""
    tied = case.ties.filter(ended_at=None).values("colleague")
    managers = User.objects.filter(agency=case.agency_id, role=Role.CASE_MANAGER, is_active=True).exclude(pk__in=tied)
    open_cases = dict(
        Case.objects.filter(Q(status=Status.PRESUMED), owner__in=managers)
        .values_list("owner")
        .annotate(count=Count("pk"))
        .order_by()
    )
    heir = min(managers.order_by("name"), key=lambda manager: open_cases.get(manager.pk, 0), default=None)
    if heir is None:
        return
    Case.objects.filter(pk=case.pk).update(owner=heir, version=case.version + 1)
    audit.record(actor, "protect.case_handed_on", case, purpose=Purpose.ADMINISTRATION, after={"owner": str(heir.pk)})
