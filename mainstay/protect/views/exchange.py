"""Pages of exports and imports of many cases."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import BadInputError, RefusalError
from mainstay.core.once import sent_once
from mainstay.core.uploads import InMemoryOnly
from mainstay.protect import queries
from mainstay.protect.forms.consents import PURPOSE_WORDS
from mainstay.protect.forms.exchange import CaseFileForm, ExportForm, PassphraseForm
from mainstay.protect.forms.lists import ListForm
from mainstay.protect.models import ExportState
from mainstay.protect.queries import lists
from mainstay.protect.queries import many as reading
from mainstay.protect.services import exports, imports
from mainstay.protect.types import SharePurpose
from mainstay.protect.views.person import case_or_404, people_crumbs, today
from mainstay.ui.paging import CappedPaginator


@access.guarded("protect.export")
@require_http_methods(["GET", "POST"])
@sent_once
def export_new(request: SignedInRequest) -> HttpResponse:
    """Ask for a file of the people whom the list's filters leave."""
    form = ExportForm(request.POST or None, recipients=queries.recipients_for(request.user))
    filters = ListForm(request.GET, colleagues=lists.colleague_names(request.user))
    rows = lists.narrowed(reading.cases_to_export(request.user), filters.wanted(), today=today())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            ids = rows.values_list("pk", flat=True)[: exports.MOST_CASES + 1]
            try:
                row = exports.ask_for_export(
                    ids, data["kind"], data["recipient"], SharePurpose(data["purpose"]),
                    actor=request.user, now=clock.now(),
                )  # fmt: skip
                return redirect("protect:export", pk=row.pk)
            except RefusalError as error:
                form.add_error(None, str(error))
                status = error.status
    count = len(rows.order_by().values_list("pk")[: exports.MOST_CASES + 1])
    context = {
        "form": form, "chips": filters.chips(), "count": min(count, exports.MOST_CASES),
        "too_many": count > exports.MOST_CASES, "breadcrumbs": people_crumbs(here=_("Export")),
    }  # fmt: skip
    return render(request, "protect/export_new.html", context, status=status)


@access.guarded("protect.export")
@require_GET
def export_list(request: SignedInRequest) -> HttpResponse:
    """List one's own exports."""
    page = CappedPaginator(reading.exports_of(request.user), 50).get_page(request.GET.get("page"))
    agencies = queries.agencies_by_key()
    lines = [
        (row, queries.recipient_label(row.recipient, agencies), PURPOSE_WORDS[SharePurpose(row.purpose)])
        for row in page
    ]
    context = {"page": page, "lines": lines, "breadcrumbs": people_crumbs(here=_("Exports"))}
    return render(request, "protect/exports.html", context)


@access.guarded("protect.export")
@require_http_methods(["GET", "POST"])
def export(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show how far an export got; with a passphrase, hand the file out: once."""
    row = get_object_or_404(reading.exports_of(request.user), pk=pk)
    form = PassphraseForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                name, sealed = exports.fetch(
                    row, form.cleaned_data["passphrase"], actor=request.user, today=today(), now=clock.now()
                )
            except RefusalError as error:
                form.add_error(None, str(error))
                status = error.status
                row.refresh_from_db()
            else:
                headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
                return HttpResponse(sealed, content_type="application/octet-stream", headers=headers)
    context = {
        "row": row, "form": form, "recipient": queries.recipient_label(row.recipient),
        "purpose": PURPOSE_WORDS[SharePurpose(row.purpose)], "ready": row.state == ExportState.READY,
        "breadcrumbs": people_crumbs(here=_("Export")),
    }  # fmt: skip
    return render(request, "protect/export.html", context, status=status)


@access.guarded("protect.export")
@require_POST
def export_cancel(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Cancel an export."""
    exports.cancel(get_object_or_404(reading.exports_of(request.user), pk=pk), actor=request.user, now=clock.now())
    messages.success(request, _("The export was cancelled; its file is gone."))
    return redirect("protect:exports")


@access.guarded("protect.import")
@require_http_methods(["GET", "POST"])
def import_cases(request: SignedInRequest) -> HttpResponse:
    """Look at a file of cases: what taking it in would do, and every fault; it waits sealed for a yes."""
    if request.method == "POST":
        request.upload_handlers = [InMemoryOnly(request)]
    form = CaseFileForm(request.POST or None, request.FILES or None)
    plan, waiting, status = None, None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            suffix, content = form.cleaned_data["file"]
            dates = form.cleaned_data["dates"]
            plan = imports.look(content, suffix, request.user.agency, actor=request.user, today=today(), dates=dates)
            if plan.new:
                waiting = imports.hold(content, suffix, dates=dates, actor=request.user, now=clock.now())
            status = 422 if plan.faults else 200
    context = {"form": form, "plan": plan, "waiting": waiting, "breadcrumbs": people_crumbs(here=_("Take cases in"))}
    return render(request, "protect/import.html", context, status=status)


@access.guarded("protect.import")
@require_POST
@sent_once
def import_take(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Take a file in that was looked at, or forget it."""
    row = get_object_or_404(reading.waiting_imports_of(request.user), pk=pk)
    if "forget" in request.POST:
        imports.forget_of(request.user, now=clock.now())
        messages.success(request, _("The file was forgotten; no case was opened."))
        return redirect("protect:import")
    try:
        plan = imports.take_held(
            row, keep_good="keep_good" in request.POST, actor=request.user, today=today(), now=clock.now()
        )
    except BadInputError:
        messages.error(request, _("Nothing was taken in: the file has faults."))
        return redirect("protect:import")
    said = ngettext("%(n)d case was opened.", "%(n)d cases were opened.", len(plan.new))
    messages.success(request, said % {"n": len(plan.new)})
    return redirect("protect:list")


@access.guarded("protect.read_identity")
@require_POST
def read_origin(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open what a file said that has no own place here."""
    row = case_or_404(request, pk)
    said = imports.read_origin(row.origin, actor=request.user) if hasattr(row, "origin") else {}
    context = {"case": row, "said": said, "breadcrumbs": people_crumbs(row, _("As the file said"))}
    return render(request, "protect/origin.html", context)
