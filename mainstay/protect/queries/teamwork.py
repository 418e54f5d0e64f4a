"""Reading tasks, hand-overs and plans to be looked at again."""

from datetime import date

from django.db.models import QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import CasePlan, CaseTask, HandOver, PlanStep
from mainstay.protect.queries.cases import PUT_AWAY


def tasks_of(viewer: User) -> QuerySet[CaseTask]:
    """Return what a viewer has to do for their cases, the nearest day first."""
    rows = CaseTask.objects.filter(owner=viewer, done_at=None).exclude(case__status__in=PUT_AWAY)
    return access.narrow(rows.select_related("case"), viewer, "protect.read_case", agency="case__agency")


def steps_of(viewer: User) -> QuerySet[PlanStep]:
    """Return the steps of plans that a viewer takes, and that have a day."""
    rows = PlanStep.objects.filter(who=viewer, state__in=["todo", "doing"]).exclude(due_date=None)
    rows = rows.exclude(case__status__in=PUT_AWAY).select_related("case")
    return access.narrow(rows, viewer, "protect.read_case", agency="case__agency")


def hand_overs_to_read(viewer: User) -> QuerySet[HandOver]:
    """Return the cases that were handed to a viewer and whose note they did not read yet."""
    rows = HandOver.objects.filter(taker=viewer, read_at=None).select_related("case", "giver")
    return access.narrow(rows, viewer, "protect.read_case", agency="case__agency")


def plans_to_review(viewer: User, until: date) -> QuerySet[CasePlan]:
    """Return the plans of a viewer's own cases that are to be looked at again until a day."""
    rows = CasePlan.objects.filter(review_on__lte=until, case__owner=viewer).exclude(case__status__in=PUT_AWAY)
    rows = rows.select_related("case").order_by("review_on")
    return access.narrow(rows, viewer, "protect.read_case", agency="case__agency")
