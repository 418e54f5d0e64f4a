"""What each role's home page shows: that person's work of today, gathered from the packages."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from mainstay.accounts.models import User
from mainstay.core import access


@dataclass(frozen=True, slots=True)
class Task:
    """One line of today's work: what, why now, days left, and where it is done."""

    who: str
    what: str
    why: str
    url: str
    action: str
    days_left: int | None = None
    sealed: bool = False


def zone(name: str) -> ZoneInfo:
    """Return the time zone of the node."""
    return ZoneInfo(name)


def greeting(hour: int) -> str:
    """Return the greeting for an hour of the day."""
    if hour < 12:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")


def main_action(viewer: User) -> tuple[Any, str] | None:
    """Return the one main action of a role's home page: its words and where it leads."""
    actions = (
        ("identify.screen", _("Screen a person"), "identify:choose"),
        ("cooperate.send_request", _("Ask another country"), "cooperate:ask"),
        ("monitor.release", _("Release figures"), "monitor:release"),
        ("accounts.invite", _("Invite a colleague"), "accounts:invite"),
    )
    for permission, words, name in actions:
        if access.allowed(viewer, permission):
            return words, reverse(name)
    return None


def tasks_of(viewer: User, day: date) -> list[Task]:
    """Return a person's work of a day, the most pressing first."""
    tasks: list[Task] = []
    return sorted(tasks, key=lambda task: (task.days_left is None, task.days_left or 0))
