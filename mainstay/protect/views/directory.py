"""Pages of the directory of services."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import BadInputError, RefusalError
from mainstay.core.once import sent_once
from mainstay.core.vocabularies import country_name, languages
from mainstay.protect.forms.directory import (
    DAY_WORDS,
    DirectoryFileForm,
    FilterForm,
    HoursFormSet,
    OrganizationForm,
    PlaceForm,
    PlacesForm,
    ServiceForm,
)
from mainstay.protect.forms.words import document_words
from mainstay.protect.models import Service
from mainstay.protect.queries import directory as queries
from mainstay.protect.rules.assistance import BY_CODE
from mainstay.protect.rules.opening import is_open
from mainstay.protect.services import directory
from mainstay.ui.paging import CappedPaginator
from mainstay.ui.types import Crumb


def wall_clock() -> datetime:
    """Return the time that a clock at the node's place shows, without a zone."""
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).replace(tzinfo=None)


@access.guarded("directory.read")
@require_GET
def services(request: SignedInRequest) -> HttpResponse:
    """List services, narrowed by kind, language, country, area, opening and free places."""
    countries = [(code, country_name(code, get_language())) for code in queries.countries_with_services()]
    form = FilterForm(request.GET or None, countries=countries)
    wanted, moment = _filter(form)
    page = CappedPaginator(queries.services_visible_to(request.user, wanted), 50).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": [service_line(service, moment) for service in page.object_list],
        "may_add": access.allowed(request.user, "directory.change"),
        "may_carry": access.allowed(request.user, "directory.carry"),
        "narrowed": form.is_bound and form.is_valid() and any(form.cleaned_data.values()),
    }
    return render(request, "protect/services.html", context, status=422 if form.is_bound and form.errors else 200)


