"""Keeping the directory of services: by hand, and from a file, all of it or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from mainstay.accounts import queries as accounts
from mainstay.accounts.models import Agency, User
from mainstay.audit import services as audit
from mainstay.core import access
from mainstay.core.access import Purpose
from mainstay.core.errors import BadInputError
from mainstay.protect.errors import CapacityError
from mainstay.protect.models import (
    SERVICE_KINDS,
    WEEKDAYS,
    Accessibility,
    Location,
    Organization,
    Schedule,
    Service,
    ServiceAtLocation,
    ServiceLanguage,
    ServicePhone,
)
from mainstay.protect.rules import hsds, hsds_files
from mainstay.protect.rules.opening import Hours as Hours
from mainstay.protect.rules.places import coarse

KINDS = tuple(kind for kind, _label in SERVICE_KINDS)
PROTECTED = ("address", "city", "postal_code")


@dataclass(frozen=True, slots=True)
class ServiceInput:
    """A service as it was filled in by hand: its own fields, its place's, and what hangs on it."""

    service: dict[str, Any]
    place: dict[str, Any]
    hours: tuple[Hours, ...] = ()
    languages: tuple[str, ...] = ()
    phone: str = ""
    accessibility: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """How much of a file came in."""

    organizations: int
    locations: int
    services: int


@transaction.atomic
def add_organization(name: str, *, agency: Agency | None, actor: User) -> Organization:
    """Add an organization; a service provider adds only their own agency's."""
    made = Organization(name=name, agency=agency)
    access.require(actor, "directory.change", made)
    made.save()
    audit.record(actor, "directory.organization_added", made, purpose=Purpose.ADMINISTRATION)
    return made


def own_organization(actor: User) -> Organization:
    """Return the organization of an actor's agency, added if it is not there."""
    found = Organization.objects.filter(agency=actor.agency_id).first()
    return found or add_organization(actor.agency.name, agency=actor.agency, actor=actor)


@transaction.atomic
def keep_service(
    given: ServiceInput, *, service: Service | None = None, organization: Organization, actor: User, now: datetime
) -> Service:
    """Add a service, or change one; of a protected place no address is kept, and only coarse degrees."""
    access.require(actor, "directory.change", organization)
    kept = Service(organization=organization)
    if service is not None:
        kept = Service.objects.select_for_update().get(pk=service.pk)
        access.require(actor, "directory.change", kept)
    before = (kept.places, kept.free_places)
    for name, value in given.service.items():
        setattr(kept, name, value)
    _require_capacity(kept.places, kept.free_places)
    kept.organization, kept.changed_at = organization, now
    if before != (kept.places, kept.free_places):
        kept.places_updated_at = now
    kept.save()
    _keep_place(kept, given)
    _hang(kept, given.hours, given.languages)
    kept.phones.all().delete()
    if given.phone:
        ServicePhone.objects.create(organization=organization, service=kept, number=given.phone)
    action = "directory.service_changed" if service else "directory.service_added"
    audit.record(actor, action, kept, purpose=Purpose.ADMINISTRATION, after={"kind": kept.kind, "status": kept.status})
    return kept


@transaction.atomic
def count_places(service: Service, *, places: int | None, free: int | None, actor: User, now: datetime) -> Service:
    """Say how many places a service has and how many are free, as of now."""
    access.require(actor, "directory.change", service)
    _require_capacity(places, free)
    Service.objects.filter(pk=service.pk).update(places=places, free_places=free, places_updated_at=now)
    after = {"places": places, "free": free}
    audit.record(actor, "directory.places_counted", service, purpose=Purpose.ADMINISTRATION, after=after)
    service.refresh_from_db()
    return service


