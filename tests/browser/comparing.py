"""Runs to compare, and what the Compare page shows of them."""

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import LOAD_MS, traces
from tests.browser.trainings import training
from tests.server.images import png
from tests.server_process import RunningServer

LARGE = {"model": {"hidden_dim": 256, "num_heads": 8}, "batch_size": 32, "lr": 5.4e-05, "amp": True}
SMALL = {"model": {"hidden_dim": 96, "num_heads": 4}, "batch_size": 8, "lr": "9.0e-05", "amp": True}
SCRIPT = "<img src=x onerror=window.__hurt=1><b>bold</b>"
KEY = "cd" * 16


@pytest.fixture(scope="module")
def runs(server: RunningServer) -> list[str]:
    """Three experiments: two alike and never tested, one smaller and tested."""
    ids = []
    for name, config, best in (
        ("focal-loss", LARGE, 0.9377),
        ("production", LARGE, 0.9370),
        ("multihead", SMALL, 0.9348),
    ):
        with training(server, name=name, project="abr", config=config, planned_epochs=40) as run:
            for epoch in range(12):
                accuracy = best if epoch == 8 else best - 0.4 * 0.6**epoch - 0.001
                run.run_epoch(val_acc=accuracy, **({"test_acc": 0.91} if name == "multihead" and epoch == 11 else {}))
                if epoch in (0, 8) and name != "production":
                    run.samples(samples_of(20.0 - epoch), {KEY: png(64, 64)} if epoch == 0 else None)
            run.end("finished" if name == "multihead" else "stopped")
            ids.append(run.id)
    return ids


def samples_of(error: float) -> list[dict[str, Any]]:
    at = {"image": KEY, "width": 64, "height": 64, "gt": [[20, 30]]}
    return [{"id": f"s{k}", "pred": [[20 + error + k, 30]], **at} for k in range(3)]


def open_compare(page: Page, url: str, runs: Sequence[str], query: str = "") -> None:
    page.goto(f"{url}/compare?runs={','.join(runs)}{query}")
    expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
    expect(page.locator('[data-part="comparison"]')).to_have_attribute("data-told", str(len(runs)))


def card(page: Page, metric: str, where: str = "charts") -> Locator:
    found = page.locator(f'[data-part="{where}"] [data-chart="{metric}"]')
    expect(found).to_have_attribute("data-phase", "drawn", timeout=LOAD_MS)
    return found


def lines(chart: Locator) -> dict[str, dict[str, Any]]:
    return {trace["meta"]["run"]: trace for trace in traces(chart) if "part" not in trace["meta"]}


def wait_for_lines(page: Page, metric: str, claim: str, where: str = "charts") -> None:
    """Wait until a claim in JavaScript about a chart's lines, without their marks, holds."""
    script = f"""([metric, where]) => {{
        const plot = document.querySelector(`[data-part="${{where}}"] [data-chart="${{metric}}"] .chart-plot`);
        const lines = plot?.data?.filter((trace) => !trace.meta?.part);
        const layout = plot?.layout;
        return Boolean(lines && ({claim}));
    }}"""
    page.wait_for_function(script, arg=[metric, where], timeout=LOAD_MS)


def row(page: Page, metric: str) -> Locator:
    return page.locator(f'[data-part="table"] [data-metric="{metric}"]')
