"""How long the page of interviews without network takes on a slow line: `mainstay bench identify` shows it.

A node of its own is set up and served on this machine, and a real browser visits it over a line held to slow 3G.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mainstay.core.benches import Row, fresh_node, row

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

GOAL_SECONDS = 2.0
BYTES_A_SECOND = 400_000 // 8
LATENCY_MS = 400
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
PERSON, SECRET, PASSPHRASE = "screener@bench.example", "bench-bench-bench", "lantern gravel Tuesday"


def form_page_seconds(*, first_visit: bool = True) -> list[Row]:
    """Return the seconds until the page can be used: at the first visit, and at later ones with a cold HTTP cache."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return [row("form page on slow 3G, not measured: no browser", None, "s", None)]
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            return [row("form page on slow 3G, not measured: no browser", None, "s", None)]
        with _served() as url:
            context = playwright.chromium.launch_persistent_context(
                Path(name) / "profile", executable_path=path, args=list(QUIET), viewport={"width": 390, "height": 844}
            )
            with context:
                return _visits(context, url, first_visit=first_visit)


def _visits(context: "BrowserContext", url: str, *, first_visit: bool) -> list[Row]:
    page = context.pages[0]
    page.goto(f"{url}/sign-in/")
    page.fill("input[name=login]", PERSON)
    page.fill("input[name=password]", SECRET)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/today/")
    if first_visit:
        _slow(page, context)
    first = _usable(page, url)
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.press("#again", "Enter")
    page.locator("#actions .btn-secondary").wait_for()
    page.evaluate("navigator.serviceWorker.ready")
    if not first_visit:
        _slow(page, context)
    later = statistics.median(_usable(page, url) for _visit in range(3))
    begin = time.perf_counter()
    page.fill("#passphrase", PASSPHRASE)
    page.press("#passphrase", "Enter")
    page.locator("#actions .btn-secondary").wait_for()
    return [
        row("form page on slow 3G, cold HTTP cache, after the first visit", later, "s", GOAL_SECONDS),
        *([row("form page on slow 3G, first visit", first, "s", None)] if first_visit else []),
        row("opening what the phone keeps by its passphrase", time.perf_counter() - begin, "s", None),
    ]


def _usable(page: "Page", url: str) -> float:
    """Seconds from asking for the page until its first field takes text, the browser's own cache emptied before."""
    page.goto("about:blank")
    begin = time.perf_counter()
    page.goto(f"{url}/identify/offline/", wait_until="commit")
    page.locator("#passphrase").wait_for()
    page.fill("#passphrase", "x")
    return time.perf_counter() - begin


def _slow(page: "Page", context: "BrowserContext") -> None:
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    speed = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **speed})


@contextmanager
def _served() -> Iterator[str]:
    """Serve a new node with one screener, and end it afterwards; yields its address."""
    with fresh_node(REQUIRE_SECOND_FACTOR="false", PASSWORD=SECRET) as node:
        node.run([["init", "--name", "Bench", "--country", "XS"], ["add-person", PERSON, "Bench", "screener", "Bench"]])
        with node.served():
            yield node.url
