"""Interviews in the browser without network: kept sealed, sent once, asked as the node would ask."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Error, Page

from mainstay.accounts.models import User
from mainstay.core import clock
from mainstay.core.access import Role
from mainstay.identify.engine.shipped import load_shipped
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.models import InstalledInstrument, Screening
from mainstay.identify.services.instruments import install_instrument
from mainstay.identify.types import Question
from tests.factories import a_person
from tests.identify.builders import Rows, shared, workbook
from tests.identify.offline import PASSPHRASE, Line, Phone, answer, begin, press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAID = "Wants to call her sister Maren."
GIVEN = {"1": ["yes"], "7": ["yes"], "11": ["yes"], "13": ["work", "house"]}


@pytest.fixture
def phone(browser: Browser, live: str, tmp_path: Path) -> Iterator[Phone]:
    """A phone with a line of its own to the node."""
    line = Line(live)
    given = Phone(browser, line, tmp_path / "phone")
    yield given
    line.end()
    assert not given.complaints, f"the browser complained: {given.complaints}"


@pytest.fixture
def screener() -> User:
    """Whose phone it is."""
    return a_person(Role.SCREENER)


def waiting(page: Page) -> int:
    return page.locator(".kept .panel").count()


def at_list(page: Page) -> None:
    page.get_by_role("heading", name="Interviews on this device").wait_for()


def take(page: Page, note: str = SAID, **who: str) -> None:
    """Take an interview from the list to its end, and go back to the list."""
    begin(page, **who)
    answer(page, GIVEN)
    page.fill("#note", note)
    press(page)
    page.get_by_role("heading", name="Finished and sealed").wait_for()
    press(page)
    at_list(page)


def ready(phone: Phone, context: BrowserContext, person: User, *, online: bool = False) -> Page:
    """A phone that was set up and lies open, without network."""
    page = context.pages[0]
    phone.set_up(page, person)
    phone.set_line(context, online=online)
    return page


def test_an_interview_taken_without_network_survives_closing_and_arrives_once(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        page.goto(phone.address)
        phone.unlock(page)
        take(page)
    with phone.opened(online=False) as context:
        page = context.pages[0]
        phone.unlock(page)
        page.locator(".kept .panel").wait_for()
        assert waiting(page) == 1
        assert Screening.objects.count() == 0
        phone.set_line(context, online=True)
        page.get_by_text("Sign in again to send").wait_for()
        assert waiting(page) == 1
        phone.sign_in(page, screener)
        phone.unlock(page)
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
        page.get_by_role("link", name="See the result").click()
        page.get_by_text("Answers given").wait_for()
    screening = Screening.objects.get()
    assert screening.note.open() == SAID
    assert (screening.source, screening.sex, screening.age_group) == ("offline", "female", "18+")
    assert screening.answers.open()["made_to"] == "work house"


def test_sending_twice_and_losing_the_answer_midway_still_makes_one_interview(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        take(page)
        phone.line.loses = b"POST /api/v1/identify/sealed-screenings"
        phone.set_line(context, online=True)
        page.get_by_text("The line broke").wait_for()
        assert phone.line.lost
        assert Screening.objects.count() == 1  # it was received; the phone does not know
        assert waiting(page) == 1
        page.evaluate("document.getElementById('send').click(); document.getElementById('send')?.click()")
        page.get_by_text("The line broke").wait_for()
        phone.line.loses = b""
        page.reload()
        phone.unlock(page)
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
        assert waiting(page) == 0
    assert Screening.objects.count() == 1


WITHOUT_CURVE = """const make = crypto.subtle.generateKey;
crypto.subtle.generateKey = (how, ...rest) => (how.name === "X25519"
  ? Promise.reject(new DOMException("", "NotSupportedError")) : make.call(crypto.subtle, how, ...rest));"""


def test_an_older_browser_keeps_finished_interviews_under_the_passphrase_and_sends_them(
    phone: Phone, screener: User
) -> None:
    with phone.opened() as context:
        context.add_init_script(WITHOUT_CURVE)
        page = ready(phone, context, screener)
        take(page)
        assert page.evaluate(ROWS) == [["waiting", "said"]]
        phone.set_line(context, online=True)
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
    assert Screening.objects.get().note.open() == SAID


def test_two_pages_that_send_at_once_make_one_interview(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        take(page)
        other = context.new_page()
        phone.unlock(other)
        other.locator(".kept .panel").wait_for()
        phone.set_line(context, online=True)
        for each in (page, other):
            each.get_by_text("Nothing waits to be sent").wait_for()
    assert Screening.objects.count() == 1


def test_an_interview_in_arabic_runs_right_to_left_without_barriers(
    phone: Phone, screener: User, barriers: Callable[[Page], list[str]]
) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        assert barriers(page) == []
        press(page)
        page.locator("input[name=language][value=ar]").check()
        assert barriers(page) == []
        press(page)
        page.get_by_role("heading", name="هل الشخص في خطر الآن؟").wait_for()
        assert page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", "ar"]
        assert page.evaluate("getComputedStyle(document.querySelector('.choice')).direction") == "rtl"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("نعم").check()
        assert page.get_by_role("alert").get_by_text("في خطر الآن").is_visible()
        assert barriers(page) == []
        assert answer(page, GIVEN) == 14
        assert barriers(page) == []
        page.fill("#note", "تريد أن تتصل بأختها")
        press(page)
        page.locator("#note").wait_for(state="detached")
        assert barriers(page) == []
        phone.set_line(context, online=True)
        press(page)
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
        assert page.evaluate("document.documentElement.dir") == "ltr"
        assert barriers(page) == []
    screening = Screening.objects.get()
    assert (screening.language, screening.note.open()) == ("ar", "تريد أن تتصل بأختها")


ROWS = """async () => {
  const device = await import("/static/identify/offline/device.js");
  return (await device.kept()).map((row) => [row.state, row.said ? "said" : "", row.letter ? "letter" : ""]
    .filter(Boolean));
}"""
DUMP = """async () => {
  const open = indexedDB.open("mainstay-offline");
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const rows = (name) => new Promise((resolve) => {
    const all = database.transaction(name).objectStore(name).getAll();
    all.onsuccess = () => resolve(all.result);
  });
  const plain = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? new TextDecoder("latin1").decode(value)
    : value && typeof value === "object" ? Object.values(value).map(plain).join(" ") : String(value);
  const stored = [];
  for (const name of database.objectStoreNames) { stored.push(plain(await rows(name))); }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      stored.push(request.url, await (await cache.match(request, { ignoreVary: true })).text());
    }
  }
  stored.push(JSON.stringify(localStorage), JSON.stringify(sessionStorage), location.href, document.title);
  return stored.join("\\n");
}"""


def test_nothing_on_the_phone_tells_what_was_said_or_who_uses_it(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        take(page)
        begin(page)
        answer(page, GIVEN)
        page.locator("#note").press_sequentially(SAID)
        page.wait_for_timeout(4000)  # longer than Chromium waits before it writes its pages' state
        dumped = page.evaluate(DUMP)
        assert page.evaluate(ROWS) == [["waiting", "letter"], ["draft", "said"]]  # the first opens on the node only
    assert "هل الشخص في خطر الآن؟" in dumped  # the questions are there, so the dump reaches what is kept
    for secret in (SAID, "Maren", "work house", PASSPHRASE, screener.name, screener.email, "csrfmiddlewaretoken"):
        assert secret not in dumped
    secrets = [word.encode(code) for word in (SAID, "Maren", PASSPHRASE) for code in ("utf-8", "utf-16-le")]
    files = [path for path in phone.profile.rglob("*") if path.is_file()]
    telling = [path.relative_to(phone.profile) for path in files if any(s in path.read_bytes() for s in secrets)]
    assert telling == []  # neither what the page keeps nor what a browser writes by itself to restore its pages


def test_stop_and_hide_leaves_at_once_and_keeps_the_interview(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        begin(page)
        answer(page, {"1": ["yes"], "2": ["no"]}, until=2)
        page.locator("input[name=answer][value=looks_younger]").check()
        page.get_by_role("link", name="Stop and hide").click()
        page.get_by_role("heading", name="Kitchen measures").wait_for()
        assert page.url == f"{phone.line.url}/away"
        assert "identify" not in page.content()
        with suppress(Error):  # where "back" leads is no page that is kept
            page.go_back()
        assert page.url != phone.address
        page = context.new_page()
        phone.unlock(page)
        page.get_by_role("button", name="Go on").click()
        page.locator("input[name=answer]").first.wait_for()
        assert page.locator("#step").inner_text() == "3 of 14"
        assert page.locator("input[value=looks_younger]").is_checked()


def test_a_wrong_passphrase_says_so_loses_nothing_and_slows_down(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        take(page)
        page.get_by_role("button", name="Lock").click()
        for _try in range(3):
            page.fill("#passphrase", "not this one at all")
            press(page)
            page.get_by_text("This is not the passphrase. Nothing was lost.").wait_for()
        page.fill("#passphrase", PASSPHRASE)
        press(page)
        page.get_by_text("Too many tries").wait_for()
        page.evaluate("Date.now = ((real) => () => real() + 60000)(Date.now)")
        page.fill("#passphrase", PASSPHRASE)
        press(page)
        at_list(page)
        assert waiting(page) == 1


def test_a_forgotten_passphrase_loses_what_was_not_finished_and_nothing_else(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        take(page)
        begin(page)
        phone.set_line(context, online=True)
        page.goto(phone.address)
        page.get_by_text("Passphrase forgotten").click()
        page.get_by_role("button", name="Throw my unfinished interviews away").click()
        page.get_by_role("button", name="This cannot be undone").click()
        for field in ("#again", "#passphrase"):
            page.fill(field, "another set of words")
        press(page)
        at_list(page)
        assert page.evaluate(ROWS) == [["waiting", "letter"]]
        page.get_by_role("button", name="Send now").click()
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
    assert Screening.objects.count() == 1


def test_two_colleagues_on_one_phone_open_and_send_only_their_own(phone: Phone, screener: User) -> None:
    other = a_person(Role.SCREENER)
    with phone.opened() as context:
        page = ready(phone, context, screener)
        take(page, note="Of the first.")
    with phone.opened() as context:
        page = context.pages[0]
        phone.sign_in(page, other)
        page.goto(phone.address)
        page.get_by_text("Another colleague uses this device").click()
        page.get_by_role("button", name="Set my own passphrase").click()
        for field in ("#again", "#passphrase"):
            page.fill(field, "another set of words")
        press(page)
        at_list(page)
        assert page.get_by_text("Other colleagues' interviews wait on this device too: 1").is_visible()
        take(page, note="Of the second.")
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
        page.get_by_role("button", name="Lock").click()
        phone.unlock(page)
        page.get_by_text("Sign in again to send").wait_for()
        assert waiting(page) == 1
    kept = Screening.objects.get()
    assert (kept.owner, kept.note.open()) == (other, "Of the second.")


def test_questions_that_are_not_in_the_persons_language_are_asked_in_their_own(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        press(page)
        page.locator("input[name=instrument][value=children]").check()
        page.locator("input[name=language][value=ar]").check()
        press(page)
        page.locator("[name=answer]").first.wait_for()
        assert page.locator("html").get_attribute("dir") == "ltr"
        assert page.locator("html").get_attribute("lang") == "en"


def test_the_form_of_the_iom_is_answered_without_network(phone: Phone, screener: User) -> None:
    htcds = read_instrument(shared("data", "htcds", "htcds_xlsform.xlsx"))
    install_instrument(htcds, actor=None, now=clock.now())
    with phone.opened() as context:
        page = ready(phone, context, screener)
        press(page)
        page.locator(f"input[name=instrument][value={htcds.name}]").check()
        press(page)
        for question in htcds.questions:
            page.get_by_role("heading", name=next(iter(question.labels.values())), exact=True).wait_for()
            fill(page, question)
            press(page)
        press(page)
        page.get_by_role("heading", name="Finished and sealed").wait_for()
        phone.set_line(context, online=True)
        press(page)
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
    answers = Screening.objects.get().answers.open()
    assert len(answers) == 31
    assert answers["prs_Birthdate"] == "2001-02-03"


def fill(page: Page, question: Question) -> None:
    choices = [choice.name for choice in question.choices]
    if len(choices) > 24:
        page.select_option("#answer", choices[0])
    elif choices:
        page.locator("input[name=answer]").first.check()
    else:
        page.fill("#answer", {"date": "2001-02-03"}.get(question.type, "made up"))


def test_an_interview_is_begun_answered_and_left_by_keyboard_alone(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        page.get_by_role("button", name="Screen a person").focus()
        page.keyboard.press("Enter")
        page.locator("input[name=sex][value=female]").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Is the person in danger right now?").wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        assert page.locator("input[value=no]").is_checked()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Does the person need a doctor now?").wait_for()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.get_by_role("heading", name="Kitchen measures").wait_for()


def test_the_page_can_be_put_on_a_phones_first_screen(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener, online=True)
        browser = context.new_cdp_session(page)
        assert browser.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        manifest = json.loads(browser.send("Page.getAppManifest")["data"])
        assert (manifest["start_url"], manifest["display"]) == ("/identify/offline/", "standalone")


def test_signing_out_in_another_page_takes_the_key_away(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener, online=True)
        begin(page)
        other = context.new_page()
        other.goto(f"{phone.line.url}/today/")
        other.locator(".menu-toggle").check(force=True)
        other.locator("form[action='/sign-out/'] button").first.click()
        page.get_by_role("heading", name="Open what this device keeps").wait_for()
        assert not page.locator("input[name=answer]").count()


def test_what_the_node_refuses_stays_on_the_phone_with_the_reason(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener)
        take(page)
        rapid = load_shipped("rapid_screen")
        assert rapid is not None
        changed = read_instrument("rapid_screen.xlsx", workbook(*next_version()))
        install_instrument(changed, actor=None, now=clock.now())
        InstalledInstrument.objects.filter(version=rapid.version).delete()
        phone.set_line(context, online=True)
        page.get_by_text("The node did not take this interview.").wait_for()
        assert page.get_by_text("version: version 2 of rapid_screen").is_visible()
        assert waiting(page) == 1
        assert not page.get_by_text(SAID).count()
        install_instrument(rapid, actor=None, now=clock.now())
        page.get_by_role("button", name="Try again").click()
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
    assert Screening.objects.get().instrument.version == rapid.version


def next_version() -> tuple[Rows, Rows, Rows]:
    survey = [["type", "name", "label::English (en)"], ["text", "a", "A?"]]
    return survey, [["list_name", "name", "label::English (en)"]], [["form_id", "version"], ["rapid_screen", "2"]]


def test_both_ways_of_asking_give_the_same_answers_and_the_same_assessment(phone: Phone, screener: User) -> None:
    with phone.opened() as context:
        page = ready(phone, context, screener, online=True)
        take(page)
        page.get_by_text("Sent, and taken off this device: 1").wait_for()
    client = Client()
    client.force_login(screener)
    opening = {"instrument": "rapid_screen", "language": "en", "age_group": "18+", "sex": "female"}
    address = client.post(reverse("identify:choose"), opening).headers["Location"]
    number = 0
    while "finish" not in address:
        number += 1
        values = GIVEN.get(str(number), [])
        multiple = client.get(address).context["form"].question.multiple
        given = {"answer": values if multiple else "".join(values), "go": "next"}
        address = client.post(address, given).headers["Location"]
    client.post(address, {"note": SAID})
    one, other = Screening.objects.order_by("started_at")
    assert dict(one.answers.open()) == dict(other.answers.open())
    assert one.assessment.open() == other.assessment.open()
    assert (one.level, one.urgent, one.forms) == (other.level, other.urgent, other.forms)
    assert one.note.open() == other.note.open()
