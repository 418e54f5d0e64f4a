"""HSDS 3.0 as files: JSON of whole services, or a zip of tables with their data package; both ways."""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from mainstay.core.errors import BadInputError, Fault
from mainstay.protect.rules.exchange import harmless, plain_again
from mainstay.protect.rules.hsds import (
    KIND_TAXONOMY,
    WHOM_TAXONOMY,
    Directory,
    LocationDraft,
    OrganizationDraft,
    ServiceDraft,
)
from mainstay.protect.rules.hsds_reading import Row
from mainstay.protect.rules.opening import WEEKDAYS, Hours

MOST_BYTES = 20_000_000
MOST_UNPACKED = 100_000_000
MOST_ROWS = 200_000
SPACE = UUID("6f0f1f0e-4a3c-5d11-9a57-2d8a4a6f7a30")  # of ids that HSDS wants where the directory keeps none
TABLES: dict[str, tuple[str, ...]] = {
    "organization": ("id", "name", "description", "website", "email"),
    "service": (
        "id",
        "organization_id",
        "name",
        "description",
        "status",
        "fees_description",
        "application_process",
        "eligibility_description",
        "minimum_age",
        "maximum_age",
    ),
    "location": ("id", "organization_id", "location_type", "name", "latitude", "longitude"),
    "address": (
        "id",
        "location_id",
        "address_1",
        "city",
        "state_province",
        "postal_code",
        "country",
        "address_type",
    ),
    "service_at_location": ("id", "service_id", "location_id"),
    "schedule": ("id", "service_id", "freq", "byday", "opens_at", "closes_at", "valid_from", "valid_to"),
    "phone": ("id", "organization_id", "service_id", "number", "description"),
    "language": ("id", "service_id", "code"),
    "required_document": ("id", "service_id", "document"),
    "service_capacity": ("id", "service_id", "unit_id", "available", "maximum", "updated"),
    "unit": ("id", "name"),
    "accessibility": ("id", "location_id", "description"),
    "attribute": ("id", "link_id", "taxonomy_term_id", "link_entity", "value"),
    "taxonomy_term": ("id", "code", "name", "taxonomy"),
}
NESTED = {
    "phones": "phone",
    "schedules": "schedule",
    "languages": "language",
    "required_documents": "required_document",
    "capacities": "service_capacity",
    "addresses": "address",
    "accessibility": "accessibility",
}


def read_rows(source: str, content: bytes) -> list[Row]:
    """Return the rows of a file, JSON or a zip of tables; refuse what is neither, or too large."""
    if len(content) > MOST_BYTES:
        raise BadInputError(source, Fault(f"a file of at most {MOST_BYTES // 1_000_000} MB"))
    rows = list(_zip_rows(source, content) if content[:2] == b"PK" else _json_rows(source, content))
    if not any(row.table == "service" for row in rows):
        raise BadInputError(source, Fault("at least one service of HSDS 3.0: JSON, or a zip with service.csv"))
    return rows


def _zip_rows(source: str, content: bytes) -> Iterator[Row]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = {name.rsplit("/", 1)[-1]: archive.getinfo(name) for name in archive.namelist()}
        if sum(info.file_size for info in members.values()) > MOST_UNPACKED:
            raise BadInputError(source, Fault(f"at most {MOST_UNPACKED // 1_000_000} MB when unpacked"))
        for table in TABLES:
            if f"{table}.csv" in members:
                yield from _csv_rows(source, table, archive.read(members[f"{table}.csv"]))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        raise BadInputError(source, Fault("a zip file that can be unpacked")) from None


def _csv_rows(source: str, table: str, content: bytes) -> Iterator[Row]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        names = reader.fieldnames or []
        if "id" not in names:
            raise BadInputError(source, Fault("a first line with the names of the columns", 1, f"{table}.id"))
        for values in reader:
            if reader.line_num > MOST_ROWS:
                raise BadInputError(source, Fault(f"at most {MOST_ROWS} rows", field=table))
            if None in values or None in values.values():
                raise BadInputError(source, Fault(f"{len(names)} columns as in the first line", reader.line_num, table))
            yield Row(table, reader.line_num, {name: plain_again(value) for name, value in values.items()})
    except UnicodeDecodeError as error:
        raise BadInputError(source, Fault("text in UTF-8", field=table, found=f"byte {error.start}")) from None
    except csv.Error as error:
        raise BadInputError(source, Fault("comma-separated values", field=table, found=str(error))) from None


def _json_rows(source: str, content: bytes) -> Iterator[Row]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInputError(source, Fault("text in UTF-8", found=f"byte {error.start}")) from None
    except json.JSONDecodeError as error:
        raise BadInputError(source, Fault("JSON", row=error.lineno, found=error.msg)) from None
    except RecursionError:
        raise BadInputError(source, Fault("JSON that is not nested without end")) from None
    if isinstance(document, dict):
        document = document.get("contents", document.get("services", [document]))
    if not isinstance(document, list) or not all(isinstance(each, dict) for each in document):
        raise BadInputError(source, Fault("a list of services"))
    if len(document) > MOST_ROWS:
        raise BadInputError(source, Fault(f"at most {MOST_ROWS} services"))
    seen: set[tuple[str, str]] = set()
    for number, service in enumerate(document, 1):
        yield from _service_rows(service, number, seen)


