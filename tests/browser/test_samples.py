"""Samples: what is drawn over an image stands where the run said, at every epoch the slider goes to."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import open_run
from tests.browser.trainings import grey_png, training
from tests.server_process import RunningServer

KEY = "a" * 32


def sample(**fields: Any) -> dict[str, Any]:
    return {"id": "first", "image": KEY, "width": 384, "height": 384, "gt": [[100.0, 50.0]], "pred": [[123.0, 50.0]],
            "error_px": 23.0, "gt_done": 0, "pred_done": 0.12, "caption": "", "extra": {}, **fields}  # fmt: skip


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
        image = card.locator("img")
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
        expect(guess).to_have_css("stroke-dasharray", re.compile("5px"))
        expect(line).to_have_css("stroke", "rgb(255, 212, 59)")


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
        expect(page.locator(".sample img[hidden]")).to_have_count(2)
