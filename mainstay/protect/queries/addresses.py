"""Who may open a protected address."""

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.access import Role
from mainstay.protect.models import Case, ProtectedAddress


def may_open(row: ProtectedAddress, viewer: User) -> bool:
    """Say whether a viewer is the case's owner, or somebody whom the owner named."""
    if not access.allowed(viewer, "protect.open_address", row.case):
        return False
    return row.case.owner_id == viewer.pk or row.readers.filter(pk=viewer.pk).exists()


def who_may_be_named(case: Case) -> QuerySet[User]:
    """Return whom a case's owner may name: case managers of the agency who are not tied to the person."""
    tied = case.ties.filter(ended_at=None).values("colleague")
    people = User.objects.filter(agency=case.agency_id, role=Role.CASE_MANAGER, is_active=True)
    return people.exclude(pk=case.owner_id).exclude(pk__in=tied).order_by("name")
