"""Closing a case with open eyes, and opening it again."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect import forms
from mainstay.protect.models import Status
from mainstay.protect.queries.open_ends import OpenEnd, open_ends, why_not_closed
from mainstay.protect.services import cases
from mainstay.protect.views.person import case_or_404, people_crumbs, today

OPEN_END_WORDS: dict[str, str | Promise] = {
    "measures": gettext_lazy("Measures against the person that are not dropped"),
    "days": gettext_lazy("Days that matter and were not dealt with"),
    "referrals": gettext_lazy("Referrals that wait for an answer, or are under way"),
    "transfers": gettext_lazy("Another agency was asked to take the case over and has not answered"),
    "needs": gettext_lazy("Needs that are not met"),
    "tasks": gettext_lazy("Tasks of colleagues that are not done"),
    "steps": gettext_lazy("Steps of the plan that are not done"),
    "requests": gettext_lazy("The person asked for something and has no answer yet"),
    "questions": gettext_lazy("The person asked a question and has no answer yet"),
    "outside": gettext_lazy("Outside experts who can still read some of the file"),
    "held": gettext_lazy("Others still hold what was shared with them"),
}
"""What is still open, in words, by its kind."""


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def close(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what is still open and close a case with a reason, or open a closed one again."""
    row = case_or_404(request, pk)
    if row.status == Status.CLOSED:
        return _reopen(request, row)
    ends = open_ends(row, today=today())
    form = forms.CloseForm(request.POST or None, asks=bool(ends))
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            cases.close_case(
                row,
                reason=form.cleaned_data["reason"],
                seen=seen_ends(request.POST.getlist("seen")),
                actor=request.user,
                today=today(),
                now=clock.now(),
            )
            return redirect("protect:case", pk=row.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    context = {
        "case": row,
        "form": form,
        "ends": [(one, OPEN_END_WORDS[one.kind]) for one in ends],
        "why_not": why_not_closed(row, today=today()),
        "breadcrumbs": people_crumbs(row, _("Close this case")),
    }
    return render(request, "protect/close.html", context, status=status)


def _reopen(request: SignedInRequest, row: Any) -> HttpResponse:
    form = forms.ReasonForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            cases.reopen_case(row, reason=form.cleaned_data["reason"], actor=request.user)
            return redirect("protect:case", pk=row.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    heading = _("Open this case again")
    context = {"form": form, "heading": heading, "button": heading, "breadcrumbs": people_crumbs(row, heading)}
    return render(request, "protect/form.html", context, status=status)


def seen_ends(sent: Iterable[str]) -> dict[str, int]:
    """Return of which kinds of open ends a page had shown how many (`needs:2`); what cannot be read was not seen."""
    seen = {}
    for one in sent:
        kind, _sep, count = one.partition(":")
        if kind in OPEN_END_WORDS and count.isascii() and count.isdigit():
            seen[kind] = int(count[:9])
    return seen


def said_ends(ends: Iterable[OpenEnd]) -> list[tuple[object, int]]:
    """Return open ends in words, each with how many there are."""
    return [(OPEN_END_WORDS[one.kind], one.count) for one in ends]
