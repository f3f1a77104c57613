"""How long the tasks of a page's main thread took, read from Chromium's trace: by the clock, and in processor time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

CATEGORIES = ["disabled-by-default-devtools.timeline", "__metadata"]
TASK = "RunTask"
LONG_MS = 50.0  # where the browser itself begins to call a task long


@dataclass
class TaskTimes:
    """Tasks of one stretch, each as (milliseconds by the clock, milliseconds of the thread)."""

    tasks: list[tuple[float, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def longest_ms(self) -> float:
        """Return the longest task by the clock."""
        return max((wall for wall, _ in self.tasks), default=0.0)

    @property
    def longest_cpu_ms(self) -> float:
        """Return the longest task in processor time of its thread."""
        return max((cpu for _, cpu in self.tasks), default=0.0)

    @property
    def long(self) -> int:
        """Count the tasks that held the thread for longer than `LONG_MS` of its own time."""
        return sum(cpu > LONG_MS for _, cpu in self.tasks)

    @property
    def busy_share(self) -> float:
        """Return the share of the stretch that the thread worked, 0 to 1."""
        return sum(cpu for _, cpu in self.tasks) / 1000 / self.seconds if self.seconds else 0.0


@contextmanager
def traced(browser: Browser) -> Iterator[TaskTimes]:
    """Trace what runs inside the `with`; the times are filled in at its end."""
    times = TaskTimes()
    browser.start_tracing(categories=CATEGORIES)
    try:
        yield times
    finally:
        _read(json.loads(browser.stop_tracing())["traceEvents"], times)


def _read(events: list[dict[str, Any]], times: TaskTimes) -> None:
    """Take the busiest thread named as a renderer's main one: the page's; the others belong to blank pages."""
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"].get("name") == "CrRendererMain"
    }
    by_thread: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for event in events:
        if event.get("name") == TASK and event.get("ph") == "X" and (event["pid"], event["tid"]) in mains:
            by_thread.setdefault((event["pid"], event["tid"]), []).append(event)
    tasks = max(by_thread.values(), key=lambda found: sum(event.get("tdur", 0) for event in found), default=[])
    times.tasks = [(event["dur"] / 1000, event.get("tdur", 0) / 1000) for event in tasks]
    if tasks:
        times.seconds = (max(event["ts"] + event["dur"] for event in tasks) - min(event["ts"] for event in tasks)) / 1e6
