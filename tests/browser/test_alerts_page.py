"""The Alerts page: told live, grouped, narrowed, opened, taken on in bulk, and quiet when all is well."""

import math
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from epochwatch_server.domain.series import NO_EPOCH
from epochwatch_server.store import alerts
from tests.browser.conftest import DESK, Complaints, signed_in, watched
from tests.browser.looking import contrast, scrolls_sideways
from tests.browser.own_server import own_server
from tests.browser.recorded import COLLAPSES, HEALTHY, NAN_IN_DATA, OVERFITS, LiveRecording, recorded_run
from tests.browser.trainings import training
from tests.server_process import RunningServer

KEY_TEXT = (
    ".line-title", ".line-subject", ".line-what", ".line-when .quiet", ".alert-group-name", ".alert-group-about",
    ".alert-count", ".state-filter", ".segment", ".alerts-groups .quiet",
)  # fmt: skip


def line(page: Page, title: str) -> Locator:
    return page.locator(".line", has=page.locator(".line-title", has_text=re.compile(f"^{title}$")))


def open_alerts(page: Page, server: RunningServer, query: str) -> None:
    page.goto(f"{server.url}/alerts{query}")
    expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")


def stored(server: RunningServer, run: str) -> list[dict[str, Any]]:
    with server.client() as client:
        found: list[dict[str, Any]] = client.get(f"/api/alerts?run={run}&limit=1000")["alerts"]
    return found


def test_an_alert_appears_while_the_page_is_open(page: Page, server: RunningServer) -> None:
    open_alerts(page, server, "?project=live-alerts")
    expect(page.locator('[data-part="silence"]')).to_be_visible()
    LiveRecording(server, COLLAPSES, project="live-alerts", name="collapses").go_on()
    predictions = line(page, "Predictions hardly vary")
    expect(predictions).to_have_attribute("data-severity", "critical")
    expect(predictions.locator("use").first).to_have_attribute("href", "#icon-critical")
    expect(predictions.locator(".line-toggle")).to_contain_text("Critical: ")
    expect(predictions.locator(".line-what")).to_have_text(re.compile(r"^val/variance_ratio is [\d.]+%"))
    expect(predictions.locator(".line-when")).to_contain_text("epoch 2")
    expect(page.locator(".line")).to_have_count(5)
    expect(page.locator(".alert-group-name")).to_have_text("collapses")
    expect(page.locator(".alert-group .state")).to_have_text("Finished")


def test_a_line_opens_to_evidence_cause_and_what_to_try(page: Page, server: RunningServer) -> None:
    run = recorded_run(server, COLLAPSES, project="opened")
    open_alerts(page, server, "?project=opened")
    one = line(page, "Predictions hardly vary")
    one.locator(".line-toggle").click()
    expect(one.locator(".line-toggle")).to_have_attribute("aria-expanded", "true")
    expect(one.locator(".evidence")).to_be_visible()
    expect(one.locator(".alert-part", has_text="Probable cause")).to_be_visible()
    expect(one.locator(".alert-part", has_text="Why it matters")).to_be_visible()
    expect(one.locator(".alert-step").first).to_be_visible()
    expect(one.locator(".evidence-chart")).to_have_attribute("data-phase", "drawn", timeout=20_000)
    expect(one.get_by_role("link", name="Adjust threshold")).to_have_attribute(
        "href", "/rules?project=opened#variance_collapse"
    )
    alert = next(alert for alert in stored(server, run) if alert["rule"] == "variance_collapse")
    one.get_by_role("link", name="Show in the run").click()
    expect(page).to_have_url(f"{server.url}/runs/{run}?alert={alert['id']}")


