"""Reading referrals, narrowed to what a viewer may see."""

from typing import Any

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import (
    NEED_KINDS,
    Referral,
    ReferralState,
    Status,
)


def referrals_to(viewer: User) -> QuerySet[Referral]:
    """Return the referrals sent to a viewer's agency."""
    rows = Referral.objects.select_related("need", "agency", "service").exclude(case__status=Status.ERASED)
    return access.narrow(rows, viewer, "protect.answer_referral")


def referrals_from(viewer: User) -> QuerySet[Referral]:
    """Return the referrals of the cases that a viewer may read, the newest first."""
    rows = Referral.objects.select_related("need", "case", "recipient_agency", "service")
    return access.narrow(
        rows.exclude(case__status=Status.ERASED),
        viewer,
        "protect.read_case",
        owner="case__owner",
        agency="case__agency",
    )


def kinds_referred_to(viewer: User) -> list[tuple[str, Any]]:
    """Return the kinds of needs that were sent to a viewer's agency, but for what was withdrawn."""
    rows = referrals_to(viewer).exclude(state=ReferralState.WITHDRAWN).order_by()
    there = set(rows.values_list("need__kind", flat=True).distinct())
    return [(kind, label) for kind, label in NEED_KINDS if kind in there]
