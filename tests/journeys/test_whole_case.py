"""One case from the screening to its closing, in the browser: two people at two agencies, each in their own window."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.protect.models import Case, Consent, RecallNotice, Referral, Status
from tests.factories import a_person, a_screening, an_agency

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[User, str], Page]
Barriers = Callable[[Page], list[str]]


def test_a_case_goes_from_the_screening_to_its_closing(live: str, signed_in_page: SignIn, barriers: Barriers) -> None:
    shelter = an_agency("Salt Market shelter (made up)")
    manager = a_person(Role.CASE_MANAGER, shelter, "Ilse Maran")
    clinician = a_person(Role.SERVICE_PROVIDER, an_agency("Lantern clinic (made up)"), "Joren Pell")
    screening = a_screening(a_person(Role.SCREENER, shelter), clock.now())

    page = signed_in_page(manager, "desk")
    page.goto(f"{live}/identify/{screening.pk}/")
    page.get_by_role("button", name="Open a case").click()
    page.wait_for_url("**/people/*/")
    case = Case.objects.get()
    assert case.screening_id == screening.pk

    write_who_they_are(page)
    agree(page, live, case, clinician)
    refer_to_the_clinic(page, live, case)
    assert not barriers(page)

    clinic = signed_in_page(clinician, "phone")
    clinic.goto(f"{live}/referrals/")
    clinic.locator("tbody a").first.click()
    expect(clinic.locator("main")).to_contain_text("Needs insulin")
    expect(clinic.locator("main")).not_to_contain_text("Yaro Tervanu")
    assert not barriers(clinic)
    clinic.get_by_label("We take this on").check()
    clinic.get_by_role("button", name="Send the answer").click()
    clinic.wait_for_url("**/referrals/")
    assert Referral.objects.get().state == "accepted"

    page.goto(f"{live}/people/{case.pk}/sharing/")
    expect(page.locator("main")).to_contain_text("Joren Pell")  # the receipt names who read it
    page.get_by_role("button", name="They take it back").click()
    clinic.goto(f"{live}/referrals/{Referral.objects.get().pk}/")
    expect(clinic.locator("main")).not_to_contain_text("Needs insulin")
    clinic.goto(f"{live}/taken-back/")
    expect(clinic.locator("main")).to_contain_text(case.reference)
    assert not barriers(clinic)
    clinic.get_by_role("button", name=re.compile("^We deleted it")).click()
    expect(clinic.locator("main")).to_contain_text("We deleted it")
    assert RecallNotice.objects.get().answer == "deleted"
    page.reload()
    expect(page.locator("main")).to_contain_text("We deleted it")

    close(page, live, case, refused=True)
    Case.objects.update(identified_date=clock.today() - timedelta(days=40))
    close(page, live, case, refused=False)
    case.refresh_from_db()
    assert case.status == Status.CLOSED
    assert case.keep_until is not None


def write_who_they_are(page: Page) -> None:
    page.get_by_role("link", name="Write who they are").click()
    page.locator("[name=name]").fill("Yaro Tervanu")
    page.locator("[name=health]").fill("Needs insulin")
    page.get_by_role("button", name="Seal and save").click()
    expect(page.locator("main")).not_to_contain_text("Yaro Tervanu")


def agree(page: Page, live: str, case: Case, clinician: User) -> None:
    page.goto(f"{live}/people/{case.pk}/consent/")
    page.get_by_label(clinician.agency.name).check()
    page.get_by_label("Health").check()
    page.get_by_label("What they need").check()
    page.get_by_label("To help the person").check()
    page.get_by_role("button", name="Record this consent").click()
    page.wait_for_url("**/sharing/")
    assert Consent.objects.get().categories == ["health", "needs"]


def refer_to_the_clinic(page: Page, live: str, case: Case) -> None:
    page.goto(f"{live}/people/{case.pk}/needs/")
    page.get_by_label("What they need").select_option("health")
    page.get_by_role("button", name="Record this need").click()
    page.goto(f"{live}/people/{case.pk}/needs/{case.needs.get().pk}/refer/")
    page.get_by_label("To which agency").select_option(label="Lantern clinic (made up)")
    page.get_by_role("button", name="See what would leave").click()
    page.get_by_role("button", name="Send the referral").click()
    page.wait_for_url(re.compile(r"/people/[0-9a-f-]+/(assistance/)?$"))


def close(page: Page, live: str, case: Case, *, refused: bool) -> None:
    page.goto(f"{live}/people/{case.pk}/close/")
    if refused:
        expect(page.locator("main")).to_contain_text("days of reflection")
        expect(page.get_by_role("button", name="Close this case")).to_have_count(0)
    else:
        expect(page.locator("main")).to_contain_text("Needs that are not met (1)")
        page.get_by_label("I have seen what is still open").check()
        page.get_by_label("Why?").fill("They went home, and asked us to")
        page.get_by_role("button", name="Close this case").click()
        page.wait_for_url(f"**/people/{case.pk}/")