def test_what_narrows_the_feed_lives_in_the_address(page: Page, server: RunningServer) -> None:
    recorded_run(server, NAN_IN_DATA, project="narrow", name="nan")
    recorded_run(server, OVERFITS, project="narrow", name="overfits")
    open_alerts(page, server, "?project=narrow")
    lines = page.locator(".line")
    expect(lines).to_have_count(9)
    page.locator('.state-filter[data-severity="critical"]').click()
    expect(lines).to_have_count(2)
    expect(page).to_have_url(re.compile("severity=critical"))
    page.reload()
    expect(lines).to_have_count(2)
    page.locator('.state-filter[data-severity="critical"]').click()
    page.get_by_label("Rule", exact=True).select_option("past_best")
    expect(lines).to_have_count(2)
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_text("No alert matches")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page).to_have_url(re.compile(r"/alerts\?state=resolved$"))
    page.go_back()
    page.goto(f"{server.url}/alerts?project=narrow&state=all&group=none&severity=warning")
    expect(page.get_by_role("button", name="All", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(lines).to_have_count(5)


def test_the_feed_is_grouped_by_run_by_rule_or_not_at_all(page: Page, server: RunningServer) -> None:
    recorded_run(server, NAN_IN_DATA, project="grouped", name="one")
    recorded_run(server, NAN_IN_DATA, project="grouped", name="two")
    open_alerts(page, server, "?project=grouped")
    names = page.locator(".alert-group-name")
    expect(names).to_have_text(["two", "one"])
    page.get_by_role("button", name="Rule", exact=True).click()
    expect(names.first).to_be_visible()
    group = page.locator('.alert-group[data-group="past_best"]')
    expect(group.locator(".alert-group-about")).to_have_text("in 2 runs")
    expect(group.locator(".line-title")).to_have_text(["two", "one"])
    page.get_by_role("button", name="None").click()
    expect(page.locator(".alert-group-head")).to_have_count(1)  # first: several would end the wait for the hidden one
    expect(page.locator(".alert-group-head")).to_be_hidden()
    expect(page.locator(".line-run-name").first).to_have_text("two")
    expect(page.locator(".line")).to_have_count(10)


def test_several_are_acknowledged_at_once_and_it_can_be_undone(page: Page, server: RunningServer) -> None:
    run = recorded_run(server, NAN_IN_DATA, project="bulk")
    open_alerts(page, server, "?project=bulk")
    expect(page.locator(".line")).to_have_count(5)
    page.locator(".alert-group-head").hover()
    page.get_by_label(re.compile("^Select all of")).check()
    expect(page.locator('[data-part="selection-count"]')).to_have_text("5 selected")
    last = page.locator(".line").last
    last.hover()
    last.locator(".check").uncheck()
    expect(page.locator('[data-part="selection-count"]')).to_have_text("4 selected")
    page.locator('[data-part="selection-acknowledge"]').click()
    expect(page.locator(".line")).to_have_count(1)
    assert sum(alert["acknowledged_ms"] is not None for alert in stored(server, run)) == 4
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".line")).to_have_count(5)
    assert all(alert["acknowledged_ms"] is None for alert in stored(server, run))
    line(page, "Past its best").locator(".line-toggle").click()
    line(page, "Past its best").get_by_role("button", name="Acknowledge").click()
    expect(line(page, "Past its best").locator(".line-state")).to_have_text("Acknowledged")
    page.get_by_role("button", name="Acknowledged").click()
    expect(page.locator(".line-title")).to_have_text(["Past its best"])


def test_what_is_looked_at_is_no_longer_unread(context: BrowserContext, tmp_path: Path) -> None:
    with own_server(context, tmp_path) as (server, page):
        run = recorded_run(server, NAN_IN_DATA)
        badge = page.locator('[data-part="unread"]')
        expect(badge).to_have_text("5")
        with page.expect_response("**/api/alerts/seen"):
            open_alerts(page, server, "")
        expect(badge).to_be_hidden()
        assert all(alert["seen_ms"] is not None for alert in stored(server, run))
        expect(page.locator(".line .unread").first).to_be_visible()  # what was new stays marked during the visit
        page.reload()
        expect(page.locator(".line")).to_have_count(5)
        expect(page.locator(".line .unread")).to_have_count(5)
        expect(page.locator(".line .unread").first).to_be_hidden()


def test_a_muted_alert_leaves_the_feed_and_can_be_unmuted(page: Page, server: RunningServer) -> None:
    recorded_run(server, OVERFITS, project="muting", name="first")
    recorded_run(server, OVERFITS, project="muting", name="second")
    open_alerts(page, server, "?project=muting&rule=past_best")
    expect(page.locator(".line")).to_have_count(2)
    page.locator(".line-toggle").first.click()
    page.get_by_role("button", name="Mute").click()
    page.get_by_role("menuitem", name="In project muting").click()
    opened = page.locator(".line[data-open]")
    expect(opened.locator(".line-state")).to_have_text("Muted")
    expect(page.locator(".line")).to_have_count(1)  # who reads one keeps it
    opened.get_by_role("button", name="Unmute").click()
    expect(page.locator(".line")).to_have_count(2)


def test_it_is_quiet_when_all_is_well_and_says_where_to_begin(context: BrowserContext, tmp_path: Path) -> None:
    with own_server(context, tmp_path) as (server, page):
        open_alerts(page, server, "")
        expect(page.get_by_text("No run has reported yet")).to_be_visible()
        recorded_run(server, HEALTHY)
        expect(page.get_by_text("All quiet")).to_be_visible()
        expect(page.get_by_text(re.compile(r"rules watch 1 run"))).to_be_visible()
        page.get_by_role("button", name="See all alerts").click()
        expect(page.get_by_text("Never an alert")).to_be_visible()


