"""Finding a place for a need."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access
from mainstay.protect.forms.assistance import FindPlaceForm
from mainstay.protect.forms.words import reason_words
from mainstay.protect.models import Need
from mainstay.protect.rules.places import Place
from mainstay.protect.services import matching
from mainstay.protect.views.directory import service_line, wall_clock
from mainstay.protect.views.person import case_or_404, people_crumbs


@access.guarded("protect.share")
@require_http_methods(["GET", "POST"])
def find_place(request: SignedInRequest, pk: Any, need_pk: Any) -> HttpResponse:
    """Show the services that fit a need best, each with its reasons; where from is posted, and in no address."""
    case = case_or_404(request, pk)
    need: Need = get_object_or_404(case.needs, pk=need_pk)
    moment = wall_clock()
    form = FindPlaceForm(request.POST or None, initial={"at": moment})
    found, count, status = None, 0, 200
    if request.method == "GET" or form.is_valid():
        data = form.cleaned_data if form.is_bound else {}
        place = None
        if data.get("latitude") is not None:
            place = Place(float(data["latitude"]), float(data["longitude"]))
        at = data["at"].replace(tzinfo=None) if data.get("at") else moment
        found, count = matching.find_services(need, place=place, moment=at, actor=request.user)
    else:
        status = 422
    context = {
        "form": form,
        "case": case,
        "need": need,
        "count": count,
        "found": [
            {
                **service_line(each.service, moment),
                "reasons": [(reason.met.value, reason_words(reason)) for reason in each.ranked.reasons],
                "agency": each.service.organization.agency,
                "phones": [*each.service.phones.all(), *each.service.organization.phones.all()][:1],
            }
            for each in found or []
        ],
        "breadcrumbs": people_crumbs(case, _("Find a place")),
    }
    return render(request, "protect/find_place.html", context, status=status)
