"""The talk of a tip in a browser, with JavaScript off and on; everybody here is made up."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.identify.models.tips import Tip, TipMessage
from mainstay.identify.services import tips
from tests.conftest import Visit
from tests.factories import a_person, an_agency
from tests.identify.pictures import a_photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def reader() -> User:
    """Somebody at the one agency that reads tips."""
    agency = an_agency("Harbour House (made up)")
    tips.set_desk(agency, reads=True, actor=a_person(Role.ADMINISTRATOR), now=clock.now())
    return a_person(Role.CASE_MANAGER, agency)


def send(page: Page, text: str) -> None:
    page.fill("textarea[name=text]", text)
    page.click("main button[type=submit]")


def test_the_talk_goes_both_ways_with_javascript_off(
    visit: Visit, live: str, reader: User, signed_in_page: Callable[..., Page], barriers: Callable[[Page], list[str]]
) -> None:
    page = visit("phone", java_script_enabled=False)
    page.goto(f"{live}/tips/en/")
    page.set_input_files("input[type=file]", {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": a_photo()})
    send(page, "Two girls are kept above the bakery.")
    receipt = page.inner_text("main .display")
    assert re.fullmatch(r"(\d{4} ){3}\d{4}", receipt)
    desk = signed_in_page(reader)
    desk.goto(f"{live}/told/")
    desk.click("tbody a")
    assert desk.locator(".talk-item").count() == 1
    assert not barriers(desk)
    desk.fill("textarea[name=text]", "Which street?")
    desk.click("text=Send the answer")
    page.goto(f"{live}/tips/en/talk/")
    page.fill("input[name=receipt]", receipt)
    page.click("main button[type=submit]")
    assert "Which street?" in page.inner_text("main")
    assert reader.name not in page.content()
    send(page, "By the mill.")
    assert "By the mill." in page.inner_text("main")
    assert receipt.replace(" ", "") not in page.url
    assert not page.context.cookies()
    assert TipMessage.objects.filter(author=None, proven=False).count() == 2


def test_with_javascript_a_proof_of_work_is_done_while_the_person_writes(
    visit: Visit, live: str, reader: User, barriers: Callable[[Page], list[str]]
) -> None:
    page = visit("phone")
    page.goto(f"{live}/tips/ar/")
    assert page.get_attribute("html", "dir") == "rtl"
    assert not barriers(page)
    page.wait_for_function("document.forms[0].elements.proof.value !== ''")
    send(page, "فتاتان فوق المخبز")
    assert page.locator("main .display").count() == 1
    assert not barriers(page)
    assert TipMessage.objects.get().proven
    assert Tip.objects.get().language == "ar"
    assert not page.context.cookies()
