"""The Runs page's health column, and the count of unread alerts beside the Alerts link of every page."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DESK, Complaints, signed_in, watched
from tests.browser.looking import contrast, scrolls_sideways
from tests.browser.own_server import own_server
from tests.browser.recorded import COLLAPSES, HEALTHY, NAN_IN_DATA, OVERFITS, LiveRecording, recorded_run
from tests.browser.trainings import training
from tests.server_process import RunningServer


def test_a_sick_run_shows_the_worst_how_many_fire_and_that_nobody_looked(page: Page, server: RunningServer) -> None:
    recorded_run(server, NAN_IN_DATA, name="health-sick")
    page.goto(f"{server.url}/?q=health-sick")
    cell = page.locator(".runs-row[data-id] .runs-health")
    expect(cell.locator(".runs-health-word")).to_have_text("Critical")
    expect(cell.locator("use")).to_have_attribute("href", "#icon-critical")
    expect(cell).to_contain_text("5 firing")
    expect(cell.locator(".unread")).to_have_attribute("title", "5 not looked at yet")


def test_health_changes_live_and_is_read_once_somebody_looked(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.url}/?q=health-live")
    expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
    live = LiveRecording(server, COLLAPSES, name="health-live")
    live.go_on(1)
    cell = page.locator(".runs-row[data-id] .runs-health")
    expect(cell.locator("use")).to_have_attribute("href", "#icon-not_checked")
    live.go_on()
    expect(cell.locator(".runs-health-word")).to_have_text("Critical")
    expect(cell.locator(".unread")).to_be_visible()
    with server.client() as client:
        ids = [alert["id"] for alert in client.get(f"/api/alerts?run={live.run}")["alerts"]]
        assert client.send("POST", "/api/alerts/seen", {"ids": ids}).status == 200
    expect(cell.locator(".unread")).to_be_hidden()
    expect(cell.locator(".runs-health-word")).to_have_text("Critical")


def test_a_healthy_run_is_ok_and_one_without_an_epoch_is_not_called_healthy(page: Page, server: RunningServer) -> None:
    recorded_run(server, HEALTHY, name="health-fine")
    with training(server, name="health-none"):
        page.goto(f"{server.url}/?q=health-")
        fine = page.locator(".runs-row", has_text="health-fine").locator(".runs-health")
        none = page.locator(".runs-row", has_text="health-none").locator(".runs-health")
        expect(fine.locator(".runs-health-word")).to_have_text("OK")
        expect(none.locator(".runs-health-word")).to_have_text("–")
        expect(none.locator(".runs-health-word")).to_have_attribute("title", re.compile("nothing to check"))


def test_runs_are_sorted_and_filtered_by_health_and_the_address_keeps_it(page: Page, server: RunningServer) -> None:
    recorded_run(server, NAN_IN_DATA, name="order-critical", project="order")
    recorded_run(server, OVERFITS, name="order-warning", project="order")
    recorded_run(server, HEALTHY, name="order-fine", project="order")
    page.goto(f"{server.url}/?project=order")
    titles = page.locator(".runs-title")
    expect(titles).to_have_text(["order-fine", "order-warning", "order-critical"])
    page.get_by_role("button", name="Health", exact=True).click()
    expect(titles).to_have_text(["order-critical", "order-warning", "order-fine"])
    page.locator('.state-filter[data-severity="warning"]').click()
    expect(titles).to_have_text(["order-warning"])
    expect(page).to_have_url(re.compile("health=warning"))
    page.reload()
    expect(titles).to_have_text(["order-warning"])
    page.locator('.state-filter[data-severity="critical"]').click()
    expect(titles).to_have_text(["order-critical", "order-warning"])
    chips = page.locator('[data-part="health-chips"] .state-filter')
    expect(chips).to_have_text(["Critical1", "Warning1", "Unread2"])


def test_the_top_bar_counts_unread_alerts_live_on_every_page(context: BrowserContext, tmp_path: Path) -> None:
    with own_server(context, tmp_path) as (server, page):
        badge = page.locator('[data-part="unread"]')
        for path in ("/", "/rules", "/alerts?state=resolved"):
            page.goto(server.url + path)
            expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
            expect(page.get_by_role("navigation", name="Pages").get_by_role("link")).to_have_text(
                ["Runs", "Compare", re.compile("^Alerts"), "Rules", "Settings"]
            )
        expect(badge).to_be_hidden()
        run = recorded_run(server, NAN_IN_DATA, name="counted")
        expect(badge).to_have_text("5")
        expect(badge).to_have_attribute("data-severity", "critical")
        page.goto(f"{server.url}/runs/{run}")
        expect(badge).to_be_visible()
        with server.client() as client:
            ids = [alert["id"] for alert in client.get("/api/alerts")["alerts"]]
            client.send("POST", "/api/alerts/acknowledge", {"ids": ids})
        expect(badge).to_be_hidden()


def test_the_tab_of_the_runs_page_tells_how_many_alerts_nobody_saw(context: BrowserContext, tmp_path: Path) -> None:
    with own_server(context, tmp_path) as (server, page):
        expect(page).to_have_title("Runs · Epochwatch")
        recorded_run(server, COLLAPSES)
        expect(page).to_have_title(re.compile(r"^\(5\) Runs"))
        expect(page.locator('[data-part="favicon"]')).to_have_attribute("href", re.compile("favicon-critical"))


def test_on_a_phone_health_stands_on_the_card_and_the_links_fit(phone: BrowserContext, server: RunningServer) -> None:
    run = recorded_run(server, NAN_IN_DATA, name="health-phone")
    page = signed_in(phone, server)
    page.goto(f"{server.url}/?q={run}")
    expect(page.locator(".runs-health-word")).to_be_visible()
    expect(page.locator('[data-part="unread"]')).to_be_visible()
    assert not scrolls_sideways(page)
    overlaps = """bar => {
        const boxes = [...bar.querySelectorAll("a, button, .live")].map((one) => one.getBoundingClientRect());
        return boxes.filter((a, at) => a.right > innerWidth || boxes.some((b, other) => at < other
            && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
    }"""
    assert page.locator(".topbar").evaluate(overlaps) == 0
    page.locator("main").evaluate("main => { main.style.minHeight = '3000px'; scrollTo(0, 600); }")
    links = page.get_by_role("navigation", name="Pages").bounding_box()
    assert links is not None
    assert links["y"] == 0, "the links stay when the page is scrolled"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_health_can_be_read(browser: Browser, server: RunningServer, complaints: Complaints, theme: str) -> None:
    sick = recorded_run(server, NAN_IN_DATA)
    mild = recorded_run(server, OVERFITS)
    context = browser.new_context(viewport=DESK, color_scheme=theme)  # type: ignore[arg-type]
    for _ in watched(context, complaints):
        page = signed_in(context, server)
        for run in (sick, mild):
            page.goto(f"{server.url}/?q={run}")
            expect(page.locator(".runs-health-word")).to_be_visible()
            for text in (".runs-health-word", ".runs-health .runs-second", '[data-part="unread"]'):
                assert contrast(page.locator(text).first) >= 4.5, (text, theme)
