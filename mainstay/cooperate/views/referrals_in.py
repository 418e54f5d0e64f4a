"""Pages of what other nodes refer here."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.cooperate import forms, queries
from mainstay.cooperate.models import NodeReferral, ReferralStep
from mainstay.cooperate.rules.referrals import WAITS
from mainstay.cooperate.services import exchange, referrals_in
from mainstay.cooperate.types import News, Step
from mainstay.core import access, clock
from mainstay.core.access import Role
from mainstay.core.errors import RefusalError
from mainstay.protect import queries as protect
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb


@access.guarded("cooperate.take_referral")
@require_GET
def received_list(request: SignedInRequest) -> HttpResponse:
    """List what other nodes referred here: what nobody opened yet, and what this agency took."""
    rows = queries.referrals_received(request.user)
    step = request.GET.get("step", "")
    if step in ReferralStep.values:
        rows = rows.filter(step=step)
    context = {
        "page": CappedPaginator(rows, 50).get_page(request.GET.get("page")),
        "steps_to_choose": [(value, words) for value, words in ReferralStep.choices if value != Step.CANCELLED],
        "step": step,
    }
    return render(request, "cooperate/referrals_received.html", context)


@access.guarded("cooperate.take_referral")
@require_POST
def take(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open a referral for one's own agency; the other node is told that it was seen."""
    row: NodeReferral = get_object_or_404(queries.referrals_received(request.user), pk=pk)
    exchange.carry(referrals_in.take_for_agency(row, actor=request.user, today=clock.today(), now=clock.now()))
    return redirect("cooperate:received", pk=row.pk)


@access.guarded("cooperate.answer_referral")
@require_http_methods(["GET", "POST"])
def received(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what came with a referral, and take the answer to it, or what came of it."""
    row: NodeReferral = get_object_or_404(queries.referrals_taken(request.user), pk=pk)
    answers = row.step == Step.SEEN
    form = forms.ReferralAnswerForm(request.POST or None) if answers else None
    outcome = forms.ReferralOutcomeForm(request.POST or None) if row.step == Step.ACCEPTED and row.case_id else None
    status = 200
    for bound, act in ((form, _answer), (outcome, _finish)):
        if bound is None or not bound.is_bound:
            continue
        status = 422
        if bound.is_valid():
            try:
                act(request, row, bound.cleaned_data)
                return redirect("cooperate:received", pk=row.pk)
            except RefusalError as error:
                bound.add_error(None, str(error))
                status = error.status
    opened = referrals_in.read_referral(row, actor=request.user, now=clock.now())
    agencies = accounts.agencies_with(Role.CASE_MANAGER).exclude(pk=request.user.agency_id)
    context = {
        "row": row,
        "message": opened["message"],
        "reason": opened["reason"],
        "call_warning": opened["warning"],
        "shared": list(opened["shared"].items()),
        "form": form,
        "outcome": outcome,
        "to_pass": forms.PassForm(agencies=agencies) if row.step in WAITS and agencies.exists() else None,
        "waits_for_file": row.is_whole and row.step == Step.ACCEPTED and row.file_at is None,
        "may_open_file": row.file_at is not None and row.case_id is None and row.recalled_at is None,
        "case": protect.cases_visible_to(request.user).filter(pk=row.case_id).first() if row.case_id else None,
        "breadcrumbs": [Crumb(_("From other nodes"), reverse("cooperate:received_list")), Crumb(row.reference)],
    }
    return render(request, "cooperate/referral_received.html", context, status=status)


@access.guarded("cooperate.answer_referral")
@require_POST
def pass_on(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Give a referral to another agency of this node."""
    row: NodeReferral = get_object_or_404(queries.referrals_taken(request.user), pk=pk)
    form = forms.PassForm(request.POST, agencies=accounts.agencies_with(Role.CASE_MANAGER))
    if not form.is_valid():
        return redirect("cooperate:received", pk=row.pk)
    referrals_in.pass_to(row, form.cleaned_data["agency"], actor=request.user)
    return redirect("cooperate:received_list")


@access.guarded("cooperate.answer_referral")
@require_POST
def open_file(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open the case of a file that waits."""
    row: NodeReferral = get_object_or_404(queries.referrals_taken(request.user), pk=pk)
    opened = referrals_in.open_waiting_file(row, actor=request.user, today=clock.today(), now=clock.now())
    return redirect("protect:case", pk=opened.case_id)


@access.guarded("cooperate.answer_referral")
@require_POST
def answer_recall(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Say what was done with what came and is recalled."""
    row: NodeReferral = get_object_or_404(queries.referrals_taken(request.user), pk=pk)
    answer = News.KEPT if request.POST.get("answer") == "kept" else News.DELETED
    stored = referrals_in.answer_recall(row, answer, actor=request.user, today=clock.today(), now=clock.now())
    exchange.carry(stored)
    return redirect("cooperate:received", pk=row.pk)


def _answer(request: SignedInRequest, row: NodeReferral, data: dict[str, Any]) -> None:
    today, now = clock.today(), clock.now()
    if data["accepted"] == "yes":
        stored = referrals_in.accept(row, actor=request.user, today=today, now=now)
    else:
        stored = referrals_in.decline(row, data["reason"], actor=request.user, today=today, now=now)
    exchange.carry(stored)


def _finish(request: SignedInRequest, row: NodeReferral, data: dict[str, Any]) -> None:
    stored = referrals_in.finish(row, data["outcome"], actor=request.user, today=clock.today(), now=clock.now())
    exchange.carry(stored)
