"""What each role's home page shows: that person's work of today, gathered from the packages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mainstay.accounts import queries as accounts
from mainstay.accounts.models import User
from mainstay.cooperate import queries as cooperate
from mainstay.core import access, clock
from mainstay.identify.queries import screenings as identify
from mainstay.identify.queries import tips
from mainstay.money import queries as money
from mainstay.monitor import queries as monitor
from mainstay.network import queries as network
from mainstay.protect import queries as protect
from mainstay.protect.queries import own_view, retention, teamwork, transfers

MOST = 20
RELEASE_EVERY_DAYS = 30
SOON_DAYS = 10


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
        ("cooperate.match", _("Ask another country"), "cooperate:ask"),
        ("monitor.release", _("Release figures"), "monitor:release"),
        ("accounts.invite", _("Invite a colleague"), "accounts:invite"),
    )
    for permission, words, name in actions:
        if access.allowed(viewer, permission):
            return words, reverse(name)
    return None


def tasks_of(viewer: User, day: date) -> list[Task]:
    """Return a person's work of a day, the most pressing first."""
    sources: tuple[Callable[[User, date], Iterator[Task]], ...] = (
        _measures,
        _notices,
        _deadlines,
        _needs_without_place,
        _case_tasks,
        _plan_steps,
        _hand_overs,
        _plans_to_review,
        _transfers,
        _from_other_nodes,
        _presumed_without_case,
        _drafts,
        _tips,
        _reviews,
        _returned,
        _procedures,
        _grounds,
        _taken_back,
        _referrals,
        _files_near_their_end,
        _asked_by_people,
        _questions_of_people,
        _alerts,
        _meetings,
        _requests,
        _hits,
        _release,
        _invitations,
    )
    tasks = [task for source in sources for task in source(viewer, day)]
    return sorted(tasks, key=lambda task: (task.days_left is None, task.days_left or 0))


def _measures(viewer: User, day: date) -> Iterator[Task]:
    for row in protect.measures_waiting(viewer)[:MOST]:
        yield Task(
            who=row.case.reference,
            what=_("Measure against the person: %s") % row.get_kind_display(),
            why=_("No submission was sent yet"),
            url=reverse("protect:measure", args=[row.pk]),
            action=_("Look"),
            days_left=0,
            sealed=True,
        )


def _notices(viewer: User, day: date) -> Iterator[Task]:
    for row in protect.notices_to(viewer).filter(seen_at=None)[:MOST]:
        yield Task(
            who=row.case.agency.name,
            what=_("A measure against somebody by whom you stand"),
            why=_("You are named as: %s") % row.contact.get_role_display(),
            url=reverse("protect:notice", args=[row.pk]),
            action=_("Look"),
            days_left=0,
        )


def _deadlines(viewer: User, day: date) -> Iterator[Task]:
    soon = day + timedelta(days=SOON_DAYS)
    for row in protect.deadlines_due(viewer).filter(due_date__lte=soon).order_by("due_date")[:MOST]:
        yield Task(
            who=row.case.reference,
            what=str(row.get_kind_display()),
            why=_("Presumed victim since %(day)s; %(source)s")
            % {"day": date_format(row.case.identified_date, _("j F")), "source": row.source_words},
            url=reverse("protect:case", args=[row.case_id]),
            action=_("Open"),
            days_left=row.days_left(day),
            sealed=True,
        )


def _needs_without_place(viewer: User, day: date) -> Iterator[Task]:
    for need in protect.needs_without_place(viewer)[:MOST]:
        yield Task(
            who=need.case.reference,
            what=str(need),
            why=_("Nobody has taken this on yet"),
            url=reverse("protect:refer", args=[need.case_id, need.pk]),
            action=_("Refer"),
            days_left=0 if need.kind == "shelter" else None,
            sealed=True,
        )


def _case_tasks(viewer: User, day: date) -> Iterator[Task]:
    for row in teamwork.tasks_of(viewer)[:MOST]:
        yield _in_file(row, _("A task in this file"), _("It is yours"), row.days_left(day))


def _plan_steps(viewer: User, day: date) -> Iterator[Task]:
    for row in teamwork.steps_of(viewer).filter(due_date__lte=day + timedelta(days=SOON_DAYS))[:MOST]:
        yield _in_file(row, _("A step of the plan"), _("It is yours"), row.days_left(day))


def _hand_overs(viewer: User, day: date) -> Iterator[Task]:
    for row in teamwork.hand_overs_to_read(viewer)[:MOST]:
        yield _in_file(row, _("Handed over to you"), _("A note from %s waits for you") % row.giver.name, 0)


