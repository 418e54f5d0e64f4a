"""How a person may be reached: what they agreed, and the gate that every way to them goes through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.protect.errors import ContactNotAllowedError
from mainstay.protect.models import Case, SafeContact
from mainstay.protect.models.safety import WHY_WORDS
from mainstay.protect.queries.contact import rules_of
from mainstay.protect.rules.contact import Channel, ContactRules, Why, as_told, from_told, may_contact
from mainstay.protect.services import sharing


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """What a person agreed, with what is sealed: what to say one is, and through whom."""

    rules: ContactRules
    say_one_is: str = ""
    through: str = ""


@transaction.atomic
def agree_contact(case: Case, draft: ContactDraft, *, actor: User, now: datetime) -> SafeContact:
    """Keep how a person may be reached, in place of what held before."""
    access.require(actor, "protect.keep_safe", case)
    sharing.locked(case)
    row = SafeContact.objects.filter(case=case).first() or SafeContact(case=case, key_id=case.key_id)
    rules = draft.rules
    row.channels = sorted(rules.channels)
    row.from_hour, row.to_hour, row.voicemail = rules.from_hour, rules.to_hour, rules.voicemail
    row.no_contact, row.no_contact_until = rules.no_contact, rules.no_contact_until
    row.ask_again_on, row.language = rules.ask_again_on, rules.language
    row.say_one_is, row.through = draft.say_one_is.strip(), draft.through.strip()
    row.agreed_with, row.agreed_at = actor, now
    row.save()
    after = {"channels": row.channels, "no_contact": row.no_contact}
    audit.record(actor, "protect.contact_agreed", row, purpose=Purpose.ASSISTANCE, after=after)
    return row


@transaction.atomic
def read_contact(case: Case, *, actor: User) -> ContactDraft | None:
    """Return what a person agreed, opened; the read is on the chain. None where nobody asked them."""
    access.require(actor, "protect.keep_safe", case)
    row = SafeContact.objects.filter(case=case).first()
    if row is None:
        return None
    audit.record(actor, "protect.contact_read", case, purpose=Purpose.ASSISTANCE)
    return ContactDraft(row.as_rules(), row.say_one_is.open(), row.through.open())


def require_contact(case: Case, channel: Channel, moment: datetime) -> None:
    """Refuse a way to reach a person that they did not agree to, at a moment in the time of the node's place.

    Whatever sends something to a person asks here first; it says nothing but the neutral words it was given.
    """
    answer = may_contact(rules_of(case, moment.date()), channel, moment)
    if not answer:
        raise ContactNotAllowedError(
            _("Not now, and not this way: %s.") % WHY_WORDS[answer.why], todo=_("Look at how they may be reached.")
        )


def call_warning(case: Case, values: Mapping[str, Any], now: datetime) -> str:
    """Return in words why a person may not be called, to stand beside their number where values that have it leave.

    Where only the hour is wrong, the hours are named: whoever reads it later keeps to them. Nothing where no number is
    among the values, or they agreed to calls at any hour.
    """
    if not values.get("phone"):
        return ""
    moment = timezone.localtime(now)
    return _warning(rules_of(case, moment.date()), moment)


def told_warning(told: Mapping[str, Any] | None, values: Mapping[str, Any], now: datetime) -> str:
    """Return that warning for whom another node tells of, out of what it said of how they may be reached."""
    if not values.get("phone"):
        return ""
    return _warning(from_told(told) if told else None, timezone.localtime(now))


def contact_to_tell(case: Case, values: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    """Return how a person may be reached, to go with their number to another node; None where no number goes."""
    rules = rules_of(case, timezone.localtime(now).date()) if values.get("phone") else None
    return as_told(rules) if rules else None


def _warning(rules: ContactRules | None, moment: datetime) -> str:
    answer = may_contact(rules, Channel.CALL, moment)
    if rules is None or answer.why not in {Why.AGREED, Why.OUTSIDE_HOURS}:
        return _("do not call: %s") % WHY_WORDS[answer.why]
    if rules.from_hour is None or rules.to_hour is None or rules.from_hour == rules.to_hour:
        return ""
    return _("call from %(first)d:00 to %(last)d:00 only") % {"first": rules.from_hour, "last": rules.to_hour}


def with_call_warning(case: Case, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return shared values with that warning beside the number: what was read once outlives this page."""
    warning = call_warning(case, values, now)
    return {**values, "phone": f"{values['phone']} ({warning})"} if warning else values
