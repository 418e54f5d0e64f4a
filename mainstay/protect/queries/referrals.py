"""Reading referrals, narrowed to what a viewer may see."""

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import (
    Referral,
    Status,
)


def referrals_to(viewer: User) -> QuerySet[Referral]:
    """Return the referrals sent to a viewer's agency."""
    rows = Referral.objects.select_related("need", "agency").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.answer_referral")
