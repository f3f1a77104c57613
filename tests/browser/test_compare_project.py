"""All runs of a project at once: axes, brushing, picking, with a thousand runs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.comparing import (
    runs,
)
from tests.browser.conftest import signed_in
from tests.browser.looking import LOAD_MS
from tests.browser.trainings import Training
from tests.server_process import RunningServer

__all__ = ["runs"]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a thousand runs of one project."""
    with RunningServer(tmp_path_factory.mktemp("crowd")) as server, server.client() as client:
        for place in range(1_000):
            run = Training(client, id=f"w{place:011d}")
            config = {
                "lr": 10 ** -(2 + place % 40 / 10),
                "dim": 64 * (1 + place % 5),
                "act": ("gelu", "relu")[place % 2],
            }
            run.begin(name=f"trial {place:04d}", project="sweep", config=config)
            run.run_epoch(val_acc=0.5 + place / 2_500, val_loss=1 - place / 2_500)
        yield server


def test_axes_choose_runs_that_are_compared_with_one_press(context: BrowserContext, crowded: RunningServer) -> None:
    page = signed_in(context, crowded)
    page.goto(f"{crowded.url}/compare?project=sweep")
    axes = page.locator("[data-part='axes'] .axis .metric")
    expect(axes).to_have_text(["lr", "dim", "act", "val/acc"])
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")
    expect(page.locator(".project-run .side-link").first).to_have_text("trial 0999")
    assert page.locator(".project-run").count() < 100, "only as many as somebody reads"
    track = page.locator(".parallel-track").last.bounding_box()
    assert track is not None
    x, height = track["x"] + track["width"] / 2, track["height"]
    page.mouse.move(x, track["y"] + 0.5 * height)
    page.mouse.down()
    page.mouse.move(x, track["y"] + 0.6 * height, steps=5)
    page.mouse.up()
    expect(page.locator('[data-part="list-title"]')).to_contain_text("runs chosen")
    kept = int(page.locator('[data-part="parallel"]').get_attribute("data-kept") or 0)
    assert 80 <= kept <= 120
    for tick in (0, 2):
        page.locator(".project-run input").nth(tick).check()
    page.get_by_role("button", name="Compare these 2").click()
    expect(page).to_have_url(re.compile(r"/compare\?runs=\w+,\w+$"))
    expect(page.locator(".chip")).to_have_count(2)


def test_axes_are_added_moved_and_kept_in_the_address(context: BrowserContext, crowded: RunningServer) -> None:
    page = signed_in(context, crowded)
    page.goto(f"{crowded.url}/compare?project=sweep")
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")
    page.locator('[data-part="add-axis"]').select_option(label="val/loss")
    names = page.locator(".parallel-name")
    expect(names).to_have_text(["lr", "dim", "act", "val/acc", "val/loss"])
    names.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(names).to_have_text(["dim", "lr", "act", "val/acc", "val/loss"])
    page.get_by_role("button", name="Take act away").click()
    expect(names).to_have_text(["dim", "lr", "val/acc", "val/loss"])
    page.reload()
    expect(names).to_have_text(["dim", "lr", "val/acc", "val/loss"])
    page.locator('[data-part="scatter-x"]').select_option(label="dim")
    expect(page).to_have_url(re.compile("axes=dim,lr,val/acc,val/loss&sx=dim"))
    page.locator(".parallel-track").nth(2).focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator('[data-part="list-title"]')).to_contain_text("of 1 000 runs chosen")
    page.keyboard.press("Escape")
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")


def test_brushing_and_picking_among_a_thousand_take_a_blink(context: BrowserContext, crowded: RunningServer) -> None:
    page = signed_in(context, crowded)
    page.goto(f"{crowded.url}/compare?project=sweep")
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")
    expect(page.locator(".project-scatter .point")).to_have_count(1_000, timeout=LOAD_MS)  # Plotly has come, once
    longest = page.evaluate(
        """async () => {
            const track = [...document.querySelectorAll(".parallel-track")].at(-1);
            let worst = 0;
            for (let press = 0; press < 10; press++) {
                const before = performance.now();
                track.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", cancelable: true }));
                await new Promise(requestAnimationFrame);
                worst = Math.max(worst, performance.now() - before);
            }
            return worst;
        }"""
    )
    assert longest < 200, "choosing among a thousand runs takes a blink"
    page.goto(f"{crowded.url}/compare")
    expect(page.locator(".picker-run").first).to_be_visible()
    longest = page.evaluate(
        """async () => {
            const field = document.querySelector(".picker input");
            let worst = 0;
            for (const text of ["t", "tr", "trial 04", "", "trial 0422"]) {
                const before = performance.now();
                field.value = text;
                field.dispatchEvent(new Event("input"));
                await new Promise(requestAnimationFrame);
                worst = Math.max(worst, performance.now() - before);
            }
            return worst;
        }"""
    )
    assert longest < 200, "a letter typed among a thousand runs takes a blink"
    expect(page.locator(".picker-name")).to_have_text(["trial 0422"])
