"""Take the pictures of the README from a running demo: `make screenshots`, a few minutes.

Starts `epochwatch demo` with a data folder of its own, waits until a healthy run has learned something and sick ones
have been named, and looks at the pages in dark, in light and at a phone's width.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
EPOCHS_TO_SHOW = 20
PATIENCE_SECONDS = 900
LOOKS = (("dark", "dark", 1440, 900), ("light", "light", 1440, 900), ("phone", "dark", 390, 844))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTLE_MS = 4_000  # charts are drawn and the stream is live
SICK_RULE = "variance_collapse"


@dataclass(frozen=True)
class Shown:
    """The runs to look at. beside: what the sick run is compared with."""

    healthy: str
    sick: str
    sick_project: str
    beside: tuple[str, ...]


def main() -> None:
    """Start the demo, wait, look, end it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        demo = subprocess.Popen(
            [sys.executable, "-m", "epochwatch_server.cli", "demo", "--data", folder, "--port", "0"]
        )
        try:
            shown = wait_for_runs(data)
            with sync_playwright() as playwright:
                found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
                browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
                take(browser, data, shown)
                browser.close()
        finally:
            demo.terminate()
            demo.wait(30)


def wait_for_runs(data: Path) -> Shown:
    """Wait for a healthy run with samples that is well under way, and for a sick one that was named."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        runs = ask(data, "/api/runs")["runs"] if (data / "server.json").exists() else []
        healthy = [run for run in runs if run["name"] == "healthy" and run["epochs_done"] >= EPOCHS_TO_SHOW]
        with_samples = [run for run in healthy if has_images(data, run["id"])]
        alerts = ask(data, f"/api/alerts?rule={SICK_RULE}")["alerts"] if healthy else []
        if with_samples and alerts:
            project = alerts[0]["project"]
            beside = [run["id"] for run in runs if run["project"] == project and run["epochs_done"] >= EPOCHS_TO_SHOW]
            if len(beside) > 1:
                return Shown(with_samples[0]["id"], alerts[0]["run"], project, tuple(beside[:4]))
        time.sleep(1)
    raise SystemExit(f"No healthy run with {EPOCHS_TO_SHOW} epochs and no alert {SICK_RULE} in {PATIENCE_SECONDS} s.")


def has_images(data: Path, run: str) -> bool:
    """Say whether a run's samples are images, which show more at a glance than signals."""
    epochs = ask(data, f"/api/runs/{run}/samples")["epochs"]
    for split, known in epochs.items():
        samples = ask(data, f"/api/runs/{run}/samples?split={quote(split)}&epoch={known[-1]}")["samples"]
        return any(sample["image"] for sample in samples)
    return False


def take(browser: Browser, data: Path, shown: Shown) -> None:
    """Write each page in each look."""
    url = json.loads((data / "server.json").read_text())["url"]
    pages = (
        ("runs", "/"),
        ("run", f"/runs/{shown.healthy}"),
        ("sick", f"/runs/{shown.sick}"),
        ("alerts", "/alerts"),
        ("rules", f"/rules?project={quote(shown.sick_project)}#{SICK_RULE}"),
        ("compare", f"/compare?runs={','.join(shown.beside)}"),
    )
    for look, scheme, width, height in LOOKS:
        context = browser.new_context(
            color_scheme="light" if scheme == "light" else "dark", viewport={"width": width, "height": height}
        )
        page = context.new_page()
        page.goto(url + ask(data, "/api/login-codes", {})["path"])
        for name, path in pages:
            page.goto(url + path)
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=IMAGES / f"{name}-{look}.png")
        take_samples(page, url, shown, look)
        context.close()


def take_samples(page: Page, url: str, shown: Shown, look: str) -> None:
    """Write what the model sees: the part of the Run page with its samples."""
    page.goto(f"{url}/runs/{shown.healthy}")
    page.wait_for_timeout(SETTLE_MS)
    page.evaluate("document.querySelector('[data-part=samples]').scrollIntoView({block: 'start'})")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=IMAGES / f"samples-{look}.png")


def ask(data: Path, path: str, body: object = None) -> Any:
    """Ask the demo's server, with its token."""
    url = json.loads((data / "server.json").read_text())["url"]
    request = urllib.request.Request(url + path, None if body is None else json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + (data / "token").read_text().strip())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
