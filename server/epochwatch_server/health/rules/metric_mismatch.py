"""The sweep optimises one metric, the run stops on another.

What it sees
    The sweep's metric in the configuration and the tracked metric.

Why it matters
    The sweep then compares runs by a number that none of them tried to reach, at an epoch chosen for another.

How it decides
    Both are named and the names differ, letter case and separators aside; before the first epoch.

What to do
    Give both the same name.

Source
    Post-mortem 000.
"""

import re
from collections.abc import Mapping

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a sweep that looks at another metric than the run."""
    named, tracked = _sweep_metric(window), window.facts.tracked_metric
    if not named or not tracked:
        return NotChecked("no sweep's metric or no tracked metric is declared")
    if _plain(named) == _plain(tracked):
        return []
    return [
        Finding(
            Severity.WARNING,
            f"the sweep optimises {named}, the run stops on {tracked}",
            Evidence({"sweep": named, "run": tracked}, "the names differ", None, (tracked, named)),
            "two settings that were never brought together",
            (f"let the sweep optimise {tracked}", f"or track {named} in the run"),
        )
    ]


def _sweep_metric(window: Window) -> str | None:
    for key in ("sweep", "sweep_config", "hyperopt", "tune"):
        sweep = window.facts.config.get(key)
        metric = sweep.get("metric") if isinstance(sweep, Mapping) else None
        name = metric.get("name") if isinstance(metric, Mapping) else metric
        if isinstance(name, str) and name:
            return name
    name = window.facts.config.get("sweep_metric")
    return name if isinstance(name, str) and name else None


def _plain(name: str) -> str:
    return re.sub(r"[/_.\- ]+", "/", name.strip().lower())


RULE = Rule(
    id="metric_mismatch",
    title="Sweep and run follow different metrics",
    check=check,
    page=__doc__ or "",
    moments=frozenset({Moment.START}),
    clear=0,
)
