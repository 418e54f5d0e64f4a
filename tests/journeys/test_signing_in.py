"""Signing in with a real browser: each role, on a desk and on a phone, from left to right and right to left."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from playwright.sync_api import Page, expect

from mainstay.accounts.models import User
from mainstay.core.access import ROLE_LABELS, Role
from tests.factories import PASSWORD, a_person

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)]
Opens = Callable[..., Page]
Barriers = Callable[[Page], list[str]]


def code_of(secret: str, steps: int = 0) -> str:
    """Return the six digits that an app shows now, or some half-minutes on."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def give_password(page: Page, live: str, person: User) -> None:
    page.goto(f"{live}/sign-in/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_each_role_lands_on_its_own_day(role: Role, size: str, signed_in_page: Opens, barriers: Barriers) -> None:
    person = a_person(role)
    page = signed_in_page(person, size)
    assert page.title() == f"Today · {ROLE_LABELS[role]} · Mainstay"
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.get_short_name())
    if size == "desk":
        expect(page.locator(".who + div")).to_contain_text(str(ROLE_LABELS[role]))
    assert not barriers(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("role", [Role.SCREENER, Role.CASE_MANAGER])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_day_reads_from_right_to_left_in_arabic(
    role: Role, size: str, signed_in_page: Opens, barriers: Barriers
) -> None:
    page = signed_in_page(a_person(role), size, locale="ar")
    page.context.clear_cookies(name="django_language")
    page.reload()
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert not barriers(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_nothing_bars_the_way_to_the_sign_in_page(
    size: str, locale: str, visit: Opens, live: str, barriers: Barriers
) -> None:
    page = visit(size, locale=locale)
    page.goto(f"{live}/")
    assert page.url.endswith("/sign-in/")
    assert not barriers(page)
    page.goto(f"{live}/away")
    assert "Mainstay" not in page.content()


def test_lock_screen_locks_at_one_press(signed_in_page: Opens, live: str) -> None:
    page = signed_in_page(a_person())
    page.get_by_role("button", name="Lock screen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()
    page.goto(f"{live}/today/")
    assert "/sign-in/" in page.url


def test_a_new_colleague_sets_up_an_app_before_anything_else(
    page: Page, live: str, settings: Any, barriers: Barriers
) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    person = a_person(Role.CASE_MANAGER)
    give_password(page, live, person)
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second factor")
    picture = page.locator("main img")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    assert not barriers(page)
    secret = page.locator("#secret").inner_text()
    page.get_by_label("code").fill(code_of(secret))
    page.get_by_role("button", name="Set the app up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    assert not barriers(page)
    spare = page.locator("ul.panel li").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url(re.compile("/today/"))
    page.get_by_role("button", name="Lock screen").click()
    give_password(page, live, person)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    assert not barriers(page)
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/today/"))


def test_the_code_of_an_app_opens_the_day(page: Page, live: str) -> None:
    person = a_person(Role.ANALYST)
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    give_password(page, live, person)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("code")
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/today/"))


def test_a_passkey_opens_the_day_without_a_password(page: Page, live: str, barriers: Barriers) -> None:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    give_password(page, live, a_person(Role.SCREENER))
    page.wait_for_url(re.compile("/today/"))
    page.goto(f"{live}/settings/second-factor/passkeys/add/")
    assert not barriers(page)
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto(f"{live}/settings/second-factor/passkeys/")
    expect(page.get_by_role("table")).to_contain_text("without a password")
    assert not barriers(page)
    page.get_by_role("button", name="Lock screen").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile("/today/"))


def test_six_wrong_passwords_are_answered_in_words(page: Page, live: str) -> None:
    person = a_person()
    page.goto(f"{live}/sign-in/")
    for _ in range(6):
        page.get_by_label("Email").fill(person.email)
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Too many")
