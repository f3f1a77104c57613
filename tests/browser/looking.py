"""What the tests ask a page: how many points a chart holds, where something stands, how well it can be read."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

LOAD_MS = 20_000  # the first chart waits for five megabytes of Plotly on a machine that does other things too


def open_run(page: Page, url: str, run: str, query: str = "") -> None:
    """Open a run's page and wait until it is live."""
    page.goto(f"{url}/runs/{run}{query}")
    expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")


def chart(page: Page, chart_id: str) -> Locator:
    """Find a chart on the wall, drawn."""
    found = page.locator(f'[data-part="charts"] [data-chart="{chart_id}"]')
    expect(found).to_have_attribute("data-phase", "drawn", timeout=LOAD_MS)
    return found


def traces(card: Locator) -> list[dict[str, Any]]:
    """Read what Plotly draws on a chart."""
    script = """card => (card.querySelector(".chart-plot").data ?? []).map((trace) => (
        { x: [...trace.x], y: [...trace.y], meta: trace.meta ?? {}, colour: trace.line?.color }))"""
    read: list[dict[str, Any]] = card.evaluate(script)
    return read


def line_of(card: Locator, metric: str) -> dict[str, Any]:
    """Read the line of one metric."""
    return next(t for t in traces(card) if t["meta"].get("metric") == metric and not t["meta"].get("part"))


def layout(card: Locator) -> dict[str, Any]:
    """Read a chart's axes as Plotly has them."""
    script = """card => { const { xaxis, yaxis } = card.querySelector(".chart-plot").layout;
        return { range: xaxis.range.map((edge) => Math.round(edge * 100) / 100), y: yaxis.type }; }"""
    read: dict[str, Any] = card.evaluate(script)
    return read


def wait_for_chart(page: Page, chart_id: str, claim: str) -> None:
    """Wait until a claim about a chart's `data` and `layout`, written in JavaScript, holds."""
    script = f"""(id) => {{
        const plot = document.querySelector(`[data-part="charts"] [data-chart="${{CSS.escape(id)}}"] .chart-plot`);
        const {{ data, layout }} = plot ?? {{}};
        return Boolean(data && ({claim}));
    }}"""
    page.wait_for_function(script, arg=chart_id, timeout=LOAD_MS)


def module_url(page: Page, module: str) -> str:
    """Name the address of a module of static/js, beside the one that the Runs page loads."""
    source: str = page.locator("script[type=module]").evaluate("script => script.src")
    return source.replace("pages/runs.js", module)


def wait_for_points(page: Page, chart_id: str, metric: str, count: int) -> None:
    """Wait until a metric's line holds so many points."""
    script = """([id, metric, count]) => {
        const plot = document.querySelector(`[data-part="charts"] [data-chart="${CSS.escape(id)}"] .chart-plot`);
        const line = plot?.data?.find((trace) => trace.meta?.metric === metric && !trace.meta.part);
        return line && line.x.length >= count;
    }"""
    page.wait_for_function(script, arg=[chart_id, metric, count], timeout=LOAD_MS)


def contrast(element: Locator) -> float:
    """Measure the contrast of an element's text against what is behind it, as WCAG 2 defines it."""
    script = """element => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
        const pen = canvas.getContext("2d", { willReadFrequently: true });
        const read = (colour) => {
            pen.clearRect(0, 0, 1, 1);
            pen.fillStyle = colour;
            pen.fillRect(0, 0, 1, 1);
            return [...pen.getImageData(0, 0, 1, 1).data];
        };
        const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
        const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        let behind = element;
        while (behind && read(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
        const a = light(read(getComputedStyle(element).color));
        const b = light(read(getComputedStyle(behind ?? document.body).backgroundColor));
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }"""
    measured: float = element.evaluate(script)
    return measured


def scrolls_sideways(page: Page) -> bool:
    """Say whether the page is wider than its window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wide
