"""Pages of tips for the agency that receives them: the queue, one tip, what becomes of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.identify.forms.tips import CloseTipForm, MergeTipForm, ReplyForm, TransferTipForm
from mainstay.identify.models.tips import Tip, TipState
from mainstay.identify.queries import tips as reading
from mainstay.identify.services import tips
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb

PAGE_ROWS = 50


@access.guarded("identify.read_tip")
def queue(request: SignedInRequest) -> HttpResponse:
    """List tips, those that wait for an answer first."""
    rows = reading.tips_visible_to(request.user)
    state = request.GET.get("state", "")
    if state in TipState.values:
        rows = rows.filter(state=state)
    page = CappedPaginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "states": TipState.choices, "state": state, "breadcrumbs": [Crumb(_("Tips"))]}
    return render(request, "identify/tips/queue.html", context)


@access.guarded("identify.read_tip")
@require_http_methods(["GET", "POST"])
@sent_once
def tip(request: SignedInRequest, pk: str) -> HttpResponse:
    """Show a tip, opened and noted, and answer it."""
    row = reading.tip(pk, request.user)
    form = ReplyForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            tips.reply(row, form.cleaned_data["text"], actor=request.user, now=clock.now())
        except RefusalError as error:  # closed meanwhile: what was written stays on the page
            refusal = error
            form.add_error(None, str(error))
        else:
            return redirect("identify:tip", row.pk)
    said = tips.open_tip(row, actor=request.user)
    context = {
        "tip": row,
        "said": said,
        "form": form,
        "merged": row.merged.order_by("received_at"),
        "followed": row.state in tips.FOLLOWED,
        "talks": refusal is not None or row.state in tips.TALKS,
        "may_open_case": access.allowed(request.user, "protect.open_case"),
        "breadcrumbs": [Crumb(_("Tips"), reverse("identify:tips")), Crumb(_("Tip"))],
    }
    return render(request, "identify/tips/tip.html", context, status=refusal.status if refusal else 200)


@access.guarded("identify.read_tip")
def photo(request: SignedInRequest, pk: str) -> HttpResponse:
    """Send a photo, opened and noted."""
    content = tips.open_photo(reading.photo(pk, request.user), actor=request.user)
    return HttpResponse(content, content_type="image/jpeg", headers={"X-Content-Type-Options": "nosniff"})


@access.guarded("identify.read_tip")
@require_http_methods(["GET", "POST"])
@sent_once
def transfer(request: SignedInRequest, pk: str) -> HttpResponse:
    """Hand a tip to another agency."""
    row = reading.tip(pk, request.user)
    form = TransferTipForm(request.POST or None, agencies=reading.desks().exclude(pk=row.agency_id))
    if request.method == "POST" and form.is_valid():
        tips.transfer(row, form.cleaned_data["agency"], actor=request.user, now=clock.now())
        messages.success(request, _("Handed over. Your agency cannot open it any more."))
        return redirect("identify:tips")
    note = _("From then on only the people of that agency can open it: its key is handed over.")
    return _form(request, row, form, (_("Hand this tip over"), _("Hand it over"), note))


@access.guarded("identify.read_tip")
@require_http_methods(["GET", "POST"])
@sent_once
def merge(request: SignedInRequest, pk: str) -> HttpResponse:
    """Say which other tip tells of the same."""
    row = reading.tip(pk, request.user)
    form = MergeTipForm(request.POST or None, tips=reading.merge_targets(row, request.user))
    if request.method == "POST" and form.is_valid():
        leading: Tip = form.cleaned_data["into"]
        tips.merge(row, leading, actor=request.user, now=clock.now())
        return redirect("identify:tip", leading.pk)
    note = _("Nothing is deleted, and nobody who told reads what somebody else wrote.")
    return _form(request, row, form, (_("Merge this tip"), _("Merge"), note))


@access.guarded("identify.read_tip")
@require_http_methods(["GET", "POST"])
@sent_once
def close(request: SignedInRequest, pk: str) -> HttpResponse:
    """Close a tip with a reason."""
    row = reading.tip(pk, request.user)
    form = CloseTipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tips.close(row, form.cleaned_data["why"], actor=request.user, now=clock.now())
        return redirect("identify:tips")
    return _form(
        request, row, form, (_("Close this tip"), _("Close"), _("Who told still reads the talk, and writes anew."))
    )


@access.guarded("identify.read_tip")
@require_http_methods(["GET", "POST"])
def erase(request: SignedInRequest, pk: str) -> HttpResponse:
    """Erase what was told everywhere."""
    row = reading.tip(pk, request.user)
    if request.method == "POST":
        tips.erase_tip(row, actor=request.user, now=clock.now())
        messages.success(request, _("Erased. Nothing of it can be read any more."))
        return redirect("identify:tips")
    note = _("Its key is destroyed: nobody can read it again, in backups neither. This cannot be undone.")
    return _form(request, row, None, (_("Erase this tip"), _("Erase for good"), note))


@access.guarded("identify.set_tip_desk")
def desks(request: SignedInRequest) -> HttpResponse:
    """Show which agencies read tips."""
    agencies = CappedPaginator(accounts.agencies_visible_to(request.user), PAGE_ROWS).get_page(request.GET.get("page"))
    open_ones = set(reading.desks().values_list("pk", flat=True))
    lines = [(agency, agency.pk in open_ones) for agency in agencies.object_list]
    context = {"page": agencies, "lines": lines, "breadcrumbs": [Crumb(_("Who reads tips"))]}
    return render(request, "identify/tips/desks.html", context)


@access.guarded("identify.set_tip_desk")
@require_POST
def set_desk(request: SignedInRequest, pk: str) -> HttpResponse:
    """Let an agency read tips, or no longer."""
    agency = get_object_or_404(accounts.agencies_visible_to(request.user), pk=pk)
    tips.set_desk(agency, reads=request.POST.get("reads") == "yes", actor=request.user, now=clock.now())
    return redirect("identify:tip_desks")


def _form(request: SignedInRequest, row: Tip, form: Any, words: tuple[str, str, str]) -> HttpResponse:
    title, verb, note = words
    crumbs = [Crumb(_("Tips"), reverse("identify:tips")), Crumb(_("Tip"), reverse("identify:tip", args=[row.pk]))]
    context = {"tip": row, "form": form, "title": title, "verb": verb, "note": note}
    return render(request, "identify/tips/form.html", {**context, "breadcrumbs": [*crumbs, Crumb(title)]})
