"""A page with many charts stays usable: what nobody sees is not drawn, and what is drawn keeps a pace."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.looking import LOAD_MS, chart, open_run, wait_for_points
from tests.browser.trainings import Training, training
from tests.server_process import RunningServer

CHARTS = 24
NAMES = [f"{split}/quantity{place:02}" for place in range(CHARTS) for split in ("train", "val", "test")]
LEAST_GAP_MS = 500
# Notes each drawing: which chart, when, and whether another was drawn in the same task. And lets the page be told that
# it is hidden, which a headless browser's tabs never are.
WATCH = """
window.draws = [];
let isDrawing = false, plotly, isHidden = false;
Object.defineProperty(document, "hidden", { get: () => isHidden });
window.hide = (hidden) => { isHidden = hidden; document.dispatchEvent(new Event("visibilitychange")); };
Object.defineProperty(window, "Plotly", {
    get: () => plotly,
    set(value) {
        plotly = value;
        if (!value?.react || value.react.isWatched) return;
        const react = value.react;
        value.react = (surface, ...rest) => {
            const id = surface.closest("[data-chart]")?.dataset.chart;
            window.draws.push({ id, at: performance.now(), isSecond: isDrawing });
            isDrawing = true;
            queueMicrotask(() => { isDrawing = false; });
            return react(surface, ...rest);
        };
        value.react.isWatched = true;
    },
});
"""


@pytest.fixture
def page(context: BrowserContext, server: RunningServer) -> Page:
    """A signed-in tab that notes what is drawn."""
    context.add_init_script(WATCH)
    return signed_in(context, server)


@pytest.fixture
def run(server: RunningServer) -> Iterator[Training]:
    """A run with 24 charts."""
    with training(server) as run:
        run.log(values(0))
        yield run


def values(step: int) -> dict[str, float]:
    return {name: 1.0 + 0.01 * ((step + place) % 7) for place, name in enumerate(NAMES)}


def log(run: Training, count: int) -> None:
    for _ in range(count):
        run.log(values(run.step))


def opened(page: Page, server: RunningServer, run: Training) -> list[str]:
    """Open the page along steps; returns the charts near enough to be drawn, once they are."""
    open_run(page, server.url, run.id, "?x=step")
    chart(page, "metric:quantity00")
    expect(page.locator("[data-part=charts] [data-chart]")).to_have_count(CHARTS)
    expect(page.locator("[data-phase=loading]")).to_have_count(0)
    drawn = page.locator("[data-part=charts] [data-phase=drawn]")
    found: list[str] = drawn.evaluate_all("cards => cards.map((card) => card.dataset.chart)")
    return found


def settle(page: Page) -> None:
    """Wait until the page asks for no figure any more: one whose stream opens late asks for all of them twice."""
    script = """() => performance.now() - 2000 > Math.max(...performance.getEntriesByType("resource")
        .filter(({ name }) => name.includes("/charts")).map(({ responseEnd }) => responseEnd))"""
    page.wait_for_function(script, timeout=LOAD_MS)


def noted(page: Page) -> list[dict[str, Any]]:
    draws: list[dict[str, Any]] = page.evaluate("window.draws")
    return draws


def asked_for(page: Page) -> list[str]:
    """Note the figures that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/charts/metric" in request.url else None)
    return asked


def test_a_chart_out_of_sight_is_neither_asked_for_nor_drawn_until_it_is_looked_at(
    page: Page, server: RunningServer, run: Training
) -> None:
    asked = asked_for(page)
    near = opened(page, server, run)
    assert 0 < len(near) < CHARTS / 2
    log(run, 10)
    wait_for_points(page, "metric:quantity00", "val/quantity00", 11)
    assert {draw["id"] for draw in noted(page)} == set(near)
    assert len({url.partition("?")[0] for url in asked}) == len(near)
    last = f"metric:quantity{CHARTS - 1:02}"
    page.locator(f'[data-chart="{last}"]').scroll_into_view_if_needed()
    wait_for_points(page, last, f"val/quantity{CHARTS - 1:02}", 11)


