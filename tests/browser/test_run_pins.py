"""What health puts on the charts, beside them and into the browser: pins, targets, roles, sound; phone and themes."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DESK, Complaints, signed_in, watched
from tests.browser.looking import chart, contrast, open_run, scrolls_sideways, traces, wait_for_chart
from tests.browser.sickness import alert_of, card, chip, opened, overfit, sick
from tests.browser.trainings import training
from tests.server_process import RunningServer


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
