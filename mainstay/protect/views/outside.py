"""Pages of access for somebody outside: giving and ending it, and the one page that they read."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.protect import queries
from mainstay.protect.forms.outside import OutsideCodeForm, OutsideForm
from mainstay.protect.services import outside
from mainstay.protect.types import SharePlan
from mainstay.protect.views.person import case_or_404, person_page, today
from mainstay.protect.views.referrals import said


@access.guarded("protect.let_outside_in")
@require_http_methods(["GET", "POST"])
def accesses(request: SignedInRequest, pk: Any) -> HttpResponse:
    """List who outside was let in, and let somebody in; link and code are shown this once."""
    row = case_or_404(request, pk)
    form = OutsideForm(request.POST or None)
    key, link, status = None, "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                key = outside.let_in(row, form.guest(), actor=request.user, today=today(), now=clock.now())
                form, status = OutsideForm(), 200
                link = request.build_absolute_uri(f"/outside/{key.token}/")
            except RefusalError as error:
                form.add_error(None, str(error))
                status = error.status
    context = {
        "form": form, "key": key, "link": link, "rows": row.outside_accesses.select_related("given_by"),
        "today": today(),
    }  # fmt: skip
    return person_page(request, "protect/outside.html", row, "protect:outside", context, status=status)


@access.guarded("protect.let_outside_in")
@require_POST
def end(request: SignedInRequest, pk: Any, access_pk: Any) -> HttpResponse:
    """End an access at once."""
    row = case_or_404(request, pk)
    outside.end(
        get_object_or_404(row.outside_accesses, pk=access_pk), actor=request.user, today=today(), now=clock.now()
    )
    return redirect("protect:outside", pk=row.pk)


@access.open_to_all("who holds link and code of an access reads one page; wrong codes are counted and end it")
@require_http_methods(["GET", "POST"])
def read(request: HttpRequest, token: str) -> HttpResponse:
    """Ask an outsider for their code, and show what consent lets them read today; each time anew."""
    form = OutsideCodeForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if form.is_valid():
        found = outside.read(token, form.cleaned_data["code"], today=today(), now=clock.now())
        if found is None:
            form.add_error("code", _("This link and code open nothing now. Ask who gave them to you."))
            status = 403
        else:
            context |= {"is_open": True, "lines": _lines(*found)}
    response = render(request, "protect/outside_read.html", context, status=status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _lines(plan: SharePlan, values: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What is shown and what is not, by field: label, value, and why not."""
    return [
        (
            decision.field.label,
            said(decision.field.name, values[decision.field.name]) if decision.field.name in values else "",
            "" if decision.shared else queries.explain(decision),
        )
        for decision in plan.decisions
    ]
