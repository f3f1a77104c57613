"""A recording as the charts want it: the run it was, its series, and what each chart draws from."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from epochwatch_server.charts.catalogue import find_kind, list_entries
from epochwatch_server.charts.chart import ChartData, Entry, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory, take_inventory
from epochwatch_server.charts.pins import Pin, pins_for
from epochwatch_server.charts.thinning import keep_extremes_of_all
from epochwatch_server.charts.view import View
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.run import Declared, Run, RunEnd, RunState, Tracked
from epochwatch_server.domain.series import NO_EPOCH, EpochPoint, Points, Series, SeriesSlice
from epochwatch_server.health.history import Column, History, RunFacts

BUCKETS = 300  # of a still picture: a minimum and a maximum in each
_STATES = {
    "finished": RunState.FINISHED,
    "crashed": RunState.CRASHED,
    "killed": RunState.LOST,
    "early_stopped": RunState.EARLY_STOPPED,
    "stopped": RunState.STOPPED,
    "interrupted": RunState.STOPPED,
}


class RecordedCharts:
    """Draws the charts of one recorded run, as the page draws those of a run of the server."""

    def __init__(self, name: str, history: History) -> None:
        self._slices = {
            metric: _slice(metric, column, history.started) for metric, column in history.step_columns.items()
        }
        times = dict(zip(history.epochs, history.epoch_times, strict=True))
        steps = _last_steps(history)
        self._epochs = {
            metric: _epoch_points(column, times, steps, history.started)
            for metric, column in history.epoch_columns.items()
        }
        metrics = dict.fromkeys((*self._epochs, *self._slices))
        series = [_sum_up(metric, self._slices.get(metric), self._epochs.get(metric, ())) for metric in metrics]
        self.run = run_of(name, history)
        self.inventory: Inventory = take_inventory(self.run, series)

    def entries(self) -> list[Entry]:
        """List the charts that the run has, in the order of the page."""
        return list_entries(self.inventory)

    def draw(self, entry: Entry, view: View, pins: Sequence[Pin] = ()) -> Figure | None:
        """Draw one of them, with those pins that belong on it; None where there is nothing to draw after all."""
        kind = find_kind(entry.kind)
        needs = None if kind is None else kind.needs(self.inventory, entry.argument)
        if kind is None or needs is None:
            return None
        tracked = self.run.tracked.metric if self.run.tracked is not None else None
        chosen = pins_for(pins, needs.metrics, tracked)
        return kind.figure(replace(self.data(needs, entry.argument), pins=chosen), view)

    def data(self, needs: Needs, argument: str = "") -> ChartData:
        """Gather what a chart draws from."""
        wanted = (*needs.metrics, *needs.others)
        epochs = {metric: self._epochs[metric] for metric in wanted if metric in self._epochs}
        rest = {metric: self._slices[metric] for metric in needs.metrics if metric in self._slices}
        return ChartData(self.inventory, argument, needs, slices=rest, epochs=epochs)

    def known(self, metrics: Iterable[str]) -> tuple[str, ...]:
        """Keep those metrics that the run has, each once."""
        return tuple(metric for metric in dict.fromkeys(metrics) if metric in self.inventory.series)


def run_of(name: str, history: History) -> Run:
    """Make a run of the server of what is known of a recorded one."""
    facts, ending = history.facts, history.ending
    last = history.epochs[-1] if history.epochs else None
    end_ms = _ms(ending.time if ending else history.now, 0.0)
    return Run(
        id=name,
        project="",
        name=name,
        state=RunState.RUNNING if ending is None else _STATES.get(ending.status, RunState.FINISHED),
        hue=0,
        created_ms=0,
        last_seen_ms=end_ms,
        last_point_ms=end_ms,
        ended_ms=None if ending is None else end_ms,
        heartbeat_seconds=10.0,
        planned_epochs=facts.planned_epochs,
        epoch=last,
        epochs_done=len(set(history.epochs)),
        epoch_seconds=None,
        step=None,
        learning_rate=None,
        parameters=None,
        dropped=0,
        tracked=_tracked(facts, history),
        declared=Declared(
            targets=_targets(facts),
            bands=facts.bands,
            components=list(facts.components) or None,
            weights=facts.weights,
        ),
        config=facts.config,
        environment={},
        end=None if ending is None else RunEnd(ending.status, traceback=ending.error),
    )


def _tracked(facts: RunFacts, history: History) -> Tracked | None:
    if facts.tracked_metric is None:
        return None
    mode = facts.mode or read_metric_name(facts.tracked_metric).direction or "min"
    tracked = Tracked(facts.tracked_metric, mode, facts.patience)
    column = history.epoch_columns.get(facts.tracked_metric)
    if column is None:
        return tracked
    known = [(value, epoch) for value, epoch in zip(column.values, column.places, strict=True) if math.isfinite(value)]
    if not known:
        return tracked
    sign = -1.0 if mode == "max" else 1.0
    best, epoch = min(known, key=lambda pair: (sign * pair[0], pair[1]))
    return replace(
        tracked, value=column.values[-1], best=best, best_epoch=epoch, waited=max(0, column.places[-1] - epoch)
    )


def _targets(facts: RunFacts) -> dict[str, dict[str, float]]:
    targets: dict[str, dict[str, float]] = {}
    for metric, epoch, value in facts.milestones:
        targets.setdefault(metric, {})[str(epoch)] = value
    return targets


def _slice(metric: str, column: Column, started: float) -> SeriesSlice:
    """Turn step points into what a chart takes: in the order of their steps, the last word of each, extremes kept."""
    latest = {step: place for place, step in enumerate(column.places)}
    order = [latest[step] for step in sorted(latest)]
    del started  # step points carry no time of their own: charts of a recording run along epochs or steps
    steps = np.array([column.places[place] for place in order], dtype=np.int64)
    epochs = np.array([max(column.epochs[place], NO_EPOCH) for place in order], dtype=np.int64)
    values = np.array([column.values[place] for place in order], dtype=np.float64)
    points = Points(steps, epochs, np.zeros_like(steps), values)
    keep = _thinned(values)
    nonfinite = np.flatnonzero(~np.isfinite(values))
    return SeriesSlice(metric, _pick(points, keep), _pick(points, nonfinite), len(keep) == len(values), len(values))


def _thinned(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) <= 2 * BUCKETS + 2:
        return finite
    return finite[keep_extremes_of_all([values[finite]], BUCKETS)]


def _pick(points: Points, which: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Points:
    return Points(points.steps[which], points.epochs[which], points.times_ms[which], points.values[which])


def _last_steps(history: History) -> dict[int, int]:
    """Find the last step of each epoch."""
    steps: dict[int, int] = {}
    for column in history.step_columns.values():
        for step, epoch in zip(column.places, column.epochs, strict=True):
            steps[epoch] = max(step, steps.get(epoch, step))
    return steps


def _epoch_points(
    column: Column, times: Mapping[int, float], steps: Mapping[int, int], started: float
) -> list[EpochPoint]:
    points = {}
    for epoch, value in zip(column.places, column.values, strict=True):
        is_finite = math.isfinite(value)
        known = value if is_finite else 0.0
        time_ms = _ms(times.get(epoch, started), started)
        points[epoch] = EpochPoint(
            epoch, value, int(is_finite), 0.0, known, known, int(not is_finite), steps.get(epoch, epoch), time_ms
        )
    return [points[epoch] for epoch in sorted(points)]


def _sum_up(metric: str, part: SeriesSlice | None, epochs: Sequence[EpochPoint]) -> Series:
    values = part.points.values if part is not None else np.array([point.value for point in epochs])
    finite = values[np.isfinite(values)]
    return Series(
        id=0,
        run_id="",
        metric=metric,
        n=part.total if part is not None else 0,
        nonfinite=len(part.nonfinite) if part is not None else 0,
        last_step=int(part.points.steps[-1]) if part is not None and len(part.points) else 0,
        last_epoch=epochs[-1].epoch if epochs else NO_EPOCH,
        last_time_ms=0,
        last=float(values[-1]) if len(values) else math.nan,
        min=float(finite.min()) if len(finite) else None,
        min_step=None,
        max=float(finite.max()) if len(finite) else None,
        max_step=None,
    )


def _ms(time: float, started: float) -> int:
    return round(1000 * (time - started)) if math.isfinite(time) else 0
