"""Pages on which an administrator sets national days and treaties."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts import queries as accounts
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.vocabularies import country_name
from mainstay.protect.forms.law import NationalDaysForm, TreatyForm
from mainstay.protect.models.law import TREATIES
from mainstay.protect.queries import law as queries
from mainstay.protect.rules.grounds import Treaty
from mainstay.protect.rules.working_days import Moves
from mainstay.protect.services import days
from mainstay.ui.types import Crumb


@access.guarded("accounts.set_law")
def national(request: SignedInRequest) -> HttpResponse:
    """Show what is set of national law, and what is only said and has to be confirmed."""
    own = _own_countries(request)
    set_words = {(row.country, row.treaty): row for row in queries.treaties_set()}
    countries = sorted({*own, *(country for country, _treaty in set_words)})
    context = {
        "terms": [(country_name(row.country, get_language()), row) for row in queries.national_days()],
        "periods": [{**row, "name": country_name(row["country"], get_language())} for row in queries.periods_table()],
        "treaties": [
            (
                country_name(country, get_language()),
                [(label, set_words.get((country, code))) for code, label in TREATIES],
            )
            for country in countries
        ],
    }
    return render(request, "protect/national.html", context)


@access.guarded("accounts.set_law")
@require_http_methods(["GET", "POST"])
def set_days(request: SignedInRequest) -> HttpResponse:
    """Set what national law says of a term."""
    form = NationalDaysForm(
        request.POST or None, own=_own_countries(request), initial={"country": settings.CONFIG.country}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = days.NationalDraft(data["country"], data["kind"], data["days"], Moves(data["moves"]), data["source"])
        longer = days.set_national_days(draft, actor=request.user, now=clock.now())
        if longer:
            said = ngettext(
                "%(count)d running period became longer.", "%(count)d running periods became longer.", longer
            )
            messages.success(request, said % {"count": longer})
        return redirect("protect:national")
    note = _(
        "From then on it is counted with, and shown with its source. "
        "A running reflection period is only ever lengthened."
    )
    return _form(request, form, _("National days"), _("Set these days"), note)


@access.guarded("accounts.set_law")
@require_http_methods(["GET", "POST"])
def set_treaty(request: SignedInRequest) -> HttpResponse:
    """Set whether a country is bound by a treaty."""
    form = TreatyForm(request.POST or None, own=_own_countries(request), initial={"country": settings.CONFIG.country})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = days.TreatyDraft(data["country"], Treaty(data["treaty"]), data["binds"], data["source"], data["since"])
        days.set_treaty(draft, actor=request.user, now=clock.now())
        return redirect("protect:national")
    note = _("Grounds of this treaty are claimed, or left out, by this word. What nobody set is shown as not known.")
    return _form(request, form, _("Treaties"), _("Set this"), note)


def _own_countries(request: SignedInRequest) -> set[str]:
    return {settings.CONFIG.country, *accounts.agencies_visible_to(request.user).values_list("country", flat=True)}


def _form(request: SignedInRequest, form: Any, heading: str, button: str, note: str) -> HttpResponse:
    crumbs = [Crumb(_("Law"), reverse("protect:national")), Crumb(heading)]
    context = {"form": form, "heading": heading, "button": button, "note": note, "breadcrumbs": crumbs}
    return render(request, "protect/form.html", context, status=422 if request.method == "POST" else 200)