def test_while_points_stream_in_charts_are_drawn_one_at_a_time_and_each_twice_a_second_at_most(
    page: Page, server: RunningServer, run: Training
) -> None:
    opened(page, server, run)
    settle(page)
    page.evaluate("window.draws = []")
    asked = asked_for(page)
    log(run, 80)
    wait_for_points(page, "metric:quantity00", "val/quantity00", 81)
    draws = noted(page)
    assert asked == []
    assert [draw for draw in draws if draw["isSecond"]] == []
    by_chart: dict[str, list[float]] = {}
    for draw in draws:
        by_chart.setdefault(draw["id"], []).append(draw["at"])
    gaps = [later - earlier for times in by_chart.values() for earlier, later in itertools.pairwise(times)]
    assert all(gap > LEAST_GAP_MS - 10 for gap in gaps), min(gaps)


@pytest.mark.parametrize("missed", [10, 60])
def test_a_tab_in_the_back_draws_and_asks_nothing_and_catches_up_at_once(
    page: Page, server: RunningServer, run: Training, missed: int
) -> None:
    near = opened(page, server, run)
    settle(page)
    page.evaluate("window.hide(true); window.draws = []")
    asked = asked_for(page)
    log(run, missed)
    page.wait_for_function("n => document.querySelector('[data-part=step]').textContent === String(n)", arg=missed + 1)
    assert noted(page) == []
    assert asked == []
    page.evaluate("window.hide(false)")
    for place in (0, 1):
        wait_for_points(page, f"metric:quantity{place:02}", f"val/quantity{place:02}", missed + 1)
    # What waited in the page is drawn from there; of what was too much to keep each chart in sight is asked for once.
    assert len(asked) <= (len(near) if missed > 40 else 0)
    assert len(noted(page)) <= 2 * len(near)


def test_a_page_that_follows_for_long_keeps_no_more_than_it_draws(
    page: Page, server: RunningServer, run: Training
) -> None:
    opened(page, server, run)
    log(run, 60)
    wait_for_points(page, "metric:quantity00", "val/quantity00", 61)
    before = kept(page)  # already without the dots that mark each of few points
    log(run, 200)
    wait_for_points(page, "metric:quantity00", "val/quantity00", 261)
    after = kept(page)
    assert after["nodes"] < 1.1 * before["nodes"] + 50
    assert after["bytes"] < before["bytes"] + 8 * 2**20


def test_a_run_followed_from_its_first_step_loses_the_dots_that_mark_each_of_few_points(
    page: Page, server: RunningServer, run: Training
) -> None:
    opened(page, server, run)
    dots = page.locator('[data-chart="metric:quantity00"] .points path')
    log(run, 10)
    wait_for_points(page, "metric:quantity00", "val/quantity00", 11)
    assert dots.count() > 0
    log(run, 40)
    wait_for_points(page, "metric:quantity00", "val/quantity00", 51)
    expect(dots).to_have_count(0)


def kept(page: Page) -> dict[str, float]:
    """Collect garbage; tell what is left."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {"bytes": told["JSHeapUsedSize"], "nodes": page.evaluate("document.querySelectorAll('*').length")}


def test_the_values_beside_a_charts_name_follow_those_in_sight(
    page: Page, server: RunningServer, run: Training
) -> None:
    opened(page, server, run)
    run.log({name: 7.25 for name in NAMES})
    first, last = (page.locator(f'[data-chart="metric:quantity{place:02}"] .chart-latest') for place in (0, CHARTS - 1))
    expect(first).to_contain_text("val 7.25")
    expect(last).not_to_contain_text("7.25")
    last.scroll_into_view_if_needed()
    expect(last).to_contain_text("val 7.25")


def test_the_page_names_every_module_it_loads_and_no_other(page: Page, server: RunningServer, run: Training) -> None:
    opened(page, server, run)
    named, loaded = page.evaluate("""() => [
        [...document.querySelectorAll("link[rel=modulepreload], script[src]")].map((one) => one.href || one.src),
        performance.getEntriesByType("resource").map((one) => one.name).filter((name) => name.endsWith(".js")),
    ]""")
    workers = {url for url in loaded if url.endswith("/worker.js")}
    assert set(named) == set(loaded) - workers


def test_a_log_axis_is_drawn_at_once_while_points_stream_in(page: Page, server: RunningServer, run: Training) -> None:
    opened(page, server, run)
    log(run, 5)
    page.get_by_role("button", name="Log", exact=True).click()
    log(run, 5)
    script = (
        """() => document.querySelector('[data-chart="metric:quantity00"] .chart-plot').layout.yaxis.type === "log" """
    )
    page.wait_for_function(script, timeout=LOAD_MS)
    wait_for_points(page, "metric:quantity00", "val/quantity00", 11)
