"""From what a person needs to a place that takes them, in the browser, at desk and phone width; all made up."""

import os
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page

from mainstay.accounts.models import Agency
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect.models import Case, Referral
from mainstay.protect.rules.opening import WEEKDAYS, Hours
from mainstay.protect.services import consents, directory, plans, teamwork
from mainstay.protect.services.referrals import recipient_of
from mainstay.protect.types import Category, Given, SharePurpose
from tests.factories import a_case, a_person, an_agency

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("MAINSTAY_TEST_PICTURES", "")


def look(page: Page, name: str) -> None:
    """Keep a picture of a page where somebody asked for pictures; nothing on it may be wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} wider than its window"
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def fill_directory(case: Case) -> None:
    """Three places, one of them protected, one not on this node."""
    administrator = a_person(Role.ADMINISTRATOR)
    always = Hours(frozenset(WEEKDAYS), clock.now().time().min, clock.now().time().min)
    for name, agency, hidden, free in (
        ("Lantern house (made up)", a_person(Role.SERVICE_PROVIDER, an_agency("Lantern (made up)")).agency, True, 2),
        ("Orchard rooms (made up)", None, False, 0),
        ("Salt Market beds (made up)", None, False, None),
    ):
        organization = directory.add_organization(f"{name} trust", agency=agency, actor=administrator)
        own = {"kind": "shelter", "name": name, "places": 8, "free_places": free, "minimum_age": 18}
        own |= {"description": "Rooms with a lock.", "sexes": ["female"], "status": "active"}
        where = {"is_confidential": hidden, "address": "14 Saltmarsh Lane", "region": "Low Mill", "country": "XS"}
        where |= {"latitude": Decimal("52.4"), "longitude": Decimal("4.9")}
        given = directory.ServiceInput(own, where, (always,), ("sw", "en"), "+999 55 10")
        directory.keep_service(given, organization=organization, actor=administrator, now=clock.now())
    draft = consents.ConsentDraft(
        frozenset({Category.NEEDS, Category.CONTACT}),
        frozenset({recipient_of(Agency.objects.get(name="Lantern (made up)"))}),
        frozenset({SharePurpose.ASSISTANCE}),
        clock.today(),
        Given.SPOKEN,
    )
    consents.give_consent(case, draft, actor=case.owner, now=clock.now())


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_need_becomes_a_place_that_takes_the_person(
    live: str, signed_in_page: Callable[..., Page], barriers: Callable[[Page], list[str]], size: str
) -> None:
    manager = a_person(Role.CASE_MANAGER)
    case = a_case(manager, {"name": "Fatima Haddad", "phone": "+999 55 111"}, clock.now())
    fill_directory(case)
    plans.note_situation(
        case,
        {"safety_assessed": "yes"},
        languages=["sw"],
        latitude=Decimal("52.4"),
        longitude=Decimal("5.2"),
        actor=manager,
        now=clock.now(),
    )
    page = signed_in_page(manager, size)
    page.goto(f"{live}/people/{case.pk}/assistance/assess/")
    look(page, f"assess-{size}")
    for domain in ("safety", "health", "psychological", "legal", "livelihood", "education", "family", "papers"):
        page.check(f"input[name={domain}][value='1']")
    page.check("input[name=housing][value='3']")
    page.check("input[name=children][value='0']")
    page.fill("input[name=note_housing]", "Nowhere to sleep tonight")
    assert not barriers(page)
    page.click("text=Save the assessment")
    page.wait_for_url("**/assistance/")
    goal = plans.add_goal(case, "A room with a lock", case.needs.all()[:2], actor=manager, now=clock.now())
    plans.add_step(goal, "Call Lantern house", who=manager, due_date=clock.today(), actor=manager)
    teamwork.add_task(case, "Bring the papers", owner=manager, due_date=clock.today(), actor=manager, now=clock.now())
    page.reload()
    assert "Nowhere to sleep tonight" not in page.inner_text("main")
    look(page, f"assistance-{size}")
    assert not barriers(page)
    page.click("text=Show the words (noted)")
    page.wait_for_selector("text=Nowhere to sleep tonight")
    look(page, f"assistance-open-{size}")
    assert not barriers(page)
    page.goto(f"{live}/people/{case.pk}/assistance/services/")
    page.click("main summary >> nth=1")
    look(page, f"eligible-{size}")
    assert not barriers(page)
    need = case.needs.get(kind="shelter")
    page.goto(f"{live}/people/{case.pk}/needs/{need.pk}/place/")
    look(page, f"place-{size}")
    assert not barriers(page)
    text = page.inner_text("main")
    assert text.index("Lantern house") < text.index("Salt Market") < text.index("Orchard rooms")
    assert "Saltmarsh" not in page.inner_text("article >> nth=0")
    page.click("text=Refer to Lantern house")
    page.click("text=See what would leave")
    look(page, f"refer-{size}")
    page.click("text=Send the referral")
    page.wait_for_url(f"**/people/{case.pk}/")
    assert Referral.objects.get().service is not None
    page.goto(f"{live}/people/{case.pk}/assistance/wages/")
    look(page, f"wages-{size}")
    assert not barriers(page)
    page.goto(f"{live}/services/")
    look(page, f"services-{size}")
    assert not barriers(page)
    page.click("text=Lantern house (made up) >> nth=0")
    look(page, f"service-{size}")
    assert not barriers(page)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_an_administrator_adds_a_service_by_hand(
    live: str, signed_in_page: Callable[..., Page], barriers: Callable[[Page], list[str]], size: str
) -> None:
    administrator = a_person(Role.ADMINISTRATOR)
    directory.add_organization("Lantern trust (made up)", agency=None, actor=administrator)
    page = signed_in_page(administrator, size)
    page.goto(f"{live}/services/new/")
    look(page, f"service-form-{size}")
    assert not barriers(page)
    page.select_option("select[name=organization]", label="Lantern trust (made up)")
    page.fill("input[name=name]", "Day room (made up)")
    page.select_option("select[name=kind]", "humanitarian")
    page.check("input[name=hours-0-days][value=MO]")
    page.fill("input[name=hours-0-opens]", "09:00")
    page.click("text=Save this service")
    page.wait_for_selector(".error")
    assert not barriers(page)
    page.fill("input[name=hours-0-closes]", "17:00")
    page.click("text=Save this service")
    page.wait_for_selector("text=Day room (made up)")
    page.click("text=Change this service")
    assert page.input_value("input[name=hours-0-opens]") == "09:00"
    assert not Case.objects.exists()
    page.goto(f"{live}/services/import/")
    look(page, f"import-{size}")
    assert not barriers(page)
