"""Pages of who is shut out of a case."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.forms.people import ReasonForm
from mainstay.protect.forms.safety import FindCaseForm, OwnTieForm, TieForm
from mainstay.protect.queries import ties as reading
from mainstay.protect.services import ties
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb


@access.guarded("protect.shut_out")
@require_http_methods(["GET", "POST"])
def tie_list(request: SignedInRequest) -> HttpResponse:
    """List who is shut out of which case of the agency; a reference that is posted leads to its page."""
    form = FindCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reference = form.cleaned_data["reference"].strip()
        found = reading.cases_to_guard(request.user).filter(reference__iexact=reference).first()
        if found is not None:
            return redirect("protect:ties", pk=found.pk)
        form.add_error("reference", _("There is no case with this reference, or none of your agency."))
    rows = reading.ties_visible_to(request.user)
    page = CappedPaginator(rows, 50).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "breadcrumbs": [Crumb(_("Who is shut out"))]}
    return render(request, "protect/tie_list.html", context, status=200 if not form.errors else 422)


@access.guarded("protect.shut_out")
@require_http_methods(["GET", "POST"])
@sent_once
def of_case(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show who is shut out of a case and why, opened and noted; shut somebody out."""
    case = get_object_or_404(reading.cases_to_guard(request.user), pk=pk)
    form = TieForm(request.POST or None, people=reading.colleagues_around(case))
    status = 200
    if request.method == "POST" and form.is_valid():
        colleague, reason = form.cleaned_data["colleague"], form.cleaned_data["reason"]
        try:
            ties.shut_out(case, colleague, reason, actor=request.user, now=clock.now())
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
        else:
            messages.success(request, _("Nothing of this case is there for them any more."))
            return redirect("today" if colleague == request.user else request.path)
    lines = ties.read_ties(case, actor=request.user)
    crumbs = [Crumb(_("Who is shut out"), reverse("protect:tie_list")), Crumb(case.reference)]
    context = {"case": case, "form": form, "lines": lines, "breadcrumbs": crumbs}
    return render(request, "protect/ties.html", context, status=status)


@access.guarded("protect.shut_out")
@require_http_methods(["GET", "POST"])
def let_in(request: SignedInRequest, pk: Any, tie_pk: Any) -> HttpResponse:
    """End a tie with a reason."""
    case = get_object_or_404(reading.cases_to_guard(request.user), pk=pk)
    tie = get_object_or_404(case.ties.filter(ended_at=None).select_related("colleague"), pk=tie_pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ties.let_in_again(tie, form.cleaned_data["reason"], actor=request.user, now=clock.now())
        return redirect("protect:ties", pk=case.pk)
    heading = _("Let %(name)s look again") % {"name": tie.colleague.name}
    note = _("What their role reaches of this case is there for them again, from this minute.")
    crumbs = [Crumb(_("Who is shut out"), reverse("protect:tie_list")), Crumb(heading)]
    context = {"form": form, "heading": heading, "button": _("Let them look again"), "note": note}
    return render(request, "protect/form.html", {**context, "breadcrumbs": crumbs})


@access.guarded("protect.declare_tie")
@require_http_methods(["GET", "POST"])
@sent_once
def declare(request: SignedInRequest, pk: Any = None) -> HttpResponse:
    """Say that one is tied to a person oneself: of a case, procedure or referral at hand, or by its reference."""
    at_hand = reading.record_at_hand(pk, request.user) if pk is not None else None
    form = ReasonForm(request.POST or None) if at_hand is not None else OwnTieForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        record = at_hand
        if record is None:
            record = reading.case_of_reference(form.cleaned_data["reference"])
        ties.declare_tie(record, form.cleaned_data["reason"], actor=request.user, now=clock.now())
        messages.success(request, _("Noted. Nothing of this person is there for you any more."))
        return redirect("today")
    note = _(
        "A relative, a neighbour, a creditor, a friend of who exploited them: say so, and a colleague goes on. "
        "From this minute you find nothing of this person here. Only a colleague can let you look again."
    )
    heading = _("You are tied to this person")
    context = {"form": form, "heading": heading, "button": _("Shut me out"), "note": note}
    return render(request, "protect/form.html", {**context, "breadcrumbs": [Crumb(heading)]})
