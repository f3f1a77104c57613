"""A report opened from disk: it asks nobody for anything, complains of nothing, and runs nothing that a run wrote."""

import math
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.history import RunEnding, RunFacts
from epochwatch_server.health.replay import Record, Recording, replay
from epochwatch_server.reports.case import case_of
from epochwatch_server.reports.diagnosis import diagnosis_html

HOSTILE = "</style></title><script>window.__canary=1</script><img src=x onerror=\"window.__canary='ran'\"> 'quoted'"
DESK = {"width": 1200, "height": 900}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """The report of a run that writes markup wherever it can, and whose loss turns to NaN."""
    losses = [2.0, 1.5, 1.2, math.nan, math.nan, math.nan]
    records = [
        Record("epoch", 10.0 * n, n, n, {"train/loss": loss, f"train/{HOSTILE}": 1.0, f"val/{HOSTILE}": loss})
        for n, loss in enumerate(losses)
    ]
    ending = RunEnding(HOSTILE, HOSTILE, 60.0, {HOSTILE: 1.0})
    facts = RunFacts(config={HOSTILE: HOSTILE}, planned_epochs=20, tracked_metric=f"val/{HOSTILE}")
    recording = Recording(HOSTILE, facts, (*records, Record("end", 60.0, ending=ending)), lost=(HOSTILE,))
    path = tmp_path / "report.html"
    path.write_text(diagnosis_html([case_of(replay(recording, Engine(RULES)), RULES)], HOSTILE, ""), encoding="utf-8")
    return path


def test_a_report_opens_from_disk_and_asks_for_nothing(context: BrowserContext, report: Path) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("'quoted'")
    expect(page.locator(".finding").first).to_contain_text("became nan")
    assert asked == [report.as_uri()]
    assert page.evaluate("window.__canary") is None
    assert page.evaluate("window.__refused") == []
    assert page.locator("script, img, iframe").count() == 0


def test_the_lines_of_a_report_have_the_colours_of_its_theme(browser: Browser, report: Path) -> None:
    seen = {}
    for theme in ("light", "dark"):
        context = browser.new_context(viewport=DESK, color_scheme=theme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(report.as_uri())
        line = page.locator(".finding svg path[stroke]").first
        seen[theme] = (
            line.evaluate("line => getComputedStyle(line).stroke"),
            page.evaluate("getComputedStyle(document.body).backgroundColor"),
        )
        context.close()
    assert seen["light"] != seen["dark"]
    assert all(colour.startswith(("rgb(", "color(")) for colours in seen.values() for colour in colours)


def test_a_mark_says_its_value_when_pointed_at(context: BrowserContext, report: Path) -> None:
    page = context.new_page()
    page.goto(report.as_uri())
    titles = page.locator(".finding svg title").all_text_contents()
    assert any("NaN at epoch 3" in title for title in titles)
    assert any(title.startswith("epoch 0: ") for title in titles)


def test_a_report_is_as_wide_as_the_screen_on_desk_and_phone(
    context: BrowserContext, phone: BrowserContext, report: Path
) -> None:
    for place in (context, phone):
        page = place.new_page()
        page.goto(report.as_uri())
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1]


def test_a_report_prints_in_light_whatever_the_theme(context: BrowserContext, report: Path, tmp_path: Path) -> None:
    page = context.new_page()
    page.goto(report.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert sum(int(part) for part in ink.removeprefix("rgb(").removesuffix(")").split(",")) < 200
    page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 10_000