@transaction.atomic
def take_in(source: str, content: bytes, *, actor: User | None, now: datetime) -> TakenIn:
    """Take a file of HSDS 3.0 in, or refuse with every fault in it; nothing of it is then written.

    What has an id that is here is changed, the rest is added; nothing is taken away. A place that is protected here
    stays so, and gets no address from a file. `actor` None is the node's operator at its command line.
    """
    if actor is not None:
        access.require(actor, "directory.carry")
    rows = hsds_files.read_rows(source, content)
    known_organizations = set(Organization.objects.values_list("pk", flat=True))
    known_places = set(Location.objects.values_list("pk", flat=True))
    directory, faults = hsds.read_directory(rows, KINDS, known_organizations, known_places)
    if faults:
        raise BadInputError(source, faults, todo=_("Nothing was taken in. Mend the file and try again."))
    agencies = {agency.name.casefold(): agency for agency in accounts.agencies_here()}
    for one in directory.organizations:
        _take_organization(one, agencies)
    owners = {key: s.organization_id for s in directory.services for key in s.at}
    for place in directory.locations:
        _take_location(place, owners)
    for draft in directory.services:
        _take_service(draft, now)
    taken = TakenIn(len(directory.organizations), len(directory.locations), len(directory.services))
    after = {"organizations": taken.organizations, "locations": taken.locations, "services": taken.services}
    audit.record(actor, "directory.imported", ("protect.service", ""), purpose=Purpose.ADMINISTRATION, after=after)
    return taken


@transaction.atomic
def write_out(*, as_json: bool, actor: User | None) -> bytes:
    """Return the directory as a file of HSDS 3.0, without any protected place."""
    if actor is not None:
        access.require(actor, "directory.carry")
    directory = whole_directory()
    audit.record(actor, "directory.exported", ("protect.service", ""), purpose=Purpose.ADMINISTRATION)
    return hsds_files.write_json(directory) if as_json else hsds_files.write_zip(directory)


def whole_directory() -> hsds.Directory:
    """Return the directory as HSDS sees it; a protected place is nowhere in it."""
    hung = ("schedules", "languages", "phones", "at__location")
    services = Service.objects.prefetch_related(*hung)
    places = Location.objects.filter(is_confidential=False).prefetch_related("accessibility")
    organizations = Organization.objects.prefetch_related("phones")
    return hsds.Directory(
        tuple(_organization_draft(one) for one in organizations),
        tuple(_location_draft(place) for place in places),
        tuple(_service_draft(service) for service in services),
    )


def hours_of(service: Service) -> tuple[Hours, ...]:
    """Return a service's hours as the rule sees them."""
    return tuple(
        Hours(frozenset(row.byday.split(",")), row.opens_at, row.closes_at, row.valid_from, row.valid_to)
        for row in service.schedules.all()
    )


def _require_capacity(places: int | None, free: int | None) -> None:
    if places is not None and free is not None and free > places:
        raise CapacityError(_("More places would be free than there are."), todo=_("Count again."))


def _keep_place(service: Service, given: ServiceInput) -> None:
    row = service.at.select_related("location").first()
    location = row.location if row else Location(organization=service.organization)
    for name, value in given.place.items():
        setattr(location, name, value)
    if location.is_confidential:
        _protect(location)
    location.save()
    if row is None:
        ServiceAtLocation.objects.create(service=service, location=location)
    location.accessibility.all().delete()
    Accessibility.objects.bulk_create(Accessibility(location=location, description=t) for t in given.accessibility)


def _protect(location: Location) -> None:
    """Keep of a protected place only its area: no address, and degrees that fit no house."""
    for name in PROTECTED:
        setattr(location, name, "")
    for name in ("latitude", "longitude"):
        degrees: Decimal | None = getattr(location, name)
        setattr(location, name, None if degrees is None else coarse(degrees))


def _hang(service: Service, hours: Iterable[Hours], languages: Iterable[str]) -> None:
    service.schedules.all().delete()
    Schedule.objects.bulk_create(
        Schedule(
            service=service,
            byday=",".join(day for day in WEEKDAYS if day in each.days),
            opens_at=each.opens,
            closes_at=each.closes,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
        )
        for each in hours
    )
    service.languages.all().delete()
    ServiceLanguage.objects.bulk_create(ServiceLanguage(service=service, code=code) for code in languages)


