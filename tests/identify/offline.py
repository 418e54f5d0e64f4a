"""A browser on a phone whose line can be cut, for the tests of the interview without network."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from mainstay.accounts.models import User
from tests.conftest import QUIET, SIZES, chromium
from tests.factories import PASSWORD

PASSPHRASE = "lantern gravel Tuesday"
BLOCK = 65536


class Line:
    """The line between a browser and the node: it can be cut, and it can lose an answer on its way back."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.is_up = True
        self.loses: bytes = b""
        self.lost = 0
        self._open: set[socket.socket] = set()
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._ear.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        self.is_up = False
        for end in list(self._open):
            _close(end)

    def mend(self) -> None:
        """Let connections through again."""
        self.is_up = True

    def end(self) -> None:
        """Cut the line for good."""
        self.cut()
        _close(self._ear)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._ear.accept()
                if not self.is_up:
                    _close(near)
                    continue
                far = socket.create_connection((str(self.target.hostname), int(self.target.port or 80)))
                self._open |= {near, far}
                gone = threading.Event()
                threading.Thread(target=self._carry, args=(near, far, gone, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, gone, False), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, gone: threading.Event, outward: bool) -> None:
        with suppress(OSError):
            while block := one.recv(BLOCK):
                if outward and self.loses and block.startswith(self.loses):
                    gone.set()
                if not outward and gone.is_set():
                    self.lost += 1
                    break
                other.sendall(block)
        for end in (one, other):
            self._open.discard(end)
            _close(end)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@dataclass
class Phone:
    """A phone that keeps what its browser keeps when the browser is closed."""

    browser: Browser
    line: Line
    profile: Path
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self, *, online: bool = True, size: str = "phone", **options: Any) -> Iterator[BrowserContext]:
        """Open the browser on this phone's own files; leaving closes it, as a person or a dead battery would."""
        window = ViewportSize(width=SIZES[size]["width"], height=SIZES[size]["height"])
        context = self.browser.browser_type.launch_persistent_context(
            self.profile, executable_path=chromium(), args=list(QUIET), viewport=window, **options
        )
        context.set_default_timeout(20_000)
        context.on("page", self._listen)
        for page in context.pages:
            self._listen(page)
        self.set_line(context, online=online)
        try:
            yield context
        finally:
            context.close()

    def set_line(self, context: BrowserContext, *, online: bool) -> None:
        """Have network, or none."""
        (self.line.mend if online else self.line.cut)()
        context.set_offline(not online)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._hear(said.text))

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.complaints.append(text)

    @property
    def address(self) -> str:
        """Where interviews are taken without network."""
        return f"{self.line.url}/identify/offline/"

    def sign_in(self, page: Page, person: User) -> None:
        """Sign in through the sign-in page."""
        page.goto(f"{self.line.url}/sign-in/")
        page.fill("input[name=login]", person.email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit] >> nth=0")
        page.wait_for_url(re.compile(r"/today/"))

    def set_up(self, page: Page, person: User, passphrase: str = PASSPHRASE) -> None:
        """The first visit: sign in, open the page, set a passphrase, wait until the page works without network."""
        self.sign_in(page, person)
        page.goto(self.address)
        page.fill("#passphrase", passphrase)
        page.fill("#again", passphrase)
        press(page)
        page.get_by_text("this device is ready to work without").wait_for()

    def unlock(self, page: Page, passphrase: str = PASSPHRASE) -> None:
        """Open the page again and give the passphrase."""
        page.goto(self.address)
        page.fill("#passphrase", passphrase)
        press(page)


def press(page: Page) -> None:
    """Press the main button."""
    page.locator("#actions .btn-primary").click()


def begin(page: Page, language: str = "en", age: str = "18+", sex: str = "female") -> None:
    """Begin an interview from the list."""
    press(page)
    for name, value in (("language", language), ("age_group", age), ("sex", sex)):
        page.locator(f"input[name={name}][value='{value}']").check()
    press(page)
    page.locator("[name=answer]").first.wait_for()


def answer(page: Page, given: dict[str, list[str]], until: int = 99) -> int:
    """Answer question after question by their number, and go on; return how many were asked."""
    asked = 0
    while page.locator("[name=answer]").count() and asked < until:
        asked += 1
        step = page.locator("#step").inner_text()
        for value in given.get(str(asked), []):
            page.locator(f"input[name=answer][value={value}]").check()
        press(page)
        page.wait_for_function("before => document.getElementById('step').innerText !== before", arg=step)
    return asked
