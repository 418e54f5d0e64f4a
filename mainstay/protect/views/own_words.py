"""What the person's own view calls things: plain words, none of which says what the person went through."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from mainstay.core.access import ROLE_LABELS, Role
from mainstay.protect.queries.own_view import Reading
from mainstay.protect.types import Category, SharePurpose

Words = str | Promise

FIELD_WORDS: dict[str, Words] = {
    "name": gettext_lazy("Name"),
    "birth_date": gettext_lazy("Birth date"),
    "phone": gettext_lazy("Phone"),
    "safe_contact": gettext_lazy("Safe contact"),
    "whereabouts": pgettext_lazy("own view", "Where you are now"),
    "health": gettext_lazy("Health"),
    "route": gettext_lazy("Ways and dates"),
    "story": gettext_lazy("What happened"),
    "exploiter_name": gettext_lazy("Somebody else's name"),
    "exploiter_phone": gettext_lazy("Somebody else's phone"),
    "exploiter_account": gettext_lazy("Somebody else's account"),
    "forms": pgettext_lazy("own view", "What happened, in one word"),
    "needs": gettext_lazy("What you need"),
    "names": gettext_lazy("Other names"),
    "papers": gettext_lazy("Identity documents"),
    "relatives": gettext_lazy("Family and children"),
    "stations": gettext_lazy("Ways and dates"),
    "facts": pgettext_lazy("own view", "What happened, in one word"),
    "involved": gettext_lazy("Who else was part of it"),
    "accounts": gettext_lazy("Somebody else's account"),
}
CATEGORY_WORDS: dict[Category, Words] = {
    Category.IDENTITY: gettext_lazy("Name and birth date"),
    Category.CONTACT: gettext_lazy("How to reach you"),
    Category.WHEREABOUTS: pgettext_lazy("own view", "Where you are now"),
    Category.HEALTH: gettext_lazy("Health"),
    Category.JOURNEY: gettext_lazy("Ways and dates"),
    Category.EXPLOITATION: gettext_lazy("What happened"),
    Category.EXPLOITERS: gettext_lazy("Who else was part of it"),
    Category.MONEY: gettext_lazy("Somebody else's account"),
    Category.NEEDS: gettext_lazy("What you need"),
    Category.FAMILY: gettext_lazy("Family and children"),
}
SHARE_WORDS: dict[SharePurpose, Words] = {
    SharePurpose.ASSISTANCE: gettext_lazy("to help you"),
    SharePurpose.INVESTIGATION: gettext_lazy("to find those who did wrong"),
    SharePurpose.COOPERATION: gettext_lazy("to work together with another country"),
    SharePurpose.IDENTIFICATION: gettext_lazy("so that the authority can decide"),
    SharePurpose.DEFENCE: gettext_lazy("so that you are not punished for what you had to do"),
    SharePurpose.STATISTICS: gettext_lazy("for figures without names"),
}
READ_FOR: dict[str, Words] = {
    "assistance": gettext_lazy("to help you"),
    "identification": gettext_lazy("so that the authority can decide"),
    "investigation": gettext_lazy("to find those who did wrong"),
    "cooperation": gettext_lazy("to work together with another country"),
    "statistics": gettext_lazy("for figures without names"),
    "administration": gettext_lazy("to keep this in order"),
}
READ_WHAT: dict[str, Words] = {
    "protect.identity_read": gettext_lazy("Opened name and details"),
    "protect.case_read": gettext_lazy("Opened the file"),
    "protect.address_read": gettext_lazy("Opened the address"),
    "protect.referral_read": gettext_lazy("Read what was sent about a need"),
    "protect.procedure_read": gettext_lazy("Read what was sent for a decision"),
    "protect.safety_plan_read": gettext_lazy("Read the safety plan"),
    "protect.document_read": gettext_lazy("Opened a document"),
    "protect.notes_read": gettext_lazy("Read notes of colleagues"),
    "protect.history_read": gettext_lazy("Read what was changed"),
    "protect.risk_read": gettext_lazy("Read the notes about safety"),
    "protect.contact_read": gettext_lazy("Read how to reach you"),
    "protect.talk_read": gettext_lazy("Read what you asked"),
    "protect.request_read": gettext_lazy("Read what you asked for"),
    "protect.plan_read": gettext_lazy("Read your plan"),
    "protect.measure_read": gettext_lazy("Read what an authority did"),
    "protect.notice_read": gettext_lazy("Read what your lawyer may know"),
    "protect.conference_read": gettext_lazy("Read what was agreed when helpers met"),
    "protect.transfer_read": gettext_lazy("Read what was sent to another agency"),
    "protect.holds_read": gettext_lazy("Read why your file is kept"),
    "protect.ground_read": gettext_lazy("Read why something is to leave without your yes"),
    "protect.outsider_read": gettext_lazy("Read what you let them read"),
    "protect.flags_read": gettext_lazy("Read notes about what is urgent"),
    "protect.origin_read": gettext_lazy("Read what came from another place's file"),
    "protect.file_printed": gettext_lazy("Printed the file for this agency"),
    "protect.own_view_entered": gettext_lazy("Opened these pages with number and PIN"),
}
DAY_WORDS: dict[str, Words] = {
    "reflection_period": gettext_lazy(
        "Until then you should not be sent out of the country: tell us if somebody says otherwise"
    ),
    "identification_decision": gettext_lazy("By then the authority should decide"),
    "appeal": gettext_lazy("If you do not agree with the decision, say so by then: ask us for help"),
    "permit_renewal": gettext_lazy("By then ask for your permit to be renewed: ask us for help"),
    "permit_expiry": gettext_lazy("Your residence permit ends"),
    "reassessment": gettext_lazy("By then we ask you again what you need"),
    "age_verification": gettext_lazy(
        "By then your age should be looked at; until then you should be treated as a child"
    ),
    "representation": gettext_lazy("By then somebody should be named who speaks for you"),
    "measure_recheck": gettext_lazy("By then we ask the authority what became of its case"),
    "hearing": gettext_lazy("A day at an authority: ask us to come with you"),
    "other": gettext_lazy("Another day that matters to you"),
    "risk_reassessment": gettext_lazy("By then we ask you again how safe you are"),
}
_DIGITS = (
    gettext_lazy("zero"),
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
)


def field_words(name: str) -> Words:
    """Return what a field that left is called; a document is never called by its title."""
    return gettext_lazy("A document") if name.startswith("document:") else FIELD_WORDS.get(name, name)


def digit_words(digits: str) -> list[str]:
    """Return digits in words of the active language, to be said aloud."""
    return [str(_DIGITS[int(digit)]) for digit in digits]


def who_words(reading: Reading) -> str:
    """Return who read something: a role and agency, with the name where the agency lets it be shown."""
    if reading.by == "person":
        return _("You, or somebody with your number")
    if reading.by == "guardian":
        return _("The guardian, or somebody with their number")
    if reading.by == "outside":
        return _("An expert from outside, whom you let read")
    if reading.who is None:
        return _("Somebody who is no longer here")
    shown = {"role": ROLE_LABELS[Role(reading.who.role)], "agency": reading.who.agency.name}
    if reading.shows_name:
        return _("%(name)s, %(role)s, %(agency)s") % {"name": reading.who.name, **shown}
    return _("%(role)s, %(agency)s") % shown


def listed(words: Iterable[Any]) -> str:
    """Return words one after another."""
    return ", ".join(str(word) for word in words)
