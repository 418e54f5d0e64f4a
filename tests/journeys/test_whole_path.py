"""A person from the screening to the referral, and an alert to the answered request, as users do it in browsers."""

import json
import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Page, expect

from mainstay.demo import cast
from tests.conftest import SIZES, Visit
from tests.journeys.conftest import Scenario

pytestmark = [pytest.mark.browser, pytest.mark.journey]
Enter = Callable[..., Page]
Barriers = Callable[[Page], list[str]]
PERSON = {"name": "Nadi Lendaru", "phone": "+999 55 010 2030", "whereabouts": "House 3, Kestrel Pass"}
EXPLOITER = "Zila Ulmasti"
SAID = ("kept", "taken", "work", "watched", "yes")  # the first of these that a question offers


@pytest.fixture
def enter(visit: Visit, two_nodes: Scenario) -> Enter:
    """Sign a made-up colleague in on their node and return the page."""

    def give(email: str, size: str = "desk") -> Page:
        node = two_nodes.node("Selvania" if "selvania" in email else "Orvanta")
        page = visit(size)
        page.goto(f"{node.url}/sign-in/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(cast.PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page).to_have_url(re.compile("/today/"))
        return page

    return give


def choose(page: Page, name: str, values: Sequence[str]) -> None:
    """Tick choices of a form by their coded values."""
    for value in values:
        page.locator(f"input[name={name}][value='{value}']").check()


def screen_a_person(page: Page, barriers: Barriers) -> str:
    """Ask the rapid screen on a phone, hand the person to the shelter, and return the case's reference."""
    page.get_by_role("link", name="Screen a person").click()
    choose(page, "age_group", ["18+"])
    page.get_by_role("button", name="Begin").click()
    asked = 0
    while page.locator("input[name=answer]").count():
        assert not barriers(page)
        choose(page, "answer", [next((value for value in SAID if _offers(page, value)), "not_asked")])
        page.get_by_role("button", name="Next").click()
        asked += 1
    assert asked > 10
    page.get_by_role("button", name="See the result").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trafficking indicated")
    page.get_by_role("button", name="Open a case").click()
    page.get_by_label("Who protects the person from now on").select_option(label="Harbour House")
    page.get_by_role("button", name="Open the case").click()
    found = re.search(r"P-\d{4}", page.locator("main").inner_text())
    assert found
    return found.group()


def _offers(page: Page, value: str) -> bool:
    return page.locator(f"input[name=answer][value='{value}']").count() > 0


def write_who_they_are(page: Page, reference: str, account: str) -> None:
    """Open the case from the list and seal who the person is and who controlled them."""
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name=reference).click()
    page.get_by_role("link", name="Write who they are").click()
    for name, value in {**PERSON, "exploiter_name": EXPLOITER, "exploiter_account": account}.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Seal and save").click()
    expect(page.locator("body")).not_to_contain_text(PERSON["name"])
    page.get_by_role("button", name="Show name (noted)").click()
    expect(page.locator("main")).to_contain_text(PERSON["name"])
    expect(page.locator("main")).to_contain_text("Ines Ortal,")


def consent(page: Page, categories: Sequence[str], purposes: Sequence[str], *, to: str = "", node: str = "") -> None:
    """Record a consent on the case that is shown."""
    page.get_by_role("link", name="Record a consent").click()
    choose(page, "categories", categories)
    choose(page, "purposes", purposes)
    if to:
        page.get_by_label(to, exact=True).check()
    page.locator("[name=other_node]").fill(node)
    page.get_by_role("button", name="Record this consent").click()


def refer(page: Page, barriers: Barriers) -> None:
    """Record a need, see what would leave, and send it to the clinic."""
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="Record a need").click()
    page.get_by_label("What they need").select_option("health")
    page.get_by_role("button", name="Record this need").click()
    page.get_by_role("link", name="Refer: Health care").click()
    page.get_by_label("To which agency").select_option(label="Lantern health and legal clinic")
    page.get_by_role("button", name="See what would leave").click()
    expect(page.locator("tr", has_text="Phone").first).to_contain_text("shared")
    expect(page.locator("tr", has_text="Where they are now")).to_contain_text("protected address, never leaves")
    assert not barriers(page)
    page.get_by_role("button", name="Send the referral").click()
    expect(page.locator("main")).to_contain_text("Lantern health and legal clinic: Sent")


def known_controller(scenario: Scenario) -> str:
    """Return an account that Orvanta's analyst has in an alert as a controller."""
    done = scenario.run("Orvanta", "network", "export", "--format", "ftm", "--out", str(scenario.folder / "known.ftm"))
    assert done.returncode == 0, done.stderr
    lines = (scenario.folder / "known.ftm").read_text(encoding="utf-8").splitlines()
    accounts = [e["properties"]["accountNumber"][0] for e in map(json.loads, lines) if e["schema"] == "BankAccount"]
    return str(min(accounts))


