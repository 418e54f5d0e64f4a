"""Two people with one file in a browser, and its pages at a desk and on a phone; everybody here is made up."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect.models import Case, Document
from mainstay.protect.services import notes, parts
from tests.factories import a_case, a_person, an_agency
from tests.protect.files import a_picture
from tests.protect.test_file import VALUES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SEALED = {"name": "Yaro Tervanu", "story": "The papers were taken.", "route": "By bus"}


@pytest.fixture
def manager() -> User:
    return a_person(Role.CASE_MANAGER, an_agency("Harbour House (made up)"))


@pytest.fixture
def case(manager: User) -> Case:
    case = a_case(manager, SEALED, now=clock.now())
    for name, values in VALUES.items():
        parts.write_part(case, name, values, actor=manager, now=clock.now())
    parts.write_facts(case, {"vic_MethodsOfControl": ["DebtBondage"]}, actor=manager, now=clock.now())
    notes.write_note(case, "Call her sister first", is_pinned=True, actor=manager, now=clock.now())
    case.refresh_from_db()
    return case


def test_two_people_write_the_same_and_nothing_is_lost(
    signed_in_page: Callable[..., Page], live: str, case: Case, manager: User, barriers: Callable[[Page], list[str]]
) -> None:
    colleague = a_person(Role.CASE_MANAGER, manager.agency)
    first, second = signed_in_page(colleague), signed_in_page(manager, java_script_enabled=True)
    address = live + reverse("protect:identity", args=[case.pk])
    first.goto(address)
    second.goto(address)
    first.fill("[name=story]", "Theirs: taken on arrival")
    first.click("main form button[type=submit]")
    first.wait_for_url(f"**/people/{case.pk}/")
    second.fill("[name=story]", "Mine: taken by the driver")
    second.fill("[name=route]", "By bus and boat")
    second.click("main form button[type=submit]")
    second.get_by_role("heading", name="Both wrote the same").wait_for()
    text = second.inner_text("main")
    for words in ("The papers were taken.", "Theirs: taken on arrival", "Mine: taken by the driver", "By bus and boat"):
        assert words in text
    assert barriers(second) == []
    second.get_by_label("What is written in the box below").check()
    second.get_by_label("Both together, as you write it").fill("Taken on arrival, by the driver")
    second.get_by_role("button", name="Keep what I chose").click()
    second.wait_for_url(f"**/people/{case.pk}/")
    kept = Case.objects.get(pk=case.pk)
    assert (kept.story.open(), kept.route.open()) == ("Taken on arrival, by the driver", "By bus and boat")


def test_the_pages_of_a_file_are_walked_and_axe_finds_nothing(
    signed_in_page: Callable[..., Page],
    live: str,
    case: Case,
    manager: User,
    barriers: Callable[[Page], list[str]],
    tmp_path: Path,
) -> None:
    page = signed_in_page(manager)
    page.goto(live + reverse("protect:add_photo", args=[case.pk]))
    page.set_input_files("[name=file]", {"name": "p.png", "mimeType": "image/png", "buffer": a_picture(400, 300)})
    page.get_by_role("button", name="Seal and keep").click()
    page.wait_for_url("**/who/")
    assert Document.objects.get().is_photo
    page.goto(live + reverse("protect:add_document", args=[case.pk]))
    page.set_input_files("[name=file]", {"name": "l.txt", "mimeType": "text/plain", "buffer": b"A letter\n"})
    page.fill("[name=title]", "Letter of the clinic")
    page.select_option("[name=category]", "health")
    page.get_by_role("button", name="Seal and keep").click()
    page.wait_for_url("**/documents/")
    for size in ({"width": 1280, "height": 900}, {"width": 390, "height": 800}):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # two plain numbers
        for name in ("who", "happened", "documents", "notes", "history", "timeline"):
            page.goto(live + reverse(f"protect:{name}", args=[case.pk]))
            assert barriers(page) == [], name
            shown = page.get_by_role("button", name="Show what was written (noted)")
            if shown.count():
                shown.click()
                assert barriers(page) == [], name
            page.screenshot(path=tmp_path / f"{name}-{size['width']}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    for name, args in (("left_out", ["story"]), ("birth", []), ("facts", []), ("add_part", ["stations"])):
        page.goto(live + reverse(f"protect:{name}", args=[case.pk, *args]))
        assert barriers(page) == [], name
        page.screenshot(path=tmp_path / f"{name}-390.png", full_page=True)
