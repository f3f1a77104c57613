"""The Run page with 24 charts of 10 series each, in a real Chromium: how soon it can be used, how long it blocks.

    python -m benchmarks.page --size desk --size phone --seconds 60 --hour

A hook logs 240 metrics eight times a second into a run that has 2,000 steps. The page is opened along steps, so that
every point changes a chart, by a browser that has never seen it, then by one that has; and followed. Then an hour's
worth of points is pushed while it is open, and it is followed again; at last it is hidden for a while and shown.

A task's time is told twice: by the clock, which is what a viewer feels, and as processor time of the page's own thread,
which says little about the machine's other work. Beside them stands the unit: how long Plotly takes to draw one such
chart again in the same page at that moment. An attached debugger, which this is, makes reading Plotly's script cost
twice as much: of its five megabytes every function on the stack of an exception is read a second time.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.adapters.epochwatch import Contender, run_id
from benchmarks.task_times import TaskTimes, traced
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import epochwatch

SIZES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "wall": {"viewport": {"width": 3840, "height": 2160}},  # every chart in sight at once
}
CHARTS, STEPS, EPOCH_STEPS = 24, 2_000, 100
# Ten words for a split, all known: the metrics of one quantity share a chart.
SPLITS = ("train", "training", "val", "valid", "validation", "eval", "evaluation", "dev", "test", "testing")
HZ = 8
HOUR_STEPS = 3600 * HZ
FIRST_STEPS, FEW_STEPS, FEW_SECONDS = 600, 4, 0.15  # so few at once that the page is handed every point as it comes
HIDDEN_SECONDS = 20
PATIENCE_SECONDS = 300
FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
WATCH = Path(__file__).with_name("page_watch.js").read_text()


class Training(threading.Thread):
    """Logs 240 metrics a step: a lot at once when told to, else `HZ` times a second. `pushed`: steps logged so far."""

    def __init__(self, run: Any) -> None:
        super().__init__(daemon=True)
        self._run = run
        self._is_over = threading.Event()
        self._one_at_a_time = threading.Lock()
        self.pushed = 0

    def push(self, steps: int) -> None:
        """Log so many steps as fast as the hook takes them."""
        with self._one_at_a_time:
            for _ in range(steps):
                self._log()

    def run(self) -> None:
        """Log steadily until `end`."""
        began, beat = time.monotonic(), 0
        while not self._is_over.wait(max(0.0, began + beat / HZ - time.monotonic())):
            beat = max(beat + 1, int((time.monotonic() - began) * HZ))
            with self._one_at_a_time:
                self._log()

    def end(self) -> None:
        """Stop logging."""
        self._is_over.set()
        if self.is_alive():
            self.join()

    def _log(self) -> None:
        step = self.pushed
        if step % EPOCH_STEPS == 0:
            self._run.epoch(step // EPOCH_STEPS)
        self._run.log(values_at(step), step=step)
        self.pushed += 1


def values_at(step: int) -> dict[str, float]:
    """Make values whose lines fall, wobble and differ."""
    fall = 1.0 / (1.0 + step / 500.0)
    return {
        f"{split}/quantity{chart:02}": fall * (1 + 0.1 * place) + 0.05 * ((step * (7 + place) + chart) % 97) / 97
        for chart in range(CHARTS)
        for place, split in enumerate(SPLITS)
    }


class Bench:
    """A server with the run, whose page is looked at in one browser."""

    def __init__(self, folder: Path) -> None:
        self._contender = Contender(folder / "store")
        os.environ.update(self._contender.env())
        self._contender.serve()
        self.url = f"http://127.0.0.1:{self._contender.port}"
        os.environ["EPOCHWATCH_SERVER"] = self.url
        self._run = epochwatch.init(project="bench", name="page", id=run_id("page"))
        self.training = Training(self._run)
        self.push(1)

    def push(self, steps: int) -> None:
        """Log so many steps at once and wait until the server has them."""
        self.training.push(steps)
        wanted, end = self.training.pushed, time.monotonic() + PATIENCE_SECONDS
        while (self._ask("GET", f"/api/runs/{self._run.id}").get("step") or 0) < wanted - 1:
            if time.monotonic() > end:
                raise RuntimeError(f"the server has not stored {wanted} steps within {PATIENCE_SECONDS} s")
            time.sleep(0.1)

    def come_in(self, browser: Browser, size: str) -> BrowserContext:
        """Make a fresh profile that is signed in and has not seen the page."""
        context = browser.new_context(**SIZES[size])
        page = context.new_page()
        page.goto(self.url + self._ask("POST", "/api/login-codes")["path"])
        page.close()
        context.add_init_script(WATCH)
        return context

    @property
    def address(self) -> str:
        """Name the page, along steps."""
        return f"{self.url}/runs/{self._run.id}?x=step"

    def close(self) -> None:
        """End run and server."""
        self.training.end()
        self._run.finish()
        self._contender.stop()

    def _ask(self, method: str, path: str) -> Any:
        token = (self._contender.store / "token").read_text().strip()
        body = b"{}" if method == "POST" else None
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer: Any = json.loads(self._contender.http(method, path, body, headers)[2])
        return answer


def open_page(browser: Browser, context: BrowserContext, bench: Bench) -> tuple[Page, dict[str, Any]]:
    """Open the page until every chart in the window is drawn; then press a button that all of them answer."""
    page = context.new_page()
    with traced(browser) as times:
        page.goto(bench.address, wait_until="commit")
        page.wait_for_function("() => window.isDrawn?.()", timeout=1000 * PATIENCE_SECONDS)
        all_drawn = page.evaluate("performance.now()")
    drawn = page.evaluate("window.watched.drawn")
    page.click('[data-part="log"]')
    page.wait_for_function("() => window.watched.answered.length")
    page.click('[data-part="log"]')
    tasks = sorted((cpu for _, cpu in times.tasks), reverse=True)
    told = {
        "first drawn ms": drawn[0],
        "all in sight drawn ms": all_drawn,
        "a click answered after ms": page.evaluate("window.watched.answered[0]"),
        "thread ms until then": sum(tasks),
        "longest task, thread ms": tasks[0],
        "second longest": tasks[1],
    }
    return page, told


def follow(browser: Browser, page: Page, seconds: float) -> dict[str, Any]:
    """Follow the run for a while; the heap is measured after a collection at either end."""
    heap = heap_mb(page)
    unit = unit_ms(browser, page)
    page.evaluate("window.watched.reacts = []")
    with traced(browser) as times:
        page.wait_for_timeout(seconds * 1000)
    reacts = [duration for _, duration in page.evaluate("window.watched.reacts")]
    return {
        "drawings/s": len(reacts) / seconds,
        **told_of(times),
        "unit ms": unit,
        "longest / unit": times.longest_cpu_ms / unit,
        "heap MB": heap_mb(page),
        "heap grew MB": heap_mb(page) - heap,
    }


def unit_ms(browser: Browser, page: Page) -> float:
    """Let Plotly draw one chart again ten times while the page itself draws none; thread milliseconds, median."""
    page.evaluate("window.hide(true)")
    with traced(browser) as times:
        page.evaluate("window.unit()")
    page.evaluate("window.hide(false)")
    return statistics.median(sorted((cpu for _, cpu in times.tasks), reverse=True)[:10])


def come_back(browser: Browser, page: Page) -> dict[str, Any]:
    """Hide the page for a while, then show it and look at the three seconds after."""
    page.evaluate("window.hide(true)")
    page.evaluate("window.watched.reacts = []")
    page.wait_for_timeout(HIDDEN_SECONDS * 1000)
    hidden = len(page.evaluate("window.watched.reacts"))
    with traced(browser) as times:
        page.evaluate("window.hide(false)")
        page.wait_for_timeout(3000)
    shown = len(page.evaluate("window.watched.reacts")) - hidden
    return {"drawings while hidden": hidden, "in the 3 s after": shown, **told_of(times)}


def told_of(times: TaskTimes) -> dict[str, Any]:
    """Sum up a stretch."""
    return {
        "longest task, thread ms": times.longest_cpu_ms,
        "by the clock ms": times.longest_ms,
        "over 50 thread ms": times.long,
        "thread busy": times.busy_share,
    }


def heap_mb(page: Page) -> float:
    """Collect garbage and tell what is left of the page's heap."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    measured = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(measured["JSHeapUsedSize"]) / 2**20


