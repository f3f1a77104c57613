"""Samples through the epochs: ordered, found, followed by curve, slider, play and the charts' cursor."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import chart, open_run, wait_for_chart
from tests.browser.samples import KEY, sample
from tests.browser.trainings import Training, grey_png, training
from tests.server_process import RunningServer

COURSES = {"b": [10.0, 30.0, 50.0], "a10": [90.0, 60.0, 5.0], "a9": [20.0, 20.0, 21.0]}


def follow_three(run: Training) -> None:
    """Send three samples through three epochs: one gets worse, one better, one stays."""
    for epoch in range(3):
        run.run_epochs(1)
        run.samples([
            sample(id=name, pred=[[100.0 + errors[epoch], 50.0]], error_px=errors[epoch], caption=f"scene {name}",
                   gt_done=0.0, pred_done=0.9 if name == "a9" else 0.1)
            for name, errors in COURSES.items()
        ], {KEY: grey_png(384, 384)})  # fmt: skip


def test_samples_are_ordered_by_what_became_of_them(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        follow_three(run)
        open_run(page, server.url, run.id)
        names, order = page.locator(".sample-id"), page.get_by_label("Order", exact=True)
        expect(names).to_have_text(["b", "a10", "a9"])
        for choice, expected in {
            "Worst first, px": ["b", "a9", "a10"], "Most improved, px": ["a10", "a9", "b"],
            "Most worsened, px": ["b", "a9", "a10"], "By id": ["a9", "a10", "b"],
        }.items():  # fmt: skip
            order.select_option(label=choice)
            expect(names).to_have_text(expected)
        order.select_option(label="Worst first, px")
        page.locator('[data-part="samples-epoch"]').fill("0")
        expect(names).to_have_text(["a10", "a9", "b"])
        expect(page).to_have_url(re.compile("sort=worst"))


def test_samples_are_found_by_flag_error_and_caption(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        follow_three(run)
        open_run(page, server.url, run.id)
        names, count = page.locator(".sample-id"), page.locator('[data-part="samples-count"]')
        page.get_by_label("Flag", exact=True).select_option(label="False alarm")
        expect(names).to_have_text(["a9"])
        expect(count).to_have_text("1 of 3")
        page.get_by_label("Flag", exact=True).select_option(label="Any flag")
        page.get_by_label("Error above", exact=True).fill("20.5")
        expect(names).to_have_text(["b", "a9"])
        page.get_by_label("Error above", exact=True).fill("")
        page.get_by_label("Caption or id", exact=True).fill("SCENE a10")
        expect(names).to_have_text(["a10"])
        page.reload()
        expect(names).to_have_text(["a10"])


def test_samples_in_several_units_are_ranked_in_one_that_is_named(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        points = [sample(id=f"p{error}", error_px=float(error)) for error in (5, 90, 1)]
        waves = [sample(id=f"w{error}", gt=None, pred=None, error_px=None, error=float(error), error_unit="RMSE")
                 for error in (40, 60)]  # fmt: skip
        done = sample(id="done", error_px=500.0, gt_done=1, pred_done=0.9)  # to an object that is not there
        run.samples([done, *waves, *points], {KEY: grey_png(384, 384)})
        open_run(page, server.url, run.id)
        names, order = page.locator(".sample-id"), page.get_by_label("Order", exact=True)
        order.select_option(label="Worst first, px")
        expect(names).to_have_text(["p90", "p5", "p1", "done", "w40", "w60"])
        expect(page.locator('.sample[data-id="done"] .sample-error')).to_have_text("")
        page.get_by_label("Error above", exact=True).fill("2")
        expect(names).to_have_text(["p90", "p5"])
        page.get_by_label("Errors ranked in", exact=True).select_option(label="In RMSE")
        expect(names).to_have_text(["w60", "w40"])
        expect(order.locator("option:checked")).to_have_text("Worst first, RMSE")
        page.get_by_label("Error above", exact=True).fill("50")
        expect(names).to_have_text(["w60"])
        page.reload()
        expect(names).to_have_text(["w60"])
        expect(page).to_have_url(re.compile("unit=RMSE"))
        page.locator('[data-chart="sample_error:val:RMSE"]').scroll_into_view_if_needed()
        charted = chart(page, "sample_error:val:RMSE")
        assert charted.evaluate("card => card.querySelector('.chart-plot').data[2].y") == [50]


def test_a_sample_is_followed_by_its_own_curve_which_grows_live(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        follow_three(run)
        open_run(page, server.url, run.id)
        curve = page.locator('.sample[data-id="a10"] .sample-errors')
        expect(curve.locator(".sample-errors-line")).to_have_attribute("d", re.compile("^M[^L]+(L[^L]+){2}$"))
        run.run_epochs(1)
        run.samples([sample(id="a10", error_px=70.0)])
        expect(curve.locator(".sample-errors-line")).to_have_attribute("d", re.compile("^M[^L]+(L[^L]+){3}$"))
        box = curve.bounding_box()
        assert box is not None
        curve.click(position={"x": box["width"] / 3, "y": 5})
        expect(page).to_have_url(re.compile("epoch=1"))
        expect(page.locator('.sample[data-id="a10"] text')).to_have_text("err=60px")


def test_play_goes_through_the_epochs_and_stops_at_the_last(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        follow_three(run)
        open_run(page, server.url, run.id)
        label, play = page.locator('.sample[data-id="a10"] text'), page.get_by_label("Play through the epochs")
        expect(label).to_have_text("err=5.0px")
        play.click()
        for error in ("err=90px", "err=60px", "err=5.0px"):
            expect(label).to_have_text(error)
        expect(play).to_have_attribute("aria-pressed", "false")


def test_one_sample_fills_the_window_with_zoom_and_two_epochs_against_each_other(
    page: Page, server: RunningServer
) -> None:
    with training(server) as run:
        follow_three(run)
        open_run(page, server.url, run.id)
        page.locator('.sample[data-id="a10"] .sample-frame').click()
        large = page.locator(".sample-dialog")
        panel = large.locator('[data-panel="prediction"]')
        truth = panel.locator('.sample-layers:not(.sample-before) circle[data-kind="gt"]')
        before, width = truth.bounding_box(), panel.bounding_box()
        assert before is not None
        assert width is not None
        page.keyboard.press("+")
        after = truth.bounding_box()
        assert after is not None
        assert after["width"] == pytest.approx(1.5 * before["width"], rel=0.1)
        page.mouse.move(width["x"] + width["width"] / 2, width["y"] + width["height"] / 2)
        page.mouse.down()
        page.mouse.move(width["x"] + width["width"] / 2 + 40, width["y"] + width["height"] / 2)
        page.mouse.up()
        moved = truth.bounding_box()
        assert moved is not None
        assert moved["x"] - after["x"] == pytest.approx(40, abs=1)
        page.mouse.wheel(0, -400)
        assert float(panel.locator(".sample-zoom").evaluate("e => e.style.getPropertyValue('--zoom')")) > 2
        page.keyboard.press("0")
        assert truth.bounding_box() == before
        page.keyboard.press("ArrowLeft")
        expect(panel.locator("text")).to_have_text("err=60px")
        large.get_by_label("Compare with epoch").select_option(label="Before: epoch 0")
        expect(panel.locator(".sample-side")).to_have_text(["epoch 0", "epoch 1"])
        expect(panel.locator(".sample-before text")).to_have_text("err=90px")
        large.get_by_label("Before and after").fill("25")
        expect(panel.locator(".sample-before")).to_have_css("clip-path", re.compile("inset"))
        page.keyboard.press("Escape")
        expect(large).to_have_count(0)


def test_the_slider_and_the_charts_cursor_are_one(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        follow_three(run)
        open_run(page, server.url, run.id)
        card, word = chart(page, "metric:loss"), page.locator('[data-part="samples-epoch-word"]')
        page.locator('[data-part="samples-epoch"]').fill("0")
        cursor = card.locator(".chart-cursor")
        expect(cursor).to_have_attribute("style", re.compile(r"translateX\(\d+px\)"))
        first = cursor.get_attribute("style")
        card.scroll_into_view_if_needed()
        plot = card.locator(".nsewdrag").first
        box = plot.bounding_box()
        assert box is not None
        span = card.evaluate("card => card.querySelector('.chart-plot')._fullLayout.xaxis.range")
        at = box["x"] + box["width"] * (1 - span[0]) / (span[1] - span[0])
        page.mouse.move(at, box["y"] + 40)
        page.mouse.move(at + 1, box["y"] + 42)
        expect(word).to_have_text("Epoch 1")
        page.mouse.move(5, 5)
        expect(word).to_have_text("Epoch 0")
        page.mouse.click(at, box["y"] + 40)
        expect(page).to_have_url(re.compile("epoch=1"))
        page.mouse.move(5, 5)
        expect(word).to_have_text("Epoch 1")
        expect(cursor).not_to_have_attribute("style", first or "")


def test_a_cell_of_the_confusion_leads_to_its_samples(page: Page, server: RunningServer) -> None:
    def scored(name: str, truth: int, values: list[float]) -> dict[str, Any]:
        scores = {"kind": "scores", "of": "pred", "classes": [0, 1], "values": values, "names": ["cat", "dog"]}
        return sample(id=name, layers=[{**scores, "truth": truth}])

    with training(server) as run:
        for epoch in range(2):
            run.run_epoch(val_f1_macro=0.5)
            run.samples([scored("right", 0, [0.9, 0.1]), scored("wrong", 0, [0.2, 0.8])], {KEY: grey_png(384, 384)})
            counts = {"truth": [2, 0], "predicted": [1, 1], "labels": ["cat", "dog"]}
            run.post(events=[{"type": "classes", "split": "val", "epoch": epoch, **counts,
                              "confusion": [[1 + epoch, 1], [0, 0]]}])  # fmt: skip
        open_run(page, server.url, run.id)
        page.locator('[data-chart="confusion:val"]').scroll_into_view_if_needed()
        card = chart(page, "confusion:val")
        assert card.evaluate("card => card.querySelector('.chart-plot').data[0].text[0]") == ["2", "1"]
        page.locator('[data-part="samples-epoch"]').fill("0")
        card.evaluate("card => card.scrollIntoView({ block: 'center' })")
        wait_for_chart(page, "confusion:val", "data[0].text[0][0] === '1'")
        box = card.locator(".nsewdrag").first.bounding_box()
        assert box is not None
        at = box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"]
        page.mouse.move(*at)
        expect(card.locator(".hovertext")).to_contain_text("cat taken for dog")
        page.mouse.click(*at)
        expect(page.locator(".sample-id")).to_have_text(["wrong"])
        cell = page.locator('[data-part="samples-cell"]')
        expect(cell).to_have_text("true cat, predicted dog ✕")
        cell.click()
        expect(page.locator(".sample-id")).to_have_text(["right", "wrong"])


def test_64_samples_through_200_epochs_stay_fluid(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(2)
        run.samples([sample()], {KEY: grey_png(384, 384)})
        for start in range(0, 200, 20):
            run.post(events=[
                {"type": "samples", "split": "val", "epoch": epoch, "step": epoch,
                 "samples": [sample(id=f"s{k:02}", error_px=float((k * 7 + epoch * 3) % 97)) for k in range(64)]}
                for epoch in range(start, start + 20)
            ])  # fmt: skip
        open_run(page, server.url, run.id)
        chart(page, "metric:loss")
        expect(page.locator(".sample")).to_have_count(64)
        page.locator(".sample").first.scroll_into_view_if_needed()
        longest = page.evaluate("""async () => {
            const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const settled = async () => { for (let k = 0; k < 30; k++) await frame(); };
            await settled();
            let longest = 0;
            new PerformanceObserver((list) => {
                for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
            }).observe({ type: "longtask" });
            const slider = document.querySelector('[data-part="samples-epoch"]');
            const order = document.querySelector('[data-part="samples-sort"]');
            const put = (input, value, kind) => { input.value = value; input.dispatchEvent(new Event(kind)); };
            put(order, "worst", "change");
            for (let epoch = 0; epoch < 200; epoch += 4) { put(slider, String(epoch), "input"); await frame(); }
            await settled();
            put(order, "improved", "change");
            await settled();
            scrollTo(0, document.body.scrollHeight);
            await settled();
            return longest;
        }""")
        assert longest < 200, f"a task took {longest} ms"
        drawn = page.evaluate("document.querySelectorAll('.sample .sample-overlay').length")
        assert 0 < drawn <= 64
