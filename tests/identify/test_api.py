import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from django.contrib.auth import SESSION_KEY
from django.test import Client

from mainstay.core import clock, sealing
from mainstay.core.access import Role
from mainstay.identify.engine.shipped import shipped_names
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.models import Screening
from mainstay.identify.services import letters
from mainstay.identify.services.instruments import install_instrument
from tests.factories import a_person
from tests.identify.builders import workbook

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/identify"
DOCUMENT = {
    "instrument": "rapid_screen",
    "version": 1,
    "child": False,
    "answers": {"brought_here": "yes", "threats": "yes", "made_to": ["sex"]},
}


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(a_person(role))
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"{ROOT}{path}", body, content_type="application/json")


def test_instruments_are_listed_and_read() -> None:
    client = client_of(Role.SCREENER)
    listed = client.get(f"{ROOT}/instruments").json()
    assert ("rapid_screen", "1", 14) in [(i["name"], i["version"], i["question_count"]) for i in listed]
    assert {i["name"] for i in listed} == set(shipped_names()) - {"sexual_exploitation"}  # a draft is off
    questions = client.get(f"{ROOT}/instruments/rapid_screen").json()["questions"]
    assert questions[0]["labels"]["fr"].startswith("La personne")
    assert "judgement" not in questions[0]
    assert client.get(f"{ROOT}/instruments/ghost").status_code == 404


def test_a_screening_is_kept_and_answers_with_its_assessment() -> None:
    client = client_of(Role.SCREENER)
    answer = post(client, "/screenings", DOCUMENT | {"sex": "female"})
    assert answer.status_code == 201
    body = answer.json()
    assert body["assessment"]["level"] == "trafficking indicated"
    kept = Screening.objects.get(pk=body["id"])
    assert (kept.forms, kept.age_group, kept.sex) == (["sexual_exploitation"], "18+", "female")
    assert client.get(f"{ROOT}/screenings/{kept.pk}").json()["assessment"]["level"] == "trafficking indicated"
    assert client.get(f"{ROOT}/screenings").json()[0]["forms"] == ["sexual_exploitation"]


def test_assessing_alone_keeps_nothing() -> None:
    answer = post(client_of(Role.CASE_MANAGER), "/assess", DOCUMENT)
    assert answer.json()["elements"] == {"act": True, "means": True, "purpose": True}
    assert not Screening.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"instrument": "ghost"},
        {"instrument": "a\x00b"},
        {"version": 9},
        {"answers": {"ghost": "yes"}},
        {"answers": {"threats": "maybe"}},
    ],
)
def test_a_wrong_document_is_a_problem_document_that_names_the_field(change: dict[str, Any]) -> None:
    answer = post(client_of(Role.SCREENER), "/screenings", DOCUMENT | change)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["faults"][0]["field"].startswith(next(iter(change)))
    assert not Screening.objects.exists()


MAY = (Role.SCREENER, Role.CASE_MANAGER, Role.ADMINISTRATOR, Role.SUPERVISOR)


@pytest.mark.parametrize("role", [r for r in Role if r not in MAY])
def test_other_roles_are_refused(role: Role) -> None:
    client = client_of(role)
    assert client.get(f"{ROOT}/instruments").status_code == 403
    assert post(client, "/screenings", DOCUMENT).status_code == 403
    assert client.get(f"{ROOT}/screenings").status_code == 403


INSTANCE = {"instance_id": "uuid:9b2d8f1e-0c4b-4a55-9a3e-0f3a6f4f1c11"}