def measure(browser: Browser, bench: Bench, size: str, seconds: float, *, hour: bool) -> None:
    """Measure one size of window."""
    context = bench.come_in(browser, size)
    page, told = open_page(browser, context, bench)
    tell(size, "opened, never seen before", told)
    page.close()
    page, told = open_page(browser, context, bench)
    tell(size, "opened again", told)
    page.wait_for_timeout(3000)
    tell(size, f"followed {seconds:g} s", follow(browser, page, seconds))
    if hour:
        with traced(browser) as times:
            bench.push(HOUR_STEPS)
        tell(size, "while an hour's points came at once", told_of(times))
        page.wait_for_timeout(5000)
        tell(size, f"followed {seconds:g} s after that", follow(browser, page, seconds))
    tell(size, f"hidden {HIDDEN_SECONDS} s and shown", come_back(browser, page))
    context.close()


def measure_from_the_first_step(browser: Browser, bench: Bench, seconds: float) -> None:
    """Open the page while the run has one step, let it see 600 more and follow on; then let the run have 2,000."""
    context = bench.come_in(browser, "desk")
    page, _ = open_page(browser, context, bench)
    for _ in range(FIRST_STEPS // FEW_STEPS):
        bench.training.push(FEW_STEPS)
        time.sleep(FEW_SECONDS)
    bench.push(0)
    bench.training.start()
    tell("desk", f"followed {seconds:g} s, open since the first step", follow(browser, page, seconds))
    context.close()
    bench.push(STEPS - bench.training.pushed)


def tell(size: str, what: str, figures: dict[str, Any]) -> None:
    """Print one line."""
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps({"size": size, "what": what, "load": round(os.getloadavg()[0], 1), **rounded}))
    sys.stdout.flush()


def main() -> None:
    """Measure each size of window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", action="append", choices=SIZES)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--hour", action="store_true", help="push an hour's worth of points, and follow again")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bench = Bench(Path(folder))
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=FLAGS.split())
        try:
            measure_from_the_first_step(browser, bench, asked.seconds)
            for size in asked.size or ["desk", "phone"]:
                measure(browser, bench, size, asked.seconds, hour=asked.hour)
        finally:
            browser.close()
            bench.close()


if __name__ == "__main__":
    main()
