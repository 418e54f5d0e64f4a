"""What every page about a person shares."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import clock
from mainstay.protect import queries
from mainstay.protect.models import Case
from mainstay.protect.types import SharePlan
from mainstay.ui.types import Crumb


def today() -> date:
    """Return the day at the node's place."""
    return clock.today()


def case_or_404(request: SignedInRequest, pk: Any) -> Case:
    """Return a case that the signed-in person reaches."""
    rows = queries.cases_visible_to(request.user).select_related("agency", "owner")
    return get_object_or_404(rows, pk=pk)


def people_crumbs(case: Case | None = None, here: str = "") -> list[Crumb]:
    """Return the way to a page about people."""
    trail = [Crumb(_("People"), reverse("protect:list"))]
    if case is not None:
        trail.append(Crumb(case.reference, reverse("protect:case", args=[case.pk]) if here else ""))
    if here:
        trail.append(Crumb(here))
    return trail


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of a share: the field, whether it leaves, and why."""

    label: str
    shared: bool
    because: str


def plan_lines(plan: SharePlan) -> list[PlanLine]:
    """Return what would leave and what stays, field by field, with the reason."""
    return [PlanLine(d.field.label, d.shared, queries.explain(d)) for d in plan.decisions]
