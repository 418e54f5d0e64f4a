"""The page of entities and links."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from mainstay.accounts.requests import SignedInRequest
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.network import queries
from mainstay.network.engine.layout import arrange
from mainstay.ui.paging import CappedPaginator

TIE_WORDS = {"holds": _("holds"), "collects on": _("collects on")}
SCHEMA_WORDS = (_("BankAccount"), _("Company"), _("Organization"), _("Person"))  # for the catalogue


@access.guarded("network.read")
def entities(request: SignedInRequest) -> HttpResponse:
    """Show entities, filtered by schema or by an equal account, phone or name."""
    rows = queries.entities_visible_to(request.user)
    if schema := request.GET.get("schema", ""):
        rows = rows.filter(schema=schema)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    known = [queries.opened(entity) for entity in page]
    ties = queries.ties_among(page)
    audit.record_read(request.user, "network.entities_read", ("network.entity", "list"), purpose=Purpose.INVESTIGATION)
    captions = {entity.id: entity.caption for entity in known}
    lines = [(captions[tie.left], TIE_WORDS.get(tie.role, tie.role), captions[tie.right], tie.inferred) for tie in ties]
    context = {"page": page, "known": known, "lines": lines, "chart": arrange(known, ties), "schema": schema}
    return render(request, "network/entities.html", context)


@access.guarded("network.read")
def entity(request: SignedInRequest, pk: str) -> HttpResponse:
    """Show one entity with all that is tied to it."""
    row = get_object_or_404(queries.entities_visible_to(request.user), pk=pk)
    around = queries.neighbours(row, request.user)
    known = [queries.opened(each) for each in around]
    audit.record_read(request.user, "network.entity_read", row, purpose=Purpose.INVESTIGATION)
    ties = queries.ties_among(around)
    context = {"entity": known[0], "others": known[1:], "chart": arrange(known, ties)}
    return render(request, "network/entity.html", context)
