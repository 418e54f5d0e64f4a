"""Pages of legal grounds that stand in for consent, and of notices to who received something before."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect import queries
from mainstay.protect.forms.grounds import GroundAnswerForm, GroundForm
from mainstay.protect.models import NoticeAnswer
from mainstay.protect.queries import shares
from mainstay.protect.rules.legal_grounds import SOURCES
from mainstay.protect.services import grounds, taken_back
from mainstay.protect.types import Category, GroundKind, SharePurpose
from mainstay.protect.views.consents import ground_line
from mainstay.protect.views.person import case_or_404, people_crumbs, today
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def ask(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Ask a supervisor to approve a legal ground."""
    row = case_or_404(request, pk)
    recipients = queries.recipients_for(request.user)
    form = GroundForm(request.POST or None, recipients=recipients, today=today(), initial={"until": today()})
    if request.method == "POST" and form.is_valid():
        try:
            grounds.ask_for_ground(row, _draft(form.cleaned_data), actor=request.user, today=today(), now=clock.now())
            return redirect("protect:sharing", pk=row.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
    note = _("Consent comes first. A supervisor answers in their own name; until then nothing leaves.")
    heading = _("Ask for a legal ground")
    context = {"form": form, "heading": heading, "button": _("Ask a supervisor"), "note": note}
    return render(request, "protect/form.html", {**context, "breadcrumbs": people_crumbs(row, heading)})


@access.guarded("protect.change_case")
@require_POST
def end(request: SignedInRequest, pk: Any, ground_pk: Any) -> HttpResponse:
    """End a legal ground before its day."""
    row = case_or_404(request, pk)
    ground = get_object_or_404(row.grounds, pk=ground_pk)
    grounds.end_ground(ground, actor=request.user, today=today(), now=clock.now())
    return redirect("protect:sharing", pk=row.pk)


@access.guarded("protect.approve_ground")
@require_GET
def ground_list(request: SignedInRequest) -> HttpResponse:
    """List legal grounds that wait for a supervisor, or that were answered."""
    answered = request.GET.get("state") == "answered"
    rows = shares.grounds_visible_to(request.user).filter(is_approved__isnull=not answered)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "protect/grounds.html", {"page": page, "state": "answered" if answered else ""})


@access.guarded("protect.approve_ground")
@require_http_methods(["GET", "POST"])
@sent_once
def ground(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show why a legal ground is asked for, and take the answer."""
    row = get_object_or_404(shares.grounds_visible_to(request.user), pk=pk)
    form = GroundAnswerForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        approved, answer = form.cleaned_data["approved"], form.cleaned_data["answer"]
        try:
            grounds.answer_ground(
                row, approved=approved, answer=answer, actor=request.user, today=today(), now=clock.now()
            )
            return redirect("protect:grounds")
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    context = {
        "ground": row,
        "line": ground_line(row, queries.agencies_by_key()),
        "why": grounds.read_ground(row, actor=request.user),
        "source": SOURCES[GroundKind(row.kind)],
        "form": form,
        "breadcrumbs": [Crumb(_("Legal grounds"), reverse("protect:grounds")), Crumb(row.case.reference)],
    }
    return render(request, "protect/ground.html", context, status=status)


@access.guarded("protect.answer_notice")
@require_GET
def taken_back_list(request: SignedInRequest) -> HttpResponse:
    """List what was taken back from this agency; showing it is noted as seen."""
    page = CappedPaginator(shares.taken_back_from(request.user), 50).get_page(request.GET.get("page"))
    taken_back.see_notices([row for row in page if row.seen_at is None], actor=request.user, now=clock.now())
    lines = [{"notice": n, "fields": ", ".join(queries.field_label(f) for f in n.share.fields)} for n in page]
    return render(request, "protect/taken_back.html", {"page": page, "lines": lines, "answers": NoticeAnswer.choices})


@access.guarded("protect.answer_notice")
@require_POST
@sent_once
def answer_notice(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Say what this agency did with what it had received."""
    row = get_object_or_404(shares.taken_back_from(request.user), pk=pk)
    answer = request.POST.get("answer", "")
    if answer in NoticeAnswer.values:
        taken_back.answer_notice(row, NoticeAnswer(answer), actor=request.user, now=clock.now())
    return redirect("protect:taken_back")


def _draft(data: dict[str, Any]) -> grounds.GroundDraft:
    return grounds.GroundDraft(
        kind=GroundKind(data["kind"]),
        categories=frozenset(Category(c) for c in data["categories"]),
        recipient=data["recipient"],
        purpose=SharePurpose(data["purpose"]),
        until=data["until"],
        why=data["why"],
    )
