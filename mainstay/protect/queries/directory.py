"""Reading the directory of services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.core.access import Which
from mainstay.protect.models import Location, Organization, Service, ServiceStatus


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of services is narrowed to; empty is all."""

    kind: str = ""
    language: str = ""
    country: str = ""
    area: str = ""
    words: str = ""
    open_at: datetime | None = None
    free: bool = False
    all_states: bool = False


def services_visible_to(viewer: User, wanted: Filter | None = None) -> QuerySet[Service]:
    """Return the services of a filter that a viewer may look up, with all that a list shows of them."""
    wanted = wanted or Filter(all_states=True)
    rows = Service.objects.all() if access.allowed(viewer, "directory.read") else Service.objects.none()
    if not wanted.all_states:
        rows = rows.filter(status=ServiceStatus.ACTIVE)
    if wanted.open_at is not None:
        rows = rows.open_at(wanted.open_at)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.language:
        rows = rows.filter(languages__code=wanted.language)
    if wanted.country:
        rows = rows.filter(pk__in=_at(Q(country=wanted.country)))
    if wanted.area:
        area = Q(region__icontains=wanted.area) | Q(city__icontains=wanted.area, is_confidential=False)
        rows = rows.filter(pk__in=_at(area))
    if wanted.free:
        rows = rows.filter(free_places__gt=0)
    if wanted.words:
        rows = rows.filter(Q(name__icontains=wanted.words) | Q(organization__name__icontains=wanted.words))
    shown = ("languages", "schedules", "phones", "at__location", "organization__phones")
    found: QuerySet[Service] = rows.select_related("organization__agency").prefetch_related(*shown)
    return found


def _at(place: Q) -> QuerySet[Location, Any]:
    return Location.objects.filter(place).values("services")


def organizations_changed_by(viewer: User) -> QuerySet[Organization]:
    """Return the organizations whose services a viewer may change."""
    return access.narrow(Organization.objects.all(), viewer, "directory.change")


def countries_with_services() -> list[str]:
    """Return the countries where some service is, by code."""
    return sorted(set(Location.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()))


def keeps_whole_directory(viewer: User) -> bool:
    """Say whether a viewer changes services of every organization."""
    return access.which(viewer, "directory.change") is Which.NODE
