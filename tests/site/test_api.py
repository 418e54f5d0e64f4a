"""The API against its own description: whatever is sent, it answers as it says, and never breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as node_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from mainstay.accounts import services as accounts
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.site.wsgi import application
from tests.factories import a_case, a_figure, a_match, a_person, a_request, a_screening, alerts, an_agency, an_entity

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Ask the node in the test's own transaction: a request does not close the connection behind it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def tokens(db: None) -> dict[Role, str]:
    """A token of each role, at an agency where there is something to read."""
    agency = an_agency()
    people = {role: a_person(role, agency) for role in Role}
    a_case(people[Role.CASE_MANAGER])
    a_screening(people[Role.SCREENER])
    alerts(people[Role.ANALYST], 2)
    for make in (an_entity, a_request, a_match, a_figure):
        make()
    return {role: accounts.make_token("test", actor=person, now=clock.now()) for role, person in people.items()}


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@schema.parametrize()
@settings(
    max_examples=6,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_answers_each_role_as_the_description_says(case: Any, tokens: dict[Role, str]) -> None:
    for token in tokens.values():
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        checks = [not_a_server_error, response_schema_conformance, content_type_conformance]
        if response.status_code >= 400:
            checks = [not_a_server_error]
            assert response.headers["content-type"] == [PROBLEM]
            document = response.json()
            assert {"type", "title", "status", "detail"} <= set(document)
            assert document["status"] == response.status_code
        case.validate_response(response, checks=checks)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/api/v1/nothing", "", 404),
        ("delete", "/api/v1/protect/cases", "", 405),
        ("post", "/api/v1/identify/assess", "{", 400),
        ("post", "/api/v1/identify/assess", "{}", 422),
        ("get", "/api/v1/protect/cases?page=none", "", 422),
    ],
)
def test_whatever_goes_wrong_is_a_problem_document(method: str, path: str, body: str, status: int) -> None:
    token = accounts.make_token("test", actor=a_person(Role.CASE_MANAGER), now=clock.now())
    answer = Client().generic(
        method.upper(), path, body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.json()["status"] == status


def test_the_description_names_no_address_of_another_site() -> None:
    text = Client().get("/api/v1/openapi.json").content.decode()
    assert "://" not in text.replace(node_settings.CONFIG.base_url, "")
