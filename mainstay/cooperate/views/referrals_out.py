"""Pages of what is referred to other nodes."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.cooperate import forms, queries
from mainstay.cooperate.models import NodeReferral, Peer, ReferralStep
from mainstay.cooperate.rules.referrals import OPEN, WAITS
from mainstay.cooperate.services import exchange, referrals_out
from mainstay.cooperate.services.peers import recipient_of
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.protect import queries as protect
from mainstay.protect.queries import transfers
from mainstay.protect.types import SharePurpose
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb

ANSWER_DAYS = 14
"""How long another node has for its answer, unless somebody says otherwise."""


@access.guarded("cooperate.refer")
@require_http_methods(["GET", "POST"])
def refer(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Choose a node and what is asked, see what would leave, and send."""
    case = get_object_or_404(protect.cases_visible_to(request.user), pk=pk)
    form = forms.ReferForm(
        request.POST or None,
        peers=queries.nodes_to_refer_to(request.user),
        needs=protect.open_needs_of(case),
        services=protect.service_choices(),
        initial={"what": "need", "answer_by": clock.today() + timedelta(days=ANSWER_DAYS)},
    )
    lines, moves, status = None, None, 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        data, is_whole = form.cleaned_data, form.cleaned_data["what"] == "whole"
        if request.POST.get("go") == "send":
            ask = referrals_out.Ask(data["need"], data["answer_by"], data["service"], data["message"], is_whole)
            try:
                row, stored = referrals_out.refer(
                    case, data["peer"], ask, actor=request.user, today=clock.today(), now=clock.now()
                )
                exchange.carry(stored)
                return redirect("cooperate:sent", pk=row.pk)
            except RefusalError as error:
                form.add_error(None, str(error))
                status = error.status
        lines, moves = _would_leave(case, data["peer"], is_whole=is_whole)
    context = {
        "form": form,
        "case": case,
        "plan": lines,
        "moves": moves,
        "stays": transfers.stays_here(case) if moves else [],
        "sent": queries.referrals_of(case.pk, request.user)[:50],
        "breadcrumbs": [
            Crumb(_("People"), reverse("protect:list")),
            Crumb(case.reference, reverse("protect:assistance", args=[case.pk])),
            Crumb(_("Refer to another node")),
        ],
    }
    return render(request, "cooperate/refer.html", context, status=status)


@access.guarded("cooperate.refer")
@require_GET
def sent_list(request: SignedInRequest) -> HttpResponse:
    """List what this agency referred to other nodes, narrowed by where it stands and by node."""
    rows = queries.referrals_sent(request.user)
    step, node = request.GET.get("step", ""), request.GET.get("node", "")
    if step in ReferralStep.values:
        rows = rows.filter(step=step)
    nodes = list(queries.nodes_to_refer_to(request.user).values_list("name", flat=True))
    if node in nodes:
        rows = rows.filter(peer__name=node)
    context = {
        "page": CappedPaginator(rows, 50).get_page(request.GET.get("page")),
        "steps_to_choose": ReferralStep.choices,
        "step": step,
        "nodes": nodes,
        "node": node,
        "breadcrumbs": [Crumb(_("From other nodes"), reverse("cooperate:received_list")), Crumb(_("Sent by us"))],
    }
    return render(request, "cooperate/referrals_sent.html", context)


@access.guarded("cooperate.refer")
@require_http_methods(["GET", "POST"])
def sent(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show how far a referral got; a post opens what was written, and is noted."""
    row: NodeReferral = get_object_or_404(queries.referrals_sent(request.user), pk=pk)
    words = referrals_out.open_sent(row, actor=request.user) if request.method == "POST" else None
    context = {
        "row": row,
        "words": words,
        "may_take_back": row.step in WAITS,
        "is_open": row.step in OPEN,
        "has_case": row.case_id is not None and protect.cases_visible_to(request.user).filter(pk=row.case_id).exists(),
        "breadcrumbs": [Crumb(_("Sent by us"), reverse("cooperate:sent_list")), Crumb(row.reference)],
    }
    return render(request, "cooperate/referral_sent.html", context)


@access.guarded("cooperate.refer")
@require_POST
def take_back(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Take a referral back that nobody answered yet."""
    row: NodeReferral = get_object_or_404(queries.referrals_sent(request.user), pk=pk)
    exchange.carry(referrals_out.take_back(row, actor=request.user, now=clock.now()))
    return redirect("cooperate:sent", pk=row.pk)


def _would_leave(case: Any, peer: Peer, *, is_whole: bool) -> tuple[list[Any], list[Any] | None]:
    """Return what would leave with the question, and for a whole case what would follow after a yes."""
    recipient, today = recipient_of(peer), clock.today()
    plan = protect.plan_for(case, recipient, SharePurpose.ASSISTANCE, today=today)
    if not is_whole:
        return protect.plan_lines(plan), None
    return protect.plan_lines(plan), protect.plan_lines(transfers.plan_of_move_to_node(case, recipient, today=today))
