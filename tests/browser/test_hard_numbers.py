"""NaN, infinities, 1e308, backward steps and ten thousand metrics: shown, marked, and the page stays whole."""

import math

from playwright.sync_api import Page, expect

from tests.browser.looking import chart, line_of, open_run, traces, wait_for_chart, wait_for_points
from tests.browser.trainings import training
from tests.server_process import Rows, RunningServer


def test_nan_and_infinity_are_marked_and_never_joined_over(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        values = [1.0, 0.9, math.nan, 0.8, math.inf, 0.7, -math.inf, 1e308, 0.6]
        run.post(rows=[Rows(["train/loss"], list(range(9)), [[value] for value in values], 0)])
        open_run(page, server.url, run.id, "?x=step")
        card = chart(page, "metric:loss")
        marks = [t for t in traces(card) if t["meta"].get("part") == "non-finite"]
        assert sorted(marks[0]["x"]) == [2, 4, 6, 7]
        line = line_of(card, "train/loss")
        assert all(y is None for x, y in zip(line["x"], line["y"], strict=True) if x in (2, 4, 6, 7))
        run.log({"train/loss": 0.5})
        run.step = 20
        run.log({"train/loss": math.nan})
        wait_for_chart(page, "metric:loss", "data.some((t) => t.meta.part === 'non-finite' && t.x.includes(20))")
        expect(card.locator(".chart-value")).to_have_text("NaN")


def test_a_tracked_metric_that_became_nan_says_so(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(3)
        run.run_epoch(val_acc=math.nan)
        open_run(page, server.url, run.id)
        expect(page.locator('[data-part="value"]')).to_have_text("NaN")
        expect(page.locator('[data-part="best"]')).to_contain_text("@ 2")
        page.goto(f"{server.url}/?q={run.id}")
        expect(page.locator(".runs-value .number").first).to_have_text("NaN")


def test_repeated_and_backward_steps_keep_the_last_value(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.post(rows=[Rows(["train/loss"], [0, 1, 2, 3], [[4.0], [3.0], [2.0], [1.0]], 0)])
        open_run(page, server.url, run.id, "?x=step")
        wait_for_points(page, "metric:loss", "train/loss", 4)
        run.post(rows=[Rows(["train/loss"], [1, 2, 4], [[30.0], [20.0], [0.5]], 0)])
        wait_for_points(page, "metric:loss", "train/loss", 5)
        line = line_of(chart(page, "metric:loss"), "train/loss")
        assert (line["x"], line["y"]) == ([0, 1, 2, 3, 4], [4, 30, 20, 1, 0.5])


def test_ten_thousand_metrics_leave_the_page_usable(page: Page, server: RunningServer) -> None:
    with training(server, tracked=None) as run:
        names = [f"probe/metric_{place:04d}" for place in range(9_990)]
        run.post(rows=[Rows(names, [0, 1], [[1.0] * len(names), [0.5] * len(names)], 0)])
        open_run(page, server.url, run.id)
        cards = page.locator("[data-part='charts'] .chart[data-chart]")
        expect(cards.first).to_have_attribute("data-phase", "drawn", timeout=30_000)
        assert cards.count() <= 60
        page.locator('[data-part="filter"]').fill("metric_7777")
        expect(cards).to_have_count(1)
        chart(page, "metric:probe/metric_7777")
        longest = page.evaluate(
            "() => new Promise((done) => { let worst = 0, last = performance.now(), n = 0; const beat = (now) => {"
            " worst = Math.max(worst, now - last); last = now; ++n < 30 ? requestAnimationFrame(beat) : done(worst); };"
            " requestAnimationFrame(beat); })"
        )
        assert longest < 1000, "the page answers while it shows ten thousand metrics"


def test_a_large_config_is_shown_in_parts(page: Page, server: RunningServer) -> None:
    config = {f"group_{place}": {"value": place, "text": "5e-5"} for place in range(3_000)}
    with training(server, config=config) as run:
        open_run(page, server.url, run.id, "?tab=config")
        keys = page.locator('[data-part="config"] .fact-key')
        expect(keys).to_have_count(300)
        page.get_by_label("Find a setting").fill("group_2999")
        expect(keys).to_have_text(["group_2999.value", "group_2999.text"])
        expect(page.locator('[data-part="config"] .fact-mark')).to_have_text("text, not a number")


def test_a_very_long_setting_is_shown_whole_only_on_demand(page: Page, server: RunningServer) -> None:
    with training(server, config={"prompt": "word " * 100_000}) as run:
        open_run(page, server.url, run.id, "?tab=config")
        value = page.locator('[data-part="config"] .fact-value')
        expect(value).to_contain_text("characters")
        assert len(value.inner_text()) < 1_000
        value.get_by_role("button").click()
        assert len(value.inner_text()) >= 200_000
