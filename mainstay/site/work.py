"""What each role's home page shows: that person's work of today, gathered from the packages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mainstay.accounts import queries as accounts
from mainstay.accounts.models import User
from mainstay.cooperate import queries as cooperate
from mainstay.core import access, clock
from mainstay.money import queries as money
from mainstay.monitor import queries as monitor
from mainstay.network import queries as network
from mainstay.site import work_people
from mainstay.site.tasks import Source, Task, Work, gather
from mainstay.ui.paging import CappedPaginator

RELEASE_EVERY_DAYS = 30
A_PAGE = 50


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
        ("cooperate.match", _("Ask another country"), "cooperate:ask"),
        ("monitor.release", _("Release figures"), "monitor:release"),
        ("accounts.invite", _("Invite a colleague"), "accounts:invite"),
    )
    for permission, words, name in actions:
        if access.allowed(viewer, permission):
            return words, reverse(name)
    return None


def work_of(viewer: User, day: date) -> Work:
    """Return a person's work of a day: their own first, then their agency's, the most pressing first in each."""
    return gather(SOURCES.values(), viewer, day, single=_release(viewer))


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of all that one source has."""

    source: Source
    page: Page[Any]
    tasks: list[Task]


def listed(name: str, whose: str, viewer: User, day: date, page: str | None) -> Listed | None:
    """Return a page of all that one source has for a viewer: their own, or their agency's; None for no such source."""
    source = SOURCES.get(name)
    if source is None:
        return None
    rows = source.own(viewer, day) if whose == "mine" else source.others(viewer, day)
    order = rows.query.order_by or rows.model._meta.ordering
    shown = CappedPaginator(rows.order_by(*order, "pk"), A_PAGE).get_page(page)
    return Listed(source, shown, [source.task(row, day) for row in shown])


def _alert(row: Any, day: date) -> Task:
    return Task(
        who=str(row),
        what=str(row.get_pattern_display()),
        why=_("Score %(score).2f; %(count)d accounts protected") % {"score": row.score, "count": row.protected_count},
        url=reverse("money:alert", args=[row.pk]),
        action=_("Read"),
    )


def _meeting(row: Any, day: date) -> Task:
    return Task(
        who=row.schema,
        what=_("Known from two sides"),
        why=_("The same account, phone or name came from another source"),
        url=reverse("network:entity", args=[row.pk]),
        action=_("Look"),
    )


def _request(row: Any, day: date) -> Task:
    return Task(
        who=row.reference,
        what=_("%s asks for assistance") % row.peer.name,
        why=_("Received %s") % date_format(row.made_at, _("j F")),
        url=reverse("cooperate:request", args=[row.pk]),
        action=_("Answer"),
    )


def _from_other_node(row: Any, day: date) -> Task:
    taken = row.recipient_agency_id is not None
    what = _("Asks you to take a whole case over") if row.is_whole else _("Refers somebody here")
    return Task(
        who=row.peer.name,
        what=_("Recalls what it sent: delete it, and say so") if row.recalled_at else what,
        why=_("Came %s; waits for your answer") % date_format(row.sent_at, _("j F")),
        url=reverse("cooperate:received", args=[row.pk]) if taken else reverse("cooperate:received_list"),
        action=_("Answer"),
        days_left=0 if row.recalled_at else (row.answer_by - day).days,
    )


def _hit(row: Any, day: date) -> Task:
    return Task(
        who=row.peer.name,
        what=_("Knows an account that was asked about"),
        why=_("No request was sent yet"),
        url=reverse("cooperate:match", args=[row.pk]),
        action=_("Look"),
    )


def _invitation(row: Any, day: date) -> Task:
    return Task(
        who=row.agency.name,
        what=_("An invitation is not taken up"),
        why=str(row.get_role_display()),
        url=reverse("accounts:people"),
        action=_("Look"),
        days_left=(row.expires_at.date() - day).days,
    )


def _release(viewer: User) -> Iterator[Task]:
    if not access.allowed(viewer, "monitor.release"):
        return
    since = clock.now() - timedelta(days=RELEASE_EVERY_DAYS)
    if not monitor.tables_visible_to(viewer).filter(released_at__gt=since).exists():
        yield Task(
            who=_("Figures"),
            what=_("Victims by sex, age group and form of exploitation"),
            why=_("Nothing was released in the last %d days") % RELEASE_EVERY_DAYS,
            url=reverse("monitor:release"),
            action=_("Release"),
        )


_OTHER_SOURCES = (
    Source("alerts", gettext_lazy("Alerts"), lambda viewer, _day: money.alerts_waiting(viewer), _alert),
    Source("meetings", gettext_lazy("Known from two sides"),
           lambda viewer, _day: network.entities_met_twice(viewer), _meeting),
    Source("requests", gettext_lazy("Requests for assistance"),
           lambda viewer, _day: cooperate.requests_visible_to(viewer).filter(state="received"), _request),
    Source("other-nodes", gettext_lazy("From other nodes"),
           lambda viewer, _day: cooperate.referrals_waiting(viewer), _from_other_node),
    Source("hits", gettext_lazy("Accounts that others know"),
           lambda viewer, _day: cooperate.hits_without_request(viewer), _hit),
    Source("invitations", gettext_lazy("Invitations"),
           lambda viewer, _day: accounts.open_invitations(viewer, clock.now()), _invitation),
)  # fmt: skip
SOURCES = {source.name: source for source in (*work_people.SOURCES, *_OTHER_SOURCES)}
"""Where today's work comes from, by the name that stands in the address of its list."""
