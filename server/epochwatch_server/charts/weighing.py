"""The terms of a loss as they enter the total: each times its weight, side by side for every epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.charts.chart import MAX_LINES, ChartData, Needs
from epochwatch_server.charts.inventory import Inventory, component_label
from epochwatch_server.charts.tracks import LARGEST_DRAWN, seconds_since
from epochwatch_server.charts.view import View, XAxis
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.series import EpochPoint, Floats, Int64s


@dataclass(frozen=True, slots=True)
class Weighed:
    """Terms side by side at n places.

    x: epochs, steps or seconds (n,), increasing. epochs, steps: of each place (n,), -1 where unknown.
    parts: |weight * value| (terms, n): 0 where a term is absent or weighs nothing, NaN where it was not finite.
    is_active: whether a term is there and has a weight (terms, n).
    """

    x_axis: XAxis
    x: Int64s | Floats
    epochs: Int64s
    steps: Int64s
    metrics: tuple[str, ...]
    parts: NDArray[np.float64]
    is_active: NDArray[np.bool_]

    @property
    def labels(self) -> list[str]:
        """Short names of the terms."""
        return [component_label(read_metric_name(metric).stem) for metric in self.metrics]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether every active term was finite and any was above 0 (n,)."""
        is_finite = np.isfinite(self.parts).all(axis=0)
        is_positive = np.nan_to_num(self.parts).max(axis=0, initial=0.0) > 0
        return np.asarray(is_finite & is_positive, dtype=np.bool_)

    def place_name(self, place: int) -> str:
        """Say where a place is, in words."""
        epoch, step = int(self.epochs[place]), int(self.steps[place])
        return f"at epoch {epoch}, step {step}" if epoch >= 0 else f"at step {step}"


def weighed_needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the terms of a split's loss by epoch, and their weights where those were logged."""
    names = inventory.components(split)
    if len(names) < 2:
        return None
    weights = tuple(name.name for name in inventory.of_role("weight"))[:MAX_LINES]
    metrics = tuple(name.name for name in names[:MAX_LINES])
    return Needs(metrics, others=weights, by_epoch=True, hidden=max(0, len(names) - MAX_LINES))


def weigh(data: ChartData, view: View) -> Weighed:
    """Put the terms side by side at every epoch; where no epoch is over, at the steps that all of them share."""
    has_epochs = any(data.epochs.get(metric) for metric in data.needs.metrics)
    rows = _by_epoch(data) if has_epochs else _by_step(data)
    x_axis: XAxis = "step" if view.x == "epoch" and not has_epochs else view.x
    weights = np.vstack([_weights(data, metric, rows.epochs) for metric in data.needs.metrics])
    is_active = rows.is_present & (weights != 0)
    with np.errstate(over="ignore", invalid="ignore"):
        parts = np.abs(rows.values * weights)
    parts = np.where(is_active, np.where(parts <= LARGEST_DRAWN, parts, np.nan), 0.0)
    x: Int64s | Floats = rows.epochs if x_axis == "epoch" else rows.steps
    if x_axis == "time":
        x = seconds_since(rows.times_ms, data.inventory.run.created_ms)
    keep = _visible(x, view if x_axis == view.x else View())
    order = keep[np.argsort(x[keep], kind="stable")]
    return Weighed(
        x_axis,
        x[order],
        rows.epochs[order],
        rows.steps[order],
        data.needs.metrics,
        parts[:, order],
        is_active[:, order],
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Values of every term at n places; `is_present` and `values` have shape (terms, n)."""

    epochs: Int64s
    steps: Int64s
    times_ms: Int64s
    values: NDArray[np.float64]
    is_present: NDArray[np.bool_]


def _by_epoch(data: ChartData) -> _Rows:
    series = [{point.epoch: point for point in data.epochs.get(metric, [])} for metric in data.needs.metrics]
    clock: dict[int, EpochPoint] = {}
    for points in series:
        clock |= points
    epochs = sorted(clock)
    return _Rows(
        np.array(epochs, dtype=np.int64),
        np.array([clock[epoch].step for epoch in epochs], dtype=np.int64),
        np.array([clock[epoch].time_ms for epoch in epochs], dtype=np.int64),
        np.array([[_value(points.get(epoch)) for epoch in epochs] for points in series], dtype=np.float64),
        np.array([[epoch in points for epoch in epochs] for points in series], dtype=np.bool_),
    )


def _value(point: EpochPoint | None) -> float:
    return np.nan if point is None else point.value


def _by_step(data: ChartData) -> _Rows:
    """Take the steps at which every term has a point that was read: every value is one that was measured."""
    parts = [data.slices[metric].points for metric in data.needs.metrics if metric in data.slices]
    if len(parts) < len(data.needs.metrics):
        nothing = np.empty(0, dtype=np.int64)
        none = np.empty((len(data.needs.metrics), 0))
        return _Rows(nothing, nothing, nothing, none, none.astype(np.bool_))
    steps = parts[0].steps
    for part in parts[1:]:
        steps = np.intersect1d(steps, part.steps, assume_unique=True)
    places = [np.searchsorted(part.steps, steps) for part in parts]
    values = np.array([part.values[at] for part, at in zip(parts, places, strict=True)], dtype=np.float64)
    first, at = parts[0], places[0]
    return _Rows(first.epochs[at], steps, first.times_ms[at], values, np.ones(values.shape, dtype=np.bool_))


def _weights(data: ChartData, metric: str, epochs: Int64s) -> Floats:
    """Find a term's weight at each epoch: as logged, the last one known holding on, or else as declared."""
    name = read_metric_name(metric)
    logged = _logged_weights(data, component_label(name.stem))
    if not logged:
        return np.full(len(epochs), data.inventory.weight_of(name))
    known = np.array([point.epoch for point in logged], dtype=np.int64)
    values = np.array([point.value for point in logged], dtype=np.float64)
    return values[np.clip(np.searchsorted(known, epochs, side="right") - 1, 0, len(known) - 1)]


def _logged_weights(data: ChartData, label: str) -> Sequence[EpochPoint]:
    for metric in data.needs.others:
        stem = read_metric_name(metric).stem
        if component_label(stem.rpartition("/")[2]) == label:
            return data.epochs.get(metric, [])
    return []


def _visible(x: Int64s | Floats, view: View) -> Int64s:
    is_in = np.ones(len(x), dtype=np.bool_)
    if view.first is not None:
        is_in &= x >= view.first
    if view.last is not None:
        is_in &= x <= view.last
    return np.flatnonzero(is_in)
