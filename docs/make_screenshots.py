"""Take the pictures of the README from a running demo: `make screenshots`, a few minutes.

Starts `epochwatch demo` with a data folder of its own, waits until a healthy run has learned something, and looks at
both pages in dark, in light and at a phone's width.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
EPOCHS_TO_SHOW = 20
PATIENCE_SECONDS = 900
LOOKS = (("dark", "dark", 1440, 900), ("light", "light", 1440, 900), ("phone", "dark", 390, 844))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTLE_MS = 4_000  # charts are drawn and the stream is live


def main() -> None:
    """Start the demo, wait, look, end it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        demo = subprocess.Popen(
            [sys.executable, "-m", "epochwatch_server.cli", "demo", "--data", folder, "--port", "0"]
        )
        try:
            run = wait_for_run(data)
            with sync_playwright() as playwright:
                found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
                browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
                take(browser, data, run)
                browser.close()
        finally:
            demo.terminate()
            demo.wait(30)


def wait_for_run(data: Path) -> str:
    """Wait for a healthy run that is well under way; returns its id."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        for run in ask(data, "/api/runs")["runs"] if (data / "server.json").exists() else []:
            if run["name"] == "healthy" and run["state"] == "running" and run["epochs_done"] >= EPOCHS_TO_SHOW:
                return str(run["id"])
        time.sleep(1)
    raise SystemExit(f"No healthy run of the demo reached {EPOCHS_TO_SHOW} epochs in {PATIENCE_SECONDS} s.")


def take(browser: Browser, data: Path, run: str) -> None:
    """Write each page in each look."""
    url = json.loads((data / "server.json").read_text())["url"]
    for look, scheme, width, height in LOOKS:
        context = browser.new_context(
            color_scheme="light" if scheme == "light" else "dark", viewport={"width": width, "height": height}
        )
        page = context.new_page()
        page.goto(url + ask(data, "/api/login-codes", {})["path"])
        for name, path in (("runs", "/"), ("run", f"/runs/{run}")):
            page.goto(url + path)
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=IMAGES / f"{name}-{look}.png")
        context.close()


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
