"""Reading who is shut out, narrowed to what a viewer may see."""

from typing import Any

from django.db.models import Q, QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import Case, Procedure, Referral, Status, Tie
from mainstay.protect.queries.cases import cases_visible_to
from mainstay.protect.queries.procedures import procedures_visible_to
from mainstay.protect.queries.referrals import referrals_to


def cases_to_guard(viewer: User) -> QuerySet[Case]:
    """Return the cases out of which a viewer may shut colleagues."""
    return access.narrow(Case.objects.exclude(status=Status.ERASED), viewer, "protect.shut_out")


def ties_visible_to(viewer: User) -> QuerySet[Tie]:
    """Return who is shut out of the cases of a viewer's agency, the newest first; not of those they are tied to."""
    rows = Tie.objects.select_related("case", "colleague", "recorded_by")
    return access.narrow(rows, viewer, "protect.shut_out", agency="case__agency", owner="case__owner")


def colleagues_around(case: Case) -> QuerySet[User]:
    """Return who may be shut out: people of the case's agency and of those that it was sent to."""
    agencies = Q(agency=case.agency_id)
    agencies |= Q(agency__in=case.referrals.values("recipient_agency"))
    agencies |= Q(agency__in=case.procedures.values("recipient_agency"))
    out = case.ties.filter(ended_at=None).values("colleague")
    return User.objects.filter(agencies, is_active=True).exclude(pk__in=out).select_related("agency").order_by("name")


def record_at_hand(pk: Any, viewer: User) -> Case | Procedure | Referral | None:
    """Return the case, procedure or referral of an id that a viewer reaches, for them to say that they are tied."""
    sources: tuple[QuerySet[Any], ...] = (
        cases_visible_to(viewer),
        procedures_visible_to(viewer),
        referrals_to(viewer).select_related("case"),
    )
    for rows in sources:
        if (found := rows.filter(pk=pk).first()) is not None:
            record: Case | Procedure | Referral = found
            return record
    return None


def case_of_reference(reference: str) -> Case | None:
    """Return the case of a reference, whoever types it: they learn nothing of it, and are shut out of it."""
    return Case.objects.exclude(status=Status.ERASED).filter(reference__iexact=reference.strip()).first()
