"""The list of people: what narrows it and in which order it stands, all in the database."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Length

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.access import Role
from mainstay.protect.models import (
    Case,
    CaseFlag,
    CasePlan,
    Consent,
    Deadline,
    Need,
    RiskAssessment,
    SavedFilter,
    Status,
)
from mainstay.protect.queries.cases import PUT_AWAY
from mainstay.protect.queries.retention import not_held
from mainstay.protect.types import Names

FILTERS = ("status", "age", "form", "owner", "flag", "needs", "due", "ending", "without", "since", "sort")
SORTS = {
    "newest": ("-opened_at",),
    "oldest": ("opened_at",),
    "due": (F("next_day").asc(nulls_last=True), "-opened_at"),
    "owner": ("owner__name", "-opened_at"),
    "reference": (Length("reference"), "reference"),
}
SOON_DAYS = 14
ENDING_KINDS = ("reflection_period", "permit_expiry")
MISSING = {"plan": CasePlan, "consent": Consent, "risk": RiskAssessment}


def narrowed(rows: QuerySet[Case], wanted: Mapping[str, Any], *, today: date) -> QuerySet[Case]:
    """Return the cases that a list's filters ask for, in the order they ask for; what is not set narrows nothing."""
    if status := wanted.get("status"):
        rows = rows.exclude(status__in=PUT_AWAY) if status == "open" else rows.filter(status=status)
    if age := wanted.get("age"):
        rows = rows.filter(age_group=age)
    if form := wanted.get("form"):
        rows = rows.annotate(forms_text=Cast("forms", TextField())).filter(forms_text__contains=f'"{form}"')
    if owner := wanted.get("owner"):
        rows = rows.filter(owner_id=owner)
    if since := wanted.get("since"):
        rows = rows.filter(identified_date__gte=since)
    if flag := wanted.get("flag"):
        rows = rows.filter(Exists(standing_flags(today).filter(case=OuterRef("pk"), kind=flag)))
    if needs := wanted.get("needs"):
        open_needs = Need.objects.filter(case=OuterRef("pk"), met_at=None)
        if needs == "no_place":
            open_needs = open_needs.exclude(referrals__state__in=["sent", "seen", "accepted", "done"])
        rows = rows.filter(Exists(open_needs))
    if due := wanted.get("due"):
        rows = rows.filter(Exists(_days_due(due, today).filter(case=OuterRef("pk"))))
    if wanted.get("ending"):
        rows = rows.filter(pk__in=_ending_by(today, today + timedelta(days=SOON_DAYS)))
    if without := wanted.get("without"):
        rows = rows.exclude(Exists(_kept(without, today).filter(case=OuterRef("pk"))))
    return _sorted(rows, wanted.get("sort") or "newest")


def _sorted(rows: QuerySet[Case], sort: str) -> QuerySet[Case]:
    if sort == "due":
        nearest = Deadline.objects.filter(case=OuterRef("pk"), done_at=None).order_by("due_date").values("due_date")
        rows = rows.annotate(next_day=Subquery(nearest[:1]))
    return rows.order_by(*SORTS[sort])


def standing_flags(today: date, of: Case | None = None) -> QuerySet[CaseFlag]:
    """Return the flags that stand on a day, of one case or of all."""
    rows = CaseFlag.objects.all() if of is None else of.flags.all()
    return rows.filter(Q(until=None) | Q(until__gte=today), ended_at=None)


def _days_due(due: str, today: date) -> QuerySet[Deadline]:
    rows = Deadline.objects.filter(done_at=None)
    if due == "overdue":
        return rows.filter(due_date__lt=today)
    return rows.filter(due_date__gte=today, due_date__lte=today + timedelta(days=int(due)))


def _ending_by(today: date, last: date) -> QuerySet[Any, Any]:
    """Return the cases of which something that protects the person ends within some days, each out of its own index.

    A reflection period or permit, a consent in force, or the time for which a closed file is kept.
    """
    within = (today, last)
    days = Deadline.objects.filter(kind__in=ENDING_KINDS, done_at=None, due_date__range=within)
    consents = Consent.objects.filter(withdrawn_on=None, until__range=within)
    kept = not_held(Case.objects.filter(status=Status.CLOSED, keep_until__range=within), today)
    return days.order_by().values("case").union(consents.order_by().values("case"), kept.order_by().values("pk"))


def _kept(without: str, today: date) -> QuerySet[Any]:
    rows: QuerySet[Any] = MISSING[without]._default_manager.all()
    if without != "consent":
        return rows
    return rows.filter(Q(until=None) | Q(until__gte=today), withdrawn_on=None)


def as_lines(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Return the cases with what a line of the list shows and no more: what is sealed stays in the database."""
    shown = ("reference", "agency", "status", "sex", "age_group", "identified_date", "owner__name")
    return rows.select_related("owner").only(*shown)


def next_days(case_ids: list[Any]) -> dict[Any, date]:
    """Return the nearest open day of each case, in one query."""
    rows = Deadline.objects.filter(case__in=case_ids, done_at=None).values_list("case").annotate(day=Min("due_date"))
    return dict(rows)


def flags_of(case_ids: list[Any], *, today: date) -> dict[Any, list[CaseFlag]]:
    """Return the flags that stand, by case, in one query."""
    found: dict[Any, list[CaseFlag]] = {}
    for flag in standing_flags(today).filter(case__in=case_ids):
        found.setdefault(flag.case_id, []).append(flag)
    return found


def colleagues(viewer: User) -> QuerySet[User]:
    """Return the case managers of a viewer's agency who may have a case."""
    return User.objects.filter(agency=viewer.agency_id, role=Role.CASE_MANAGER, is_active=True).order_by("name")


def colleague_names(viewer: User) -> Names:
    """Return who is among the colleagues, by id and name."""
    return tuple(colleagues(viewer).values_list("pk", "name"))


def saved_filters_for(viewer: User) -> QuerySet[SavedFilter]:
    """Return a viewer's own saved filters and those that colleagues share."""
    mine_or_shared = Q(owner=viewer) | Q(agency=viewer.agency_id, is_shared=True)
    return SavedFilter.objects.filter(mine_or_shared).select_related("owner").order_by("name")


def cases_supervised(viewer: User) -> QuerySet[Case]:
    """Return the cases of a supervisor's agency, of which they see coded facts only."""
    return access.narrow(Case.objects.exclude(status=Status.ERASED), viewer, "protect.supervise")
