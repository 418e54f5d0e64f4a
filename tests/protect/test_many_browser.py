"""The pages for many cases in a browser, at desk and phone width: no barrier, nothing wider than the screen."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect.services import cases, flags
from tests.factories import a_case, a_person, an_agency

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("list", "my_work", "export_new", "exports", "import", "save_filter")


@pytest.fixture
def manager() -> User:
    return a_person(Role.CASE_MANAGER, an_agency("Harbour House (made up)"))


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_pages_for_many_cases_have_no_barrier(
    manager: User,
    live: str,
    signed_in_page: Callable[..., Page],
    barriers: Callable[[Page], list[str]],
    size: str,
) -> None:
    case = a_case(manager)
    flags.set_flag(case, "urgent", actor=manager, today=clock.today(), now=clock.now())
    supervisor = a_person(Role.SUPERVISOR, manager.agency)
    own = [reverse(f"protect:{name}") + "?status=open" for name in PAGES]
    own += [reverse(f"protect:{name}", args=[case.pk]) for name in ("outside", "flag", "case")]
    team = [reverse("protect:team"), reverse("protect:team_people") + "?status=open", reverse("see_as")]
    for person, addresses in ((manager, own), (supervisor, team)):
        page = signed_in_page(person, size)
        for address in addresses:
            page.goto(f"{live}{address}")
            assert barriers(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    page.get_by_role("button", name="See as this role").click()
    page.get_by_role("button", name="Stop").wait_for()
    assert barriers(page) == []


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_today_a_search_and_the_closing_of_a_case_have_no_barrier(
    manager: User,
    live: str,
    signed_in_page: Callable[..., Page],
    barriers: Callable[[Page], list[str]],
    size: str,
) -> None:
    colleague = a_person(Role.CASE_MANAGER, manager.agency)
    for owner in (manager, colleague):
        case = a_case(owner, {"name": "Amara Deng"})
        for _ in range(25):
            cases.add_need(case, "shelter", "", actor=owner, now=clock.now())
    page = signed_in_page(manager, size)

    def holds(where: str) -> None:
        assert barriers(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), where

    holds("today")
    assert page.get_by_role("heading", level=2).all_inner_texts() == ["Yours", "Also in your agency"]
    page.get_by_role("link", name="Needs without a place: 5 more").click()
    holds("a list of today")
    page.goto(f"{live}{reverse('protect:close', args=[case.pk])}")
    holds("closing")
    page.goto(f"{live}{reverse('protect:list')}?status=open&form=ForcedLabour")
    page.get_by_label("Find a person by name").fill("Amara Deng")
    page.get_by_role("button", name="Find among those shown only").click()
    page.get_by_role("button", name="Look among everybody").click()
    holds("found")
    assert page.locator("tbody tr").count() == 2
