"""Reading referrals, narrowed to what a viewer may see."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import (
    NEED_KINDS,
    SERVICE_KINDS,
    Case,
    Referral,
    ReferralState,
    Share,
    Status,
)
from mainstay.protect.types import SharePurpose


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


def received(rows: Iterable[Referral]) -> dict[Any, datetime | None]:
    """Return when the other agency received what was shared for each referral, by its id: one query for all."""
    rows = list(rows)
    shares = Share.objects.filter(
        case__in=[row.case_id for row in rows], purpose=SharePurpose.ASSISTANCE, received_at__isnull=False
    )
    found: dict[Any, datetime | None] = {}
    kept = list(shares.order_by("received_at").values_list("case", "recipient", "shared_at", "received_at"))
    for row in rows:
        to = f"agency:{row.recipient_agency_id}"
        proofs = [at for case, whom, sent, at in kept if (case, whom) == (row.case_id, to) and sent >= row.sent_at]
        if proofs:
            found[row.pk] = proofs[0]
    return found


def need_choices() -> list[tuple[str, Any]]:
    """Return the kinds of needs in words."""
    return list(NEED_KINDS)


def service_choices() -> list[tuple[str, Any]]:
    """Return the kinds of services in words."""
    return list(SERVICE_KINDS)


def open_needs_of(case: Case) -> list[tuple[str, Any]]:
    """Return the kinds of what a person still needs, in words, each once."""
    there = set(case.needs.filter(met_at=None).values_list("kind", flat=True))
    return [(kind, words) for kind, words in NEED_KINDS if kind in there]


def kinds_referred_to(viewer: User) -> list[tuple[str, Any]]:
    """Return the kinds of needs that were sent to a viewer's agency, but for what was withdrawn."""
    rows = referrals_to(viewer).exclude(state=ReferralState.WITHDRAWN).order_by()
    there = set(rows.values_list("need__kind", flat=True).distinct())
    return [(kind, label) for kind, label in NEED_KINDS if kind in there]
