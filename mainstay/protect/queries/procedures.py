"""Reading identification procedures, narrowed to what a viewer may see."""

from django.db.models import QuerySet

from mainstay.accounts import queries as accounts
from mainstay.accounts.models import Agency, User
from mainstay.core import access
from mainstay.core.access import Role
from mainstay.protect.models import (
    Case,
    Procedure,
    Status,
)
from mainstay.protect.rules.identification import OPEN


def procedures_visible_to(viewer: User) -> QuerySet[Procedure]:
    """Return identification procedures that a viewer may follow, the nearest deadline first."""
    rows = Procedure.objects.select_related("case", "agency", "recipient_agency").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.read_procedure")


def open_procedures(rows: QuerySet[Procedure]) -> QuerySet[Procedure]:
    """Return those of some procedures that still wait for something: neither decided nor taken back."""
    return rows.filter(state__in=OPEN)


def may_ask_to_decide(case: Case, viewer: User) -> bool:
    """Say whether a viewer may ask an authority to decide on a person now: not while one was asked, nor after."""
    allowed = access.allowed(viewer, "protect.refer_for_identification", case)
    return allowed and case.status == Status.PRESUMED and not open_procedures(case.procedures.all()).exists()


def authorities_for(case: Case) -> QuerySet[Agency]:
    """Return the agencies that have somebody who decides on identification."""
    return accounts.agencies_with(Role.IDENTIFICATION_AUTHORITY).exclude(pk=case.agency_id)
