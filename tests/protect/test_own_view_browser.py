"""The person's own view in a browser: JavaScript off and on, Arabic, a phone, and after the quick exit."""

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect.models import Case, Consent, OwnMessage, OwnVisit
from mainstay.protect.rules.own_view import Holder
from mainstay.protect.services import cases, consents, own_codes, own_requests, referrals
from mainstay.protect.types import Category, Given, SharePurpose
from tests.conftest import Visit
from tests.factories import a_case, a_person, an_agency

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PIN = "739164"
NAME = "Yaro Tervanu"


@pytest.fixture
def manager() -> User:
    return a_person(Role.CASE_MANAGER, an_agency("Harbour House (made up)"))


@pytest.fixture
def case(manager: User) -> Case:
    """A case with a consent, something sent on it, a reading and an answered question."""
    case = a_case(manager, {"name": NAME, "health": "Needs insulin"}, now=clock.now())
    clinic = an_agency("Lantern clinic (made up)")
    draft = consents.ConsentDraft(
        frozenset({Category.IDENTITY, Category.NEEDS}),
        frozenset({referrals.recipient_of(clinic)}),
        frozenset({SharePurpose.ASSISTANCE}),
        given_on=clock.today(),
        how=Given.SPOKEN,
    )
    consents.give_consent(case, draft, actor=manager, now=clock.now())
    need = cases.add_need(case, "health", "", actor=manager, now=clock.now())
    referrals.refer(need, clinic, actor=manager, today=clock.today(), now=clock.now())
    cases.read_identity(case, actor=manager)
    return case


@pytest.fixture
def code(case: Case, manager: User) -> str:
    return own_codes.give_code(
        case,
        Holder.PERSON,
        PIN,
        language="en",
        days=90,
        actor=manager,
        today=clock.today(),
        now=clock.now(),
    )


def enter(page: Page, live: str, code: str, language: str = "en") -> None:
    page.goto(f"{live}/mine/{language}/")
    page.fill("input[name=code]", code)
    page.fill("input[name=pin]", PIN)
    page.click("main button[type=submit]")


def press(page: Page, go: str) -> None:
    page.click(f'main button[value="{go}"]')


def is_narrow_enough(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize(("language", "script"), [("en", False), ("ar", True)])
def test_the_whole_page_is_walked_on_a_phone_and_axe_finds_nothing(
    visit: Visit,
    live: str,
    code: str,
    case: Case,
    manager: User,
    barriers: Callable[[Page], list[str]],
    script: bool,
    language: str,
) -> None:
    page = visit("phone", java_script_enabled=script)

    def found() -> list[str]:
        return barriers(page) if script else []  # axe is a script itself

    page.goto(f"{live}/mine/{language}/")
    assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    assert not found()
    enter(page, live, code, language)
    assert not found()
    for go in ("held", "facts", "readers", "left", "consents", "days", "talk", "asked", "erasure"):
        page.click('header button[value="home"]')
        if go == "facts":
            press(page, "held")
        press(page, go)
        assert not found(), go
        assert page.locator(".quick-exit").bounding_box()["y"] < 60  # type: ignore[index]  # it is on the page
        if script:
            assert is_narrow_enough(page), go
        for button in page.locator("main button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 48
    page.click('header button[value="home"]')
    press(page, "held")
    press(page, "value:name")
    assert NAME in page.inner_text("main")
    page.click('header button[value="home"]')
    press(page, "consents")
    press(page, f"consent:{Consent.objects.get().pk}")
    assert not found()
    press(page, f"take_back:{Consent.objects.get().pk}")
    assert Consent.objects.get().withdrawn_on is not None
    page.click('header button[value="home"]')
    press(page, "talk")
    page.fill("textarea[name=text]", "When?")
    press(page, "talk:send")
    own_requests.answer(case, Holder.PERSON, "On Friday.", actor=manager, now=clock.now())
    assert OwnMessage.objects.count() == 2
    assert not page.context.cookies()
    assert re.search(r"/mine/(en|ar)/$", page.url)
    assert "traffick" not in page.title().lower()


@pytest.mark.parametrize("script", [False, True])
def test_after_the_quick_exit_going_back_shows_nothing(visit: Visit, live: str, code: str, script: bool) -> None:
    page = visit("phone", java_script_enabled=script)
    enter(page, live, code)
    press(page, "held")
    press(page, "value:name")
    assert NAME in page.inner_text("main")
    page.click(".quick-exit")
    page.wait_for_url(re.compile(r"/away$"))
    assert "Kitchen measures" in page.inner_text("main")
    for _ in range(4):
        with suppress(Error):  # the browser says that it would have to send the form again, and shows nothing
            page.go_back(timeout=3_000)
        with suppress(Error):
            page.wait_for_load_state("load", timeout=3_000)
        assert NAME not in page.locator("body").inner_text()
        if page.url == "about:blank":
            break
    assert OwnVisit.objects.filter(ended_at=None).count() == 0


def test_the_case_manager_gives_a_number_and_answers_and_axe_finds_nothing(
    signed_in_page: Callable[..., Page], live: str, case: Case, manager: User, barriers: Callable[[Page], list[str]]
) -> None:
    desk = signed_in_page(manager)
    for path in ("safety/", "safety/assess/", "safety/plan/", "safety/reach/", "safety/address/", "own-page/",
                 "own-page/give/", "own-page/guardian/", "ties/"):  # fmt: skip
        desk.goto(f"{live}/people/{case.pk}/{path}")
        assert not barriers(desk), path
    desk.goto(f"{live}/people/{case.pk}/own-page/give/")
    desk.check("input[name=holder][value=person]")
    for name in ("pin", "again"):
        desk.fill(f"input[name={name}]", PIN)
    desk.click("main button[type=submit]")
    assert re.fullmatch(r"(\d{3} ){3}\d{3}", desk.inner_text(".card-to-print .display"))
    assert not barriers(desk)
    desk.goto(f"{live}/asked/")
    assert not barriers(desk)