def _service_rows(service: Mapping[str, Any], number: int, seen: set[tuple[str, str]]) -> Iterator[Row]:
    """Give the rows of one service; an organization or a place that several of them hold is read once."""
    key = str(service.get("id", ""))
    values = _flat(service)
    if isinstance(organization := service.get("organization"), dict):
        values["organization_id"] = values.get("organization_id") or str(organization.get("id", ""))
        if ("organization", str(organization.get("id"))) not in seen:
            seen.add(("organization", str(organization.get("id"))))
            yield Row("organization", number, _flat(organization))
            yield from _nested(organization, number, {"organization_id": str(organization.get("id", ""))})
    yield Row("service", number, values)
    yield from _nested(service, number, {"service_id": key})
    for attribute in _dicts(service.get("attributes")):
        yield Row("attribute", number, {**_flat(attribute), "link_id": key, **_term_id(attribute)})
        if isinstance(term := attribute.get("taxonomy_term"), dict):
            yield Row("taxonomy_term", number, _flat(term))
    for at in _dicts(service.get("service_at_locations")):
        location = at.get("location")
        place = str(location.get("id", "")) if isinstance(location, dict) else str(at.get("location_id", ""))
        yield Row("service_at_location", number, {**_flat(at), "service_id": key, "location_id": place})
        yield from _nested(at, number, {"service_id": key})
        if isinstance(location, dict) and ("location", place) not in seen:
            seen.add(("location", place))
            yield Row("location", number, _flat(location))
            yield from _nested(location, number, {"location_id": place})


def _term_id(attribute: Mapping[str, Any]) -> dict[str, str]:
    term = attribute.get("taxonomy_term")
    return {"taxonomy_term_id": str(term.get("id", ""))} if isinstance(term, dict) else {}


def _nested(owner: Mapping[str, Any], number: int, named: dict[str, str]) -> Iterator[Row]:
    for name, table in NESTED.items():
        for each in _dicts(owner.get(name)):
            yield Row(table, number, {**_flat(each), **named})


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _flat(value: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(each) for name, each in value.items() if isinstance(each, str | int | float) and each is not None}


def tables_of(directory: Directory) -> dict[str, list[dict[str, Any]]]:
    """Return a directory as the rows of HSDS's tables."""
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for one in directory.organizations:
        tables["organization"].append(
            {
                "id": one.id,
                "name": one.name,
                "description": one.description or one.name,
                "website": one.website,
                "email": one.email,
            }
        )
        tables["phone"] += [
            {"id": p.id, "organization_id": one.id, "number": p.number, "description": p.description}
            for p in one.phones
        ]
    for place in directory.locations:
        _add_location(tables, place)
    if directory.services:
        tables["unit"].append({"id": uuid5(SPACE, "unit places"), "name": "places"})
    terms: dict[UUID, dict[str, Any]] = {}
    for service in directory.services:
        _add_service(tables, service, terms)
    tables["taxonomy_term"] += terms.values()
    return tables


