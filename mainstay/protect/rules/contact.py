"""Whether a person may be reached, how and when: what they said themselves, and nothing where nobody asked them.

A call at the wrong hour, or a word on a shared phone, can tell whoever controls a person that they found help; the
duty to protect private life and safety is CETS 197 art. 11(1) and art. 12(2). The order of the answers is our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Channel(StrEnum):
    """A way to reach somebody."""

    CALL = "call"
    TEXT = "text"
    MAIL = "mail"
    POST = "post"
    THROUGH = "through"


AT_AN_HOUR = frozenset({Channel.CALL, Channel.TEXT})
"""What rings or lights up at the moment it is sent; the hours hold for these."""


class Why(StrEnum):
    """Why somebody may be reached, or not."""

    AGREED = "agreed"
    NOT_ASKED = "not_asked"
    NO_CONTACT = "no_contact"
    ASK_ANEW = "ask_anew"
    CHANNEL_CLOSED = "channel_closed"
    OUTSIDE_HOURS = "outside_hours"


@dataclass(frozen=True, slots=True)
class ContactRules:
    """What a person agreed: by which channels, between which hours, until when."""

    channels: frozenset[Channel]
    from_hour: int | None = None
    to_hour: int | None = None
    voicemail: bool = False
    no_contact: bool = False
    no_contact_until: date | None = None
    ask_again_on: date | None = None
    language: str = ""


def as_told(rules: ContactRules) -> dict[str, Any]:
    """Return rules as another node is told them: days as ISO text; through whom else is not told."""
    return {
        "channels": sorted(rules.channels - {Channel.THROUGH}),
        "from_hour": rules.from_hour,
        "to_hour": rules.to_hour,
        "voicemail": rules.voicemail,
        "no_contact": rules.no_contact,
        "no_contact_until": rules.no_contact_until.isoformat() if rules.no_contact_until else "",
        "ask_again_on": rules.ask_again_on.isoformat() if rules.ask_again_on else "",
        "language": rules.language,
    }


def from_told(told: Mapping[str, Any]) -> ContactRules:
    """Return the rules that `as_told` gave."""
    until, again = told["no_contact_until"], told["ask_again_on"]
    return ContactRules(
        channels=frozenset(Channel(channel) for channel in told["channels"]),
        from_hour=told["from_hour"],
        to_hour=told["to_hour"],
        voicemail=told["voicemail"],
        no_contact=told["no_contact"],
        no_contact_until=date.fromisoformat(until) if until else None,
        ask_again_on=date.fromisoformat(again) if again else None,
        language=told["language"],
    )


@dataclass(frozen=True, slots=True)
class MayContact:
    """Whether a channel is open at a moment, and why."""

    allowed: bool
    why: Why

    def __bool__(self) -> bool:
        return self.allowed


def may_contact(rules: ContactRules | None, channel: Channel, moment: datetime) -> MayContact:
    """Say whether a person may be reached by a channel at a moment, given in the time of where they are.

    In this order: nobody asked them; they are not to be contacted (until a day, that day included); what they said
    is out of date; the channel is closed; the hour is wrong. The first hour is included, the last is not.
    """
    if rules is None:
        return MayContact(False, Why.NOT_ASKED)
    day = moment.date()
    if rules.no_contact and (rules.no_contact_until is None or day <= rules.no_contact_until):
        return MayContact(False, Why.NO_CONTACT)
    if rules.ask_again_on is not None and day > rules.ask_again_on:
        return MayContact(False, Why.ASK_ANEW)
    if channel not in rules.channels:
        return MayContact(False, Why.CHANNEL_CLOSED)
    if channel in AT_AN_HOUR and not _within(rules, moment.hour):
        return MayContact(False, Why.OUTSIDE_HOURS)
    return MayContact(True, Why.AGREED)


def _within(rules: ContactRules, hour: int) -> bool:
    if rules.from_hour is None or rules.to_hour is None or rules.from_hour == rules.to_hour:
        return True
    if rules.from_hour < rules.to_hour:
        return rules.from_hour <= hour < rules.to_hour
    return hour >= rules.from_hour or hour < rules.to_hour  # over midnight
