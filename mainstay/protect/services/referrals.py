"""Passing a need to another agency, and its answer."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts import services as accounts
from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect import queries
from mainstay.protect.errors import AlreadyAnsweredError, NotAnAgencyHereError, NothingToShareError
from mainstay.protect.models import Need, Referral, ReferralState, Service
from mainstay.protect.rules import plans as plan_rules
from mainstay.protect.services import sharing
from mainstay.protect.types import Category, SharePurpose


def recipient_of(agency: Agency) -> str:
    """Return how a consent names an agency."""
    return queries.recipient_of(agency.pk)


@transaction.atomic
def agree_receiving(agency: Agency, categories: Iterable[Category] | None, *, actor: User) -> None:
    """Agree which kinds of data an agency may ever receive; None sets no limit beyond consent."""
    access.require(actor, "accounts.agree_receiving")
    accounts.limit_receiving(agency, None if categories is None else sorted(categories), actor=actor)


@transaction.atomic
def refer(
    need: Need,
    agency: Agency,
    *,
    service: Service | None = None,
    answer_by: date | None = None,
    actor: User,
    today: date,
    now: datetime,
) -> Referral:
    """Send a need to an agency, with what consent lets leave for assistance; refuse where that is nothing.

    `service` is the one of the agency's that was chosen; `answer_by` the last day for an answer, else the rule's.
    """
    case = need.case
    access.require(actor, "protect.share", case)
    if service is not None and service.organization.agency_id != agency.pk:
        raise NotAnAgencyHereError(_("This service is not of that agency."), todo=_("Choose the service again."))
    plan, _values = sharing.release(
        case, recipient_of(agency), SharePurpose.ASSISTANCE, actor=actor, today=today, now=now
    )
    if "needs" not in plan.shared:
        raise NothingToShareError(
            _("The person did not let this agency know what they need."), todo=_("Ask the person first.")
        )
    referral = Referral.objects.create(
        key_id=case.key_id,
        case=case,
        need=need,
        agency=case.agency,
        recipient_agency=agency,
        service=service,
        sent_at=now,
        sent_by=actor,
        answer_by=answer_by or plan_rules.answer_by(need.kind, today),
    )
    audit.record(actor, "protect.referred", referral, purpose=Purpose.ASSISTANCE, after={"need": need.kind})
    return referral


@transaction.atomic
def read_referral(referral: Referral, *, actor: User, today: date, now: datetime) -> dict[str, Any]:
    """Return what the receiving agency may see today, and mark the referral as seen.

    It is computed anew at each reading: a withdrawn consent closes it at once.
    """
    access.require(actor, "protect.answer_referral", referral)
    Referral.objects.filter(pk=referral.pk, state=ReferralState.SENT).update(state=ReferralState.SEEN)
    values = sharing.readable(referral.case, recipient_of(referral.recipient_agency), SharePurpose.ASSISTANCE, today)
    sharing.note_received(
        referral.case, recipient_of(referral.recipient_agency), SharePurpose.ASSISTANCE, by=actor, now=now
    )
    audit.record(actor, "protect.referral_read", referral, purpose=Purpose.ASSISTANCE, after={"fields": sorted(values)})
    return values


@transaction.atomic
def answer_referral(referral: Referral, *, accepted: bool, reason: str, actor: User, now: datetime) -> None:
    """Accept a referral, or decline it with a reason."""
    access.require(actor, "protect.answer_referral", referral)
    current = Referral.objects.select_for_update().get(pk=referral.pk)
    if current.state not in {ReferralState.SENT, ReferralState.SEEN}:
        raise AlreadyAnsweredError(_("This referral was answered."), todo=_("Ask for a new one if things changed."))
    current.state = ReferralState.ACCEPTED if accepted else ReferralState.DECLINED
    current.reason = reason
    current.answered_at = now
    current.save()
    audit.record(
        actor, "protect.referral_answered", current, purpose=Purpose.ASSISTANCE, after={"state": current.state}
    )


@transaction.atomic
def finish_referral(referral: Referral, *, outcome: str, actor: User, now: datetime) -> None:
    """Say, as the agency that took it on, that a referral is done, and what came of it."""
    access.require(actor, "protect.answer_referral", referral)
    current = Referral.objects.select_for_update().get(pk=referral.pk)
    if current.state != ReferralState.ACCEPTED:
        raise AlreadyAnsweredError(_("Only what you took on can be done."), todo=_("Answer the referral first."))
    sharing.locked(current.case)
    current.state, current.outcome, current.done_at = ReferralState.DONE, outcome, now
    current.save()
    audit.record(actor, "protect.referral_done", current, purpose=Purpose.ASSISTANCE, after={"state": current.state})


@transaction.atomic
def expire_referrals(*, today: date) -> int:
    """Let referrals go that nobody answered by their day, so that another place is looked for; return how many."""
    late = Referral.objects.select_for_update().filter(
        state__in=[ReferralState.SENT, ReferralState.SEEN], answer_by__lt=today
    )
    rows = list(late)
    for row in rows:
        Referral.objects.filter(pk=row.pk).update(state=ReferralState.EXPIRED)
        audit.record(None, "protect.referral_expired", row, purpose=Purpose.ASSISTANCE)
    return len(rows)
