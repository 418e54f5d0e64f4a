"""The API of the network."""

from typing import Annotated, Any

from ninja import Query, Router

from mainstay.accounts.requests import SignedInRequest
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.network import queries

router = Router()


@router.get("/entities", response=list[dict[str, Any]], summary="FollowTheMoney entities, 50 a page")
@access.guarded("network.read")
def list_entities(request: SignedInRequest, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> list[dict[str, Any]]:
    """Return a page of entities as FollowTheMoney documents."""
    rows = queries.entities_visible_to(request.user)[(page - 1) * 50 : page * 50]
    audit.record_read(request.user, "network.entities_read", ("network.entity", "list"), purpose=Purpose.INVESTIGATION)
    return [queries.opened(entity).as_ftm() for entity in rows]
