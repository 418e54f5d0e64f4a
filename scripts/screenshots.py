"""Take the pictures of docs/assets out of the real scenario: `mainstay demo --no-serve` first, then this.

    python scripts/screenshots.py [--folder demo-home] [--out docs/assets]

Both nodes are served on free ports, people sign in as anybody would, and the pages are what they see.
Where Pillow is installed, pictures are cut to 256 colours, which a page of flat colours does not show.
"""

import argparse
import importlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from mainstay.demo.cast import PASSWORD

DESK, PHONE = (1280, 860), (390, 844)
LARGEST_BYTES = 150_000
START_SECONDS = 40
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, the node and person whose screen it is, the way there, and the window's size."""

    name: str
    node: str
    person: str
    go: Callable[[Page], None]
    size: tuple[int, int] = DESK


def today(page: Page) -> None:
    """The work of today."""
    page.goto("/today/")


def shared_case(page: Page) -> None:
    """What may leave of the first case whose person lets something go to the other node, with that plan unfolded."""
    page.goto("/people/")
    for address in [link.get_attribute("href") for link in page.locator("tbody th a").all()]:
        page.goto(f"{address}sharing/")
        plan = page.locator("details", has=page.locator("summary", has_text="Orvanta"))
        if plan.count():
            for unfolded in page.locator("details[open]").all():
                unfolded.locator("summary").click()
            plan.first.locator("summary").click()
            plan.first.evaluate("plan => window.scrollTo({top: plan.offsetTop - 480, behavior: 'instant'})")
            page.wait_for_timeout(300)
            return
    raise LookupError("no case in the scenario is shared with the other node")


def wage_funnel(page: Page) -> None:
    """The strongest wage funnel."""
    page.goto("/alerts/?pattern=wage_funnel")
    page.locator("tbody a").first.click()


def arabic_question(page: Page) -> None:
    """The third question of an interview in Arabic."""
    page.goto("/identify/new/")
    for choice in ("input[name=language][value=ar]", "input[name=age_group][value='18+']", "input[name=sex]"):
        choose(page, choice)
    page.locator("form button.btn-primary").last.click()
    for _question in range(2):
        choose(page, "form input[type=radio]")
        page.locator("button[value=next]").click()


def without_network(page: Page) -> None:
    """The page of interviews on a device, once it is ready to work without network."""
    page.goto("/identify/offline/")
    for field in ("#passphrase", "#again"):
        page.fill(field, "lantern gravel Tuesday")
    page.press("#again", "Enter")
    page.get_by_text("ready to work").wait_for()


def choose(page: Page, what: str) -> None:
    """Press the first choice that a selector names, as a thumb would: on its words."""
    name = page.locator(what).first.get_attribute("id")
    page.locator(f"label[for={name}]").first.click()


def first_of(address: str) -> Callable[[Page], None]:
    """The page behind the first line of a list."""

    def go(page: Page) -> None:
        page.goto(address)
        page.locator("tbody a").first.click()

    return go


def page_at(address: str) -> Callable[[Page], None]:
    """A page by its address."""

    def go(page: Page) -> None:
        page.goto(address)

    return go


SHOTS = (
    Shot("today", "selvania", "ines@selvania.example", today, (1280, 720)),
    Shot("case", "selvania", "ines@selvania.example", shared_case, (1280, 1380)),
    Shot("referral", "selvania", "amsel@selvania.example", first_of("/referrals/"), (1280, 480)),
    Shot("screening-arabic", "selvania", "rafe@selvania.example", arabic_question, PHONE),
    Shot("learning", "selvania", "maren@selvania.example", page_at("/identify/learning/"), (1280, 1000)),
    Shot("decision", "selvania", "tove@selvania.example", first_of("/decisions/"), (1280, 560)),
    Shot("tip", "selvania", "ines@selvania.example", first_of("/told/"), (1280, 620)),
    Shot("without-network", "selvania", "rafe@selvania.example", without_network, PHONE),
    Shot("request", "selvania", "mira@selvania.example", first_of("/requests/"), (1280, 1000)),
    Shot("figures", "selvania", "juno@selvania.example", first_of("/figures/"), (1280, 680)),
    Shot("colleagues", "selvania", "ada@selvania.example", page_at("/colleagues/"), (1280, 600)),
    Shot("alert", "orvanta", "tomas@orvanta.example", wage_funnel, (1280, 1000)),
    Shot("network", "orvanta", "lena@orvanta.example", page_at("/network/")),
)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve a node of the scenario, and end it afterwards; yields its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "MAINSTAY_HOME": str(home), "MAINSTAY_BASE_URL": url}
    process = subprocess.Popen([sys.executable, "-m", "mainstay", "serve", "--port", str(port)], env=environment)
    try:
        wait_for(f"{url}/health", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a node answers."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # our own node on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"no node answers at {url}")


def take(browser: Browser, shot: Shot, url: str, out: Path) -> Path:
    """Sign in as the person, go the way, and save what the window shows."""
    width, height = shot.size
    context = browser.new_context(base_url=url, viewport={"width": width, "height": height}, locale="en")
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("input[name=login]").fill(shot.person)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/today/")
    shot.go(page)
    page.evaluate("document.fonts.ready")
    path = out / f"{shot.name}.png"
    page.screenshot(path=path)
    context.close()
    lighten(path)
    return path


def lighten(path: Path) -> None:
    """Cut a picture to 256 colours, where Pillow is there to do it."""
    if importlib.util.find_spec("PIL") is None:
        return
    image = importlib.import_module("PIL.Image")
    with image.open(path) as picture:
        flat = picture.convert("RGB").quantize(256, method=image.Quantize.MEDIANCUT, dither=image.Dither.NONE)
    flat.save(path, optimize=True)


def main() -> int:
    """Take every picture; 1 where one is too heavy for a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo-home"), help="where the two nodes live")
    parser.add_argument("--out", type=Path, default=Path("docs/assets"), help="where the pictures go")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    heavy = []
    chromium = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        for node in ("selvania", "orvanta"):
            with served((given.folder / node).resolve()) as url:
                for shot in (each for each in SHOTS if each.node == node):
                    path = take(browser, shot, url, given.out)
                    size = path.stat().st_size
                    print(f"{path} {size:,} bytes")
                    heavy += [path] if size > LARGEST_BYTES else []
        browser.close()
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
