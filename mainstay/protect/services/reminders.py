"""Reminding a person who works here of their days: a note by mail that names nobody, a calendar without titles."""

import hashlib
import secrets
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar, Event

from mainstay.accounts import services as accounts
from mainstay.accounts.models import User
from mainstay.accounts.rules import digest_of
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.core.errors import NotFoundError
from mainstay.protect.models import CalendarFeed, Reminder
from mainstay.protect.queries import days as queries

WITHIN_DAYS = 7


@transaction.atomic
def set_by_mail(*, by_mail: bool, actor: User) -> None:
    """Turn one's own notes by mail on or off; they are off until somebody turns theirs on."""
    access.require(actor, "protect.be_reminded")
    row, _made = Reminder.objects.update_or_create(user=actor, defaults={"by_mail": by_mail})
    audit.record(actor, "protect.reminder_set", row, purpose=Purpose.ADMINISTRATION, after={"by_mail": by_mail})


@transaction.atomic
def make_feed(*, actor: User, now: datetime) -> str:
    """Make a calendar address for oneself and return its secret, shown once; one made before ends."""
    access.require(actor, "protect.be_reminded")
    CalendarFeed.objects.filter(user=actor, revoked_at=None).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=actor, token_digest=digest_of(token), made_at=now)
    audit.record(actor, "protect.calendar_made", feed, purpose=Purpose.ADMINISTRATION)
    return token


@transaction.atomic
def end_feed(*, actor: User, now: datetime) -> None:
    """End one's own calendar address: whoever reads it finds nothing there from now on."""
    access.require(actor, "protect.be_reminded")
    feed = queries.feed_of(actor)
    if feed is not None:
        CalendarFeed.objects.filter(pk=feed.pk).update(revoked_at=now)
        audit.record(actor, "protect.calendar_ended", feed, purpose=Purpose.ADMINISTRATION)


def calendar(token: str, *, base_url: str, now: datetime) -> bytes:
    """Return the calendar behind a secret address: a day, a neutral title, a link to the list, and no word more.

    It ends with the person's access here.
    """
    feed = CalendarFeed.objects.select_related("user").filter(token_digest=digest_of(token), revoked_at=None).first()
    if feed is None or not access.allowed(feed.user, "protect.be_reminded"):
        raise NotFoundError(_("There is no calendar at this address."))
    link = base_url.rstrip("/") + reverse("protect:days")
    with translation.override(feed.user.language):
        title = _("Mainstay: a day that matters")
    found = Calendar()
    found.add("prodid", "-//Mainstay//days//EN")
    found.add("version", "2.0")
    for pk, due in queries.calendar_of(feed.user).values_list("pk", "due_date"):
        event = Event()
        event.add("uid", hashlib.sha256(f"{feed.pk}:{pk}".encode()).hexdigest()[:32])
        event.add("dtstamp", now)
        event.add("dtstart", due)
        event.add("dtend", due + timedelta(days=1))
        event.add("summary", title)
        event.add("url", link)
        event.add("class", "PRIVATE")
        found.add_component(event)
    return bytes(found.to_ical())


def queue_notes(base_url: str, *, today: date, now: datetime) -> int:
    """Queue a note for each who wants one and has days that matter; one a day, none on top of one that waits."""
    rows = Reminder.objects.filter(by_mail=True, user__is_active=True).exclude(last_noted=today).select_related("user")
    queued = 0
    for row in rows:
        if not access.allowed(row.user, "protect.be_reminded"):
            continue
        count, overdue = queries.days_that_matter(row.user, today, WITHIN_DAYS)
        with transaction.atomic():
            Reminder.objects.filter(pk=row.pk).update(last_noted=today)
            if count and not accounts.has_waiting_mail(row.user):
                accounts.queue_mail(_daily(row.user, count, overdue, base_url, today), to=row.user, now=now)
                queued += 1
    return queued


def _daily(user: User, count: int, overdue: int, base_url: str, today: date) -> accounts.Note:
    link = base_url.rstrip("/") + reverse("protect:days")
    with translation.override(user.language):
        first = ngettext(
            "%(count)d day matters in your work at Mainstay.", "%(count)d days matter in your work at Mainstay.", count
        ) % {"count": count}
        second = ngettext("%(count)d of them is overdue.", "%(count)d of them are overdue.", overdue) % {
            "count": overdue
        }
        said = [first, second] if overdue else [first]
        words = "\n".join([*said, "", _("The list: %s") % link])
        return accounts.Note(f"days:{user.pk}:{today.isoformat()}", _("Mainstay: days that matter"), words)
