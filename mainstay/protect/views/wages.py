"""The calculator of unpaid wages in a person's file."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.once import sent_once
from mainstay.protect.forms.wages import DEDUCTIONS, SOURCES, WageForms
from mainstay.protect.rules.wages import Claim, Line, work_out
from mainstay.protect.services import wages
from mainstay.protect.views.person import case_or_404, person_page, today

SECTION = "protect:assistance"


@access.guarded("protect.change_case")
@require_http_methods(["GET", "POST"])
@sent_once
def calculate(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Work out what a person is still owed, show the working, and keep it sealed where that is asked."""
    case = case_or_404(request, pk)
    posted = request.POST if request.method == "POST" else None
    forms = WageForms(posted, {"until": today()})
    status, shown = 200, None
    if posted is not None:
        if not forms.is_valid():
            status = 422
        elif request.POST.get("go") == "keep":
            row = wages.keep_calculation(case, forms.claim, actor=request.user, now=clock.now())
            return redirect("protect:wage", pk=case.pk, wage_pk=row.pk)
        else:
            shown = working_shown(forms.claim)
    context = {"forms": forms, "working": shown}
    return person_page(request, "protect/wages.html", case, SECTION, context, status=status)


@access.guarded("protect.read_identity")
@require_http_methods(["GET", "POST"])
def calculation(request: SignedInRequest, pk: Any, wage_pk: Any) -> HttpResponse:
    """Show a kept estimate once it is opened, which is noted; or as a plain page to print."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.wage_calculations.select_related("made_by"), pk=wage_pk)
    context: dict[str, Any] = {"row": row}
    if request.method == "POST":
        context["working"] = working_shown(wages.open_calculation(row, actor=request.user))
        if request.POST.get("go") == "print":
            return render(request, "protect/wage_print.html", {**context, "case": case})
    return person_page(request, "protect/wage.html", case, SECTION, context)


def working_shown(claim: Claim) -> dict[str, Any]:
    """Return the working of a claim in words, line by line."""
    working = work_out(claim)
    return {
        "currency": claim.currency,
        "until": claim.until,
        "sources": [(dict(SOURCES)[p.source], p.note) for p in claim.periods],
        "rate": claim.rate,
        "rate_source": claim.rate_source,
        "lines": [
            (_words(line), "" if line.amount is None else amount(line.amount), line.amount is None)
            for line in working.lines
        ],
        "earned": amount(working.earned),
        "fees": amount(working.fees),
        "received": amount(working.received),
        "owed": amount(working.owed),
        "interest": amount(working.interest),
        "total": amount(working.total),
    }


def amount(value: Decimal) -> str:
    """Return an amount with two places, in the reader's way of writing."""
    return str(number_format(value, decimal_pos=2, use_l10n=True, force_grouping=True))


def _words(line: Line) -> str:
    figures = {name: _shown(name, value) for name, value in line.figures.items()}
    if "kind" in figures:
        figures["kind"] = str(dict(DEDUCTIONS).get(line.figures["kind"], line.figures["kind"]))
    return {
        "normal": _("%(from)s to %(to)s: %(weeks)s weeks × %(hours)s hours × %(rate)s"),
        "overtime": _("Overtime: %(weeks)s weeks × %(hours)s hours × %(rate)s × %(factor)s"),
        "rest_days": _("Rest days: %(hours)s hours × %(rate)s × %(factor)s"),
        "lawful": _("%(kind)s, which the law allows: %(taken)s less is owed"),
        "kept": _("%(kind)s, kept out of the wage (%(taken)s): the whole wage is counted already"),
        "paid_fee": _("%(kind)s, which they paid themselves: owed back"),
        "received": _("Received on %(day)s"),
        "interest": _("Interest %(from)s to %(to)s: %(balance)s × %(percent)s %% × %(days)s days ÷ 365"),
    }[line.code] % figures


def _shown(name: str, value: str) -> str:
    if name in {"from", "to", "day"}:
        return date_format(date.fromisoformat(value), "j M Y")
    return value
