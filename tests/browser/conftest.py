"""A real browser in front of a real server; a test fails when its page complained of anything."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.browser.trainings import HasClient
from tests.server_process import RunningServer

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
PATIENCE_MS = 10_000  # for what should take a blink, on a machine that runs other things too
DESK = {"width": 1440, "height": 900}
# What the page's policy refused, also when nothing is written to the console.
WATCH_POLICY = """
window.__refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
    window.__refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


def find_chromium(playwright: Playwright) -> str:
    """Find a browser: CHROMIUM, the system's, else the one Playwright installed."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None) or playwright.chromium.executable_path
    if not Path(found).is_file():
        pytest.exit(
            f"The browser tests need Chromium or Chrome; looked for {', '.join(NAMES)} and {found}. Install one "
            "(`apt-get install chromium` or `playwright install chromium`) or name it in CHROMIUM.",
            returncode=4,
        )
    return found


@dataclass
class Complaints:
    """What pages said went wrong. `expected`: words of complaints that a test brings about itself."""

    heard: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._hear_console)
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}\n{error.stack}"))

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.heard.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def unexpected(self) -> list[str]:
        return [one for one in self.heard if not any(words in one for words in self.expected)]


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=FLAGS.split())
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for all tests that do not stop it; every test has runs of its own."""
    with RunningServer(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    complaints = Complaints()
    yield complaints
    assert complaints.unexpected() == []


@pytest.fixture
def context(browser: Browser, complaints: Complaints) -> Iterator[BrowserContext]:
    """A fresh profile on a desk-sized screen, in the dark."""
    with_desk = browser.new_context(viewport=DESK, color_scheme="dark", reduced_motion="reduce")  # type: ignore[arg-type]
    yield from watched(with_desk, complaints)


@pytest.fixture
def phone(browser: Browser, complaints: Complaints) -> Iterator[BrowserContext]:
    """A fresh profile on a phone."""
    size = {"width": 390, "height": 844}
    with_touch = browser.new_context(viewport=size, color_scheme="light", is_mobile=True, has_touch=True)  # type: ignore[arg-type]
    yield from watched(with_touch, complaints)


def watched(context: BrowserContext, complaints: Complaints) -> Iterator[BrowserContext]:
    context.set_default_timeout(15_000)
    context.add_init_script(WATCH_POLICY)
    context.on("page", complaints.listen)
    yield context
    for page in context.pages:
        if page.url.startswith("http"):
            complaints.heard += [f"refused: {one}" for one in page.evaluate("window.__refused ?? []")]
    context.close()


@pytest.fixture
def page(context: BrowserContext, server: RunningServer) -> Page:
    """A signed-in tab."""
    return signed_in(context, server)


def signed_in(context: BrowserContext, server: HasClient) -> Page:
    """Open a tab and come in as a person does, by a one-time link."""
    with server.client() as client:
        link = client.send("POST", "/api/login-codes", {}).json()["path"]
    page = context.new_page()
    page.goto(server.url + link)
    return page
