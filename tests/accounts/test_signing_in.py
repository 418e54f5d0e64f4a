"""Signing in: what the server holds to, asked without a browser."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mainstay.accounts import services
from mainstay.accounts.errors import AlreadyAPersonHereError, InvitationNotOpenError, LastAdministratorError
from mainstay.accounts.models import Invitation, User
from mainstay.audit import queries as audit
from mainstay.audit.models import Entry
from mainstay.core import clock
from mainstay.core.access import Role
from tests.factories import PASSWORD, a_person, an_agency

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_tries_before() -> None:
    cache.clear()


def code_of(secret: str) -> str:
    """Return the six digits that an app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def with_app(person: User) -> str:
    """Set an app up for a person and return its secret."""
    secret = str(generate_totp_secret())
    TOTP.activate(person, secret)
    return secret


def sign_in(client: Client, person: User, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": person.email, "password": password})


def actions() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("action", flat=True))


def test_the_right_password_opens_the_work_of_today_and_is_on_the_chain() -> None:
    client, person = Client(), a_person()
    answer = sign_in(client, person)
    assert answer.headers["Location"] == reverse("today")
    assert client.get(reverse("today")).status_code == 200
    assert Entry.objects.get(action="accounts.signed_in").actor_id == str(person.pk)
    client.post(reverse("account_logout"))
    assert client.get(reverse("today")).status_code == 302
    assert actions()[-1] == "accounts.signed_out"
    assert audit.verify().holds


def test_a_wrong_password_is_on_the_chain_and_names_nobody() -> None:
    person = a_person()
    answer = sign_in(Client(), person, "wrong")
    assert answer.status_code == 200
    entry = Entry.objects.get(action="accounts.sign_in_failed")
    assert (entry.actor_id, entry.object_id) == ("system", "unknown")


def test_after_five_wrong_passwords_the_right_one_does_not_open_either() -> None:
    person, other = a_person(), a_person()
    for _ in range(5):
        sign_in(Client(), person, "wrong")
    locked = sign_in(Client(), person)
    assert locked.status_code in {200, 429}
    assert "accounts.sign_in_locked_out" in actions()
    assert "accounts.signed_in" not in actions()
    assert sign_in(Client(), other).status_code == 302


def test_a_session_ends_after_thirty_idle_minutes() -> None:
    client = Client()
    sign_in(client, a_person())
    client.get(reverse("today"))
    session = Session.objects.get()
    left = session.expire_date - timezone.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    Session.objects.update(expire_date=session.expire_date - timedelta(minutes=30))
    assert client.get(reverse("today")).status_code == 302


def test_a_session_in_use_is_written_once_a_minute_and_not_for_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    client, written = Client(), []
    sign_in(client, a_person())
    client.get(reverse("today"))
    first, real = Session.objects.get().expire_date, clock.now()
    for seconds in (10, 50, 70, 80):
        monkeypatch.setattr(clock, "now", lambda at=real + timedelta(seconds=seconds): at)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("today")).status_code == 200
        written.append(any(q["sql"].startswith("UPDATE") and "django_session" in q["sql"] for q in queries))
    assert written == [False, False, True, False]
    assert Session.objects.get().expire_date > first


def test_ending_access_ends_the_sessions_and_tokens_at_once() -> None:
    client, person, administrator = Client(), a_person(), a_person(Role.ADMINISTRATOR)
    sign_in(client, person)
    token = services.make_token("reports", actor=person, now=clock.now())
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/protect/cases", headers=bearer).status_code == 200
    services.end_access(person, actor=administrator, now=clock.now())
    assert client.get(reverse("today")).status_code == 302
    assert Client().get("/api/v1/protect/cases", headers=bearer).status_code == 401
    assert (
        "Location" not in sign_in(Client(), person).headers
        or "inactive" in sign_in(Client(), person).headers["Location"]
    )


def test_the_last_administrator_cannot_be_shut_out() -> None:
    administrator = a_person(Role.ADMINISTRATOR)
    with pytest.raises(LastAdministratorError):
        services.end_access(administrator, actor=administrator, now=NOW)


