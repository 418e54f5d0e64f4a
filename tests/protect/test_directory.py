"""The directory of services: by hand, from files and out to files, and what never leaves it. All made up."""

# ruff: noqa: DTZ001  # the clock on a wall has no zone

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from mainstay.audit.models import Entry
from mainstay.core.access import Role
from mainstay.core.errors import BadInputError, NotAllowedError
from mainstay.protect.errors import CapacityError
from mainstay.protect.models import Location, Organization, Service
from mainstay.protect.rules import hsds, hsds_files
from mainstay.protect.rules.opening import Hours, is_open
from mainstay.protect.services import directory
from tests.conftest import Command
from tests.factories import a_person, an_agency

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
DAY = Hours(frozenset({"MO", "TU"}), time(9), time(17))
STREET = "14 Saltmarsh Lane"
PLACE = {
    "address": STREET,
    "city": "Three Wells",
    "region": "Low Mill",
    "country": "XS",
    "latitude": Decimal("52.37403"),
    "longitude": Decimal("4.88969"),
}


def a_service(name: str = "Lantern house", *, confidential: bool = False, **changes: Any) -> Service:
    """Return a service of a new organization, kept by an administrator."""
    administrator = a_person(Role.ADMINISTRATOR)
    organization = changes.pop("organization", None) or directory.add_organization(
        f"{name} trust", agency=changes.pop("agency", None), actor=administrator
    )
    hung = {key: changes.pop(key) for key in ("hours", "languages", "phone") if key in changes}
    own = {"kind": "shelter", "name": name, "status": "active", **changes}
    given_ = directory.ServiceInput(
        own, {**PLACE, "is_confidential": confidential}, **{"hours": (DAY,), "languages": ("sw", "en"), **hung}
    )
    return directory.keep_service(given_, organization=organization, actor=administrator, now=NOW)


def test_a_directory_comes_back_from_both_kinds_of_file_as_it_left() -> None:
    a_service(places=10, free_places=2, sexes=["female"], documents=["Any paper"], minimum_age=18, phone="+999 1 22")
    a_service("Second, with “quotes”", kind="legal", eligibility="Line one\nline two", phone="")
    before = directory.whole_directory()
    for as_json in (True, False):
        content = directory.write_out(as_json=as_json, actor=None)
        Organization.objects.all().delete()
        taken = directory.take_in("services", content, actor=None, now=NOW)
        assert (taken.organizations, taken.locations, taken.services) == (2, 2, 2)
        assert directory.whole_directory() == before
        directory.take_in("services", content, actor=None, now=NOW)  # again: nothing doubles
        assert directory.whole_directory() == before
    assert Entry.objects.filter(action="directory.imported").count() == 4


