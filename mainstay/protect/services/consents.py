"""Giving consent and taking it back."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import ConsentDatesError, GuardianNeededError
from mainstay.protect.models import Case, Consent, Share
from mainstay.protect.queries.law import is_treated_as_child
from mainstay.protect.rules.legal_grounds import may_consent
from mainstay.protect.services import sharing, taken_back
from mainstay.protect.types import Category, Given, SharePurpose


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """What a person agreed to. Recipients are `agency:<id>`, `peer:<name>` or `network`."""

    categories: frozenset[Category]
    recipients: frozenset[str]
    purposes: frozenset[SharePurpose]
    given_on: date
    how: Given
    until: date | None = None


@transaction.atomic
def give_consent(case: Case, draft: ConsentDraft, *, actor: User, now: datetime) -> Consent:
    """Record a consent; what it lets be known in the network goes there at once."""
    access.require(actor, "protect.change_case", case)
    sharing.locked(case)
    if draft.until is not None and draft.until < draft.given_on:
        raise ConsentDatesError(
            _("This consent would end before it begins."), todo=_("Choose an end after the day it was given.")
        )
    if not may_consent(draft.how, treated_as_child=is_treated_as_child(case)):
        raise GuardianNeededError(
            _("This person is treated as a child: a guardian consents for them, after hearing them."),
            todo=_("Where the guardian may be among who exploited the child, ask for a legal ground instead."),
        )
    consent = Consent.objects.create(
        case=case,
        categories=sorted(draft.categories),
        recipients=sorted(draft.recipients),
        purposes=sorted(draft.purposes),
        how=draft.how,
        given_on=draft.given_on,
        until=draft.until,
        recorded_by=actor,
    )
    audit.record(
        actor,
        "protect.consent_given",
        consent,
        purpose=Purpose.ASSISTANCE,
        after={"categories": consent.categories, "recipients": consent.recipients, "purposes": consent.purposes},
    )
    if sharing.NETWORK in draft.recipients:
        sharing.tell_network(case, actor=actor, now=now)
    else:
        sharing.note_next_turn(case)
    return consent


@transaction.atomic
def withdraw_consent(consent: Consent, *, actor: User, today: date, now: datetime) -> list[Share]:
    """Take a consent back, with effect on every later share; return the earlier shares that are recalled."""
    access.require(actor, "protect.change_case", consent.case)
    return take_back(consent, by=actor, today=today, now=now)


def take_back(consent: Consent, *, by: User | audit.Outside, today: date, now: datetime) -> list[Share]:
    """Do what `withdraw_consent` does, within the caller's transaction, for who may: a colleague or the person."""
    case = sharing.locked(consent.case)
    consent.refresh_from_db()
    if consent.withdrawn_on is not None:
        return []
    consent.withdrawn_on = today
    consent.save(update_fields=["withdrawn_on"])
    recalled = [s for s in case.shares.filter(recalled_at=None) if str(consent.pk) in s.consents]
    for share in recalled:
        share.recalled_at = now
        share.save(update_fields=["recalled_at"])
    taken_back.tell_recipients(recalled, now=now)
    audit.record(
        by, "protect.consent_withdrawn", consent, purpose=Purpose.ASSISTANCE, after={"recalled": len(recalled)}
    )
    sharing.tell_network(case, actor=by, now=now)
    sharing.close_referrals(case)
    return recalled
