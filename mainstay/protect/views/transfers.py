"""Pages of transfers to another agency, and of conferences as those see them who took part."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.access import Role
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.forms.assistance import TransferForm
from mainstay.protect.forms.referrals import AnswerForm
from mainstay.protect.models import ConferencePart, Transfer, TransferState
from mainstay.protect.queries import plan_lines
from mainstay.protect.queries import transfers as queries
from mainstay.protect.services import teamwork, transfers
from mainstay.protect.views.person import case_or_404, people_crumbs, today
from mainstay.protect.views.referrals import said
from mainstay.protect.views.safety import contact_shown
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb


@access.guarded("protect.share")
@require_http_methods(["GET", "POST"])
@sent_once
def ask(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Choose an agency for a whole case, see what would move, and ask."""
    case = case_or_404(request, pk)
    agencies = accounts.agencies_with(Role.CASE_MANAGER).exclude(pk=case.agency_id)
    form = TransferForm(request.POST or None, agencies=agencies)
    plan, status = None, 200
    if request.method == "POST" and form.is_valid():
        agency, note = form.cleaned_data["agency"], form.cleaned_data["note"]
        plan = plan_lines(queries.plan_of_move(case, agency, today=today()))
        if request.POST.get("go") == "send":
            try:
                transfers.ask_to_take_over(case, agency, note, actor=request.user, today=today(), now=clock.now())
                return redirect("protect:assistance", pk=case.pk)
            except RefusalError as error:
                form.add_error(None, str(error))
                status = error.status
    context = {"form": form, "case": case, "plan": plan, "breadcrumbs": people_crumbs(case, _("Transfer"))}
    return render(request, "protect/transfer_ask.html", context, status=status)


@access.guarded("protect.share")
@require_POST
def take_back(request: SignedInRequest, pk: Any, transfer_pk: Any) -> HttpResponse:
    """Take an unanswered transfer back."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.transfers, pk=transfer_pk)
    transfers.take_back(row, actor=request.user, now=clock.now())
    return redirect("protect:assistance", pk=case.pk)


@access.guarded("protect.answer_transfer")
@require_GET
def transfer_list(request: SignedInRequest) -> HttpResponse:
    """List the whole cases that other agencies ask this one to take over."""
    rows = queries.transfers_to(request.user)
    state = request.GET.get("state", "")
    if state in TransferState.values:
        rows = rows.filter(state=state)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    context = {"page": page, "states": TransferState.choices, "state": state}
    return render(request, "protect/transfers.html", context)


@access.guarded("protect.answer_transfer")
@require_http_methods(["GET", "POST"])
@sent_once
def transfer(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what may be seen before a transfer is answered, and take the answer."""
    row: Transfer = get_object_or_404(queries.transfers_to(request.user), pk=pk)
    form = AnswerForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        accepted = form.cleaned_data["accepted"] == "yes"
        try:
            transfers.answer_transfer(
                row,
                accepted=accepted,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                today=today(),
                now=clock.now(),
            )
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
        else:
            return redirect("protect:case", pk=row.case_id) if accepted else redirect("protect:transfers")
    values, note = transfers.read_transfer(row, actor=request.user, today=today())
    labels = {f.name: f.label for f in row.case.fields_to_share()}
    context = {
        "transfer": row,
        "values": [(labels[name], said(name, value)) for name, value in values.items()],
        "note": note,
        "contact": contact_shown(row.case) if "phone" in values else None,
        "form": form if row.state == TransferState.SENT else None,
        "breadcrumbs": [Crumb(_("Transfers"), reverse("protect:transfers")), Crumb(row.agency.name)],
    }
    return render(request, "protect/transfer.html", context, status=status)


@access.guarded("protect.read_conference")
@require_GET
def conference_list(request: SignedInRequest) -> HttpResponse:
    """List the conferences in which this agency took part."""
    page = CappedPaginator(queries.conferences_with(request.user), 50).get_page(request.GET.get("page"))
    return render(request, "protect/conferences.html", {"page": page})


@access.guarded("protect.read_conference")
@require_GET
def conference(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what a conference agreed, while consent lets this agency see it."""
    part: ConferencePart = get_object_or_404(queries.conferences_with(request.user), pk=pk)
    agreed = teamwork.read_conference(part, actor=request.user, today=today())
    crumbs = [Crumb(_("Conferences"), reverse("protect:conferences")), Crumb(_("What was agreed"))]
    return render(request, "protect/conference.html", {"part": part, "agreed": agreed, "breadcrumbs": crumbs})
