"""The directory of services in HSDS 3.0 (Open Referral): what its tables say, checked field by field.

What the directory keeps of HSDS: organization, service, location, address, service_at_location, schedule, phone,
language, required_document, service_capacity, accessibility; kind of service and for whom as attributes with terms
of two taxonomies of our own. Everything else in a file is passed over.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from mainstay.core.errors import Fault
from mainstay.core.vocabularies import is_country
from mainstay.protect.rules.hsds_reading import Reading, Row
from mainstay.protect.rules.opening import WEEKDAYS, Hours

KIND_TAXONOMY, WHOM_TAXONOMY = "mainstay-service-types", "mainstay-for-whom"
STATUSES = ("active", "inactive", "defunct", "temporarily closed")
SEXES = ("female", "male", "other")


@dataclass(frozen=True, slots=True)
class PhoneDraft:
    """A number."""

    id: UUID
    number: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class OrganizationDraft:
    """An organization with its own numbers."""

    id: UUID
    name: str
    description: str = ""
    website: str = ""
    email: str = ""
    phones: tuple[PhoneDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class LocationDraft:
    """A place with its address."""

    id: UUID
    organization_id: UUID | None
    name: str = ""
    address: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accessibility: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDraft:
    """A service with all that hangs on it."""

    id: UUID
    organization_id: UUID
    kind: str
    name: str
    description: str = ""
    status: str = "active"
    fees: str = ""
    how_to_apply: str = ""
    eligibility: str = ""
    minimum_age: int | None = None
    maximum_age: int | None = None
    sexes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    places: int | None = None
    free_places: int | None = None
    places_updated_at: datetime | None = None
    at: tuple[UUID, ...] = ()
    hours: tuple[Hours, ...] = ()
    phones: tuple[PhoneDraft, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """All that a file says."""

    organizations: tuple[OrganizationDraft, ...] = ()
    locations: tuple[LocationDraft, ...] = ()
    services: tuple[ServiceDraft, ...] = ()


def read_directory(
    rows: Iterable[Row], kinds: Iterable[str], known_organizations: Iterable[UUID] = (), known: Iterable[UUID] = ()
) -> tuple[Directory, list[Fault]]:
    """Return what the rows of a file say, and each fault: row, field, what was expected.

    `known_organizations` and `known` are the ids of organizations and locations that are here already, so that a
    file may name them without holding them.
    """
    reading = Reading()
    for row in rows:
        reading.rows.setdefault(row.table, []).append(row)
    organizations = {one.id: one for row in reading.of("organization") if (one := _organization(reading, row))}
    locations = {place.id: place for row in reading.of("location") if (place := _location(reading, row))}
    _refer(reading, "location", "organization_id", {*organizations, *known_organizations}, needed=False)
    _refer(reading, "service", "organization_id", {*organizations, *known_organizations})
    _refer(reading, "service_at_location", "location_id", {*locations, *known})
    services_here = {row.values.get("id", "").strip().lower() for row in reading.of("service")}
    for table in ("service_at_location", "service_capacity", "required_document"):
        for row in reading.of(table):
            if row.values.get("service_id", "").strip().lower() not in services_here:
                reading.fault(row, "service_id", "the id of a service in this file", row.values.get("service_id"))
    services = tuple(s for row in reading.of("service") if (s := _service(reading, row, tuple(kinds))))
    for table in ("organization", "location", "service"):
        _once(reading, table)
    return Directory(tuple(organizations.values()), tuple(locations.values()), services), reading.faults


def _once(reading: Reading, table: str) -> None:
    seen: set[str] = set()
    for row in reading.of(table):
        key = row.values.get("id", "").strip().lower()
        if key and key in seen:
            reading.fault(row, "id", "each id once", key)
        seen.add(key)


def _refer(reading: Reading, table: str, name: str, known: set[UUID], *, needed: bool = True) -> None:
    for row in reading.of(table):
        value = row.values.get(name, "").strip()
        if not value and not needed:
            continue
        try:
            there = UUID(value) in known
        except ValueError:
            there = False
        if not there:
            reading.fault(row, name, f"the id of one {name.removesuffix('_id')} in this file or here", value)


def _organization(reading: Reading, row: Row) -> OrganizationDraft | None:
    key = reading.uuid(row, "id")
    own = [p for p in _hanging(reading, "phone", "organization_id", row) if not p.values.get("service_id")]
    name, description = reading.text(row, "name", 200, needed=True), reading.text(row, "description")
    draft_fields = {
        "name": name,
        "description": "" if description == name else description,  # HSDS wants one where there is none
        "website": reading.shaped(row, "website", r"https?://\S+", "an address that begins with http", 200),
        "email": reading.shaped(row, "email", r"[^@\s]+@[^@\s]+\.[^@\s]+", "a mail address", 254),
        "phones": _phones(reading, own),
    }
    return None if key is None else OrganizationDraft(key, **draft_fields)  # type: ignore[arg-type]  # named above


def _location(reading: Reading, row: Row) -> LocationDraft | None:
    key = reading.uuid(row, "id")
    organization = row.values.get("organization_id", "").strip()
    address = next(iter(_hanging(reading, "address", "location_id", row)), None)
    latitude, longitude = reading.degrees(row, "latitude", 90), reading.degrees(row, "longitude", 180)
    if (latitude is None) is not (longitude is None) and not _said_wrong(row):
        reading.fault(row, "latitude" if latitude is None else "longitude", "latitude and longitude, or neither")
    rows = _hanging(reading, "accessibility", "location_id", row)
    draft = LocationDraft(
        id=key or UUID(int=0),
        organization_id=_uuid_or_none(organization),
        name=reading.text(row, "name", 200),
        latitude=latitude,
        longitude=longitude,
        accessibility=tuple(reading.text(each, "description", 300, needed=True) for each in rows),
        **({} if address is None else _address(reading, address)),
    )
    return None if key is None else draft


def _said_wrong(row: Row) -> bool:
    """Whether both were written, so that the fault of the one is noted already."""
    return bool(row.values.get("latitude", "").strip() and row.values.get("longitude", "").strip())


def _address(reading: Reading, row: Row) -> dict[str, str]:
    country = row.values.get("country", "").strip().upper()
    if country and not is_country(country):
        reading.fault(row, "country", "a country by its two letters (ISO 3166-1)", country)
        country = ""
    return {
        "address": reading.text(row, "address_1", 300),
        "city": reading.text(row, "city", 120),
        "region": reading.text(row, "state_province", 120) or reading.text(row, "region", 120),
        "postal_code": reading.text(row, "postal_code", 20),
        "country": country,
    }


def _service(reading: Reading, row: Row, kinds: tuple[str, ...]) -> ServiceDraft | None:
    key = reading.uuid(row, "id")
    status = reading.text(row, "status", 20) or "active"
    if status not in STATUSES:
        reading.fault(row, "status", f"one of {', '.join(STATUSES)}", status)
    low, high = reading.whole(row, "minimum_age", 130), reading.whole(row, "maximum_age", 130)
    if low is not None and high is not None and low > high:
        reading.fault(row, "maximum_age", f"an age from {low} on", str(high))
    kind, sexes = _terms(reading, row, kinds)
    places, free, updated = _capacity(reading, row)
    documents = _hanging(reading, "required_document", "service_id", row)
    draft = ServiceDraft(
        id=key or UUID(int=0),
        organization_id=_uuid_or_none(row.values.get("organization_id", "")) or UUID(int=0),
        kind=kind,
        name=reading.text(row, "name", 200, needed=True),
        description=reading.text(row, "description"),
        status=status,
        fees=reading.text(row, "fees_description", 300),
        how_to_apply=reading.text(row, "application_process"),
        eligibility=reading.text(row, "eligibility_description"),
        minimum_age=low,
        maximum_age=high,
        sexes=sexes,
        documents=tuple(reading.text(each, "document", 200, needed=True) for each in documents),
        places=places,
        free_places=free,
        places_updated_at=updated,
        at=_at(row, reading),
        hours=_hours(reading, row),
        phones=_phones(reading, _hanging_here(reading, "phone", row)),
        languages=_languages(reading, row),
    )
    return None if key is None else draft


def _at(service: Row, reading: Reading) -> tuple[UUID, ...]:
    rows = _hanging(reading, "service_at_location", "service_id", service)
    found = (_uuid_or_none(row.values.get("location_id", "")) for row in rows)
    return tuple(dict.fromkeys(key for key in found if key is not None))


def _hours(reading: Reading, service: Row) -> tuple[Hours, ...]:
    return tuple(h for row in _hanging_here(reading, "schedule", service) if (h := _one_schedule(reading, row)))


def _one_schedule(reading: Reading, row: Row) -> Hours | None:
    frequency = row.values.get("freq", "").strip().upper()
    if frequency not in {"", "WEEKLY"}:
        reading.fault(row, "freq", "WEEKLY", frequency)
    days = {part.strip().upper() for part in row.values.get("byday", "").split(",") if part.strip()}
    if not days or not days <= set(WEEKDAYS):
        reading.fault(row, "byday", "weekdays as MO,TU,WE", row.values.get("byday", ""))
    opens, closes = reading.clock(row, "opens_at"), reading.clock(row, "closes_at")
    begin, end = reading.day(row, "valid_from"), reading.day(row, "valid_to")
    if begin and end and begin > end:
        reading.fault(row, "valid_to", f"a day from {begin} on", str(end))
    if opens is None or closes is None:
        return None
    return Hours(frozenset(days), opens, closes, begin, end)


def _languages(reading: Reading, service: Row) -> tuple[str, ...]:
    found = []
    for row in _hanging_here(reading, "language", service):
        code = reading.shaped(row, "code", r"[A-Za-z]{2,3}", "a language by its letters (ISO 639)", 10).lower()
        if not row.values.get("code", "").strip():
            reading.fault(row, "code", "a language by its letters (ISO 639)")
        if code:
            found.append(code)
    return tuple(dict.fromkeys(found))


def _capacity(reading: Reading, service: Row) -> tuple[int | None, int | None, datetime | None]:
    rows = _hanging(reading, "service_capacity", "service_id", service)
    if not rows:
        return None, None, None
    if len(rows) > 1:
        reading.fault(rows[1], "service_id", "one count of places for each service")
    most, free = reading.whole(rows[0], "maximum", 1_000_000), reading.whole(rows[0], "available", 1_000_000)
    if most is not None and free is not None and free > most:
        reading.fault(rows[0], "available", f"at most {most}, the places in all", str(free))
    return most, free, reading.moment(rows[0], "updated")


def _terms(reading: Reading, service: Row, kinds: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the kind of a service and for whom it is; a service without our term is of another kind."""
    terms = {row.values.get("id", "").strip(): row for row in reading.of("taxonomy_term")}
    kind, sexes = "other", []
    for row in _hanging(reading, "attribute", "link_id", service):
        term = terms.get(row.values.get("taxonomy_term_id", "").strip())
        if term is None:
            continue
        code, taxonomy = term.values.get("code", "").strip(), term.values.get("taxonomy", "").strip()
        if taxonomy == KIND_TAXONOMY:
            if code not in kinds:
                reading.fault(term, "code", f"one of {', '.join(kinds)}", code)
            kind = code
        elif taxonomy == WHOM_TAXONOMY:
            if code not in SEXES:
                reading.fault(term, "code", f"one of {', '.join(SEXES)}", code)
            sexes.append(code)
    return kind, tuple(dict.fromkeys(sexes))


