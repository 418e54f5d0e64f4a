"""Today's work about people: their cases, their days, what they ask, and who was screened."""

from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from mainstay.accounts.models import User
from mainstay.cooperate import queries as cooperate
from mainstay.identify.queries import screenings as identify
from mainstay.identify.queries import tips
from mainstay.protect import queries as protect
from mainstay.protect.queries import own_view, retention, teamwork, transfers
from mainstay.site.tasks import Source, Task, if_allowed

SOON_DAYS = 10


def _measure(row: Any, day: date) -> Task:
    return Task(
        who=row.case.reference,
        what=_("Measure against the person: %s") % row.get_kind_display(),
        why=_("No submission was sent yet"),
        url=reverse("protect:measure", args=[row.pk]),
        action=_("Look"),
        days_left=0,
        sealed=True,
    )


def _notice(row: Any, day: date) -> Task:
    return Task(
        who=row.case.agency.name,
        what=_("A measure against somebody by whom you stand"),
        why=_("You are named as: %s") % row.contact.get_role_display(),
        url=reverse("protect:notice", args=[row.pk]),
        action=_("Look"),
        days_left=0,
    )


def _deadlines(viewer: User, day: date) -> Any:
    soon = day + timedelta(days=SOON_DAYS)
    return protect.deadlines_due(viewer).filter(due_date__lte=soon).order_by("due_date")


def _deadline(row: Any, day: date) -> Task:
    return Task(
        who=row.case.reference,
        what=str(row.get_kind_display()),
        why=_("Presumed victim since %(day)s; %(source)s")
        % {"day": date_format(row.case.identified_date, _("j F")), "source": row.source_words},
        url=reverse("protect:case", args=[row.case_id]),
        action=_("Open"),
        days_left=row.days_left(day),
        sealed=True,
    )


def _need(row: Any, day: date) -> Task:
    return Task(
        who=row.case.reference,
        what=str(row),
        why=_("Nobody has taken this on yet"),
        url=reverse("protect:refer", args=[row.case_id, row.pk]),
        action=_("Refer"),
        days_left=0 if row.kind == "shelter" else None,
        sealed=True,
    )


def _case_task(row: Any, day: date) -> Task:
    return _in_file(row, _("A task in this file"), _("It is yours"), row.days_left(day))


def _plan_steps(viewer: User, day: date) -> Any:
    return teamwork.steps_of(viewer).filter(due_date__lte=day + timedelta(days=SOON_DAYS))


def _plan_step(row: Any, day: date) -> Task:
    return _in_file(row, _("A step of the plan"), _("It is yours"), row.days_left(day))


def _hand_over(row: Any, day: date) -> Task:
    return _in_file(row, _("Handed over to you"), _("A note from %s waits for you") % row.giver.name, 0)


def _plan(row: Any, day: date) -> Task:
    return _in_file(row, _("Look at the plan again"), _("As agreed with the person"), row.days_left(day))


def _in_file(row: Any, what: str, why: str, days_left: int | None) -> Task:
    url = reverse("protect:assistance", args=[row.case_id])
    return Task(row.case.reference, what, why, url, _("Open"), days_left, sealed=True)


def _transfer(row: Any, day: date) -> Task:
    return Task(
        who=row.agency.name,
        what=_("Asks you to take a whole case over"),
        why=_("Sent %s; waits for your answer") % date_format(row.sent_at, _("j F")),
        url=reverse("protect:transfer", args=[row.pk]),
        action=_("Answer"),
        days_left=0,
    )


def _presumed_without_case(viewer: User, day: date) -> Any:
    rows = identify.screenings_visible_to(viewer).filter(level__in=["trafficking indicated", "likely"])
    return if_allowed(viewer, "protect.open_case", protect.without_a_case(identify.newest_versions(rows)))


def _presumed(row: Any, day: date) -> Task:
    return Task(
        who=date_format(row.screened_at or row.started_at, _("j M H:i")),
        what=_("Screening: %s") % row.get_level_display(),
        why=_("No case is open yet"),
        url=reverse("identify:result", args=[row.pk]),
        action=_("Open"),
        days_left=0,
    )


def _draft(row: Any, day: date) -> Task:
    return Task(
        who=date_format(row.started_at, _("j M H:i")),
        what=_("An interview is not finished"),
        why=_("It is kept, sealed"),
        url=reverse("identify:ask", args=[row.pk, 1]),
        action=_("Go on"),
    )


def _tip(row: Any, day: date) -> Task:
    return Task(
        who=date_format(row.changed_at, _("j M H:i")),
        what=_("A tip waits for an answer"),
        why=_("From the public page"),
        url=reverse("identify:tip", args=[row.pk]),
        action=_("Read"),
        days_left=0,
    )


def _review(row: Any, day: date) -> Task:
    return Task(
        who=date_format(row.screened_at or row.started_at, _("j M H:i")),
        what=_("Review a screening: %s") % row.get_level_display(),
        why=_("Asked by %s") % row.owner.name,
        url=reverse("identify:result", args=[row.pk]),
        action=_("Review"),
    )


def _returned_screenings(viewer: User, day: date) -> Any:
    rows = identify.newest_versions(identify.screenings_visible_to(viewer))
    return rows.filter(review="returned", owner=viewer)


def _returned(row: Any, day: date) -> Task:
    return Task(
        who=date_format(row.screened_at or row.started_at, _("j M H:i")),
        what=_("A screening came back with a comment"),
        why=_("Read it, and correct by a new version"),
        url=reverse("identify:result", args=[row.pk]),
        action=_("Read"),
    )


def _procedures(viewer: User, day: date) -> Any:
    return if_allowed(viewer, "protect.decide", protect.open_procedures(protect.procedures_visible_to(viewer)))


