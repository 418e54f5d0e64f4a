"""The page of the audit chain."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mainstay.audit import queries
from mainstay.core import access
from mainstay.core.access import Viewer
from mainstay.ui.paging import CappedPaginator


@access.guarded("audit.read")
def entries(request: HttpRequest) -> HttpResponse:
    """Show the chain, newest first, filtered by action."""
    rows = queries.entries_visible_to(cast(Viewer, request.user))
    if action := request.GET.get("action", "").strip():
        rows = rows.filter(action__startswith=action)
    context = {"page": CappedPaginator(rows, 50).get_page(request.GET.get("page")), "action": action}
    return render(request, "audit/entries.html", context)
