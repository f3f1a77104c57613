"""How a run is looked at stands in the address: a link shows another person the same view."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import chart, layout, line_of, open_run, traces, wait_for_chart
from tests.browser.trainings import training
from tests.server_process import RunningServer

ALL = "?x=step&scale=log&smooth=0.6&q=loss&pin=metric%253Aloss&tab=config"


def test_a_view_is_restored_from_its_address(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(6)
        open_run(page, server.url, run.id, ALL)
        card = chart(page, "metric:loss")
        expect(page.locator('[data-part="axis"] [aria-pressed="true"]')).to_have_text("Step")
        expect(page.locator('[data-part="log"]')).to_have_attribute("aria-pressed", "true")
        expect(page.locator('[data-part="smooth-value"]')).to_have_text("0.60")
        expect(page.locator('[data-part="filter"]')).to_have_value("loss")
        expect(page.locator("#section-pinned [data-chart]")).to_have_attribute("data-chart", "metric:loss")
        expect(page.locator('[data-tab="config"]')).to_have_attribute("aria-selected", "true")
        expect(page.locator('[data-chart="metric:acc"]')).to_have_count(0)
        assert layout(card)["y"] == "log"
        assert any(t["meta"].get("part") == "average" for t in traces(card)), "smoothing shows the raw line behind"


def test_a_zoom_is_shared_by_all_charts_and_kept(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(12)
        open_run(page, server.url, run.id)
        card = chart(page, "metric:loss")
        other = chart(page, "metric:acc")
        box = card.locator(".chart-plot").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 150, box["y"] + 80)
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 90, steps=4)
        page.mouse.up()
        expect(page).to_have_url(re.compile(r"from=[\d.]+&to=[\d.]+"))
        wait_for_chart(page, "metric:acc", "layout.xaxis.range?.[0] > 0.5")
        zoomed = layout(card)["range"]
        assert layout(other)["range"] == zoomed
        page.reload()
        assert layout(chart(page, "metric:acc"))["range"] == zoomed
        page.locator('[data-part="zoom-reset"]').click()
        expect(page).to_have_url(re.compile(r"^((?!from=).)*$"))
        wait_for_chart(page, "metric:loss", "layout.xaxis.range?.[0] <= 0")


def test_pin_log_and_fullscreen_of_one_chart_are_in_the_address(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(3)
        open_run(page, server.url, run.id)
        card = chart(page, "metric:loss")
        card.hover()
        card.get_by_label("Pin to the top").click()
        expect(page.locator("#section-pinned [data-chart]")).to_have_count(1)
        card.get_by_label("Logarithmic y axis").click()
        wait_for_chart(page, "metric:loss", "layout.yaxis.type === 'log'")
        assert layout(chart(page, "metric:acc"))["y"] == "linear"
        card.get_by_label("Fullscreen").click()
        expect(page.locator('[data-part="full"] .chart')).to_have_attribute("data-phase", "drawn")
        expect(page).to_have_url(re.compile(r"logs=.*pin=.*full=metric:loss"))
        page.keyboard.press("Escape")
        expect(page).to_have_url(re.compile(r"^((?!full=).)*$"))


def test_the_same_points_stand_on_every_axis(page: Page, server: RunningServer) -> None:
    with training(server, tracked=None) as run:
        run.run_epochs(4)
        values = {}
        for x in ("epoch", "step", "time"):
            open_run(page, server.url, run.id, f"?x={x}")
            values[x] = line_of(chart(page, "metric:acc"), "val/acc")["y"]
        assert values["epoch"] == values["step"] == values["time"]


def test_a_chart_is_saved_as_csv_and_as_png(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        card = chart(page, "metric:loss")
        card.hover()
        with page.expect_download() as csv:
            card.get_by_label("CSV of every point").click()
        assert "val/loss,4,0," in csv.value.path().read_text()
        with page.expect_download() as png:
            card.get_by_label("PNG of this chart").click()
        assert png.value.path().read_bytes().startswith(b"\x89PNG")


def test_an_address_that_makes_no_sense_shows_the_usual_view(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(3)
        garbled = "?x=foo&scale=bar&smooth=lots&from=9&to=abc&full=nothing&pin=%3Cb%3E&epoch=soon&tab=none&sort=x"
        for query in (garbled, "?from=2&to=1", "?smooth=1", "?smooth="):
            open_run(page, server.url, run.id, query)
            assert len(line_of(chart(page, "metric:loss"), "val/loss")["x"]) == 3
        expect(page.locator('[data-tab="events"]')).to_have_attribute("aria-selected", "true")
