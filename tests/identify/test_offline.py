"""Interviews in the browser without network."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from mainstay.core.access import Role
from mainstay.identify.models import Screening
from tests.factories import a_person
from tests.identify.offline import Line, Phone, answer, begin, press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAID = "Wants to call her sister Maren."


@pytest.fixture
def phone(browser: Browser, live: str, tmp_path: Path) -> Iterator[Phone]:
    """A phone with a line of its own to the node."""
    line = Line(live)
    given = Phone(browser, line, tmp_path / "phone")
    yield given
    line.end()
    assert not given.complaints, f"the browser complained: {given.complaints}"


def waiting(page: Page) -> int:
    return page.locator(".kept .panel").count()


def test_an_interview_taken_without_network_survives_closing_and_arrives_once(phone: Phone) -> None:
    person = a_person(Role.SCREENER)
    with phone.opened() as context:
        page = context.pages[0]
        phone.set_up(page, person)
        phone.set_line(context, online=False)
        page.goto(phone.address)
        phone.unlock(page)
        begin(page)
        assert answer(page, {"1": ["yes"], "7": ["yes"], "11": ["yes"], "13": ["work", "house"]}) == 14
        page.fill("#note", SAID)
        press(page)
        page.get_by_role("heading", name="Finished and sealed").wait_for()
    with phone.opened(online=False) as context:
        page = context.pages[0]
        phone.unlock(page)
        page.locator(".kept .panel").wait_for()
        assert waiting(page) == 1
        assert Screening.objects.count() == 0
        phone.set_line(context, online=True)
        page.get_by_text("Sign in again to send").wait_for()
        assert waiting(page) == 1
        phone.sign_in(page, person)
        phone.unlock(page)
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
    screening = Screening.objects.get()
    assert screening.note.open() == SAID
    assert screening.source == "offline"
    assert screening.answers.open()["made_to"] == "work house"
