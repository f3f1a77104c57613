"""Names, metrics, config and notes of markup are shown as they were typed and never run."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import chart, open_run
from tests.browser.trainings import training
from tests.server_process import RunningServer

MARKUP = "<img src=x onerror=\"window.__canary='ran'\"><b>bold</b>"
SCRIPT = "</script><script>window.__canary='ran'</script>"
FORMULA = "%{y}<br><a href=\"javascript:window.__canary='ran'\">link</a>"


@pytest.fixture
def hostile_run(server: RunningServer) -> str:
    with training(server, name=MARKUP, project=SCRIPT, tags=[MARKUP], note=SCRIPT, config={MARKUP: SCRIPT}) as run:
        run.log({f"train/{MARKUP}": 1.0, f"val/{FORMULA}": 2.0}, steps=3)
        alert = {"type": "alert", "title": SCRIPT, "text": MARKUP, "level": "warning"}
        run.post(events=[{"type": "note", "text": MARKUP}, alert])
        run.samples([{"id": MARKUP, "gt": [[1, 1]], "pred": [[2, 2]], "caption": SCRIPT, "extra": {MARKUP: SCRIPT}}])
        run.end("crashed", traceback=f"Traceback\nValueError: {MARKUP}{SCRIPT}")
        return run.id


def test_the_run_page_shows_markup_as_text(page: Page, server: RunningServer, hostile_run: str) -> None:
    open_run(page, server.url, hostile_run)
    expect(page.locator('[data-part="name"]')).to_have_text(MARKUP)
    expect(page.locator('[data-part="crumb"]')).to_have_text(SCRIPT)
    expect(page.locator('[data-part="note"]')).to_have_text(SCRIPT)
    expect(page.locator('[data-part="traceback"] pre')).to_contain_text(MARKUP + SCRIPT)
    expect(page.locator(".feed-title", has_text=SCRIPT)).to_be_visible()
    expect(page.locator(".sample-id")).to_have_text(MARKUP)
    page.locator('[data-tab="config"]').click()
    expect(page.locator(".fact-key", has_text=MARKUP).first).to_be_visible()
    for title in (MARKUP, FORMULA):
        card = chart(page, f"metric:{title}".replace('"', '\\"'))
        expect(card.locator(".chart-title")).to_have_text(title)
        card.hover()
    page.wait_for_timeout(300)
    assert page.evaluate("window.__canary") is None
    assert page.locator("main img[src=x], main b, main a[href^=javascript]").count() == 0


def test_the_runs_table_shows_markup_as_text(page: Page, server: RunningServer, hostile_run: str) -> None:
    page.goto(f"{server.url}/?q={hostile_run}")
    expect(page.locator(".runs-title")).to_have_text(MARKUP)
    expect(page.locator(".tag")).to_have_text(MARKUP)
    page.locator("[data-more]").click()
    page.get_by_role("menuitem", name="Rename").click()
    expect(page.locator("dialog input")).to_have_value(MARKUP)
    assert page.evaluate("window.__canary") is None


def test_markup_in_the_address_is_only_text(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.url}/?q=%3Cimg%20src%3Dx%20onerror%3Dwindow.__canary%3D1%3E&project=%3Cb%3E&sort=__proto__")
    expect(page.locator('[data-part="search"]')).to_have_value("<img src=x onerror=window.__canary=1>")
    assert page.evaluate("window.__canary") is None
