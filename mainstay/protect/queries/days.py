"""Lists of days that matter, filtered in the database."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import CalendarFeed, Deadline, Reminder
from mainstay.protect.models.days import DEADLINE_KINDS
from mainstay.protect.queries.cases import PUT_AWAY, deadlines_due

WHEN = ("overdue", "week", "month", "all")


@dataclass(frozen=True, slots=True)
class DayFilter:
    """Which days are wanted: when they are due, of what kind, of one's own people or of the agency's."""

    when: str = "all"
    kind: str = ""
    mine: bool = True


def days_listed(viewer: User, wanted: DayFilter, today: date) -> QuerySet[Deadline]:
    """Return the open days of a viewer's people, the nearest first. A week and a month begin today."""
    rows = deadlines_due(viewer)
    if wanted.mine:
        rows = rows.filter(case__owner=viewer)
    if wanted.kind in dict(DEADLINE_KINDS):
        rows = rows.filter(kind=wanted.kind)
    if wanted.when == "overdue":
        return rows.filter(due_date__lt=today)
    if wanted.when in {"week", "month"}:
        last = today + timedelta(days=6 if wanted.when == "week" else 30)
        return rows.filter(due_date__gte=today, due_date__lte=last)
    return rows


def days_that_matter(viewer: User, today: date, within: int) -> tuple[int, int]:
    """Return how many open days of somebody's own people are due within days, overdue ones among them, and those."""
    rows = days_listed(viewer, DayFilter(), today).filter(due_date__lte=today + timedelta(days=within))
    return rows.count(), rows.filter(due_date__lt=today).count()


def calendar_of(user: User) -> QuerySet[Deadline]:
    """Return the open days of somebody's own people, for their calendar; nothing once their access has ended."""
    if not access.allowed(user, "protect.read_case"):
        return Deadline.objects.none()
    return deadlines_due(user).filter(case__owner=user).exclude(case__status__in=PUT_AWAY)


def feed_of(user: User) -> CalendarFeed | None:
    """Return somebody's calendar address that is in force."""
    return CalendarFeed.objects.filter(user=user, revoked_at=None).first()


def wants_mail(user: User) -> bool:
    """Say whether somebody asked for notes by mail; nobody gets any unasked."""
    return Reminder.objects.filter(user=user, by_mail=True).exists()
