"""The server dies and comes back while a page is open: the page says so, recovers by itself and shows every point."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Complaints, signed_in
from tests.browser.looking import chart, line_of, open_run, wait_for_points
from tests.browser.trainings import Training, training
from tests.server_process import RunningServer, ServerProcess

UNREACHABLE = [
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
]


def test_a_page_outlives_its_server_and_shows_every_point(
    context: BrowserContext, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.expected += UNREACHABLE
    with ServerProcess(tmp_path / "data") as server, server.client() as client:
        run = Training(client).begin().run_epochs(2)
        page = signed_in(context, server)
        open_run(page, server.url, run.id)
        wait_for_points(page, "metric:loss", "val/loss", 2)
        page.evaluate("window.__stayed = true")

        server.kill()
        banner = page.locator('[data-part="banner"]')
        expect(banner).to_have_text(re.compile(r"Not live since \d\d:\d\d:\d\d"))
        expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "no")
        expect(page.locator("body")).to_have_attribute("data-stale", "")

        server.start()
        run.run_epochs(3)
        expect(banner).to_be_hidden()
        expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
        wait_for_points(page, "metric:loss", "val/loss", 5)
        assert line_of(chart(page, "metric:loss"), "val/loss")["x"] == [0, 1, 2, 3, 4]
        run.run_epochs(1)
        wait_for_points(page, "metric:loss", "val/loss", 6)
        expect(page.locator('[data-part="epoch"]')).to_have_text("6")
        assert page.evaluate("window.__stayed"), "the page was not reloaded"


def test_the_runs_table_catches_up_with_runs_that_began_meanwhile(
    context: BrowserContext, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.expected += UNREACHABLE
    with ServerProcess(tmp_path / "data") as server, server.client() as client:
        Training(client).begin(name="before")
        page = signed_in(context, server)
        expect(page.locator(".runs-title")).to_have_text(["before"])
        expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
        server.kill()
        expect(page.locator('[data-part="banner"]')).to_be_visible()
        server.start()
        Training(client).begin(name="after").run_epochs(1)
        expect(page.locator('[data-part="banner"]')).to_be_hidden()
        expect(page.locator(".runs-title")).to_have_text(["after", "before"])


def test_a_session_that_ended_in_another_tab_is_told_and_signing_in_leads_back(
    context: BrowserContext, complaints: Complaints, server: RunningServer
) -> None:
    complaints.expected += ["401"]
    with training(server) as run:
        run.run_epochs(2)
        page = signed_in(context, server)
        open_run(page, server.url, run.id, "?x=step")
        chart(page, "metric:loss")
        page.evaluate("fetch('/api/logout', {method: 'POST', headers: {'Content-Type': 'application/json'}})")
        page.locator("body").press("l")
        banner = page.locator('[data-part="banner"]')
        expect(banner).to_contain_text("Signed out")
        expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "no")
        banner.get_by_role("link", name="Sign in").click()
        page.get_by_label("Or paste the server").fill(str(server.token))
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
        expect(page).to_have_url(f"{server.url}/runs/{run.id}?x=step&scale=log")
