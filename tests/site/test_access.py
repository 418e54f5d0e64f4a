"""Who may open what: every address and every API operation, as every role and as nobody, against the one table."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mainstay.accounts import services as accounts
from mainstay.accounts.models import User
from mainstay.core import access, clock
from mainstay.core.access import TABLE, Role
from mainstay.site.api import api
from tests.factories import NOW, a_case, a_person, a_referral, a_screening, alerts, an_agency

pytestmark = pytest.mark.django_db
API = "api/v1/"
OPEN = "open: "
SAMPLES = {"uuid": str(uuid.UUID(int=1)), "int": "1", "str": "x", "slug": "x"}
#: Permissions that a service asks for behind an address of another row, or that only a command needs.
SERVICE_ONLY = {
    "money.load_alerts": "taken in by 'mainstay money load'",
    "money.decide_alert": "a form on the alert's page",
    "network.export": "'mainstay network export'",
    "network.read_cases": "narrows what the pages of the network show",
    "cooperate.change_peer": "'mainstay cooperate pin'",
    "cooperate.answer_request": "a form on the request's page",
    "protect.decide": "a form on the procedure's page",
    "protect.appeal": "a form on the procedure's page",
    "identify.learn_by_screener": "a part of the page on whether an instrument works",
    "identify.confirm_instrument": "a form on the draft's page",
}
#: A good body for each operation that takes one: a bad one is answered before anybody's role is asked for.
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/identify/assess": {"instrument": "rapid_screen", "version": 1, "child": None, "answers": {}},
    "/api/v1/identify/screenings": {"instrument": "rapid_screen", "version": 1, "child": None, "answers": {}},
    "/api/v1/identify/sealed-screenings": {"instance_id": f"uuid:{uuid.UUID(int=1)}", "sealed": "AA=="},
}
QUERIES = {"/api/v1/protect/cases/{case_id}/plan": {"recipient": "agency:x", "purpose": "assistance"}}


@dataclass(frozen=True)
class Address:
    """One address of the node, with a sample for each part that varies, and the row it stands under."""

    name: str
    path: str
    row: str


def addresses() -> Iterator[Address]:
    """Give every address of the URL table, but those of the API."""
    yield from _walk(get_resolver(), "/", "")


def _walk(resolver: URLResolver, path: str, space: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = str(entry.pattern)
        if route.startswith(API):
            continue
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path + route, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            for part, converter in entry.pattern.converters.items():
                kind = type(converter).__name__.removesuffix("Converter").lower()
                written = f"<{kind}:{part}>" if f"<{kind}:{part}>" in route else f"<{part}>"
                route = route.replace(written, SAMPLES["str" if kind == "string" else kind])
            yield Address(f"{space}{entry.name}", path + route, getattr(entry.callback, "access", ""))


ADDRESSES = list(addresses())
GUARDED = [one for one in ADDRESSES if one.row and not one.row.startswith(OPEN)]


@dataclass(frozen=True)
class Operation:
    """One operation of the API."""

    method: str
    path: str
    row: str

    @property
    def url(self) -> str:
        """Return the path with a sample for each part."""
        parts = [SAMPLES["uuid"] if part.startswith("{") else part for part in self.path.split("/")]
        return "/".join(parts)

    def ask(self, client: Client, **headers: str) -> Any:
        """Ask for the operation with a good body."""
        if self.method == "GET":
            return client.get(self.url, QUERIES.get(self.path, {}), headers=headers)
        body = BODIES[self.path]
        return client.generic(self.method, self.url, _json(body), content_type="application/json", headers=headers)


def _json(body: dict[str, Any]) -> str:
    import json

    return json.dumps(body)


def operations() -> Iterator[Operation]:
    """Give every operation of the API with the row its handler stands under."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                whole = f"/{API}{prefix.strip('/')}/{path.strip('/')}".rstrip("/").replace("{uuid:", "{")
                for method in operation.methods:
                    yield Operation(method, whole, getattr(operation.view_func, "access", ""))


OPERATIONS = list(operations())


def label(one: Address | Operation) -> str:
    return one.name if isinstance(one, Address) else f"{one.method} {one.path}"


@pytest.fixture
def token_of(person_of: Callable[[Role], User]) -> Callable[[Role], str]:
    """Give a role's token for the API."""
    return lambda role: f"Bearer {accounts.make_token('test', actor=person_of(role), now=clock.now())}"


def test_every_address_stands_under_a_row_of_the_table_or_says_why_it_is_open() -> None:
    for address in ADDRESSES:
        assert address.row, f"{address.path} stands under no rule"
        if address.row.startswith(OPEN):
            assert len(address.row) > len(OPEN) + 10, address.path
        else:
            assert address.row in access.BY_PERMISSION, address.path


def test_every_operation_of_the_api_stands_under_a_row_of_the_table() -> None:
    for operation in OPERATIONS:
        assert operation.row in access.BY_PERMISSION, f"{operation.path} stands under no rule"
        if operation.method != "GET":
            assert operation.path in BODIES, f"give this test a good body for {operation.path}"


def test_every_row_of_the_table_is_reached_by_an_address_or_named_as_a_services_own() -> None:
    reached = {one.row for one in ADDRESSES} | {one.row for one in OPERATIONS}
    rows = {rule.permission for rule in TABLE}
    assert rows - reached == set(SERVICE_ONLY)


@pytest.mark.parametrize("role", Role)
def test_each_page_opens_for_those_whom_the_table_names_and_for_nobody_else(
    role: Role, client_of: Callable[[Role], Client]
) -> None:
    client = client_of(role)  # one session for all: what is refused changes nothing, and a page that is read neither
    for address in GUARDED:
        may = role in access.BY_PERMISSION[address.row].who
        for method in ("get",) if may else ("get", "post"):  # a good post is for the page's own tests
            answer = getattr(client, method)(address.path)
            assert (answer.status_code != 403) is may, f"{method} {address.path}: {answer.status_code}"
            assert answer.status_code < 500, f"{method} {address.path}: {answer.status_code}"


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_is_not_signed_in_is_asked_to_sign_in_on_every_page(method: str) -> None:
    for address in GUARDED:
        answer = getattr(Client(), method)(address.path)
        assert answer.status_code == 302, address.path
        assert answer.headers["Location"].startswith(reverse("account_login")), address.path


@pytest.mark.parametrize("operation", OPERATIONS, ids=label)
def test_an_operation_answers_no_stranger(operation: Operation) -> None:
    for stranger in ({}, {"Authorization": "Bearer wrong"}):
        refused = operation.ask(Client(), **stranger)
        assert refused.status_code == 401
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:mainstay:error:not_signed_in"


@pytest.mark.parametrize("role", Role)
def test_each_operation_answers_those_whom_the_table_names_and_nobody_else(
    role: Role, token_of: Callable[[Role], str], client_of: Callable[[Role], Client]
) -> None:
    client, token = client_of(role), token_of(role)
    for operation in OPERATIONS:
        may = role in access.BY_PERMISSION[operation.row].who
        by_token = operation.ask(Client(), Authorization=token)
        assert (by_token.status_code not in {401, 403}) is may, f"{operation.path}: {by_token.status_code}"
        assert by_token.status_code < 500, f"{operation.path}: {by_token.status_code}"
        if not may:
            assert by_token.headers["Content-Type"] == "application/problem+json"
            assert by_token.json()["status"] == 403
        if operation.method == "GET":
            by_session = client.get(operation.url, QUERIES.get(operation.path, {}))
            assert (by_session.status_code not in {401, 403}) is may, operation.path


def test_a_session_alone_writes_nothing_through_the_api(person_of: Callable[[Role], User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person_of(Role.SCREENER))
    for operation in OPERATIONS:
        if operation.method != "GET":
            answer = operation.ask(client)
            assert answer.status_code == 403
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_administrator_opens_no_page_about_a_person(
    client_of: Callable[[Role], Client], token_of: Callable[[Role], str], person_of: Callable[[Role], User]
) -> None:
    administrator = person_of(Role.ADMINISTRATOR)
    manager = person_of(Role.CASE_MANAGER)
    case, screening = a_case(manager), a_screening(person_of(Role.SCREENER))
    referral = a_referral(to=administrator.agency, actor=manager)
    about_people = [
        reverse("protect:case", args=[case.pk]),
        reverse("protect:identity", args=[case.pk]),
        reverse("identify:result", args=[screening.pk]),
        reverse("protect:referral", args=[referral.pk]),
    ]
    client = client_of(Role.ADMINISTRATOR)
    for path in [*about_people, reverse("protect:list"), reverse("identify:list"), reverse("network:list")]:
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 403
            assert case.reference not in answer.content.decode()
    secret = token_of(Role.ADMINISTRATOR)
    for path in ("/api/v1/protect/cases", "/api/v1/identify/screenings", "/api/v1/network/entities"):
        assert Client().get(path, headers={"Authorization": secret}).status_code == 403
    for rule in TABLE:
        if Role.ADMINISTRATOR in rule.who:
            assert not rule.permission.startswith(("protect.", "money.", "network."))
            assert rule.permission not in {"identify.screen", "identify.read_screening"}


def test_a_record_of_another_agency_is_not_there() -> None:
    manager, analyst = a_person(Role.CASE_MANAGER), a_person(Role.ANALYST)
    provider, screener = a_person(Role.SERVICE_PROVIDER), a_person(Role.SCREENER)
    case, screening = a_case(manager), a_screening(screener)
    (alert,) = alerts(analyst)
    referral = a_referral(to=provider.agency)
    pages = [
        (manager, reverse("protect:case", args=[case.pk])),
        (screener, reverse("identify:result", args=[screening.pk])),
        (analyst, reverse("money:alert", args=[alert.pk])),
        (provider, reverse("protect:referral", args=[referral.pk])),
    ]
    for owner, path in pages:
        for person, status in ((owner, 200), (a_person(Role(owner.role), an_agency()), 404)):
            client = Client()
            client.force_login(person)
            answer = client.get(path)
            assert answer.status_code == status, path


def test_what_is_not_in_the_table_is_refused(person_of: Callable[[Role], User]) -> None:
    for role in Role:
        assert not access.allowed(person_of(role), "protect.unheard_of")
        person = person_of(role)
        person.is_active = False
        assert not any(access.allowed(person, rule.permission) for rule in TABLE)
    assert NOW.tzinfo is not None


def test_a_view_without_a_row_is_refused_by_the_node_itself(settings: Any, client_of: Callable[[Role], Client]) -> None:
    settings.ROOT_URLCONF = "tests.site.urls_without_a_row"
    answer = client_of(Role.ADMINISTRATOR).get("/forgotten/")
    assert answer.status_code == 403
    assert b"never shown" not in answer.content


def test_a_token_of_somebody_without_a_second_factor_opens_nothing_where_one_is_required(
    token_of: Callable[[Role], str], settings: Any
) -> None:
    secret = token_of(Role.CASE_MANAGER)
    assert Client().get("/api/v1/protect/cases", headers={"Authorization": secret}).status_code == 200
    settings.REQUIRE_SECOND_FACTOR = True
    assert Client().get("/api/v1/protect/cases", headers={"Authorization": secret}).status_code == 403