def _procedure(row: Any, day: date) -> Task:
    return Task(
        who=row.case.reference,
        what=row.get_state_display(),
        why=pgettext("procedure", "Asked by %s") % row.agency.name,
        url=reverse("protect:procedure", args=[row.pk]),
        action=_("Open"),
        days_left=(row.due_date - day).days,
    )


def _ground(row: Any, day: date) -> Task:
    return Task(
        who=row.case.reference,
        what=_("Answer on a legal ground: %s") % row.get_kind_display(),
        why=pgettext("ground", "Asked by %s") % row.asked_by.name,
        url=reverse("protect:ground", args=[row.pk]),
        action=_("Read"),
        days_left=(row.until - day).days,
    )


def _taken_back(row: Any, day: date) -> Task:
    return Task(
        who=row.share.case.reference,
        what=_("Consent was taken back: delete what you received"),
        why=_("Received from %s") % row.share.case.agency.name,
        url=reverse("protect:taken_back"),
        action=_("Answer"),
        days_left=0,
    )


def _referral(row: Any, day: date) -> Task:
    return Task(
        who=row.agency.name,
        what=str(row.need),
        why=_("Sent %s; waits for your answer") % date_format(row.sent_at, _("j F")),
        url=reverse("protect:referral", args=[row.pk]),
        action=_("Answer"),
        days_left=0 if row.need.kind == "shelter" else None,
    )


def _ending_file(row: Any, day: date) -> Task:
    return Task(
        who=row.reference,
        what=_("A closed file is near its end"),
        why=_("After that day the person is erased; a legal hold keeps the file"),
        url=reverse("protect:keeping", args=[row.pk]),
        action=_("Look"),
        days_left=(row.keep_until - day).days if row.keep_until else None,
    )


def _asked(row: Any, day: date) -> Task:
    return Task(
        who=row.case.reference,
        what=pgettext("request of a person", "Asks: %s") % row.get_kind_display(),
        why=_("From their own page; due within one month (GDPR, article 12(3))"),
        url=reverse("protect:own_request", args=[row.pk]),
        action=_("Decide"),
        days_left=(row.due_date - day).days,
        sealed=True,
    )


def _questions(viewer: User, day: date) -> Any:
    return if_allowed(viewer, "protect.give_own_view", own_view.questions_waiting(viewer))


def _question(row: Any, day: date) -> Task:
    return Task(
        who=row.case.reference,
        what=_("A question waits for an answer"),
        why=_("From their own page"),
        url=reverse("protect:own_view", args=[row.case_id]),
        action=_("Answer"),
        days_left=0,
        sealed=True,
    )


def _plans(viewer: User, day: date) -> Any:
    return teamwork.plans_to_review(viewer, day + timedelta(days=SOON_DAYS))


SOURCES = (
    Source("measures", gettext_lazy("Measures against people"), lambda viewer, _day: protect.measures_waiting(viewer),
           _measure, owner="case__owner"),
    Source("notices", gettext_lazy("Measures told to you"),
           lambda viewer, _day: protect.notices_waiting(viewer), _notice),
    Source("days", gettext_lazy("Days that matter"), _deadlines, _deadline, owner="case__owner"),
    Source("needs", gettext_lazy("Needs without a place"),
           lambda viewer, _day: cooperate.not_asked_elsewhere(protect.needs_without_place(viewer)), _need,
           owner="case__owner"),
    Source("tasks", gettext_lazy("Tasks"), lambda viewer, _day: teamwork.tasks_of(viewer), _case_task, all_own=True),
    Source("steps", gettext_lazy("Steps of plans"), _plan_steps, _plan_step, all_own=True),
    Source("hand-overs", gettext_lazy("Handed over to you"), lambda viewer, _day: teamwork.hand_overs_to_read(viewer),
           _hand_over, all_own=True),
    Source("plans", gettext_lazy("Plans to look at again"), _plans, _plan, all_own=True),
    Source("transfers", gettext_lazy("Whole cases to take over"),
           lambda viewer, _day: transfers.transfers_to(viewer).filter(state="sent"), _transfer),
    Source("presumed", gettext_lazy("Screenings without a case"), _presumed_without_case, _presumed, owner="owner"),
    Source("drafts", gettext_lazy("Interviews that are not finished"),
           lambda viewer, _day: identify.screenings_visible_to(viewer).filter(status="draft", owner=viewer),
           _draft, all_own=True),
    Source("tips", gettext_lazy("Tips"),
           lambda viewer, _day: tips.tips_visible_to(viewer).filter(waits_for_us=True), _tip),
    Source("reviews", gettext_lazy("Screenings to review"), lambda viewer, _day: identify.waiting_for_review(viewer),
           _review),
    Source("returned", gettext_lazy("Screenings that came back"), _returned_screenings, _returned, all_own=True),
    Source("procedures", gettext_lazy("Decisions on identification"), _procedures, _procedure),
    Source("grounds", gettext_lazy("Legal grounds to answer"), lambda viewer, _day: protect.grounds_to_approve(viewer),
           _ground),
    Source("taken-back", gettext_lazy("Consents that were taken back"),
           lambda viewer, _day: protect.taken_back_from(viewer).filter(answer=""), _taken_back),
    Source("referrals", gettext_lazy("Referrals"),
           lambda viewer, _day: protect.referrals_to(viewer).filter(state__in=["sent", "seen"]), _referral),
    Source("ending", gettext_lazy("Closed files near their end"), retention.ending_soon, _ending_file, owner="owner"),
    Source("asked", gettext_lazy("What people ask for"), lambda viewer, _day: own_view.open_requests(viewer),
           _asked, owner="case__owner"),
    Source("questions", gettext_lazy("Questions of people"), _questions, _question, owner="case__owner"),
)  # fmt: skip