def test_who_has_an_app_is_asked_for_its_code() -> None:
    client, person = Client(), a_person()
    secret = with_app(person)
    assert sign_in(client, person).headers["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("today")).status_code == 302
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    assert Entry.objects.get(action="accounts.second_factor_failed").object_id == str(person.pk)
    right = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert right.headers["Location"] == reverse("today")
    assert client.get(reverse("today")).status_code == 200


def test_five_wrong_codes_lock_the_second_factor() -> None:
    client, person = Client(), a_person()
    secret = with_app(person)
    sign_in(client, person)
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get(reverse("today")).status_code == 302


def test_without_a_second_factor_nothing_opens_where_one_is_required(settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    client, person = Client(), a_person(Role.CASE_MANAGER)
    sign_in(client, person)
    for name in ("today", "protect:list", "accounts:settings"):
        assert client.get(reverse(name)).headers["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("away")).status_code == 200
    assert client.get("/api/v1/protect/cases").status_code == 403
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'id="secret">(\w+)<', page)
    assert secret is not None
    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret[1])})
    assert done.headers["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(reverse("today")).status_code == 200
    Authenticator.objects.all().delete()
    assert client.get(reverse("today")).status_code == 302


def test_an_invitation_becomes_an_account_once(settings: Any) -> None:
    administrator, agency = a_person(Role.ADMINISTRATOR), an_agency()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    client = Client()
    client.force_login(administrator)
    form = {"email": "New.Person@example.org", "role": "screener", "agency": str(agency.pk)}
    shown = client.post(reverse("accounts:invite"), form).content.decode()
    link = re.search(r"http://testserver(/invitation/[\w-]+/)", shown)
    assert link is not None
    guest = Client()
    assert guest.get(link[1]).status_code == 200
    weak = guest.post(link[1], {"name": "Ada Nova", "language": "fr", "password": "ada nova"})
    assert weak.status_code == 200
    taken = guest.post(link[1], {"name": "Ada Nova", "language": "fr", "password": PASSWORD})
    assert taken.headers["Location"] == reverse("account_login")
    person = User.objects.get(email="new.person@example.org")
    assert (person.role, person.agency, person.language) == ("screener", agency, "fr")
    assert sign_in(guest, person).headers["Location"] == reverse("today")
    assert guest.cookies["django_language"].value == "fr"
    assert Client().get(link[1]).status_code == 410
    assert Client().get("/invitation/unknown/").status_code == 410


def test_an_invitation_ends_after_seven_days_and_a_newer_one_replaces_it() -> None:
    administrator, agency = a_person(Role.ADMINISTRATOR), an_agency()

    def invite() -> str:
        return services.invite("a@example.org", role=Role.SCREENER, agency=agency, actor=administrator, now=NOW)

    def take(token: str, now: datetime) -> User:
        return services.accept_invitation(token, name="A", password=PASSWORD, language="en", now=now)

    first, second = invite(), invite()
    assert Invitation.objects.count() == 1
    with pytest.raises(InvitationNotOpenError):
        take(first, NOW)
    with pytest.raises(InvitationNotOpenError):
        take(second, NOW + timedelta(days=7))
    take(second, NOW + timedelta(days=6, hours=23))
    with pytest.raises(AlreadyAPersonHereError):
        invite()


def test_who_lost_their_phone_is_invited_anew_and_keeps_nothing_of_the_old_sign_in() -> None:
    administrator, person = a_person(Role.ADMINISTRATOR), a_person(Role.SCREENER)
    with_app(person)
    services.end_access(person, actor=administrator, now=NOW)
    token = services.invite(person.email, role=Role.CASE_MANAGER, agency=person.agency, actor=administrator, now=NOW)
    fresh = "seven quiet boats at dawn"
    back = services.accept_invitation(token, name=person.name, password=fresh, language="es", now=NOW)
    assert (back.pk, back.role, back.is_active) == (person.pk, Role.CASE_MANAGER, True)
    assert sign_in(Client(), back).status_code == 200
    assert sign_in(Client(), back, fresh).headers["Location"] == reverse("today")


OWN_PAGES = (
    "account_reauthenticate",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
)


@pytest.mark.parametrize("name", OWN_PAGES)
@pytest.mark.parametrize("has_app", [False, True], ids=["password only", "with an app"])
def test_the_pages_about_signing_in_are_ours(name: str, has_app: bool) -> None:
    client, person = Client(), a_person()
    secret = with_app(person) if has_app else ""
    sign_in(client, person)
    if has_app:
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    page = client.get(reverse(name), follow=True)
    assert page.status_code in {200, 404}
    text = page.content.decode()
    assert "ui/mainstay.css" in text
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))|\sstyle=|\son\w+=", text)


def test_the_password_can_be_changed_by_who_knows_it(client_of: Callable[[Role], Client]) -> None:
    client, person = Client(), a_person()
    sign_in(client, person)
    fresh = "seven quiet boats at dawn"
    form = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    assert client.post(reverse("account_change_password"), form).status_code == 302
    assert client.get(reverse("today")).status_code == 200
    person.refresh_from_db()
    assert person.check_password(fresh)


def test_a_password_opens_the_pages_that_ask_once_more() -> None:
    client, person = Client(), a_person()
    client.force_login(person)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    again = client.post(asked.headers["Location"], {"password": PASSWORD})
    assert again.headers["Location"] == reverse("mfa_activate_totp")
