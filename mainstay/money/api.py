"""The API of money."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access
from mainstay.money import queries, services

router = Router()


class AlertOut(Schema):
    """An alert by what is not sealed."""

    id: UUID
    alert_id: str
    pattern: str
    score: float
    state: str
    accounts_count: int
    protected_count: int
    start: datetime
    end: datetime


@router.get("/alerts", response=list[AlertOut], summary="Alerts, 50 a page, the highest score first")
@access.guarded("money.read_alert")
def list_alerts(request: SignedInRequest, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Any:
    """Return a page of alerts."""
    return list(queries.alerts_visible_to(request.user)[(page - 1) * 50 : page * 50])


@router.get("/alerts/{alert_id}", response=dict[str, Any], summary="One alert, opened")
@access.guarded("money.read_alert")
def get_alert(request: SignedInRequest, alert_id: UUID) -> Any:
    """Return one alert with its accounts, roles and reasons; the read is noted."""
    row = get_object_or_404(queries.alerts_visible_to(request.user), pk=alert_id)
    return services.read_alert(row, actor=request.user).as_json()
