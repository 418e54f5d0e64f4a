"""The API of monitor: released figures only."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access
from mainstay.monitor import queries

router = Router()


class TableOut(Schema):
    """A released table: each cell is its values and its count, null where withheld."""

    id: UUID
    title: str
    columns: list[str]
    cells: list[Any]
    total: int | None
    k: int
    released_at: datetime


@router.get("/figures", response=list[TableOut], summary="Released tables, 50 a page")
@access.guarded("monitor.read_figures")
def list_figures(request: SignedInRequest, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Any:
    """Return a page of released tables."""
    return list(queries.tables_visible_to(request.user)[(page - 1) * 50 : page * 50])
