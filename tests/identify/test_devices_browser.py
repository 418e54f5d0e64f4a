"""The pages of phones and appointments in a browser, and a phone over real HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from mainstay.core.access import Role
from mainstay.identify.models import Device, Screening
from tests.factories import a_person
from tests.identify.phones import encrypt, filled, install, multipart, post_parts, read_qr_text, read_xml, visit_form
from tests.identify.test_openrosa import LIST, PICTURES, VISIT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_phone_is_registered_in_the_browser_and_sends_over_http(
    signed_in_page: Callable[..., Page], barriers: Callable[[Page], list[str]], live: str
) -> None:
    visit = install(visit_form())
    page = signed_in_page(a_person(Role.SCREENER), "phone")
    page.goto(f"{live}/identify/devices/")
    assert not barriers(page)
    page.fill("input[name=name]", "Border post 2")
    page.click("text=Register and show the code")
    page.wait_for_selector("svg.qr")
    assert not barriers(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    server = read_qr_text(page.text_content(".id") or "")["general"]["server_url"]
    assert server.startswith(live)

    with httpx.Client() as line:
        forms = {entry.findtext(f"{LIST}formID"): entry for entry in read_xml(line.get(f"{server}/formList").content)}
        form = line.get(forms["visit"].findtext(f"{LIST}downloadUrl") or "").content
        manifest, sealed = encrypt(filled(visit, VISIT), PICTURES, form)
        for _again in range(2):
            body, kind = multipart(post_parts(manifest, sealed))
            answer = line.post(f"{server}/submission", content=body, headers={"Content-Type": kind})
            assert answer.status_code == 201
            assert "set-cookie" not in answer.headers
    assert Screening.objects.count() == 1
    page.goto(f"{live}/identify/devices/{Device.objects.get().pk}/")
    assert not barriers(page)
    assert page.locator("tbody tr").count() == 1


def test_appointments_are_kept_by_keyboard_on_a_phone(
    signed_in_page: Callable[..., Page], barriers: Callable[[Page], list[str]], live: str
) -> None:
    page: Any = signed_in_page(a_person(Role.SCREENER), "phone")
    page.goto(f"{live}/identify/appointments/")
    assert not barriers(page)
    page.fill("input[name=starts_at]", "2030-05-01T10:30")
    page.fill("input[name=label]", "Blue door")
    page.press("input[name=label]", "Enter")
    page.wait_for_selector("tbody tr")
    assert not barriers(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