def _phones(reading: Reading, rows: list[Row]) -> tuple[PhoneDraft, ...]:
    found = []
    for row in rows:
        key = reading.uuid(row, "id")
        number = reading.shaped(row, "number", r"[0-9+()#*./\- ]{3,60}", "a phone number", 60)
        if not row.values.get("number", "").strip():
            reading.fault(row, "number", "a phone number")
        if key is not None and number:
            found.append(PhoneDraft(key, number, reading.text(row, "description", 200)))
    return tuple(found)


def _hanging(reading: Reading, table: str, name: str, owner: Row) -> list[Row]:
    """Return the rows of a table that name a row by its id; found by an index that is made once."""
    index = reading.rows.get(f"{table} by {name}")
    key = owner.values.get("id", "").strip().lower()
    if index is None:
        index = sorted(reading.of(table), key=lambda row: row.values.get(name, "").strip().lower())
        reading.rows[f"{table} by {name}"] = index

    def of(row: Row) -> str:
        return row.values.get(name, "").strip().lower()

    return index[bisect_left(index, key, key=of) : bisect_right(index, key, key=of)] if key else []


def _hanging_here(reading: Reading, table: str, service: Row) -> list[Row]:
    """Return the rows that name a service, or that service at a place."""
    at = _hanging(reading, "service_at_location", "service_id", service)
    rows = _hanging(reading, table, "service_id", service)
    return [*rows, *(row for each in at for row in _hanging(reading, table, "service_at_location_id", each))]


def _uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
