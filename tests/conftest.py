"""What every test may ask for: people, a browser, an accessibility check, the shared folder, a node to command."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from mainstay.accounts.models import Agency, User
from mainstay.audit import rules
from mainstay.core import keystore
from mainstay.core.access import Role
from tests.factories import PASSWORD, a_person, an_agency
from tests.home import DATABASE, HOME, NO_DATABASE, ON_POSTGRES

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000
"""How many milliseconds a page may take, so that a busy machine fails no test."""
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


too_slow = hypothesis.HealthCheck.too_slow  # how quick the machine is decides no test
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[too_slow])
hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Use a fast password hash: how strong the real one is stands in the settings."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run what touches the database on that which was named, or what touches none; without a name, all on SQLite.

    On PostgreSQL the browser is left out: pages are the same on both.
    """
    if not DATABASE:
        return
    left = [item for item in items if touches_database(item) == (DATABASE != NO_DATABASE)]
    if ON_POSTGRES:
        left = [item for item in left if not item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(left)])
    items[:] = left


def touches_database(item: pytest.Item) -> bool:
    """Say whether a test reads or writes the node's database."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & DATABASE_FIXTURES)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Keep SQLite's test database in a file, as a node does: threads then meet as they do in the field."""
    from django.conf import settings

    if not ON_POSTGRES:
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = HOME / "test.sqlite3"


@pytest.fixture
def shared() -> Path:
    """The folder of real data beside the project; without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real data is not beside the project")
    return SHARED


@pytest.fixture(autouse=True)
def no_anchor(request: pytest.FixtureRequest) -> None:
    """Forget how long the chain was: each test begins with a chain of its own."""
    if touches_database(request.node):
        keystore.node().set_anchor(0, rules.START)


@pytest.fixture
def agency(db: None) -> Agency:
    """An agency."""
    return an_agency()


@pytest.fixture
def person_of(db: None, agency: Agency) -> Callable[[Role], User]:
    """Give the one person of a role at one agency."""
    people: dict[Role, User] = {}

    def give(role: Role) -> User:
        if role not in people:
            people[role] = a_person(role, agency)
        return people[role]

    return give


@pytest.fixture
def client_of(person_of: Callable[[Role], User]) -> Callable[[Role], Client]:
    """Give a signed-in client of a role."""

    def give(role: Role) -> Client:
        client = Client()
        client.force_login(person_of(role))
        return client

    return give


@dataclass
class Command:
    """The `mainstay` command on a node of its own, as a user's shell runs it."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run the command with these words and return what it printed and its exit code."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MAINSTAY_")}
        env = {**kept, "MAINSTAY_HOME": str(self.home), **self.environment, **extra}
        program = [sys.executable, "-m", "mainstay", *words]
        return subprocess.run(program, env=env, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture
def mainstay(tmp_path: Path) -> Command:
    """The command, with a folder for a node that is not set up yet."""
    return Command(tmp_path / "node")


@pytest.fixture(scope="session")
def fresh_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that was set up and not used, to be copied."""
    home = tmp_path_factory.mktemp("fresh") / "node"
    done = Command(home)("init", "--name", "Selvania (test)", "--country", "XS")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def node_command(mainstay: Command, fresh_node: Path) -> Command:
    """The command on a node of this test's own, set up, on SQLite."""
    shutil.copytree(fresh_node, mainstay.home)
    return mainstay


def chromium() -> str | None:
    """Return the machine's browser, or None for Playwright's own."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def wait_after(patch: pytest.MonkeyPatch, kind: type[Page] | type[Locator], action: str) -> None:
    """Have what is done to a page wait until the page it leads to is there as a whole: only its head may be."""
    act = getattr(kind, action)

    def act_and_wait(self: Page | Locator, *words: Any, **options: Any) -> None:
        act(self, *words, **options)
        (self if isinstance(self, Page) else self.page).wait_for_load_state()

    patch.setattr(kind, action, act_and_wait)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; where there is none the tests fail, as nobody would see that they were skipped."""
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        for action in ("click", "press"):
            wait_after(patch, Page, action)
            wait_after(patch, Locator, action)
        expect.set_options(timeout=PATIENCE)
        path = chromium() or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.fail("there is no Chromium: install it (Debian, Ubuntu: apt-get install chromium)", pytrace=False)
        started = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield started
        started.close()


@dataclass
class Visit:
    """Opens pages, and remembers every request that left the machine and every word the browser complained with."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __call__(self, size: str = "desk", **options: Any) -> Page:
        """Open a page of a size (`desk` or `phone`) in a context of its own."""
        context = self.browser.new_context(viewport=SIZES[size], **options)  # type: ignore[arg-type]  # two plain numbers
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        context.on("request", lambda request: self._watch(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._listen(said.text))
        return page

    def _watch(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in {"127.0.0.1", "localhost"}:
            self.strays.append(url)

    def _listen(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(text)


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open browser pages; the test fails if one of them asks another machine or breaks the security policy."""
    if touches_database(request.node):
        cache.clear()
    opener = Visit(browser)
    yield opener
    for context in opener.contexts:
        context.close()
    assert not opener.strays, f"the page asked another machine: {opener.strays}"
    assert not opener.complaints, f"the browser complained: {opener.complaints}"


@pytest.fixture
def page(visit: Visit) -> Page:
    """One page at a desk."""
    return visit()


@pytest.fixture
def live(live_server: Any) -> str:
    """The address of the running node."""
    return str(live_server.url)


@pytest.fixture
def signed_in_page(visit: Visit, live: str) -> Callable[..., Page]:
    """Open a page at a size, signed in as a person through the sign-in page."""

    def give(person: User, size: str = "desk", **options: Any) -> Page:
        page = visit(size, **options)
        page.goto(f"{live}/sign-in/")
        page.fill("input[name=login]", person.email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit] >> nth=0")
        page.wait_for_url(re.compile(r"/today/"))
        return page

    return give


@pytest.fixture(scope="session")
def barriers() -> Callable[[Page], list[str]]:
    """List what axe finds wrong with a page for people who use assistive technology, one line each."""
    checker = Axe()

    def check(page: Page) -> list[str]:
        page.wait_for_load_state()
        found = checker.run(page).response["violations"]
        return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]

    return check
