"""The Runs page: a thousand runs without pain, live search, sort and filter, and what an empty server shows."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.looking import scrolls_sideways
from tests.browser.own_server import own_server
from tests.browser.trainings import Training, training
from tests.server_process import RunningServer


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> RunningServer:
    """A server with a thousand runs, not yet started."""
    server = RunningServer(tmp_path_factory.mktemp("crowded"))
    with server, server.client() as client:
        for place in range(1_000):
            run = Training(client, id=f"c{place:011d}")
            run.begin(name=f"run {place:04d}", project=f"project-{place % 7}")
            if place % 100 == 0:
                run.run_epochs(2)
            if place % 4 == 0:
                run.end("finished")
    return RunningServer(server.data)


def test_a_thousand_runs_are_listed_sorted_and_searched_without_pain(
    context: BrowserContext, crowded: RunningServer
) -> None:
    with crowded as server:
        page = signed_in(context, server)
        rows = page.locator("[data-part='body'] > .runs-row")
        expect(page.locator('[data-part="count"]')).to_have_text("1000 runs")
        expect(rows.first).to_contain_text("run 0999")
        assert rows.count() < 60, "only rows in view exist"
        page.mouse.move(700, 500)
        page.mouse.wheel(0, 20_000)
        expect(page.locator(".runs-title", has_text="run 0600")).to_be_visible()
        page.locator('[data-part="search"]').fill("run 0422 project-2")
        expect(page.locator('[data-part="count"]')).to_have_text("1 of 1000 runs")
        expect(page.locator(".runs-title")).to_have_text(["run 0422"])
        page.locator('[data-part="search"]').fill("")
        longest = page.evaluate(
            """async () => {
                let worst = 0;
                for (const sort of document.querySelectorAll(".runs-sort")) {
                    const before = performance.now();
                    sort.click();
                    await new Promise(requestAnimationFrame);
                    worst = Math.max(worst, performance.now() - before);
                }
                return worst;
            }"""
        )
        assert longest < 200, "sorting a thousand runs takes a blink"


def test_rows_change_live_and_new_runs_appear(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.url}/?q=live-row")
    expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
    with training(server, name="live-row one") as run:
        row = page.locator(".runs-row", has_text="live-row one")
        expect(row.locator(".state")).to_have_text("Starting")
        run.run_epochs(2)
        expect(row.locator(".state")).to_have_text("Running")
        expect(row.locator(".runs-epoch")).to_contain_text("2 / 20")
        expect(row.locator(".runs-best")).to_contain_text("@ 1")
        run.end("early_stopped")
        expect(row.locator(".state")).to_have_text("Early stop")


def test_states_projects_and_order_live_in_the_address(page: Page, server: RunningServer) -> None:
    with training(server, name="url-a", project="url-project") as run:
        run.run_epochs(1)
    with training(server, name="url-b", project="url-project") as run:
        run.run_epochs(3)
        run.end("finished")
    page.goto(f"{server.url}/?q=url-&project=url-project&sort=epoch")
    titles = page.locator(".runs-title")
    expect(titles).to_have_text(["url-a", "url-b"])
    page.get_by_role("button", name="Epoch", exact=True).click()
    expect(titles).to_have_text(["url-b", "url-a"])
    expect(page).to_have_url(re.compile("sort=-epoch"))
    page.locator(".state-filter", has_text="Finished").click()
    expect(titles).to_have_text(["url-b"])
    page.reload()
    expect(titles).to_have_text(["url-b"])
    page.locator('[data-part="search"]').fill("nothing like this")
    expect(page.locator('[data-part="nothing"]')).to_be_visible()
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.locator('[data-part="nothing"]')).to_be_hidden()


def test_without_a_run_the_page_shows_what_to_paste_and_turns_into_the_table(
    context: BrowserContext, tmp_path: Path
) -> None:
    with own_server(context, tmp_path / "empty") as (server, page):
        expect(page.get_by_text("Waiting for the first run")).to_be_visible()
        expect(page.locator('[data-part="snippet"]')).to_contain_text("epochwatch.init(")
        with training(server, name="the first"):
            expect(page.locator(".runs-title")).to_have_text(["the first"])
            expect(page.get_by_text("Waiting for the first run")).to_be_hidden()


def test_on_a_phone_what_to_paste_scrolls_in_its_own_box(phone: BrowserContext, tmp_path: Path) -> None:
    with own_server(phone, tmp_path / "empty") as (_, page):
        expect(page.locator('[data-part="snippet"]')).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.get_by_role("button", name="Copy")).to_be_in_viewport(ratio=1)


def test_on_a_phone_every_run_is_a_card_and_nothing_scrolls_sideways(
    phone: BrowserContext, server: RunningServer
) -> None:
    long = "a-name-that-is-long-enough-to-need-more-than-one-line-on-a-phone-by-far"
    with training(server, name=long, project=long) as run:
        run.run_epochs(2)
        page = signed_in(phone, server)
        expect(page.locator(".runs-title").first).to_be_visible()
        assert not scrolls_sideways(page)
        page.goto(f"{server.url}/runs/{run.id}")
        expect(page.locator('[data-phase="drawn"]').first).to_be_visible(timeout=20_000)
        assert not scrolls_sideways(page)
        heights = page.locator(".topbar a").evaluate_all("links => links.map((link) => link.clientHeight)")
        assert max(heights) < 40, "what stands in the bar keeps to one line"
        page.locator('[data-part="rail-handle"]').tap()
        expect(page.locator(".feed-line").first).to_be_visible()