def _take_organization(draft: hsds.OrganizationDraft, agencies: dict[str, Agency]) -> None:
    values = {"name": draft.name, "description": draft.description, "website": draft.website, "email": draft.email}
    row, is_new = Organization.objects.update_or_create(pk=draft.id, defaults=values)
    agency = agencies.get(draft.name.casefold())
    if is_new and agency is not None:
        row.agency = agency
        row.save(update_fields=["agency"])
    row.phones.filter(service=None).delete()
    ServicePhone.objects.bulk_create(
        [ServicePhone(id=p.id, organization=row, number=p.number, description=p.description) for p in draft.phones],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["organization", "service", "number", "description"],
    )


def _take_location(draft: hsds.LocationDraft, owners: dict[UUID, UUID]) -> None:
    row = Location.objects.filter(pk=draft.id).first() or Location(id=draft.id)
    owner = draft.organization_id or owners.get(draft.id) or (None if row._state.adding else row.organization_id)
    if owner is None:
        return  # nobody gives a service there, and nobody owns it
    row.organization_id, row.name = owner, draft.name
    row.region, row.country = draft.region, draft.country
    if not row.is_confidential:
        for name in (*PROTECTED, "latitude", "longitude"):
            setattr(row, name, getattr(draft, name))
    row.save()
    row.accessibility.all().delete()
    Accessibility.objects.bulk_create(Accessibility(location=row, description=text) for text in draft.accessibility)


def _take_service(draft: hsds.ServiceDraft, now: datetime) -> None:
    plain = ("kind", "name", "description", "status", "fees", "how_to_apply", "eligibility", "minimum_age")
    more = ("maximum_age", "places", "free_places", "places_updated_at", "organization_id")
    values = {name: getattr(draft, name) for name in (*plain, *more)}
    lists = {"sexes": list(draft.sexes), "documents": list(draft.documents)}
    row, _new = Service.objects.update_or_create(pk=draft.id, defaults={**values, **lists, "changed_at": now})
    _hang(row, draft.hours, draft.languages)
    row.phones.all().delete()
    ServicePhone.objects.bulk_create(
        [
            ServicePhone(
                id=p.id,
                organization_id=draft.organization_id,
                service=row,
                number=p.number,
                description=p.description,
            )
            for p in draft.phones
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["organization", "service", "number", "description"],
    )
    row.at.exclude(location__in=draft.at).exclude(location__is_confidential=True).delete()
    there = set(row.at.values_list("location_id", flat=True))
    known = set(Location.objects.filter(pk__in=draft.at).values_list("pk", flat=True))
    new = [ServiceAtLocation(service=row, location_id=key) for key in draft.at if key in known - there]
    ServiceAtLocation.objects.bulk_create(new)


def _organization_draft(one: Organization) -> hsds.OrganizationDraft:
    own = tuple(hsds.PhoneDraft(p.pk, p.number, p.description) for p in one.phones.all() if p.service_id is None)
    return hsds.OrganizationDraft(one.pk, one.name, one.description, one.website, one.email, own)


def _location_draft(place: Location) -> hsds.LocationDraft:
    return hsds.LocationDraft(
        id=place.pk,
        organization_id=place.organization_id,
        name=place.name,
        address=place.address,
        city=place.city,
        region=place.region,
        postal_code=place.postal_code,
        country=place.country,
        latitude=place.latitude,
        longitude=place.longitude,
        accessibility=tuple(each.description for each in place.accessibility.all()),
    )


def _service_draft(service: Service) -> hsds.ServiceDraft:
    return hsds.ServiceDraft(
        id=service.pk,
        organization_id=service.organization_id,
        kind=service.kind,
        name=service.name,
        description=service.description,
        status=service.status,
        fees=service.fees,
        how_to_apply=service.how_to_apply,
        eligibility=service.eligibility,
        minimum_age=service.minimum_age,
        maximum_age=service.maximum_age,
        sexes=tuple(service.sexes),
        documents=tuple(service.documents),
        places=service.places,
        free_places=service.free_places,
        places_updated_at=service.places_updated_at,
        at=tuple(row.location_id for row in service.at.all() if not row.location.is_confidential),
        hours=hours_of(service),
        phones=tuple(hsds.PhoneDraft(p.pk, p.number, p.description) for p in service.phones.all()),
        languages=tuple(each.code for each in service.languages.all()),
    )
