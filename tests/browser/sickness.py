"""A run that goes wrong in a known way, and what its page shows of it."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.trainings import Training, training
from tests.server_process import RunningServer

PATIENCE = 30  # epochs: longer than any of these runs, so that overfitting stays a warning
JUDGED_WITHIN_SECONDS = 20.0
AGO_SECONDS = 60  # the run began this long before now, and took a second for each epoch
OVERFITTING = '.alert:has([class="alert-title"]:text-is("Overfitting"))'


@contextmanager
def sick(server: RunningServer, epochs: int = 12, **fields: Any) -> Iterator[Training]:
    """Train a run whose validation loss is best at epoch 4 and rises from there, while its training loss falls."""
    tracked = {"metric": "val/acc", "mode": "max", "patience": PATIENCE, "min_delta": 0.0}
    with training(server, tracked=tracked, **fields) as run:
        run.patience = PATIENCE
        overfit(run, epochs)
        yield run


def overfit(run: Training, epochs: int) -> None:
    for _ in range(epochs):
        past = max(0, run.epoch - 4)
        run.writer.sent = time.time() - AGO_SECONDS + run.epoch
        run.run_epoch(
            val_loss=2.0 - 0.25 * min(run.epoch, 4) + 0.2 * past, val_acc=0.5 + 0.05 * min(run.epoch, 4) - 0.03 * past
        )


def card(page: Page, title: str = "Overfitting") -> Locator:
    return page.locator(".alert", has=page.locator(".alert-title", has_text=re.compile(f"^{title}$")))


def opened(page: Page, title: str = "Overfitting") -> Locator:
    """Open an alert's card by its chip, whether it stands open already or not."""
    found = card(page, title)
    page.locator(".chip", has_text=title).click()
    expect(found.locator(".alert-head")).to_have_attribute("aria-expanded", "true")
    return found


def chip(page: Page, rule: str) -> Locator:
    return page.locator(f'.chip[data-rule="{rule}"]')


def alert_of(server: RunningServer, run: str, rule: str) -> Mapping[str, Any]:
    """Wait for a rule's alert: a run is judged after its packet is confirmed."""
    end = time.monotonic() + JUDGED_WITHIN_SECONDS
    with server.client() as client:
        while True:
            alerts: list[Mapping[str, Any]] = client.get(f"/api/runs/{run}/health")["alerts"]
            found = [alert for alert in alerts if alert["rule"] == rule]
            if found:
                return found[0]
            assert time.monotonic() < end, f"no alert of {rule}; there are {[alert['rule'] for alert in alerts]}"
            time.sleep(0.02)