def test_an_interview_sent_twice_under_its_own_name_is_kept_once() -> None:
    client = client_of(Role.SCREENER)
    begun = {"started_at": "2026-01-05T10:00:00+03:00", "name": "Amal Haddad", "nationality": "XO"}
    with clock.frozen_at(datetime(2026, 1, 6, tzinfo=UTC)):
        first, again = (post(client, "/screenings", DOCUMENT | INSTANCE | begun) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    kept = Screening.objects.get()
    assert (kept.source, kept.name.open(), kept.nationality) == ("offline", "Amal Haddad", "XO")
    assert kept.started_at == datetime(2026, 1, 5, 7, tzinfo=UTC)


def test_another_interview_under_a_name_that_is_taken_is_refused() -> None:
    client = client_of(Role.SCREENER)
    assert post(client, "/screenings", DOCUMENT | INSTANCE).status_code == 201
    other = DOCUMENT | INSTANCE | {"answers": {"threats": "no"}}
    assert post(client, "/screenings", other).status_code == 409
    assert post(client_of(Role.SCREENER), "/screenings", DOCUMENT | INSTANCE).status_code == 409
    assert Screening.objects.count() == 1


@pytest.mark.parametrize("moment", ["2031-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-01-05T10:00:00"])
def test_a_phones_clock_that_is_far_off_is_not_believed(moment: str) -> None:
    now = datetime(2026, 1, 6, tzinfo=UTC)
    with clock.frozen_at(now):
        assert post(client_of(Role.SCREENER), "/screenings", DOCUMENT | {"started_at": moment}).status_code == 201
    assert Screening.objects.get().started_at == now


@pytest.mark.parametrize("wrong", [{"instance_id": "4"}, {"started_at": "soon"}, {"nationality": "Selvania"}])
def test_a_wrong_word_about_the_interview_is_refused_by_its_field(wrong: dict[str, str]) -> None:
    answer = post(client_of(Role.SCREENER), "/screenings", DOCUMENT | wrong)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["field"] == next(iter(wrong))


def test_an_interview_under_an_older_version_that_the_node_keeps_is_taken() -> None:
    client = client_of(Role.SCREENER)
    post(client, "/screenings", DOCUMENT)
    survey = [["type", "name", "label"], ["text", "a", "A?"]]
    newer = workbook(survey, None, [["form_id", "version"], ["rapid_screen", "2"]])
    install_instrument(read_instrument("rapid_screen.xlsx", newer), actor=None, now=clock.now())
    assert post(client, "/screenings", DOCUMENT).status_code == 201
    assert post(client, "/screenings", DOCUMENT | {"version": 3}).json()["faults"][0]["field"] == "version"
    assert {row.instrument.version for row in Screening.objects.all()} == {"1"}


def letter(document: dict[str, Any], client: Client, instance_id: str = INSTANCE["instance_id"]) -> dict[str, str]:
    """An interview as the device of the client's screener seals it."""
    context = f"identify.interview:{instance_id}:{client.session[SESSION_KEY]}"
    key = X25519PublicKey.from_public_bytes(bytes.fromhex(letters.public_key()))
    sealed = sealing.seal_to(key, json.dumps(document).encode(), context)
    return {"instance_id": instance_id, "sealed": b64encode(sealed).decode()}


def test_an_interview_sealed_to_the_node_is_opened_and_kept_once() -> None:
    client = client_of(Role.SCREENER)
    first, again = (post(client, "/sealed-screenings", letter(DOCUMENT, client)) for _ in range(2))
    assert first.json() == again.json() == {"id": str(Screening.objects.get().pk)}
    assert Screening.objects.get().level == "trafficking indicated"


def test_a_letter_off_a_colleagues_device_opens_for_nobody_else() -> None:
    taker, finder = client_of(Role.SCREENER), client_of(Role.SCREENER)
    found = letter(DOCUMENT, taker)
    assert post(finder, "/sealed-screenings", found).json()["faults"][0]["field"] == "sealed"
    assert not Screening.objects.exists()
    assert post(taker, "/sealed-screenings", found).status_code == 201


@pytest.mark.parametrize(
    ("document", "changes", "field"),
    [
        (DOCUMENT, {"instance_id": "uuid:00000000-0000-0000-0000-000000000000"}, "sealed"),
        (DOCUMENT, {"sealed": "no letter"}, "sealed"),
        (DOCUMENT, {"sealed": b64encode(bytes(80)).decode()}, "sealed"),
        (DOCUMENT, {"sealed": ""}, "sealed"),
        ({**DOCUMENT, "sex": "a"}, {}, "sex"),
        ({**DOCUMENT, "version": 9}, {}, "version"),
        (DOCUMENT, {"instance_id": "x", "sealed": ""}, "instance_id"),
    ],
)
def test_a_letter_that_is_none_is_refused_by_its_field(
    document: dict[str, Any], changes: dict[str, str], field: str
) -> None:
    client = client_of(Role.SCREENER)
    answer = post(client, "/sealed-screenings", letter(document, client) | changes)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["field"] == field
    assert not Screening.objects.exists()


def test_today_is_the_day_at_the_nodes_place() -> None:
    rows = [["type", "name", "label", "constraint"], ["date", "left", "Left?", ". <= today()"]]
    form = read_instrument("leaving.xlsx", workbook(rows, None, [["form_id", "version"], ["leaving", "1"]]))
    install_instrument(form, actor=None, now=clock.now())
    body = {"instrument": "leaving", "answers": {"left": "2026-01-06"}}
    with clock.frozen_at(datetime(2026, 1, 5, 23, tzinfo=UTC)):
        assert post(client_of(Role.SCREENER), "/screenings", body).status_code == 422
        clock.use_zone("Asia/Beirut")
        try:
            assert post(client_of(Role.SCREENER), "/screenings", body).status_code == 201
        finally:
            clock.use_zone("UTC")