def test_a_server_that_does_not_answer_is_said_and_asked_again(
    page: Page, server: RunningServer, complaints: Complaints
) -> None:
    complaints.expected += ["Failed to load resource"]
    recorded_run(server, COLLAPSES, project="failing")
    page.route("**/api/alerts?*", lambda route: route.abort())
    open_alerts(page, server, "?project=failing")
    expect(page.get_by_text("The alerts could not be loaded")).to_be_visible()
    page.unroute("**/api/alerts?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".line").first).to_be_visible()


def test_thousands_of_alerts_come_in_pages(context: BrowserContext, tmp_path: Path) -> None:
    with own_server(context, tmp_path) as (server, page):
        run = recorded_run(server, NAN_IN_DATA)
        finding = next(a for a in stored(server, run) if a["rule"] == "past_best")
        keep_many(server, run, finding, 2_000)
        open_alerts(page, server, "?group=none")
        lines = page.locator(".line")
        expect(lines).to_have_count(100)
        expect(lines.first.locator(".line-subject")).to_have_text("metric-1999")
        page.get_by_role("button", name="Older alerts").click()
        expect(lines).to_have_count(200)
        expect(lines.last.locator(".line-subject")).to_have_text("metric-1800")
        page.goto(f"{server.url}/alerts?group=run")
        expect(lines).to_have_count(6)
        page.get_by_role("button", name="Show 94 more").click()
        expect(lines).to_have_count(100)


def keep_many(server: RunningServer, run: str, like: dict[str, Any], count: int) -> None:
    """Keep alerts in the store as the rules would, one for each of so many metrics."""
    services = server.app.state.services
    writer = services.ingest._writer
    alert = {**like, "held": 1, "cleared": 0, "found_severity": "warning", "fired_time": 0.0, "resolved_time": None}
    alert["evidence"] = {**like["evidence"], "since": None}
    now_ms = int(time.time() * 1000)

    def keep(connection: Any) -> None:
        for place in range(count):
            alerts.put_alert(connection, run, {**alert, "subject": f"metric-{place}"}, now_ms + place)

    writer.submit(keep).result()


def test_the_feed_by_keyboard(page: Page, server: RunningServer) -> None:
    run = recorded_run(server, COLLAPSES, project="keys")
    open_alerts(page, server, "?project=keys")
    expect(page.locator(".line")).to_have_count(5)
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".line").nth(1)
    expect(second).to_have_attribute("data-cursor", "")
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("data-open", "")
    page.keyboard.press("Enter")
    expect(second).not_to_have_attribute("data-open", "")
    page.keyboard.press("x")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator('[data-part="selection-count"]')).to_have_text("2 selected")
    page.keyboard.press("a")
    expect(page.locator(".line")).to_have_count(3)
    assert sum(alert["acknowledged_ms"] is not None for alert in stored(server, run)) == 2
    page.keyboard.press("?")
    expect(page.get_by_text("Acknowledge it, or all that are selected")).to_be_visible()


def test_a_deleted_run_takes_its_alerts_along(page: Page, server: RunningServer) -> None:
    run = recorded_run(server, COLLAPSES, project="vanishing")
    open_alerts(page, server, "?project=vanishing")
    expect(page.locator(".line")).to_have_count(5)
    with server.client() as client:
        assert client.ask("DELETE", f"/api/runs/{run}").status == 204
    expect(page.locator(".line")).to_have_count(0)


def test_on_a_phone_nothing_scrolls_sideways_and_an_open_alert_fits(
    phone: BrowserContext, server: RunningServer
) -> None:
    recorded_run(server, NAN_IN_DATA, project="phone", name="a-name-that-is-longer-than-a-phone-is-wide-by-far")
    page = signed_in(phone, server)
    open_alerts(page, server, "?project=phone&group=none")
    page.locator(".line-toggle").first.tap()
    expect(page.locator(".evidence")).to_be_visible()
    assert not scrolls_sideways(page)
    wide = page.locator(".line[data-open] *").evaluate_all(
        "all => all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.className)"
    )
    assert wide == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_alerts_can_be_read(browser: Browser, server: RunningServer, complaints: Complaints, theme: str) -> None:
    recorded_run(server, NAN_IN_DATA, project="readable-alerts")
    context = browser.new_context(viewport=DESK, color_scheme=theme)  # type: ignore[arg-type]
    for _ in watched(context, complaints):
        page = signed_in(context, server)
        open_alerts(page, server, "?project=readable-alerts")
        expect(page.locator(".line").first).to_be_visible()
        poor = {text: contrast(page.locator(text).first) for text in KEY_TEXT}
        assert {text: ratio for text, ratio in poor.items() if ratio < 4.5} == {}


def test_of_a_run_without_epochs_the_steps_are_told(page: Page, server: RunningServer) -> None:
    with training(server, project="stepwise", tracked=None, planned_epochs=None) as run:
        run.epoch = NO_EPOCH
        run.log({"train/loss": 1.0}, steps=300)
        run.log({"train/loss": math.nan}, steps=300)
        open_alerts(page, server, "?project=stepwise&rule=nonfinite")
        expect(page.locator(".line-when")).to_contain_text(re.compile(r"step \d\d\d"))
        page.goto(f"{server.url}/runs/{run.id}")
        expect(page.locator(".alert", has_text="Not a number").first).to_contain_text(re.compile(r"since step \d\d\d"))
