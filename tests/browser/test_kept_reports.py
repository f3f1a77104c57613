"""Reports of a run and of a comparison, opened from disk: they ask nobody, complain of nothing, run nothing, print."""

import base64
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from epochwatch_server.reports.comparison_sections import comparison_report_html
from epochwatch_server.reports.numbers import duration_word, large_word, value_word
from epochwatch_server.reports.run_sections import run_report_html
from tests.server.reports.test_comparison_report import a_comparison
from tests.server.reports.told_runs import HOSTILE, hostile_report
from tests.server_process import ROOT


@pytest.fixture
def reports(tmp_path: Path) -> dict[str, Path]:
    """Both kinds of a report, of runs that write markup wherever they can."""
    pages = {
        "run": run_report_html(hostile_report()),
        "compare": comparison_report_html(a_comparison(HOSTILE, HOSTILE)),
    }
    paths = {}
    for name, page in pages.items():
        paths[name] = tmp_path / f"{name}.html"
        paths[name].write_text(page, encoding="utf-8")
    return paths


def open_quietly(page: Page, path: Path) -> None:
    """Open a file, and see that it asked for nothing but itself, tried nothing that its policy refused."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("{{7*7}}")
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.evaluate("window.__canary") is None
    assert page.evaluate("window.__refused") == []
    assert page.locator("script, img, iframe").count() == 0


@pytest.mark.parametrize("name", ["run", "compare"])
def test_a_report_asks_for_nothing_and_runs_nothing_on_desk_and_phone_in_dark_and_light(
    context: BrowserContext, phone: BrowserContext, reports: dict[str, Path], name: str
) -> None:
    grounds = set()
    for place in (context, phone):  # the one is dark, the other light
        page = place.new_page()
        open_quietly(page, reports[name])
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1]
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_a_sample_shows_its_image_with_truth_and_prediction_over_it(
    context: BrowserContext, reports: dict[str, Path]
) -> None:
    page = context.new_page()
    page.goto(reports["run"].as_uri())
    card = page.locator(".still-picture").first
    assert page.locator(".still-images image").count() == 1
    assert card.locator("use").evaluate("use => use.getBBox().width") == 64
    box, ring = card.bounding_box(), card.locator('circle.still-line[data-kind="gt"]').bounding_box()
    assert box is not None
    assert ring is not None
    scale = box["width"] / 64
    assert ring["x"] + ring["width"] / 2 - box["x"] == pytest.approx(10 * scale, abs=1)
    assert ring["y"] + ring["height"] / 2 - box["y"] == pytest.approx(10 * scale, abs=1)
    assert card.locator(".still-label").text_content() == "err=12px"
    colours = {
        kind: card.locator(f'circle.still-line[data-kind="{kind}"]').first.evaluate(
            "ring => getComputedStyle(ring).stroke"
        )
        for kind in ("gt", "pred")
    }
    assert colours["gt"] != colours["pred"]


def test_reports_print_in_light_on_white(browser: Browser, reports: dict[str, Path], tmp_path: Path) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    for name, path in reports.items():
        page.goto(path.as_uri())
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        printed = tmp_path / f"{name}.pdf"
        page.pdf(path=printed, format="A4")
        assert printed.read_bytes().startswith(b"%PDF")
    context.close()


def test_a_report_writes_numbers_as_the_pages_do(context: BrowserContext) -> None:
    module = base64.b64encode((ROOT / "static/js/format.js").read_bytes()).decode()
    page = context.new_page()
    values = [
        0.0,
        1.0,
        -0.5,
        0.93771,
        5.42e-5,
        0.00123,
        0.0099999,
        9.99996,
        12.345,
        999.96,
        12345.6,
        3256742.75,
        1e-300,
    ]
    seconds = [0.2, 4.04, 59.7, 61, 3599, 3600, 86399, 90_000, 1e6]
    counts = [0, 999, 9_999, 10_000, 999_999, 46_370_000, 2_000_000_000]
    script = """async ([url, values, seconds, counts]) => {
        const { formatValue, formatDuration, formatLarge } = await import(url);
        return [values.map(formatValue), seconds.map(formatDuration), counts.map(formatLarge)];
    }"""
    told: Any = page.evaluate(script, [f"data:text/javascript;base64,{module}", values, seconds, counts])
    assert told == [list(map(value_word, values)), list(map(duration_word, seconds)), list(map(large_word, counts))]
