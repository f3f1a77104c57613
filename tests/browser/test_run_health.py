"""A run's health on its page: told live, opened with evidence, answered with a button, and quiet when all is well."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import DESK, Complaints, signed_in, watched
from tests.browser.looking import chart, contrast, open_run, scrolls_sideways, traces, wait_for_chart
from tests.browser.trainings import Training, training
from tests.server_process import RunningServer

PATIENCE = 30  # epochs: longer than any of these runs, so that overfitting stays a warning
AGO_SECONDS = 60  # the run began this long before now, and took a second for each epoch
OVERFITTING = '.alert:has([class="alert-title"]:text-is("Overfitting"))'


@contextmanager
def sick(server: RunningServer, epochs: int = 12, **fields: Any) -> Iterator[Training]:
    """Train a run whose validation loss is best at epoch 4 and rises from there, while its training loss falls."""
    tracked = {"metric": "val/acc", "mode": "max", "patience": PATIENCE, "min_delta": 0.0}
    with training(server, tracked=tracked, **fields) as run:
        run.patience = PATIENCE
        overfit(run, epochs)
        yield run


def overfit(run: Training, epochs: int) -> None:
    for _ in range(epochs):
        past = max(0, run.epoch - 4)
        run.writer.sent = time.time() - AGO_SECONDS + run.epoch
        run.run_epoch(
            val_loss=2.0 - 0.25 * min(run.epoch, 4) + 0.2 * past, val_acc=0.5 + 0.05 * min(run.epoch, 4) - 0.03 * past
        )


def card(page: Page, title: str = "Overfitting") -> Locator:
    return page.locator(".alert", has=page.locator(".alert-title", has_text=re.compile(f"^{title}$")))


def opened(page: Page, title: str = "Overfitting") -> Locator:
    """Open an alert's card by its chip, whether it stands open already or not."""
    found = card(page, title)
    page.locator(".chip", has_text=title).click()
    expect(found.locator(".alert-head")).to_have_attribute("aria-expanded", "true")
    return found


def chip(page: Page, rule: str) -> Locator:
    return page.locator(f'.chip[data-rule="{rule}"]')


def alert_of(server: RunningServer, run: str, rule: str) -> Mapping[str, Any]:
    with server.client() as client:
        found: list[Mapping[str, Any]] = client.get(f"/api/runs/{run}/health")["alerts"]
    return next(alert for alert in found if alert["rule"] == rule)


