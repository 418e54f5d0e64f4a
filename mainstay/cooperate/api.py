"""The API of cooperate."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema

from mainstay.accounts.requests import SignedInRequest
from mainstay.cooperate import queries
from mainstay.core import access

router = Router()


class RequestOut(Schema):
    """A request by what is not sealed."""

    id: UUID
    reference: str
    direction: str
    state: str
    peer: str
    treaty_basis: str
    assistance_type: str
    made_at: datetime


@router.get("/requests", response=list[RequestOut], summary="Requests for assistance, 50 a page")
@access.guarded("cooperate.read_request")
def list_requests(request: SignedInRequest, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Any:
    """Return a page of requests, without what they say."""
    rows = queries.requests_visible_to(request.user)[(page - 1) * 50 : page * 50]
    return [
        {**{f: getattr(row, f) for f in RequestOut.model_fields if f != "peer"}, "peer": row.peer.name} for row in rows
    ]
