"""Letting an expert without an account read some of one case: by link and code, by consent, until a day."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.accounts.rules import digest_of
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect import queries
from mainstay.protect.errors import NothingToShareError, OutsideDayError
from mainstay.protect.models import Case, Consent, OutsideAccess, Share, Status
from mainstay.protect.services import consents, sharing
from mainstay.protect.services.consents import ConsentDraft
from mainstay.protect.services.contact import with_call_warning
from mainstay.protect.types import Category, Given, SharePlan, SharePurpose

LONGEST_DAYS = 90
MOST_TRIES = 10
CODE_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom to let in: what they are, who in words, what of the case, what for, until when, how consent was given."""

    kind: str
    who: str
    categories: frozenset[Category]
    purpose: SharePurpose
    until: date
    how: Given


@dataclass(frozen=True, slots=True)
class Key:
    """What opens the page, shown once: the link's secret and the code, which travel by two different ways."""

    row: OutsideAccess
    token: str
    code: str


@transaction.atomic
def let_in(case: Case, guest: Guest, *, actor: User, today: date, now: datetime) -> Key:
    """Let an expert read some of one case until a day, with the consent that the person gives to just that.

    Refuse where nothing would be there to read, or the day is past or more than 90 days away.
    """
    access.require(actor, "protect.let_outside_in", case)
    case = sharing.locked(case)
    if not today <= guest.until <= today + timedelta(days=LONGEST_DAYS):
        raise OutsideDayError(_("Choose a day from today to %d days from now.") % LONGEST_DAYS)
    token, code = secrets.token_urlsafe(24), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    row = OutsideAccess(
        case=case, key_id=case.key_id, kind=guest.kind, purpose=guest.purpose, until=guest.until,
        token_digest=digest_of(token), given_by=actor, given_at=now,
    )  # fmt: skip
    row.who = guest.who
    row.code_hash = make_password(code)
    row.save()
    draft = ConsentDraft(
        guest.categories, frozenset({row.recipient}), frozenset({guest.purpose}), today, guest.how, guest.until
    )
    consents.give_consent(case, draft, actor=actor, now=now)
    if not queries.plan_for(case, row.recipient, guest.purpose, today=today).shared:
        raise NothingToShareError(
            _("There would be nothing to read: of what the person allows nothing is needed for this, or recorded.")
        )
    after = {"kind": guest.kind, "until": guest.until.isoformat(), "categories": sorted(guest.categories)}
    audit.record(actor, "protect.outsider_let_in", row, purpose=Purpose.ASSISTANCE, after=after)
    return Key(row, token, code)


@transaction.atomic
def end(row: OutsideAccess, *, actor: User, today: date, now: datetime) -> None:
    """End an access at once, with the consent that was given for it."""
    access.require(actor, "protect.let_outside_in", row.case)
    _end(row, actor=actor, today=today, now=now)


def end_all(case: Case, *, actor: User, today: date, now: datetime) -> None:
    """End every access to a case, within the caller's transaction, which asked: the case goes to another agency."""
    for row in case.outside_accesses.filter(ended_at=None):
        _end(row, actor=actor, today=today, now=now)


def _end(row: OutsideAccess, *, actor: User, today: date, now: datetime) -> None:
    if not OutsideAccess.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now):
        return
    for consent in Consent.objects.filter(case=row.case, withdrawn_on=None):
        if consent.recipients == [row.recipient]:
            consents.take_back(consent, by=actor, today=today, now=now)
    audit.record(actor, "protect.outsider_ended", row, purpose=Purpose.ASSISTANCE)


def read(token: str, code: str, *, today: date, now: datetime) -> tuple[SharePlan, dict[str, Any]] | None:
    """Return what an outsider may read today; None where link and code open nothing, whatever the reason.

    Each reading asks consent again, stands on the chain, and the first of what it shows is a share. Ten wrong codes
    end the access.
    """
    found = OutsideAccess.objects.filter(token_digest=digest_of(token)).first()
    if found is None:  # the link itself is too long to guess: answering at once tells nothing, and holds nobody up
        return None
    is_right = check_password(code.strip().replace(" ", ""), found.code_hash)
    with transaction.atomic():
        return _read(found, is_right, today=today, now=now)


def _read(
    found: OutsideAccess, is_right: bool, *, today: date, now: datetime
) -> tuple[SharePlan, dict[str, Any]] | None:
    rows = OutsideAccess.objects.select_for_update(of=("self",)).select_related("case")
    row = rows.filter(pk=found.pk).first()
    if row is None or row.ended_at is not None or today > row.until or row.case.status == Status.ERASED:
        return None
    if not is_right:
        row.wrong_tries += 1
        row.ended_at = now if row.wrong_tries >= MOST_TRIES else None
        row.save(update_fields=["wrong_tries", "ended_at"])
        audit.record(None, "protect.outsider_wrong_code", row, purpose=Purpose.ASSISTANCE)
        return None
    purpose = SharePurpose(row.purpose)
    plan = queries.plan_for(row.case, row.recipient, purpose, today=today)
    values = sharing.readable(row.case, row.recipient, purpose, today)
    _note_share(row, plan, values, now)
    row.wrong_tries, row.reads, row.last_read_at = 0, row.reads + 1, now
    row.save(update_fields=["wrong_tries", "reads", "last_read_at"])
    audit.record(
        audit.AN_OUTSIDER, "protect.outsider_read", row.case, purpose=Purpose.ASSISTANCE,
        after={"access": str(row.pk), "fields": sorted(values)},
    )  # fmt: skip
    return plan, with_call_warning(row.case, values, now)


def _note_share(row: OutsideAccess, plan: SharePlan, values: dict[str, Any], now: datetime) -> None:
    shown = {name for each in Share.objects.filter(case=row.case, recipient=row.recipient) for name in each.fields}
    fresh = sorted(set(values) - shown)
    if fresh:
        Share.objects.create(
            case=row.case, recipient=row.recipient, purpose=row.purpose, fields=fresh,
            consents=sorted(plan.consents), grounds=sorted(plan.grounds), shared_at=now, received_at=now,
        )  # fmt: skip