def _plans_to_review(viewer: User, day: date) -> Iterator[Task]:
    for row in teamwork.plans_to_review(viewer, day + timedelta(days=SOON_DAYS))[:MOST]:
        yield _in_file(row, _("Look at the plan again"), _("As agreed with the person"), row.days_left(day))


def _in_file(row: Any, what: str, why: str, days_left: int | None) -> Task:
    url = reverse("protect:assistance", args=[row.case_id])
    return Task(row.case.reference, what, why, url, _("Open"), days_left, sealed=True)


def _transfers(viewer: User, day: date) -> Iterator[Task]:
    for row in transfers.transfers_to(viewer).filter(state="sent")[:MOST]:
        yield Task(
            who=row.agency.name,
            what=_("Asks you to take a whole case over"),
            why=_("Sent %s; waits for your answer") % date_format(row.sent_at, _("j F")),
            url=reverse("protect:transfer", args=[row.pk]),
            action=_("Answer"),
            days_left=0,
        )


def _from_other_nodes(viewer: User, day: date) -> Iterator[Task]:
    for row in cooperate.referrals_waiting(viewer)[:MOST]:
        taken = row.recipient_agency_id is not None
        what = _("Asks you to take a whole case over") if row.is_whole else _("Refers somebody here")
        yield Task(
            who=row.peer.name,
            what=_("Recalls what it sent: delete it, and say so") if row.recalled_at else what,
            why=_("Came %s; waits for your answer") % date_format(row.sent_at, _("j F")),
            url=reverse("cooperate:received", args=[row.pk]) if taken else reverse("cooperate:received_list"),
            action=_("Answer"),
            days_left=0 if row.recalled_at else (row.answer_by - day).days,
        )


def _presumed_without_case(viewer: User, day: date) -> Iterator[Task]:
    if not access.allowed(viewer, "protect.open_case"):
        return
    rows = identify.screenings_visible_to(viewer).filter(level__in=["trafficking indicated", "likely"])
    for row in protect.without_a_case(identify.newest_versions(rows))[:MOST]:
        yield Task(
            who=date_format(row.screened_at or row.started_at, _("j M H:i")),
            what=_("Screening: %s") % row.get_level_display(),
            why=_("No case is open yet"),
            url=reverse("identify:result", args=[row.pk]),
            action=_("Open"),
            days_left=0,
        )


def _drafts(viewer: User, day: date) -> Iterator[Task]:
    for row in identify.screenings_visible_to(viewer).filter(status="draft", owner=viewer)[:MOST]:
        yield Task(
            who=date_format(row.started_at, _("j M H:i")),
            what=_("An interview is not finished"),
            why=_("It is kept, sealed"),
            url=reverse("identify:ask", args=[row.pk, 1]),
            action=_("Go on"),
        )


def _tips(viewer: User, day: date) -> Iterator[Task]:
    for row in tips.tips_visible_to(viewer).filter(waits_for_us=True)[:MOST]:
        yield Task(
            who=date_format(row.changed_at, _("j M H:i")),
            what=_("A tip waits for an answer"),
            why=_("From the public page"),
            url=reverse("identify:tip", args=[row.pk]),
            action=_("Read"),
            days_left=0,
        )


def _reviews(viewer: User, day: date) -> Iterator[Task]:
    for row in identify.waiting_for_review(viewer)[:MOST]:
        yield Task(
            who=date_format(row.screened_at or row.started_at, _("j M H:i")),
            what=_("Review a screening: %s") % row.get_level_display(),
            why=_("Asked by %s") % row.owner.name,
            url=reverse("identify:result", args=[row.pk]),
            action=_("Review"),
        )


def _returned(viewer: User, day: date) -> Iterator[Task]:
    rows = identify.newest_versions(identify.screenings_visible_to(viewer))
    for row in rows.filter(review="returned", owner=viewer)[:MOST]:
        yield Task(
            who=date_format(row.screened_at or row.started_at, _("j M H:i")),
            what=_("A screening came back with a comment"),
            why=_("Read it, and correct by a new version"),
            url=reverse("identify:result", args=[row.pk]),
            action=_("Read"),
        )


def _procedures(viewer: User, day: date) -> Iterator[Task]:
    if not access.allowed(viewer, "protect.decide"):
        return
    for row in protect.procedures_visible_to(viewer).exclude(state="decided")[:MOST]:
        yield Task(
            who=row.case.reference,
            what=row.get_state_display(),
            why=pgettext("procedure", "Asked by %s") % row.agency.name,
            url=reverse("protect:procedure", args=[row.pk]),
            action=_("Open"),
            days_left=(row.due_date - day).days,
        )


