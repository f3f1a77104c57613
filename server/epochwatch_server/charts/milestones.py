"""Targets by epoch, drawn where they are due and scored: met, missed or still to come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epochwatch_server.charts.chart import ChartData
from epochwatch_server.charts.figure import Trace
from epochwatch_server.charts.laying import Laid
from epochwatch_server.charts.palette import CRITICAL, MUTED, OK
from epochwatch_server.charts.references import finite_numbers
from epochwatch_server.charts.strokes import meta_of
from epochwatch_server.charts.tracks import seconds_since
from epochwatch_server.charts.wording import number, safe
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.series import EpochPoint

_HORIZON = 2  # a target further away than this many times the epochs done is told in words, not drawn
_LEAST_HORIZON_EPOCHS = 10
_LOOKS = {"met": ("circle", OK), "missed": ("x", CRITICAL), "to come": ("circle-open", MUTED)}


@dataclass(frozen=True, slots=True)
class Milestone:
    """A value that a metric should have reached by the end of an epoch. `score`: met, missed or to come."""

    metric: str
    epoch: int
    value: float
    score: str
    text: str


def milestones_of(data: ChartData, metrics: Sequence[str]) -> list[Milestone]:
    """Score the targets that the script declared for these metrics, by epoch."""
    found = []
    for metric in metrics:
        targets = finite_numbers(data.inventory.run.declared.targets.get(metric, {}))
        points = data.epochs.get(metric, [])
        is_upward = goes_up(data, metric)
        for key, value in targets.items():
            if key.strip().lstrip("-").isdecimal():
                found.append(_score(metric, int(key), value, points, is_upward))
    return sorted(found, key=lambda milestone: (milestone.epoch, milestone.metric))


def goes_up(data: ChartData, metric: str) -> bool:
    """Say whether larger is better: as tracked, or as the name tells, else yes."""
    tracked = data.inventory.run.tracked
    if tracked is not None and tracked.metric == metric:
        return tracked.mode != "min"
    return read_metric_name(metric).direction != "min"


def milestone_traces(milestones: Sequence[Milestone], data: ChartData, laid: Laid) -> tuple[list[Trace], list[str]]:
    """Draw the milestones that are near, and put the next distant one into words.

    Returns:
        At most one trace, and notes for the chart's corner, ready for Plotly.
    """
    drawn: list[tuple[float, Milestone]] = []
    distant: list[Milestone] = []
    for milestone in milestones:
        at = _place(milestone, data, laid)
        if at is None:
            distant.append(milestone)
        else:
            drawn.append((at, milestone))
    notes = [f"next target {number(distant[0].value)} by epoch {distant[0].epoch}"] if distant else []
    return ([_trace(drawn, data)] if drawn else []), notes


def _score(metric: str, epoch: int, value: float, points: Sequence[EpochPoint], is_upward: bool) -> Milestone:
    until = [point for point in points if point.epoch <= epoch and math.isfinite(point.value)]
    sign = 1.0 if is_upward else -1.0
    best = max(until, key=lambda point: sign * point.value, default=None)
    is_met = best is not None and sign * best.value >= sign * value
    is_due = any(point.epoch >= epoch for point in points)
    score = "met" if is_met else "missed" if is_due else "to come"
    reached = f", best {number(best.value)} at epoch {best.epoch}" if best is not None else ""
    return Milestone(metric, epoch, value, score, f"by epoch {epoch}: {number(value)} {score}{reached}")


def _place(milestone: Milestone, data: ChartData, laid: Laid) -> float | None:
    """Find where a milestone stands; None when that is too far ahead, or not known in steps or time."""
    points = data.epochs.get(milestone.metric, [])
    done = max((point.epoch for point in points), default=0)
    if laid.x == "epoch":
        return float(milestone.epoch) if milestone.epoch <= max(_LEAST_HORIZON_EPOCHS, _HORIZON * done) else None
    if not points or not points[0].epoch <= milestone.epoch <= done:
        return None
    epochs = np.array([point.epoch for point in points], dtype=np.float64)
    places = np.array([point.step for point in points], dtype=np.int64)
    if laid.x == "time":
        times = np.array([point.time_ms for point in points], dtype=np.int64)
        return float(np.interp(milestone.epoch, epochs, seconds_since(times, data.inventory.run.created_ms)))
    return float(np.interp(milestone.epoch, epochs, places))


def _trace(drawn: Sequence[tuple[float, Milestone]], data: ChartData) -> Trace:
    looks = [_LOOKS[milestone.score] for _, milestone in drawn]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "targets",
        "x": [at for at, _ in drawn],
        "y": [milestone.value for _, milestone in drawn],
        "text": [number(milestone.value) for _, milestone in drawn],
        "textposition": "bottom center",
        "textfont": {"size": 10, "color": MUTED},
        "customdata": [f"{safe(milestone.metric)} {milestone.text}" for _, milestone in drawn],
        "hovertemplate": "%{customdata}",
        "marker": {"symbol": [symbol for symbol, _ in looks], "color": [colour for _, colour in looks], "size": 8},
        "showlegend": False,
        "meta": meta_of(drawn[0][1].metric, data.inventory.run.id, "derived", "targets"),
    }
