"""Whether an instrument works: levels held against later decisions."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.labels import AGE_GROUPS, SEXES
from mainstay.core.vocabularies import country_name
from mainstay.identify.forms.interview import language_name
from mainstay.identify.forms.supervision import PrevalenceForm
from mainstay.identify.models.labels import LEVELS
from mainstay.identify.queries import accuracy, instruments
from mainstay.identify.rules.accuracy import Accuracy, shown
from mainstay.identify.services import persons
from mainstay.ui.types import Crumb


@access.guarded("identify.learn")
def learning(request: SignedInRequest) -> HttpResponse:
    """Show how an instrument's levels compare with what was decided later."""
    return _page(request, None)


@access.guarded("identify.set_prevalence")
@require_POST
def prevalence(request: SignedInRequest) -> HttpResponse:
    """Keep how many of those screened here are victims, and how that is known."""
    form = PrevalenceForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    data = form.cleaned_data
    persons.set_prevalence(data["per_thousand"], data["source"], actor=request.user, now=clock.now())
    messages.success(request, _("Kept. Results show what a positive is worth here from now on."))
    return redirect("identify:learning")


def _page(request: SignedInRequest, form: PrevalenceForm | None) -> HttpResponse:
    names = instruments.instruments_asked(request.user)
    chosen = request.GET.get("instrument", "")
    name = chosen if chosen in dict(names) else next(iter(dict(names)), "")
    known = accuracy.prevalence_at(request.user)
    initial = {"per_thousand": known.per_thousand, "source": known.source} if known else None
    may_set = access.allowed(request.user, "identify.set_prevalence")
    context: dict[str, Any] = {
        "instruments": names,
        "name": name,
        "breadcrumbs": [Crumb(_("Screenings"), reverse("identify:list")), Crumb(_("Does it work?"))],
        "form": (form or PrevalenceForm(initial=initial)) if may_set else None,
    }
    if name:
        found = accuracy.learn(name, request.user)
        words = dict(LEVELS)
        context |= {
            "found": found,
            "levels": [(words.get(level, level), count) for level, count in found.levels],
            "whole": _row(_("All"), found.decided),
            "groups": [(title, _rows(by, found.groups[by])) for by, title in _titles().items() if by in found.groups],
        }
    return render(request, "identify/learning.html", context, status=422 if form is not None else 200)


def _titles() -> dict[str, str]:
    return {
        "sex": _("Sex"),
        "age_group": _("Age group"),
        "nationality": _("Nationality"),
        "language": _("Language"),
        "owner__name": _("Screener"),
    }


def _rows(by: str, groups: object) -> list[dict[str, object]]:
    assert isinstance(groups, dict)  # noqa: S101 - made by `learn`
    return [_row(_word(by, name), group) for name, group in groups.items()]


def _row(name: str, group: Accuracy | None) -> dict[str, object]:
    if group is None:
        return {"name": name, "hidden": True}
    return {
        "name": name,
        "decisions": group.decisions,
        "sensitivity": shown(group.sensitivity),
        "specificity": shown(group.specificity),
    }


def _word(by: str, code: str) -> str:
    if not code:
        return _("Not known")
    if by == "nationality":
        return country_name(code, get_language())
    if by == "language":
        return language_name(code)
    return str({"sex": dict(SEXES), "age_group": dict(AGE_GROUPS)}.get(by, {}).get(code, code))