def test_a_healthy_run_shows_one_calm_line_that_opens_to_every_rule(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        for _ in range(4):
            run.writer.sent = time.time() - AGO_SECONDS + run.epoch
            run.run_epoch()
        open_run(page, server.url, run.id)
        strip = page.locator('[data-part="health"]')
        expect(strip.locator(".health-sum")).to_have_text("All quiet")
        expect(strip.locator(".chip")).to_have_count(0)
        expect(page.locator('[data-part="alerts"]')).to_be_hidden()
        rest = strip.locator(".health-rest")
        expect(rest).to_have_text(re.compile(r"^\d+ ok · \d+ not checked$"))
        expect(strip.locator(".rule-list")).to_be_hidden()
        rest.click()
        expect(rest).to_have_attribute("aria-expanded", "true")
        row = strip.locator('.rule-row[data-rule="milestone_missed"]')
        expect(row).to_contain_text("no milestones are declared")
        assert not page.title().startswith("(")


def test_an_alert_arrives_without_a_reload_and_tells_everything(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=5) as run:
        open_run(page, server.url, run.id)
        expect(page.locator(".health-sum")).to_have_text("All quiet")
        page.evaluate("window.__stayed = true")
        overfit(run, 7)
        expect(chip(page, "overfitting")).to_contain_text("Overfitting")
        expect(chip(page, "overfitting")).to_contain_text("Warning")
        expect(chip(page, "overfitting").locator("use")).to_have_attribute("href", "#icon-warning")
        found = opened(page)
        expect(found.locator(".alert-what")).to_contain_text("val/loss was best at epoch 4")
        expect(found.locator(".alert-since")).to_contain_text("since epoch 4")
        expect(found.locator(".evidence")).to_contain_text("best epoch4")
        expect(found.locator(".alert-part", has_text="Why it matters")).to_be_visible()
        expect(found.locator(".alert-part", has_text="Probable cause")).to_contain_text("by heart")
        expect(found.locator(".alert-step").first).to_contain_text("restore the checkpoint of epoch 4")
        expect(found.locator(".evidence-chart")).to_have_attribute("data-phase", "drawn")
        rule = "/rules?project=tests#overfitting"
        expect(found.get_by_role("link", name="Adjust threshold")).to_have_attribute("href", rule)
        assert page.evaluate("window.__stayed")


def test_the_evidence_chart_marks_the_stretch(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        drawn = opened(page).locator(".evidence-chart")
        expect(drawn).to_have_attribute("data-phase", "drawn")
        script = """figure => { const plot = figure.querySelector(".evidence-plot");
            return plot.layout.shapes.filter((one) => one.name === "stretch").map((one) => [one.x0, one.x1]); }"""
        assert drawn.evaluate(script) == [[3.5, 11.5]]


def test_the_tab_tells_how_many_alerts_ask_for_somebody(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=4) as run:
        open_run(page, server.url, run.id)
        expect(page).to_have_title(re.compile(r"^● epoch 4/20"))
        overfit(run, 8)
        expect(page).to_have_title(re.compile(r"^\(\d\) ● epoch 12/20"))
        expect(page.locator('[data-part="favicon"]')).to_have_attribute("href", re.compile("favicon-warning"))
        run.log({"train/loss": float("nan")}, steps=3)
        expect(page.locator('[data-part="favicon"]')).to_have_attribute("href", re.compile("favicon-critical"))


def test_news_are_said_aloud_critical_ones_at_once(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=5) as run:
        open_run(page, server.url, run.id)
        expect(page.locator(".health-sum")).to_have_text("All quiet")
        overfit(run, 7)
        expect(page.locator('[data-part="said-politely"][aria-live="polite"]')).to_contain_text(
            "Warning alert: Overfitting."
        )
        run.log({"train/loss": float("nan")}, steps=3)
        expect(page.locator('[data-part="said-at-once"][role="alert"]')).to_contain_text("Critical alert: ")
        expect(page.locator('[data-part="said-politely"]')).not_to_contain_text("Critical")


def test_the_worst_alert_stands_first_and_is_open(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        run.log({"train/loss": float("nan")}, steps=3)
        open_run(page, server.url, run.id)
        first = page.locator(".alerts-open > .alert").first
        expect(first).to_have_attribute("data-severity", "critical")
        expect(first.locator(".alert-head")).to_have_attribute("aria-expanded", "true")
        expect(page.locator('.chip[data-state="firing"]').first).to_have_attribute("data-severity", "critical")


def test_an_address_opens_its_alert(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        run.log({"train/loss": float("nan")}, steps=3)
        id_ = alert_of(server, run.id, "overfitting")["id"]
        open_run(page, server.url, run.id, f"?alert={id_}")
        expect(card(page).locator(".alert-head")).to_have_attribute("aria-expanded", "true")
        expect(card(page).locator(".alert-head")).to_be_in_viewport()
        expect(card(page).locator(".alert-head")).to_be_focused()


def test_an_acknowledged_alert_leaves_the_top_and_the_tab_and_can_be_opened_again(
    page: Page, server: RunningServer
) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        opened(page).get_by_role("button", name="Acknowledge").click()
        expect(page.locator(".alerts-quiet .alert-title", has_text="Overfitting")).to_have_count(1)
        expect(page.locator(".alerts-sum")).to_contain_text("1 acknowledged")
        assert alert_of(server, run.id, "overfitting")["acknowledged_by"] == "viewer"
        page.locator(".alerts-sum").click()
        card(page).get_by_role("button", name="Reopen").click()
        expect(page.locator(".alerts-open .alert-title", has_text="Overfitting")).to_have_count(1)


def test_an_alert_is_muted_in_its_run_and_speaks_again(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        opened(page).get_by_role("button", name="Mute").click()
        page.get_by_role("menuitem", name="In this run").click()
        expect(page.locator(".alerts-sum")).to_contain_text("1 muted")
        expect(chip(page, "overfitting")).to_have_count(0)
        assert alert_of(server, run.id, "overfitting")["muted"] == "run"
        page.locator(".alerts-sum").click()
        card(page).get_by_role("button", name="Unmute").click()
        expect(chip(page, "overfitting")).to_contain_text("Warning")


def test_health_checks_are_paused_and_resumed_from_the_runs_menu(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=5) as run:
        open_run(page, server.url, run.id)
        page.get_by_role("button", name="More").first.click()
        page.get_by_role("menuitem", name="Pause health checks").click()
        expect(page.locator(".health-sum")).to_have_text("Health checks paused")
        overfit(run, 7)
        expect(page.locator('[data-part="epoch"]')).to_have_text("12")
        expect(page.locator(".chip")).to_have_count(0)
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".health-sum")).not_to_have_text("Health checks paused")


def test_an_alert_that_was_looked_at_is_no_longer_unread(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        assert alert_of(server, run.id, "overfitting")["seen_ms"] is None
        id_ = alert_of(server, run.id, "overfitting")["id"]
        with page.expect_response(lambda answer: answer.url.endswith("/api/alerts/seen")):
            open_run(page, server.url, run.id, f"?alert={id_}")
        expect(card(page).locator(".unread")).to_be_hidden()
        assert alert_of(server, run.id, "overfitting")["seen_ms"] is not None


def test_what_a_recommendation_gives_is_copied(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        copy = opened(page).locator(".alert-step", has_text="restore the checkpoint").get_by_role("button", name="Copy")
        expect(copy).to_have_attribute("title", "Copy 4")
        copy.evaluate(
            """button => new MutationObserver(() => (window.__said = (window.__said ?? "") + button.textContent))
                .observe(button, { subtree: true, childList: true })"""
        )
        copy.click()
        page.wait_for_function("() => window.__said?.startsWith('Copied')")  # it says so for a moment only


@pytest.mark.parametrize("x", ["epoch", "step", "time"])
def test_an_alert_is_pinned_on_its_charts_on_every_axis_and_opens_its_card(
    page: Page, server: RunningServer, x: str
) -> None:
    with sick(server) as run:
        alert = alert_of(server, run.id, "overfitting")
        open_run(page, server.url, run.id, f"?x={x}")
        drawn = chart(page, "metric:loss")
        (pins,) = [trace for trace in traces(drawn) if trace["meta"].get("part") == "pins"]
        place = {"epoch": alert["fired_epoch"], "step": 5 * alert["fired_epoch"] + 4}
        if x in place:
            assert place[x] in pins["x"]
        pin = drawn.locator('.chart-pin[aria-label*="val/loss was best"]')
        pin.click()
        expect(page).to_have_url(re.compile(r"alert=\d+"))
        pressed = re.search(r"alert=(\d+)", page.url)
        assert pressed is not None
        expect(page.locator(f'[data-alert="{pressed[1]}"] .alert-head[aria-expanded="true"]')).to_be_in_viewport()


def test_a_pin_arrives_on_a_chart_that_is_open(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=5) as run:
        open_run(page, server.url, run.id, "?x=step")
        chart(page, "metric:loss")
        overfit(run, 7)
        wait_for_chart(page, "metric:loss", 'data.some((trace) => trace.meta.part === "pins")')
        expect(page.locator('[data-chart="metric:loss"] .chart-pin').first).to_be_visible()


def test_drops_of_the_rate_phases_and_bests_are_drawn_where_they_happened(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(4)
        open_run(page, server.url, run.id)
        chart(page, "metric:loss")
        run.post(events=[{"type": "lr", "epoch": 3, "step": 19, "value": 1e-4, "previous": 1e-3, "group": None}])
        script = 'layout.shapes.some((one) => one.x0 === 3 && one.label?.text === "lr 0.0001")'
        wait_for_chart(page, "metric:loss", script)
        for epoch, weight in ((4, 0.0), (5, 0.0), (6, 1.0)):
            metrics = {"val/loss": [1, 0.5, 0.0, 0.5, 0.5, 0]}
            event = {"type": "epoch", "epoch": epoch, "step": 5 * epoch, "seconds": 1.0, "metrics": metrics}
            run.post(events=[{**event, "tracked": None, "lr": None, "weights": {"peak": weight}}])
        wait_for_chart(page, "metric:loss", 'layout.shapes.some((one) => one.label?.text === "peak 0→1")')
        stars = [trace for trace in traces(chart(page, "metric:acc")) if trace["meta"].get("part") in ("best", "bests")]
        assert [len(trace["x"]) for trace in stars] == [3, 1]


def test_targets_are_scored_live(page: Page, server: RunningServer) -> None:
    targets = {"val/acc": {"2": 0.3, "6": 0.9999}}
    with training(server, targets=targets, bands={"val/loss": {"minimum": 1.5, "good": 0.5, "excellent": 0.1}}) as run:
        run.run_epochs(5)
        open_run(page, server.url, run.id)
        line = page.locator(".target", has_text="val/acc")
        expect(line).to_contain_text("0.9999 by epoch 6: late")
        expect(line).to_contain_text("at epoch 19")
        band = page.locator(".target", has_text="val/loss")
        expect(band).to_contain_text("minimum, good is 0.5000")
        run.run_epochs(5)
        expect(band).to_contain_text("good, excellent is 0.1000")
        expect(band.locator(".band-step[data-reached]")).to_have_count(2)


def test_a_metrics_role_is_corrected_for_the_project(page: Page, server: RunningServer) -> None:
    with training(server, project="corrected") as run:
        run.run_epoch(val_quality=0.5)
        open_run(page, server.url, run.id)
        page.get_by_role("tab", name="Metrics").click()
        row = page.locator(".role-row", has_text="val/quality")
        expect(row).to_contain_text("val · other")
        row.locator("select").select_option("accuracy")
        expect(row).to_contain_text("val · accuracy")
        expect(row).to_contain_text("corrected")
        page.reload()
        expect(page.locator(".role-row", has_text="val/quality")).to_contain_text("corrected")


def test_nothing_is_asked_of_the_browser_unasked_and_the_sound_is_kept(page: Page, server: RunningServer) -> None:
    page.add_init_script(
        """window.__asked = 0;
        const ask = Notification.requestPermission.bind(Notification);
        Notification.requestPermission = () => { window.__asked += 1; return ask(); };"""
    )
    with sick(server) as run:
        open_run(page, server.url, run.id)
        expect(chip(page, "overfitting")).to_be_visible()
        assert page.evaluate("window.__asked") == 0
        options = page.get_by_role("button", name="Health options")
        options.click()
        page.get_by_role("menuitem", name="Sound: off").click()
        page.reload()
        options.click()
        expect(page.get_by_role("menuitem", name="Sound: on")).to_be_visible()
        page.get_by_role("menuitem", name="Browser notifications: off").click()
        page.wait_for_function("() => window.__asked === 1")


def test_on_a_phone_alerts_stand_at_the_top_of_the_sheet(phone: BrowserContext, server: RunningServer) -> None:
    with sick(server) as run:
        page = signed_in(phone, server)
        open_run(page, server.url, run.id)
        handle = page.locator('[data-part="rail-handle"]')
        expect(handle).to_contain_text("alert")
        expect(card(page)).to_be_hidden()
        handle.click()
        expect(page.locator(".alerts-open > .alert").first).to_be_in_viewport()
        assert not scrolls_sideways(page)


def test_a_chip_on_a_phone_opens_the_sheet_at_its_alert(phone: BrowserContext, server: RunningServer) -> None:
    with sick(server) as run:
        page = signed_in(phone, server)
        open_run(page, server.url, run.id)
        chip(page, "overfitting").click()
        expect(card(page).locator(".alert-head")).to_be_in_viewport()
        expect(card(page).locator(".alert-head")).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_health_can_be_read(browser: Browser, server: RunningServer, complaints: Complaints, theme: str) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    texts: tuple[str, ...] = (
        ".health-sum",
        ".chip-title",
        ".chip-word",
        ".health-rest",
        ".alert-title",
        ".alert-word",
        ".alert-what",
    )
    texts += (".alert-since", ".evidence dt", ".alert-part h4", ".alert-copy", ".alert-rule", ".rule-row-reason")
    for _ in watched(context, complaints):
        with sick(server, targets={"val/acc": {"5": 0.99}}) as run:
            page = signed_in(context, server)
            open_run(page, server.url, run.id)
            opened(page)
            page.locator(".health-rest").click()
            poor = {text: contrast(page.locator(text).first) for text in (*texts, ".target-text")}
            assert {text: ratio for text, ratio in poor.items() if ratio < 4.5} == {}


def test_the_alerts_are_reached_and_answered_by_keyboard(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        chip(page, "overfitting").focus()
        page.keyboard.press("Enter")
        expect(card(page).locator(".alert-head")).to_be_focused()
        page.keyboard.press("Enter")
        expect(card(page).locator(".alert-head")).to_have_attribute("aria-expanded", "false")
        page.keyboard.press("Enter")
        expect(card(page).get_by_role("button", name="Acknowledge")).to_be_visible()
        expect(card(page).get_by_role("button", name="Stop run")).to_be_visible()
