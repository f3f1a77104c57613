"""Samples: what is drawn over an image stands where the run said, at every epoch the slider goes to."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import open_run
from tests.browser.samples import KEY, sample
from tests.browser.trainings import grey_png, training
from tests.server_process import RunningServer


def middle(shape: Locator, image: Locator, axis: str) -> float:
    """Tell where a shape's middle stands, in pixels of the image of 384."""
    box, frame = shape.bounding_box(), image.bounding_box()
    assert box is not None
    assert frame is not None
    size = "width" if axis == "x" else "height"
    ends = [float(part[key]) for part in (box, frame) for key in (axis, size)]  # type: ignore[literal-required]
    return (ends[0] + ends[1] / 2 - ends[2]) / ends[3] * 384


def test_truth_prediction_and_error_stand_at_their_pixels(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        run.samples([sample()], {KEY: grey_png(384, 384)})
        open_run(page, server.url, run.id)
        card = page.locator(".sample")
        card.scroll_into_view_if_needed()
        image = card.locator('[data-panel="prediction"] img')
        expect(image).to_have_js_property("naturalWidth", 384)
        truth, guess = card.locator('circle[data-kind="gt"]'), card.locator('circle[data-kind="pred"]')
        assert middle(truth, image, "x") == pytest.approx(100, abs=1)
        assert middle(truth, image, "y") == pytest.approx(50, abs=1)
        assert middle(guess, image, "x") == pytest.approx(123, abs=1)
        assert middle(guess, image, "y") == pytest.approx(50, abs=1)
        line = card.locator('line[data-kind="error"]')
        assert middle(line, image, "x") == pytest.approx(111.5, abs=1)
        expect(card.locator("text")).to_have_text("err=23px")
        expect(card.locator(".sample-flag")).to_have_text(["pred_done=0.12", "gt_done=0"])
        expect(truth).to_have_css("stroke", "rgb(47, 211, 111)")
        expect(guess).to_have_css("stroke", "rgb(255, 77, 77)")
        expect(guess).to_have_css("stroke-dasharray", re.compile("6px"))
        expect(line).to_have_css("stroke", "rgb(255, 212, 59)")
        ends = [float(line.get_attribute(name) or "nan") for name in ("x1", "y1", "x2", "y2")]
        assert ends == [100, 50, 123, 50]
        label = card.locator("text").bounding_box()
        assert label is not None
        corner = image.bounding_box()
        assert corner is not None
        left = (label["x"] - corner["x"]) / corner["width"] * 384
        assert 111.5 < left < 135  # it begins at the middle of the line


def test_the_input_stands_beside_the_prediction_and_is_fetched_once(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        run.samples([sample(), sample(id="second")], {KEY: grey_png(384, 384)})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/api/images/" in request.url else None)
        open_run(page, server.url, run.id)
        expect(page.locator(".sample img")).to_have_count(4)
        page.locator(".sample").first.scroll_into_view_if_needed()
        expect(page.locator(".sample img").first).to_have_js_property("naturalWidth", 384)
        bare = page.locator('.sample [data-panel="input"]').first
        expect(bare.locator("svg")).to_have_count(0)
        expect(bare.locator("img")).to_have_attribute("loading", "lazy")
        expect(bare.locator("img")).to_have_attribute("decoding", "async")
        assert len(asked) == 1


def test_without_an_object_there_is_no_truth_to_draw(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        run.samples([sample(gt_done=1, pred_done=0.2)], {KEY: grey_png(384, 384)})
        open_run(page, server.url, run.id)
        expect(page.locator('.sample circle[data-kind="pred"]')).to_have_count(1)
        expect(page.locator('.sample circle[data-kind="gt"]')).to_have_count(0)
        expect(page.locator(".sample text")).to_have_count(0)
        expect(page.locator(".sample-flag[data-missed]")).to_have_text("pred_done=0.20 missed")


def test_a_flag_raised_without_cause_is_a_false_alarm(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        run.samples([sample(gt_done=0, pred_done=0.9)], {KEY: grey_png(384, 384)})
        open_run(page, server.url, run.id)
        expect(page.locator(".sample-flag[data-missed]")).to_have_text("pred_done=0.90 false alarm")


def test_one_slider_goes_through_the_epochs_and_the_latest_is_followed(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        for error in (90.0, 40.0):
            run.run_epochs(1)
            run.samples([sample(pred=[[100 + error, 50.0]], error_px=error)], {KEY: grey_png(384, 384)})
        open_run(page, server.url, run.id)
        label = page.locator(".sample text")
        expect(label).to_have_text("err=40px")
        run.run_epochs(1)
        run.samples([sample(error_px=15.0)])
        expect(label).to_have_text("err=15px")
        page.locator('[data-part="samples-epoch"]').fill("0")
        expect(label).to_have_text("err=90px")
        expect(page).to_have_url(re.compile("epoch=0"))
        page.reload()
        expect(label).to_have_text("err=90px")
        page.locator('[data-part="samples-follow"]').click()
        expect(label).to_have_text("err=15px")


def test_a_sample_without_an_image_still_shows_its_points(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        bare = {"image": None, "width": None, "height": None}
        run.samples([sample(**bare), sample(**bare, id="second", gt=None, pred=None, error_px=None)])
        open_run(page, server.url, run.id)
        expect(page.locator(".sample")).to_have_count(2)
        expect(page.locator(".sample circle[data-kind='gt']")).to_have_count(1)
        expect(page.locator(".sample img:not([hidden])")).to_have_count(0)


def test_each_layer_can_be_taken_away_and_the_address_keeps_that(page: Page, server: RunningServer) -> None:
    boxes = [
        {"kind": "box", "of": "gt", "boxes": [[50, 60, 90, 100]], "labels": ["cat"], "scores": [None]},
        {"kind": "box", "of": "pred", "boxes": [[55, 60, 95, 100]], "labels": ["dog"], "scores": [0.5]},
        {"kind": "line", "of": "gt", "lines": [[[1, 1], [30, 40], ["nan", 1], [9, 9]]]},
    ]
    with training(server) as run:
        run.run_epochs(1)
        run.samples([sample(layers=boxes)], {KEY: grey_png(384, 384)})
        open_run(page, server.url, run.id)
        card = page.locator(".sample")
        parts = {
            "Ground truth": 'circle[data-kind="gt"]', "Prediction": 'circle[data-kind="pred"]',
            "Error": 'line[data-kind="error"]', "Boxes": 'rect[data-kind="gt"]', "Lines": 'path.sample-shape',
            "Labels": "text.sample-name >> nth=0", "Input": '[data-panel="input"]',
        }  # fmt: skip
        expect(card.locator("text.sample-name")).to_have_text(["cat", "dog 0.50"])
        expect(card.locator("path.sample-shape")).to_have_attribute("d", "M1 1L30 40M9 9")
        for name, part in parts.items():
            toggle = page.get_by_role("button", name=name, exact=True)
            expect(card.locator(part)).not_to_have_css("display", "none")
            toggle.click()
            expect(toggle).to_have_attribute("aria-pressed", "false")
            expect(card.locator(part)).to_be_hidden()
            toggle.click()
        page.get_by_role("button", name="Ground truth", exact=True).click()
        expect(page).to_have_url(re.compile("hide=gt"))
        page.reload()
        expect(card.locator('circle[data-kind="pred"]').first).to_be_visible()
        expect(card.locator('circle[data-kind="gt"]')).to_be_hidden()
        expect(card.locator('rect.sample-line[data-kind="gt"]')).to_be_hidden()


def test_a_signal_stands_with_its_reconstruction_its_peaks_and_its_class(page: Page, server: RunningServer) -> None:
    layers = [
        {"kind": "signal", "of": "input", "values": [0, 1, 4, 1, 0], "n": 5},
        {"kind": "signal", "of": "pred", "values": [0, 2, 3, "nan", 1], "n": 5},
        {"kind": "peaks", "of": "gt", "at": [2]},
        {"kind": "peaks", "of": "pred", "at": [1.5]},
        {
            "kind": "scores",
            "of": "pred",
            "classes": [0, 1],
            "values": [0.75, 0.25],
            "names": ["dull", "keen"],
            "truth": 1,
        },
    ]
    bare = {"image": None, "width": None, "height": None, "gt": None, "pred": None, "error_px": None, "gt_done": None}
    with training(server) as run:
        run.run_epochs(1)
        run.samples([sample(**bare, pred_done=None, error=0.75, error_unit="RMSE", layers=layers)])
        open_run(page, server.url, run.id)
        card = page.locator(".sample")
        expect(card.locator('.sample-curve[data-of="input"]')).to_have_attribute("d", re.compile("^M0.0 170.0L"))
        expect(card.locator('.sample-curve[data-of="pred"]')).to_have_attribute("d", re.compile("M480.0 130.0$"))
        peak = card.locator("circle.sample-peak")
        expect(peak).to_have_attribute("cx", "240")
        expect(peak).to_have_attribute("cy", "10")
        expect(card.locator("path.sample-peak")).to_have_count(1)
        expect(card.locator(".sample-score")).to_have_text(["dull0.7500", "✓ keen0.2500"])
        expect(card.locator(".sample-error")).to_have_text("0.7500 RMSE")
        expect(card.locator("img:not([hidden])")).to_have_count(0)
