"""Both pages by keyboard alone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import chart, open_run
from tests.browser.trainings import training
from tests.server_process import RunningServer


def test_the_runs_table_by_keyboard(page: Page, server: RunningServer) -> None:
    with training(server, name="keys-1"), training(server, name="keys-2") as newest:
        page.goto(f"{server.url}/?q=keys-")
        expect(page.locator(".runs-title")).to_have_text(["keys-2", "keys-1"])
        page.keyboard.press("j")
        expect(page.locator(".runs-row[data-cursor]")).to_contain_text("keys-2")
        page.keyboard.press("j")
        expect(page.locator(".runs-row[data-cursor]")).to_contain_text("keys-1")
        page.keyboard.press("k")
        page.keyboard.press("Space")
        expect(page.locator(".runs-row[data-selected]")).to_contain_text("keys-2")
        page.keyboard.press("Escape")
        expect(page.locator(".runs-row[data-selected]")).to_have_count(0)
        page.keyboard.press("/")
        expect(page.locator('[data-part="search"]')).to_be_focused()
        page.keyboard.type("2")
        expect(page.locator(".runs-title")).to_have_text(["keys-2"])
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.locator('[data-part="search"]').fill("keys-2")
        page.locator('[data-part="search"]').blur()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{server.url}/runs/{newest.id}")


def test_the_run_page_by_keyboard(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(3)
        open_run(page, server.url, run.id)
        chart(page, "metric:loss")
        page.keyboard.press("l")
        expect(page.locator('[data-part="log"]')).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("x")
        expect(page.locator('[data-part="axis"] [aria-pressed="true"]')).to_have_text("Step")
        expect(page).to_have_url(re.compile(r"x=step&scale=log"))
        page.keyboard.press("f")
        page.keyboard.type("acc")
        expect(page.locator(".chart[data-chart]")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator('[data-chart="metric:loss"]')).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="Keyboard")).to_be_hidden()
        page.keyboard.press("u")
        expect(page).to_have_url(f"{server.url}/")


def test_what_has_the_focus_shows_it(page: Page, server: RunningServer) -> None:
    with training(server, name="focus-ring"):
        page.goto(f"{server.url}/?q=focus-ring")
        page.keyboard.press("j")
        link = page.locator(".runs-link")
        expect(link).to_be_focused()
        expect(link).to_have_css("outline-style", "solid")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="More for focus-ring")).to_be_focused()