@access.guarded("directory.read")
@require_http_methods(["GET", "POST"])
def service(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show one service; who keeps it says how many places are free."""
    row: Service = get_object_or_404(queries.services_visible_to(request.user), pk=pk)
    may_change = access.allowed(request.user, "directory.change", row)
    form = PlacesForm(request.POST or None, initial={"places": row.places, "free": row.free_places})
    status = 200
    if request.method == "POST":
        access.require(request.user, "directory.change", row)
        try:
            if form.is_valid():
                data = form.cleaned_data
                directory.count_places(
                    row, places=data["places"], free=data["free"], actor=request.user, now=clock.now()
                )
                return redirect("protect:service", pk=row.pk)
            status = 422
        except RefusalError as error:
            form.add_error("free", str(error))
            status = error.status
    kind = BY_CODE[row.kind]
    context = {
        "line": service_line(row, wall_clock()),
        "hours": [(_days(each.byday), each) for each in row.schedules.all()],
        "phones": [*row.phones.all(), *(p for p in row.organization.phones.all() if p.service_id is None)],
        "accessibility": [
            text.description
            for at in row.at.all()
            if not at.location.is_confidential
            for text in at.location.accessibility.all()
        ],
        "form": form if may_change else None,
        "sources": kind.sources,
        "papers": document_words(kind.documents),
        "breadcrumbs": _crumbs(row.name),
    }
    return render(request, "protect/service.html", context, status=status)


@access.guarded("directory.change")
@require_http_methods(["GET", "POST"])
@sent_once
def new_service(request: SignedInRequest) -> HttpResponse:
    """Add a service by hand."""
    return _service_page(request, None)


@access.guarded("directory.change")
@require_http_methods(["GET", "POST"])
def change_service(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Change a service by hand."""
    row: Service = get_object_or_404(queries.services_visible_to(request.user), pk=pk)
    access.require(request.user, "directory.change", row)
    return _service_page(request, row)


@access.guarded("directory.change")
@require_http_methods(["GET", "POST"])
@sent_once
def new_organization(request: SignedInRequest) -> HttpResponse:
    """Add an organization; a service provider has their agency's own."""
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        directory.add_organization(data["name"], agency=data["agency"], actor=request.user)
        return redirect("protect:new_service")
    heading = _("Add an organization")
    context = {"form": form, "heading": heading, "button": heading, "breadcrumbs": _crumbs(heading)}
    return render(request, "protect/form.html", context)


@access.guarded("directory.carry")
@require_http_methods(["GET", "POST"])
def take_in(request: SignedInRequest) -> HttpResponse:
    """Take a file of HSDS in, or list every fault in it."""
    form = DirectoryFileForm(request.POST or None, request.FILES or None)
    status, faults = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            name, content = form.cleaned_data["file"]
            try:
                taken = directory.take_in(name, content, actor=request.user, now=clock.now())
            except BadInputError as error:
                faults = error.faults
                form.add_error("file", _("Nothing was taken in: the file has faults."))
            else:
                said = ngettext("%(n)d service came in.", "%(n)d services came in.", taken.services)
                messages.success(request, said % {"n": taken.services})
                return redirect("protect:services")
    context = {"form": form, "faults": faults, "breadcrumbs": _crumbs(_("Take services in"))}
    return render(request, "protect/directory_file.html", context, status=status)


@access.guarded("directory.carry")
@require_GET
def write_out(request: SignedInRequest) -> HttpResponse:
    """Hand out the directory as a file, without any protected place."""
    as_json = request.GET.get("as") == "json"
    content = directory.write_out(as_json=as_json, actor=request.user)
    kind, name = ("application/json", "services.json") if as_json else ("application/zip", "services.zip")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def service_line(service: Service, moment: datetime) -> dict[str, Any]:
    """Return what a list shows of a service: of a protected place no more than its area."""
    names = {code.name: code.label for code in languages(get_language())}
    return {
        "service": service,
        "languages": ", ".join(names.get(each.code, each.code) for each in service.languages.all()),
        "open": is_open(directory.hours_of(service), moment),
        "places": [_place_words(at.location) for at in service.at.all()],
        "protected": any(at.location.is_confidential for at in service.at.all()),
    }


def _place_words(place: Any) -> str:
    country = country_name(place.country, get_language()) if place.country else ""
    if place.is_confidential:
        return ", ".join(filter(None, [place.region, country]))
    return ", ".join(filter(None, [place.address, place.city, place.region, country]))


def _filter(form: FilterForm) -> tuple[queries.Filter, datetime]:
    if not form.is_valid():
        return queries.Filter(), wall_clock()
    data = form.cleaned_data
    asked = data["open_at"].replace(tzinfo=None) if data["open_at"] else None
    moment = asked or wall_clock()
    wanted = queries.Filter(
        kind=data["kind"],
        language=data["language"],
        country=data["country"],
        area=data["area"],
        words=data["words"],
        open_at=moment if asked or data["now"] else None,
        free=data["free"],
        all_states=data["all"],
    )
    return wanted, moment


def _service_page(request: SignedInRequest, row: Service | None) -> HttpResponse:
    keeps_all = queries.keeps_whole_directory(request.user)
    organizations = queries.organizations_changed_by(request.user) if keeps_all else None
    posted = request.POST if request.method == "POST" else None
    at = row.at.select_related("location").first() if row else None
    form = ServiceForm(posted, instance=row, organizations=organizations, initial=_initial(row))
    place = PlaceForm(posted, instance=at.location if at else None)
    hours = HoursFormSet(posted, initial=None if posted else _hours_initial(row), prefix="hours")
    status = 200
    if posted is not None:
        status = 422
        if all([form.is_valid(), place.is_valid(), hours.is_valid()]):
            kept = _keep(request, row, form, place, hours)
            return redirect("protect:service", pk=kept.pk)
    heading = _("Change this service") if row else _("Add a service")
    context = {
        "form": form,
        "place": place,
        "hours": hours,
        "heading": heading,
        "breadcrumbs": _crumbs(heading),
        "may_add_organization": keeps_all,
    }
    return render(request, "protect/service_form.html", context, status=status)


def _keep(request: SignedInRequest, row: Service | None, form: ServiceForm, place: PlaceForm, hours: Any) -> Service:
    data = form.cleaned_data
    own = {name: data[name] for name in (*ServiceForm.Meta.fields, "sexes", "documents")}
    given = directory.ServiceInput(
        service=own,
        place=dict(place.cleaned_data),
        hours=tuple(each.hours for each in hours if each.hours is not None),
        languages=tuple(data["languages"]),
        phone=data["phone"],
        accessibility=tuple(data["accessibility"]),
    )
    chosen = data.get("organization") or directory.own_organization(request.user)
    return directory.keep_service(given, service=row, organization=chosen, actor=request.user, now=clock.now())


def _initial(row: Service | None) -> dict[str, Any]:
    if row is None:
        return {}
    at = row.at.first()
    phone = row.phones.first()
    return {
        "organization": row.organization_id,
        "documents": "\n".join(row.documents),
        "sexes": row.sexes,
        "languages": [each.code for each in row.languages.all()],
        "phone": phone.number if phone else "",
        "accessibility": "\n".join(t.description for t in at.location.accessibility.all()) if at else "",
    }


def _hours_initial(row: Service | None) -> list[dict[str, Any]]:
    return [
        {
            "days": each.byday.split(","),
            "opens": each.opens_at,
            "closes": each.closes_at,
            "valid_from": each.valid_from,
            "valid_to": each.valid_to,
        }
        for each in (row.schedules.all() if row else [])
    ]


def _days(byday: str) -> str:
    words = {code: str(label) for code, label in DAY_WORDS}
    return ", ".join(words[day] for day in byday.split(","))


def _crumbs(here: str) -> list[Crumb]:
    return [Crumb(_("Services"), reverse("protect:services")), Crumb(here)]