def test_a_protected_place_is_in_no_list_no_page_and_no_file_and_not_even_kept(
    client_of: Callable[[Role], Client],
) -> None:
    hidden = a_service("Harbour", confidential=True)
    a_service("Open door")
    place = hidden.locations.get()
    assert (place.address, place.city, place.postal_code) == ("", "", "")
    assert (place.latitude, place.longitude) == (Decimal("52.4"), Decimal("4.9"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM protect_location WHERE is_confidential")
        assert STREET not in str(cursor.fetchall())
    for as_json in (True, False):
        content = directory.write_out(as_json=as_json, actor=None)
        rows = hsds_files.read_rows("x", content)
        assert str(place.pk) not in str(rows)
        assert "52.4" not in str([row for row in rows if row.table == "location"]).replace("52.37403", "")
    client = client_of(Role.CASE_MANAGER)
    page = client.get(reverse("protect:service", args=[hidden.pk])).content.decode()
    listed = client.get(reverse("protect:services"), {"words": "Harbour"}).content.decode()
    for text in (page, listed):
        assert STREET not in text
        assert "52.3" not in text
        assert "Low Mill" in text
    assert "Harbour" not in client.get(reverse("protect:services"), {"area": "Three Wells"}).content.decode()


def test_a_file_never_puts_an_address_back_on_a_protected_place() -> None:
    service = a_service()
    content = directory.write_out(as_json=True, actor=None)
    place = service.locations.get()
    Location.objects.filter(pk=place.pk).update(
        is_confidential=True, address="", city="", latitude=None, longitude=None
    )
    directory.take_in("old.json", content, actor=None, now=NOW)
    place.refresh_from_db()
    assert (place.is_confidential, place.address, place.city, place.latitude) == (True, "", "", None)
    assert service.locations.count() == 1


ORGANIZATION, SERVICE_ID, LOCATION = str(uuid4()), str(uuid4()), str(uuid4())


def tables(**changed: list[dict[str, str]]) -> bytes:
    """Return a zip of a small good directory, with some tables changed."""
    good: dict[str, list[dict[str, str]]] = {
        "organization": [{"id": ORGANIZATION, "name": "Lantern", "description": "x", "email": "", "website": ""}],
        "service": [{"id": SERVICE_ID, "organization_id": ORGANIZATION, "name": "House", "status": "active"}],
        "location": [{"id": LOCATION, "organization_id": ORGANIZATION, "latitude": "1", "longitude": "2"}],
        "service_at_location": [{"id": str(uuid4()), "service_id": SERVICE_ID, "location_id": LOCATION}],
        **changed,
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, rows in good.items():
            lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
            archive.writestr(f"{name}.csv", "\n".join(lines))
    return written.getvalue()


def hung(**values: str) -> list[dict[str, str]]:
    """Return one row that hangs on the service."""
    return [{"id": str(uuid4()), "service_id": SERVICE_ID, **values}]


SCHEDULE = {"byday": "MO", "opens_at": "09:00", "closes_at": "17:00", "valid_from": "", "valid_to": ""}
FAULTY: list[tuple[dict[str, list[dict[str, str]]], str, str]] = [
    ({"organization": [{"id": "7", "name": "Lantern"}]}, "organization.id", "UUID"),
    ({"organization": [{"id": ORGANIZATION, "name": ""}]}, "organization.name", "a value"),
    ({"organization": [{"id": ORGANIZATION, "name": "L", "email": "no"}]}, "organization.email", "mail"),
    ({"organization": [{"id": ORGANIZATION, "name": "L", "website": "no"}]}, "organization.website", "http"),
    (
        {"service": [{"id": SERVICE_ID, "organization_id": str(uuid4()), "name": "H"}]},
        "organization_id",
        "in this file",
    ),
    ({"service": [{"id": SERVICE_ID, "organization_id": ORGANIZATION, "name": "H", "status": "new"}]}, "status", "act"),
    (
        {
            "service": [
                {
                    "id": SERVICE_ID,
                    "organization_id": ORGANIZATION,
                    "name": "H",
                    "minimum_age": "18",
                    "maximum_age": "9",
                }
            ]
        },
        "service.maximum_age",
        "from 18",
    ),
    ({"location": [{"id": LOCATION, "latitude": "91", "longitude": "2"}]}, "location.latitude", "-90 to 90"),
    ({"location": [{"id": LOCATION, "latitude": "NaN", "longitude": "2"}]}, "location.latitude", "degrees"),
    ({"location": [{"id": LOCATION, "latitude": "", "longitude": "2"}]}, "location.latitude", "neither"),
    ({"address": [{"id": "1", "location_id": LOCATION, "country": "Utopia"}]}, "address.country", "two letters"),
    ({"service_at_location": hung(location_id=str(uuid4()))}, "location_id", "in this file"),
    ({"schedule": hung(**{**SCHEDULE, "byday": "MONDAY"})}, "schedule.byday", "MO"),
    ({"schedule": hung(**{**SCHEDULE, "opens_at": "25:00"})}, "schedule.opens_at", "09:00"),
    ({"schedule": hung(**SCHEDULE, freq="MONTHLY")}, "schedule.freq", "WEEKLY"),
    ({"schedule": hung(**{**SCHEDULE, "valid_from": "2026-02-30"})}, "schedule.valid_from", "a day"),
    (
        {"schedule": hung(**{**SCHEDULE, "valid_from": "2026-02-03", "valid_to": "2026-02-01"})},
        "schedule.valid_to",
        "2026-02-03",
    ),
    ({"phone": hung(number="call me")}, "phone.number", "phone"),
    ({"language": hung(code="Swahili")}, "language.code", "639"),
    ({"service_capacity": hung(available="5", maximum="2")}, "service_capacity.available", "at most 2"),
    ({"service_capacity": hung(available="-1", maximum="2")}, "service_capacity.available", "whole number"),
    ({"service_capacity": hung(available="1", maximum="2", updated="soon")}, "service_capacity.updated", "moment"),
]


@pytest.mark.parametrize(("changed", "field", "expected"), FAULTY, ids=[f"{f}-{e}" for _c, f, e in FAULTY])
def test_a_fault_is_named_by_row_field_and_what_was_expected_and_nothing_comes_in(
    changed: dict[str, list[dict[str, str]]], field: str, expected: str
) -> None:
    with pytest.raises(BadInputError) as refused:
        directory.take_in("services.zip", tables(**changed), actor=None, now=NOW)
    found = [fault for fault in refused.value.faults if field in str(fault.field) and expected in fault.expected]
    assert found, refused.value.faults
    assert found[0].row == 2
    assert not Service.objects.exists()
    assert not Organization.objects.exists()


def test_all_faults_of_a_file_are_listed_at_once() -> None:
    faulty = tables(
        organization=[{"id": ORGANIZATION, "name": "", "email": "no"}], language=hung(code="x1"), phone=hung(number="?")
    )
    with pytest.raises(BadInputError) as refused:
        directory.take_in("services.zip", faulty, actor=None, now=NOW)
    assert len(refused.value.faults) == 4
    directory.take_in("services.zip", tables(), actor=None, now=NOW)
    assert Service.objects.get().locations.get().latitude == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04broken", b"{", b"[1, 2]", b"\xff\xfe", b"[]", b'{"contents": []}', b'"x"', b"[" * 100_000],
)
def test_what_is_no_file_of_services_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadInputError):
        directory.take_in("services", content, actor=None, now=NOW)


@pytest.mark.parametrize("name", ["a\x00b", "a\ud800"])
def test_signs_that_no_database_keeps_are_a_fault_like_any_other(name: str) -> None:
    organization = {"id": ORGANIZATION, "name": "Lantern"}
    content = json.dumps([{"id": SERVICE_ID, "name": name, "status": "active", "organization": organization}])
    with pytest.raises(BadInputError) as refused:
        directory.take_in("services.json", content.encode(), actor=None, now=NOW)
    assert refused.value.faults[0].field == "service.name"


def test_a_file_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hsds_files, "MOST_UNPACKED", 100)
    with pytest.raises(BadInputError, match="unpacked"):
        directory.take_in("services.zip", tables(), actor=None, now=NOW)


def test_a_stop_in_the_middle_of_a_file_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(directory, "_take_service", stopped)
    with pytest.raises(KeyboardInterrupt):
        directory.take_in("services.zip", tables(), actor=None, now=NOW)
    assert not Organization.objects.exists()


names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(str.strip)


@given(names, names, st.none() | st.integers(0, 99), st.lists(st.sampled_from(["sw", "fr", "ar"]), unique=True))
def test_whatever_is_written_is_read_back(organization: str, name: str, free: int | None, languages: list[str]) -> None:
    one, place = hsds.OrganizationDraft(uuid4(), organization.strip(), "What they do."), uuid4()
    service = hsds.ServiceDraft(
        uuid4(), one.id, "legal", name.strip(), free_places=free, languages=tuple(languages), at=(place,), hours=(DAY,)
    )
    whole = hsds.Directory((one,), (hsds.LocationDraft(place, one.id),), (service,))
    for content in (hsds_files.write_json(whole), hsds_files.write_zip(whole)):
        read, faults = hsds.read_directory(hsds_files.read_rows("x", content), directory.KINDS)
        assert not faults
        assert read == whole


def test_the_list_and_the_rule_agree_on_what_is_open() -> None:
    hours = [
        DAY,
        Hours(frozenset({"MO", "SU"}), time(20), time(8)),
        replace(DAY, valid_from=date(2026, 11, 24)),
        replace(DAY, valid_to=date(2026, 11, 23)),
        Hours(frozenset({"TU"}), time(0), time(0)),
        Hours(frozenset({"MO"}), time(22), time(3), None, date(2026, 11, 23)),
    ]
    for number, each in enumerate(hours):
        a_service(f"S{number}", hours=(each,))
    for day in (22, 23, 24, 25):
        for hour in range(24):
            at = datetime(2026, 11, day, hour, 30)
            by_list = set(Service.objects.open_at(at).values_list("name", flat=True))
            by_rule = {f"S{n}" for n, each in enumerate(hours) if is_open([each], at)}
            assert by_list == by_rule, at


def test_the_list_narrows_by_kind_language_country_opening_and_free_places(
    client_of: Callable[[Role], Client],
) -> None:
    a_service("Full house", places=3, free_places=0)
    a_service("Free house", places=3, free_places=1, languages=("fr",))
    a_service("Lawyers", kind="legal", hours=())
    a_service("Gone", status="defunct")
    client = client_of(Role.CASE_MANAGER)

    def shown(**asked: str) -> set[str]:
        page = client.get(reverse("protect:services"), asked).content.decode()
        return {name for name in ("Full house", "Free house", "Lawyers", "Gone") if f">{name}</a>" in page}

    assert shown() == {"Full house", "Free house", "Lawyers"}
    assert shown(all="on") == {"Full house", "Free house", "Lawyers", "Gone"}
    assert shown(kind="legal") == {"Lawyers"}
    assert shown(language="fr") == {"Free house"}
    assert shown(free="on") == {"Free house"}
    assert shown(open_at="2026-11-24T10:00") == {"Full house", "Free house"}
    assert shown(open_at="2026-11-25T10:00") == set()
    assert shown(country="XS", words="house") == {"Full house", "Free house"}
    assert client.get(reverse("protect:services"), {"kind": "nonsense"}).status_code == 422


def test_the_list_costs_the_same_with_three_services_and_thirty(client_of: Callable[[Role], Client]) -> None:
    client = client_of(Role.CASE_MANAGER)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("protect:services")).status_code == 200
        return len(asked)

    for number in range(3):
        a_service(f"A{number}")
    cost()
    few = cost()
    for number in range(27):
        a_service(f"B{number}")
    assert cost() == few


FORM = {
    "kind": "shelter",
    "name": "Night house",
    "status": "active",
    "places": "4",
    "free_places": "1",
    "languages": ["sw"],
    "country": "",
    "hours-TOTAL_FORMS": "2",
    "hours-INITIAL_FORMS": "0",
    "hours-0-days": ["MO", "TU"],
    "hours-0-opens": "20:00",
    "hours-0-closes": "08:00",
}


def test_a_service_provider_keeps_the_services_of_their_own_agency_and_no_others() -> None:
    provider = a_person(Role.SERVICE_PROVIDER, an_agency("Lantern clinic"))
    client = Client()
    client.force_login(provider)
    answer = client.post(reverse("protect:new_service"), FORM)
    assert answer.status_code == 302
    made = Service.objects.get()
    assert (made.organization.name, made.organization.agency) == ("Lantern clinic", provider.agency)
    assert made.schedules.get().byday == "MO,TU"
    answer = client.post(reverse("protect:change_service", args=[made.pk]), {**FORM, "free_places": "0"})
    made.refresh_from_db()
    assert (answer.status_code, made.free_places, made.schedules.count()) == (302, 0, 1)
    other = a_service("Elsewhere")
    assert client.get(reverse("protect:change_service", args=[other.pk])).status_code == 403
    assert client.post(reverse("protect:service", args=[other.pk]), {"places": "1", "free": "1"}).status_code == 403
    assert client.get(reverse("protect:service", args=[other.pk])).status_code == 200
    with pytest.raises(NotAllowedError):
        directory.take_in("x", tables(), actor=provider, now=NOW)
    with pytest.raises(NotAllowedError):
        directory.add_organization("Mine", agency=None, actor=provider)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "field-name"),
        ({"free_places": "9"}, "field-free_places"),
        ({"minimum_age": "18", "maximum_age": "12"}, "field-maximum_age"),
        ({"latitude": "91", "longitude": "1"}, "field-latitude"),
        ({"latitude": "9"}, "field-longitude"),
        ({"hours-0-closes": ""}, "field-hours-0-closes"),
        ({"hours-0-valid_from": "2026-02-02", "hours-0-valid_to": "2026-02-01"}, "field-hours-0-valid_to"),
        ({"phone": "call"}, "field-phone"),
    ],
)
def test_what_does_not_fit_stands_by_its_field_and_nothing_is_saved(
    changed: dict[str, str], field: str, client_of: Callable[[Role], Client]
) -> None:
    answer = client_of(Role.SERVICE_PROVIDER).post(reverse("protect:new_service"), {**FORM, **changed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'has-error" id="{field}"' in page
    assert not Service.objects.exists()


def test_free_places_are_counted_with_their_moment_and_never_past_all(client_of: Callable[[Role], Client]) -> None:
    service = a_service(places=3)
    client = client_of(Role.SUPERVISOR)
    page = reverse("protect:service", args=[service.pk])
    assert client.post(page, {"places": "5", "free": "2"}).status_code == 302
    service.refresh_from_db()
    assert (service.places, service.free_places) == (5, 2)
    assert service.places_updated_at is not None
    assert service.places_updated_at != NOW
    refused = client.post(page, {"places": "1", "free": "2"})
    assert refused.status_code == 422
    with pytest.raises(CapacityError):
        directory.count_places(service, places=1, free=2, actor=a_person(Role.ADMINISTRATOR), now=NOW)


def test_the_pages_take_a_file_in_list_its_faults_and_hand_the_directory_out(
    client_of: Callable[[Role], Client],
) -> None:
    client = client_of(Role.ADMINISTRATOR)
    page = reverse("protect:directory_import")
    bad = client.post(page, {"file": SimpleUploadedFile("a.zip", tables(language=hung(code="Swahili")))})
    assert bad.status_code == 422
    assert "language.code" in bad.content.decode()
    assert not Service.objects.exists()
    assert client.post(page, {"file": SimpleUploadedFile("a.zip", tables())}).status_code == 302
    answer = client.get(reverse("protect:directory_export"), {"as": "json"})
    assert [s["name"] for s in json.loads(answer.content)["contents"]] == ["House"]
    archive = zipfile.ZipFile(io.BytesIO(client.get(reverse("protect:directory_export")).content))
    package = json.loads(archive.read("datapackage.json"))
    assert {resource["path"] for resource in package["resources"]} == set(archive.namelist()) - {"datapackage.json"}
    assert client_of(Role.CASE_MANAGER).get(page).status_code == 403


def test_the_command_exits_two_with_every_fault_and_takes_the_rest_whole(node_command: Command, tmp_path: Path) -> None:
    bad, good, out = tmp_path / "bad.zip", tmp_path / "good.zip", tmp_path / "out.json"
    bad.write_bytes(tables(language=hung(code="Swahili"), phone=hung(number="?")))
    good.write_bytes(tables())
    refused = node_command("protect", "directory", "import", str(bad))
    assert refused.returncode == 2
    assert "language.code" in refused.stderr
    assert "phone.number" in refused.stderr
    assert "Traceback" not in refused.stderr
    missing = node_command("protect", "directory", "import", str(tmp_path / "none.json"))
    assert missing.returncode == 2
    taken = node_command("protect", "directory", "import", str(good), "--json")
    assert (taken.returncode, json.loads(taken.stdout)["services"]) == (0, 1)
    assert node_command("protect", "directory", "export", str(out)).returncode == 0
    assert json.loads(out.read_text(encoding="utf-8"))["total_items"] == 1
    assert node_command("protect", "directory", "export", str(tmp_path / "x.txt")).returncode == 2


def test_an_organization_of_a_file_that_is_an_agency_here_can_be_referred_to() -> None:
    agency = an_agency("Lantern")
    directory.take_in("services.zip", tables(), actor=None, now=NOW)
    assert Service.objects.get().organization.agency == agency