def _grounds(viewer: User, day: date) -> Iterator[Task]:
    for row in protect.grounds_to_approve(viewer)[:MOST]:
        yield Task(
            who=row.case.reference,
            what=_("Answer on a legal ground: %s") % row.get_kind_display(),
            why=pgettext("ground", "Asked by %s") % row.asked_by.name,
            url=reverse("protect:ground", args=[row.pk]),
            action=_("Read"),
            days_left=(row.until - day).days,
        )


def _taken_back(viewer: User, day: date) -> Iterator[Task]:
    for row in protect.taken_back_from(viewer).filter(answer="")[:MOST]:
        yield Task(
            who=row.share.case.reference,
            what=_("Consent was taken back: delete what you received"),
            why=_("Received from %s") % row.share.case.agency.name,
            url=reverse("protect:taken_back"),
            action=_("Answer"),
            days_left=0,
        )


def _files_near_their_end(viewer: User, day: date) -> Iterator[Task]:
    for row in retention.ending_soon(viewer, day)[:MOST]:
        yield Task(
            who=row.reference,
            what=_("A closed file is near its end"),
            why=_("After that day the person is erased; a legal hold keeps the file"),
            url=reverse("protect:keeping", args=[row.pk]),
            action=_("Look"),
            days_left=(row.keep_until - day).days if row.keep_until else None,
        )


def _referrals(viewer: User, day: date) -> Iterator[Task]:
    for row in protect.referrals_to(viewer).filter(state__in=["sent", "seen"])[:MOST]:
        yield Task(
            who=row.agency.name,
            what=str(row.need),
            why=_("Sent %s; waits for your answer") % date_format(row.sent_at, _("j F")),
            url=reverse("protect:referral", args=[row.pk]),
            action=_("Answer"),
            days_left=0 if row.need.kind == "shelter" else None,
        )


def _asked_by_people(viewer: User, day: date) -> Iterator[Task]:
    for row in own_view.open_requests(viewer)[:MOST]:
        yield Task(
            who=row.case.reference,
            what=pgettext("request of a person", "Asks: %s") % row.get_kind_display(),
            why=_("From their own page; due within one month (GDPR, article 12(3))"),
            url=reverse("protect:own_request", args=[row.pk]),
            action=_("Decide"),
            days_left=(row.due_date - day).days,
            sealed=True,
        )


def _questions_of_people(viewer: User, day: date) -> Iterator[Task]:
    if not access.allowed(viewer, "protect.give_own_view"):
        return
    for row in own_view.questions_waiting(viewer)[:MOST]:
        yield Task(
            who=row.case.reference,
            what=_("A question waits for an answer"),
            why=_("From their own page"),
            url=reverse("protect:own_view", args=[row.case_id]),
            action=_("Answer"),
            days_left=0,
            sealed=True,
        )


def _alerts(viewer: User, day: date) -> Iterator[Task]:
    for row in money.alerts_waiting(viewer)[:MOST]:
        yield Task(
            who=str(row),
            what=str(row.get_pattern_display()),
            why=_("Score %(score).2f; %(count)d accounts protected")
            % {"score": row.score, "count": row.protected_count},
            url=reverse("money:alert", args=[row.pk]),
            action=_("Read"),
        )


def _meetings(viewer: User, day: date) -> Iterator[Task]:
    for row in network.entities_met_twice(viewer)[:MOST]:
        yield Task(
            who=row.schema,
            what=_("Known from two sides"),
            why=_("The same account, phone or name came from another source"),
            url=reverse("network:entity", args=[row.pk]),
            action=_("Look"),
        )


def _requests(viewer: User, day: date) -> Iterator[Task]:
    for row in cooperate.requests_visible_to(viewer).filter(state="received")[:MOST]:
        yield Task(
            who=row.reference,
            what=_("%s asks for assistance") % row.peer.name,
            why=_("Received %s") % date_format(row.made_at, _("j F")),
            url=reverse("cooperate:request", args=[row.pk]),
            action=_("Answer"),
        )


def _hits(viewer: User, day: date) -> Iterator[Task]:
    for row in cooperate.hits_without_request(viewer)[:MOST]:
        yield Task(
            who=row.peer.name,
            what=_("Knows an account that was asked about"),
            why=_("No request was sent yet"),
            url=reverse("cooperate:match", args=[row.pk]),
            action=_("Look"),
        )


def _release(viewer: User, day: date) -> Iterator[Task]:
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


def _invitations(viewer: User, day: date) -> Iterator[Task]:
    for row in accounts.open_invitations(viewer, clock.now())[:MOST]:
        yield Task(
            who=row.agency.name,
            what=_("An invitation is not taken up"),
            why=str(row.get_role_display()),
            url=reverse("accounts:people"),
            action=_("Look"),
            days_left=(row.expires_at.date() - day).days,
        )
