"""How the work stands, for a case manager and for a supervisor: counts over the cases that each may see."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.access import Role
from mainstay.protect.models import (
    Case,
    CaseFlag,
    CaseTask,
    Deadline,
    Measure,
    Need,
    OwnRequest,
    Referral,
    RequestState,
)
from mainstay.protect.queries.cases import PUT_AWAY, cases_visible_to
from mainstay.protect.queries.lists import MISSING, cases_supervised, narrowed
from mainstay.protect.rules.measures import OPEN

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its code, how many, of how many, and the query of the list behind it, where there is one."""

    code: str
    count: int
    of: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """What one colleague has: open cases, those with a day that has passed, and those with one in the next week."""

    colleague: User
    open_cases: int
    overdue: int
    due_soon: int
    tasks_overdue: int


def own_cases(viewer: User) -> QuerySet[Case]:
    """Return the open cases that a viewer has themself."""
    mine = cases_visible_to(viewer).filter(owner=viewer).exclude(status__in=PUT_AWAY)
    return mine if access.allowed(viewer, "protect.see_own_work") else mine.none()


def own_figures(viewer: User, today: date) -> list[Figure]:
    """Return what waits in a case manager's own cases."""
    mine = own_cases(viewer)
    total = mine.count()
    about = {"case__in": mine}
    list_of = f"owner={viewer.pk}&status=open"
    days = Deadline.objects.filter(**about, done_at=None)
    needs = Need.objects.filter(**about, met_at=None).exclude(referrals__state__in=["sent", "seen", "accepted", "done"])
    referrals = Referral.objects.filter(**about, state__in=["sent", "seen"])
    return [
        Figure("overdue", _cases(days.filter(due_date__lt=today)), total, f"{list_of}&due=overdue"),
        Figure("this_week", _cases(days.filter(due_date__range=(today, today + WEEK))), total, f"{list_of}&due=7"),
        Figure("without_place", _cases(needs), total, f"{list_of}&needs=no_place"),
        Figure("unanswered", referrals.count(), Referral.objects.filter(**about).count()),
        Figure("asked", OwnRequest.objects.filter(**about, state=RequestState.OPEN).count(), total),
        Figure("measures", Measure.objects.filter(**about, state__in=OPEN).count(), total),
        Figure("tasks", CaseTask.objects.filter(**about, owner=viewer, done_at=None).count(), total),
    ]


def team_figures(viewer: User, today: date) -> list[Figure]:
    """Return what is missing in the open cases of a supervisor's agency: coded facts alone."""
    rows = cases_supervised(viewer).exclude(status__in=PUT_AWAY)
    total = rows.count()
    overdue = Deadline.objects.filter(case__in=rows, done_at=None, due_date__lt=today)
    missing = [
        Figure(
            f"no_{name}", narrowed(rows, {"without": name}, today=today).count(), total, f"status=open&without={name}"
        )
        for name in MISSING
    ]
    return [Figure("overdue", _cases(overdue), total, "status=open&due=overdue"), *missing]


def flags_by_kind(viewer: User, today: date) -> dict[str, int]:
    """Return how many open cases of a supervisor's agency carry a flag, by kind."""
    rows = cases_supervised(viewer).exclude(status__in=PUT_AWAY)
    standing = CaseFlag.objects.filter(Q(until=None) | Q(until__gte=today), case__in=rows, ended_at=None)
    return dict(standing.order_by().values_list("kind").annotate(count=Count("case", distinct=True)))


def workload(viewer: User, today: date) -> list[Workload]:
    """Return what each colleague of a supervisor's agency has, the fullest first; in four queries, however many."""
    rows = cases_supervised(viewer).exclude(status__in=PUT_AWAY)
    days = Deadline.objects.filter(case__in=rows, done_at=None)
    open_cases = _by_owner(rows, "owner")
    overdue = _by_owner(days.filter(due_date__lt=today), "case__owner", "case")
    soon = _by_owner(days.filter(due_date__range=(today, today + WEEK)), "case__owner", "case")
    tasks = _by_owner(CaseTask.objects.filter(case__in=rows, done_at=None, due_date__lt=today), "owner")
    people = User.objects.filter(agency=viewer.agency_id).filter(
        Q(role=Role.CASE_MANAGER, is_active=True) | Q(pk__in=open_cases)
    )
    found = [
        Workload(one, open_cases.get(one.pk, 0), overdue.get(one.pk, 0), soon.get(one.pk, 0), tasks.get(one.pk, 0))
        for one in people
    ]
    return sorted(found, key=lambda each: (-each.open_cases, each.colleague.name))


def _by_owner(rows: QuerySet[Any], owner: str, counted: str = "pk") -> dict[Any, int]:
    return dict(rows.order_by().values_list(owner).annotate(count=Count(counted, distinct=True)))


def _cases(rows: QuerySet[Any]) -> int:
    return rows.order_by().values("case").distinct().count()
