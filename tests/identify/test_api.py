from typing import Any

import pytest
from django.test import Client

from mainstay.core.access import Role
from mainstay.identify.models import Screening
from tests.factories import a_person

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
    assert [(i["name"], i["version"], i["question_count"]) for i in listed] == [("rapid_screen", "1", 14)]
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
