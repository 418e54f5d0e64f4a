"""From an interview to a decision that stands, in the browser, by five people at three agencies; all made up."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.models import Screening
from mainstay.identify.services import screenings
from mainstay.protect.models import Case, Procedure
from mainstay.protect.services import consents
from mainstay.protect.services.referrals import recipient_of
from mainstay.protect.types import Category, Given, SharePurpose
from tests.factories import a_person, an_agency

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ANSWERS = {"brought_here": "yes", "threats": "yes", "made_to": "work"}


def screened(by: User, name: str) -> Screening:
    """An interview that came in."""
    instrument = load_shipped("rapid_screen")
    assert instrument is not None
    return screenings.record_screening(instrument, ANSWERS, False, name=name, actor=by, now=clock.now())


def lets_the_authority_know(case: Case, authority: User, manager: User) -> None:
    """The person's consent to what happened, for the authority."""
    draft = consents.ConsentDraft(
        categories=frozenset({Category.EXPLOITATION}),
        recipients=frozenset({recipient_of(authority.agency)}),
        purposes=frozenset({SharePurpose.IDENTIFICATION}),
        given_on=clock.today(),
        how=Given.SPOKEN,
    )
    consents.give_consent(case, draft, actor=manager, now=clock.now())


def test_a_person_goes_from_an_interview_to_a_decision_on_appeal(
    live: str, signed_in_page: Callable[..., Page], barriers: Callable[[Page], list[str]]
) -> None:
    post, office = an_agency("North Ferry (made up)"), an_agency("Office (made up)")
    manager, supervisor = a_person(Role.CASE_MANAGER, post), a_person(Role.SUPERVISOR, post)
    screener = a_person(Role.SCREENER, post)
    first, second = (a_person(Role.IDENTIFICATION_AUTHORITY, office) for _ in range(2))
    screened(screener, "Fatima Haddad")
    row = screened(screener, "فاطمة حداد")

    chief = signed_in_page(supervisor)
    chief.goto(f"{live}/identify/{row.pk}/")
    assert "Perhaps screened before" in chief.inner_text("main")
    chief.click("text=Not the same")
    assert "not the same person" in chief.inner_text("main")
    assert not barriers(chief)
    chief.goto(f"{live}/identify/{row.pk}/review/")
    chief.check("input[value=no]")
    chief.fill("textarea[name=comment]", "Ask whether she is safe tonight.")
    assert not barriers(chief)
    chief.click("text=Keep this review")
    assert "Returned to" in chief.inner_text("main")

    asker = signed_in_page(screener, "phone")
    asker.goto(f"{live}/identify/{row.pk}/correct/")
    assert not barriers(asker)
    asker.fill("textarea[name=reason]", "She told me after.")
    asker.click("text=Begin the new version")
    asker.goto(re.sub(r"/\d+/$", "/finish/", asker.url))
    assert asker.input_value("input[name=name]") == "فاطمة حداد"
    asker.click("text=See the result")
    assert "Version 2" in asker.inner_text("main")

    keeper = signed_in_page(manager)
    keeper.goto(asker.url)
    keeper.click("main button:has-text('Open a case')")
    keeper.wait_for_url(re.compile(r"/people/"))
    case = Case.objects.get()
    lets_the_authority_know(case, first, manager)
    keeper.goto(f"{live}/people/{case.pk}/decision/")
    keeper.select_option("select[name=authority]", str(office.pk))
    keeper.click("text=See what would leave")
    assert not barriers(keeper)
    keeper.click("text=Ask it to decide")
    keeper.wait_for_url(re.compile(r"/decisions/"))

    judge, other = signed_in_page(first), signed_in_page(second, "phone")
    judge.goto(f"{live}/decisions/")
    assert not barriers(judge)
    judge.click("tbody a")
    judge.check("input[value=not_identified]")
    judge.fill("textarea[name=reasons]", "No purpose was shown.")
    assert not barriers(judge)
    judge.click("text=Propose this decision")
    other.goto(judge.url)
    other.check("input[value=yes]")
    assert not barriers(other)
    other.click("text=Keep this reading")
    assert "Second reader agrees" in other.inner_text("main")

    keeper.goto(judge.url)
    assert "No purpose was shown." in keeper.inner_text("main")
    keeper.fill("textarea[name=grounds]", "Nobody asked about debts.")
    keeper.click("text=Record the appeal")
    assert not barriers(keeper)
    case.refresh_from_db()
    assert (case.status, Procedure.objects.get().round) == ("presumed", 2)
    judge.goto(judge.url)
    assert "a colleague takes the next step" in judge.inner_text("main")
    assert not judge.locator("textarea").count()
    chief.goto(f"{live}/identify/learning/")
    assert not barriers(chief)