def test_a_person_is_followed_from_the_screening_to_the_referral_and_the_request(
    enter: Enter, two_nodes: Scenario, barriers: Barriers
) -> None:
    account = known_controller(two_nodes)
    reference = screen_a_person(enter("rafe@selvania.example", "phone"), barriers)

    manager = enter("ines@selvania.example")
    write_who_they_are(manager, reference, account)
    consent(manager, ["identity", "contact", "needs"], ["assistance"], to="Lantern health and legal clinic")
    refer(manager, barriers)
    their_money = ["exploiters", "money"]
    consent(manager, their_money, ["investigation"], to="The network, for investigators here")
    consent(manager, their_money, ["cooperation"], node="Orvanta")
    assert not barriers(manager)

    provider = enter("amsel@selvania.example", "phone")
    provider.get_by_role("link", name=re.compile("Answer")).first.click()
    expect(provider.locator("main")).to_contain_text(PERSON["phone"])
    for withheld in (PERSON["whereabouts"], EXPLOITER, account):
        expect(provider.locator("body")).not_to_contain_text(withheld)
    provider.get_by_label("We take this on").check()
    provider.get_by_role("button", name="Send the answer").click()

    official = enter("mira@selvania.example")
    official.get_by_role("link", name="Ask another country").click()
    official.get_by_label("Which node").select_option(label="Orvanta")
    official.get_by_label("Whose account").select_option(label=account)
    official.get_by_role("button", name="Ask privately").click()
    expect(official.get_by_role("heading", level=1)).to_have_text("Orvanta knows this account")
    official.get_by_role("link", name="Request assistance").click()
    official.get_by_label("Authority that conducts it").fill("Prosecution of Selvania: leads the investigation")
    official.get_by_label("Summary of the facts").fill("The wages of a person were collected on this account.")
    official.get_by_role("button", name="Send the request").click()
    request = official.get_by_role("heading", level=1).inner_text()
    expect(official.locator("main")).to_contain_text(EXPLOITER)
    for withheld in (PERSON["name"], PERSON["phone"], PERSON["whereabouts"]):
        expect(official.locator("body")).not_to_contain_text(withheld)

    answerer = enter("piet@orvanta.example")
    answerer.get_by_role("link", name="Requests").click()
    answerer.get_by_role("link", name=request).click()
    expect(answerer.locator("main")).to_contain_text("What this node knows")
    expect(answerer.locator("main")).to_contain_text(account)
    assert not barriers(answerer)
    answerer.get_by_label("Your answer").fill("The account is known here; statements follow.")
    answerer.get_by_role("button", name="Send the answer").click()

    official.reload()
    expect(official.locator("main")).to_contain_text("The account is known here; statements follow.")
    for node in ("Selvania", "Orvanta"):
        assert two_nodes.run(node, "audit", "verify").returncode == 0


def test_an_alert_is_read_and_decided_and_the_workers_stay_protected(enter: Enter, barriers: Barriers) -> None:
    analyst = enter("tomas@orvanta.example")
    analyst.get_by_role("link", name="Alerts").click()
    analyst.get_by_role("link", name="Wage funnel").click()
    analyst.locator("tbody a").first.click()
    expect(analyst.get_by_role("heading", level=1)).to_have_text(
        re.compile(r"Wages of \d+ workers go on to one account")
    )
    expect(analyst.locator("main")).to_contain_text("they cannot be named as subjects")
    workers = analyst.locator("tr", has_text="Controlled")
    assert workers.count() > 3
    assert all("never: protected" in text for text in workers.all_inner_texts())
    assert not barriers(analyst)
    analyst.get_by_label("Why").fill("Wages go on within two days; one phone for all of them.")
    analyst.get_by_role("button", name=re.compile("^Suspicious")).click()
    expect(analyst.locator("main")).to_contain_text("Suspicious: to be reported")


@pytest.mark.parametrize("part", [*cast.SELVANIA, *cast.ORVANTA], ids=lambda part: part.role)
def test_every_page_of_every_role_works_for_everybody(enter: Enter, barriers: Barriers, part: cast.Part) -> None:
    """Each page in the navigation and the first row of each list, on a desk and on a phone."""
    page = enter(part.email)
    addresses = page.locator("nav a").evaluate_all("links => links.map(link => link.href)")
    assert addresses
    for address in addresses:
        page.goto(address)
        check(page, barriers)
        rows = page.locator("tbody a").evaluate_all("links => links.map(link => link.href)")
        for row in rows[:1]:
            page.goto(row)
            check(page, barriers)


def check(page: Page, barriers: Barriers) -> None:
    """Hold a page to what every page keeps, at both sizes: axe finds nothing, nothing scrolls sideways."""
    assert page.locator("h1").count() == 1
    for size in ("desk", "phone"):
        page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]  # two plain numbers
        assert not barriers(page), (page.url, size)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, size)
