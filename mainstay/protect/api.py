"""The API of protect: coded facts only; an identity leaves by a share, never by a list."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.protect import queries
from mainstay.protect.services import cases
from mainstay.protect.types import SharePurpose

router = Router()


class CaseOut(Schema):
    """A case by its coded facts."""

    id: UUID
    reference: str
    status: str
    sex: str
    age_group: str
    forms: list[str]
    identified_date: date


class PlanLineOut(Schema):
    """One field of a share: whether it leaves, and why."""

    field: str
    category: str
    shared: bool
    because: str


@router.get("/cases", response=list[CaseOut], summary="Cases by their coded facts, 50 a page")
@access.guarded("protect.read_case")
def list_cases(request: SignedInRequest, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Any:
    """Return a page of cases."""
    return list(queries.cases_visible_to(request.user)[(page - 1) * 50 : page * 50])


@router.get("/cases/{case_id}/plan", response=list[PlanLineOut], summary="What would leave, field by field")
@access.guarded("protect.read_case")
def plan(request: SignedInRequest, case_id: UUID, recipient: str, purpose: SharePurpose) -> Any:
    """Return what would leave a case for a recipient and purpose today, and why the rest stays."""
    case = get_object_or_404(queries.cases_visible_to(request.user), pk=case_id)
    cases.note_read(case, actor=request.user)
    found = queries.plan_for(case, recipient, purpose, today=clock.today())
    return [
        {"field": d.field.name, "category": d.field.category, "shared": d.shared, "because": queries.explain(d)}
        for d in found.decisions
    ]