def _add_location(tables: dict[str, list[dict[str, Any]]], place: LocationDraft) -> None:
    tables["location"].append(
        {
            "id": place.id,
            "organization_id": place.organization_id,
            "location_type": "physical",
            "name": place.name,
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
    )
    tables["address"].append(
        {
            "id": uuid5(place.id, "address"),
            "location_id": place.id,
            "address_1": place.address,
            "city": place.city,
            "state_province": place.region,
            "postal_code": place.postal_code,
            "country": place.country,
            "address_type": "physical",
        }
    )
    tables["accessibility"] += [
        {"id": uuid5(place.id, f"accessibility {text}"), "location_id": place.id, "description": text}
        for text in place.accessibility
    ]


def _add_service(tables: dict[str, list[dict[str, Any]]], one: ServiceDraft, terms: dict[UUID, Any]) -> None:
    tables["service"].append(
        {
            "id": one.id,
            "organization_id": one.organization_id,
            "name": one.name,
            "description": one.description,
            "status": one.status,
            "fees_description": one.fees,
            "application_process": one.how_to_apply,
            "eligibility_description": one.eligibility,
            "minimum_age": one.minimum_age,
            "maximum_age": one.maximum_age,
        }
    )
    hung = {
        "service_at_location": [{"id": uuid5(one.id, f"at {key}"), "location_id": key} for key in one.at],
        "schedule": [_schedule(one.id, hours) for hours in one.hours],
        "phone": [{"id": p.id, "number": p.number, "description": p.description} for p in one.phones],
        "language": [{"id": uuid5(one.id, f"language {code}"), "code": code} for code in one.languages],
        "required_document": [{"id": uuid5(one.id, f"document {text}"), "document": text} for text in one.documents],
    }
    if one.places is not None or one.free_places is not None:
        updated = one.places_updated_at.isoformat() if one.places_updated_at else ""
        count = {"available": one.free_places, "maximum": one.places, "updated": updated}
        hung["service_capacity"] = [{"id": uuid5(one.id, "capacity"), "unit_id": uuid5(SPACE, "unit places"), **count}]
    for table, rows in hung.items():
        tables[table] += [{**row, "service_id": one.id} for row in rows]
    for taxonomy, code in [(KIND_TAXONOMY, one.kind), *((WHOM_TAXONOMY, sex) for sex in one.sexes)]:
        term = uuid5(SPACE, f"{taxonomy} {code}")
        terms[term] = {"id": term, "code": code, "name": code, "taxonomy": taxonomy}
        tables["attribute"].append(
            {
                "id": uuid5(one.id, f"{taxonomy} {code}"),
                "link_id": one.id,
                "taxonomy_term_id": term,
                "link_entity": "service",
                "value": code,
            }
        )


def _schedule(service: UUID, hours: Hours) -> dict[str, Any]:
    days = ",".join(day for day in WEEKDAYS if day in hours.days)
    return {
        "id": uuid5(service, f"schedule {days} {hours.opens} {hours.closes} {hours.valid_from}"),
        "freq": "WEEKLY",
        "byday": days,
        "opens_at": f"{hours.opens:%H:%M}",
        "closes_at": f"{hours.closes:%H:%M}",
        "valid_from": hours.valid_from,
        "valid_to": hours.valid_to,
    }


def write_zip(directory: Directory) -> bytes:
    """Return a directory as a tabular data package: one CSV a table, and what their columns are."""
    tables, written = tables_of(directory), io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", json.dumps(_package(), indent=1))
        for name, columns in TABLES.items():
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
            writer.writeheader()
            writer.writerows({key: "" if v is None else _harmless(v) for key, v in row.items()} for row in tables[name])
            archive.writestr(f"{name}.csv", text.getvalue())
    return written.getvalue()


def _harmless(value: Any) -> Any:
    """Return a cell that no program for tables takes for a formula."""
    return harmless(value) if isinstance(value, str) else value


def _package() -> dict[str, Any]:
    return {
        "name": "mainstay-directory",
        "profile": "tabular-data-package",
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "profile": "tabular-data-resource",
                "schema": {"fields": [{"name": column, "type": "string"} for column in columns], "primaryKey": "id"},
            }
            for name, columns in TABLES.items()
        ],
    }


def write_json(directory: Directory) -> bytes:
    """Return a directory as whole services of HSDS 3.0, one page of them."""
    organizations = {one.id: one for one in directory.organizations}
    places = {place.id: place for place in directory.locations}
    services = [_whole_service(one, organizations.get(one.organization_id), places) for one in directory.services]
    page = {
        "total_items": len(services),
        "total_pages": 1,
        "page_number": 1,
        "size": len(services),
        "first_page": True,
        "last_page": True,
        "empty": not services,
        "contents": services,
    }
    return json.dumps(page, ensure_ascii=False, indent=1, default=str).encode()


def _whole_service(
    one: ServiceDraft, organization: OrganizationDraft | None, known: Mapping[UUID, LocationDraft]
) -> dict[str, Any]:
    places = [known[key] for key in one.at if key in known]
    alone = replace(one, at=tuple(place.id for place in places))
    tables = tables_of(Directory((organization,) if organization else (), tuple(places), (alone,)))
    terms = {row["id"]: row for row in tables["taxonomy_term"]}
    whole = dict(tables["service"][0])
    whole |= {name: _of(tables[table], "service_id", one.id) for name, table in NESTED.items() if table in OF_SERVICE}
    whole["attributes"] = [
        {**_without(row, "taxonomy_term_id"), "taxonomy_term": terms[row["taxonomy_term_id"]]}
        for row in tables["attribute"]
    ]
    whole["service_at_locations"] = [
        {
            "id": at["id"],
            "location": {
                **next(row for row in tables["location"] if row["id"] == at["location_id"]),
                "addresses": _of(tables["address"], "location_id", at["location_id"]),
                "accessibility": _of(tables["accessibility"], "location_id", at["location_id"]),
            },
        }
        for at in tables["service_at_location"]
    ]
    if organization:
        own = [row for row in tables["phone"] if row.get("organization_id")]
        whole["organization"] = {**tables["organization"][0], "phones": own}
    filled: dict[str, Any] = _filled(whole)
    return filled


OF_SERVICE = frozenset({"phone", "schedule", "language", "required_document", "service_capacity"})


def _of(rows: Iterable[dict[str, Any]], name: str, key: Any) -> list[dict[str, Any]]:
    return [_without(row, name) for row in rows if row.get(name) == key]


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _filled(value: Any) -> Any:
    """Leave out what is not known, so that nothing stands there as an empty text; degrees are numbers."""
    if isinstance(value, dict):
        return {k: _filled(v) for k, v in value.items() if v is not None and v != "" and v != []}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    return float(value) if hasattr(value, "as_tuple") else value
