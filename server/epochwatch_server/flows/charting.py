"""From the store to a chart: which charts a run has, and what one of them draws from."""

import math
from dataclasses import replace

import numpy as np

from epochwatch_server.charts.catalogue import find_kind, list_entries
from epochwatch_server.charts.chart import ChartData, Needs
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory, take_inventory
from epochwatch_server.charts.sections import Section, arrange
from epochwatch_server.charts.smoothing import average_points, thin_evenly
from epochwatch_server.charts.tracks import epochs_of_points
from epochwatch_server.charts.view import View
from epochwatch_server.domain.errors import InvalidInput, NotFound
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.roles import SPLITS
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import EpochPoint, Points, SeriesSlice
from epochwatch_server.flows.pinning import bests_on, pins_of
from epochwatch_server.flows.sample_views import scatter_at
from epochwatch_server.store import events, runs, sample_tracks, samples, series
from epochwatch_server.store.database import Connection

MARGIN = 0.02  # of the visible range is read beyond either end, so that lines reach the edges
_LARGEST_STEP = 2**53

Steps = tuple[int | None, int | None]


def charts_of(connection: Connection, run_id: str, query: str = "") -> list[Section]:
    """List a run's charts by section, those only that a query finds.

    Raises:
        NotFound: There is no such run.
    """
    inventory = _with_samples(connection, _with_classes(connection, _inventory(connection, run_id)))
    return arrange(list_entries(inventory), query)


def figure_of(connection: Connection, run_id: str, chart_id: str, view: View) -> Figure:
    """Draw one chart of a run.

    Raises:
        NotFound: There is no such run, no such kind of chart, or the run has nothing to draw on it.
        InvalidInput: The visible range ends before it begins.
    """
    if view.first is not None and view.last is not None and view.first > view.last:
        raise InvalidInput(f"the range is given as {view.first:g} to {view.last:g}; expected first <= last")
    name, _, argument = chart_id.partition(":")
    kind = find_kind(name)
    if kind is None:
        raise NotFound(f"there is no kind of chart named {name!r}")
    inventory = _inventory(connection, run_id)
    if kind.draws_classes:
        inventory = _with_classes(connection, inventory)
    if kind.draws_samples:
        inventory = _with_samples(connection, inventory)
    needs = kind.needs(inventory, argument)
    if needs is None:
        raise NotFound(f"run {run_id} has nothing to draw as {chart_id!r}")
    data = read_data(connection, inventory, argument, needs, view)
    pins, bests = pins_of(connection, inventory, needs, view), bests_on(connection, inventory, needs)
    return kind.figure(replace(data, pins=pins, bests=bests), view)


def _inventory(connection: Connection, run_id: str) -> Inventory:
    run = runs.get_run(connection, run_id)
    if run is None:
        raise NotFound(f"there is no run {run_id!r}")
    return take_inventory(run, series.list_series(connection, run_id))


def _with_classes(connection: Connection, inventory: Inventory) -> Inventory:
    counted = {split: _class_event(connection, inventory.run, split) for split in _classified_splits(inventory)}
    return replace(
        inventory,
        class_splits=tuple(split for split, event in counted.items() if event is not None),
        confusion_splits=tuple(split for split, event in counted.items() if event and event.data.get("confusion")),
    )


def _with_samples(connection: Connection, inventory: Inventory) -> Inventory:
    """Look up what a run's samples have: at their newest epoch, which says as much as any."""
    run_id, newest = inventory.run.id, samples.sample_epochs(connection, inventory.run.id)
    found = {
        split: sample_tracks.what_is_told(connection, run_id, split, epochs[-1]) for split, epochs in newest.items()
    }
    ordered = sorted(found, key=lambda split: SPLITS.index(split) if split in SPLITS else len(SPLITS))
    regressed = {name.split for role in ("r2", "pred_std") for name in inventory.of_role(role)}
    return replace(
        inventory,
        sample_splits=tuple(split for split in ordered if found[split][0]),
        more_units=tuple((split, unit) for split in ordered for unit in found[split][0][1:]),
        done_splits=tuple(split for split in ordered if found[split][1]),
        scatter_splits=tuple(
            split
            for split in SPLITS
            if split in regressed and events.latest_event(connection, run_id, "scatter", split=split) is not None
        ),
    )


def _classified_splits(inventory: Inventory) -> list[str]:
    """Name the splits that may have class counts: the hook sends them together with F1."""
    found = {name.split for role in ("f1", "f1_class") for name in inventory.of_role(role)}
    return [split for split in SPLITS if split in found]


def _class_event(connection: Connection, run: Run, split: str, epoch: int | None = None) -> RunEvent | None:
    return events.latest_event(connection, run.id, "classes", until_epoch=epoch, split=split)


def read_data(connection: Connection, inventory: Inventory, argument: str, needs: Needs, view: View) -> ChartData:
    """Read what a chart needs of its run's series, at the size and in the range of a view."""
    run = inventory.run
    data = ChartData(inventory, argument, needs)
    if needs.classes_of is not None:
        event = _class_event(connection, run, needs.classes_of, view.epoch)
        return replace(data, classes=event.data if event else None, classes_epoch=event.epoch if event else None)
    if needs.tracks_of is not None:
        return replace(data, tracks=sample_tracks.read_tracks(connection, run.id, needs.tracks_of))
    if needs.scatter_of is not None:
        return replace(data, scatter=scatter_at(connection, run.id, needs.scatter_of, view.epoch))
    by_epoch = [*needs.metrics, *needs.others]
    if view.x != "epoch" and not needs.by_epoch:
        by_epoch = [metric for metric in by_epoch if not inventory.series[metric].n]
    epochs = series.read_epoch_points(connection, run.id, by_epoch) if by_epoch else {}
    rest = [metric for metric in needs.metrics if view.x != "epoch" or metric not in epochs]
    slices = _read_slices(connection, inventory, rest, view)
    if view.x == "epoch":
        epochs |= _count_epochs(connection, run, slices)
    return replace(data, epochs=epochs, slices=slices, averages=_averages(connection, run, slices, view))


def _read_slices(
    connection: Connection, inventory: Inventory, metrics: list[str], view: View
) -> dict[str, SeriesSlice]:
    if not metrics:
        return {}
    first, last = _visible_steps(connection, inventory, metrics, view)
    found = series.read_slices(connection, inventory.run.id, metrics, first=first, last=last, buckets=view.buckets)
    return {part.metric: part for part in found}


def _visible_steps(connection: Connection, inventory: Inventory, metrics: list[str], view: View) -> Steps:
    """Turn the visible range into steps; epochs are read whole, for they say nothing about steps."""
    if view.x == "epoch" or (view.first is None and view.last is None):
        return None, None
    if view.x == "time":
        return _steps_in_time(connection, inventory, metrics, view)
    margin = MARGIN * (view.last - view.first) if view.first is not None and view.last is not None else 0.0
    first = None if view.first is None else _step(math.floor(view.first - margin))
    last = None if view.last is None else _step(math.ceil(view.last + margin))
    return first, last


def _steps_in_time(connection: Connection, inventory: Inventory, metrics: list[str], view: View) -> Steps:
    """Find the steps that were done in the visible time, by the fullest of the series, and one more on either side."""
    fullest = max(metrics, key=lambda metric: inventory.series[metric].n)
    parts = series.read_slices(connection, inventory.run.id, [fullest])
    if not parts or not len(parts[0].points):
        return None, None
    points, created_ms = parts[0].points, inventory.run.created_ms
    earliest = -math.inf if view.first is None else created_ms + 1000 * view.first
    latest = math.inf if view.last is None else created_ms + 1000 * view.last
    before, after = points.steps[points.times_ms < earliest], points.steps[points.times_ms > latest]
    inside = points.steps[(points.times_ms >= earliest) & (points.times_ms <= latest)]
    lowest = int(inside.min()) if len(inside) else _LARGEST_STEP
    highest = int(inside.max()) if len(inside) else -_LARGEST_STEP
    return (
        max((int(step) for step in before if step < lowest), default=None),
        min((int(step) for step in after if step > highest), default=None),
    )


def _step(value: int) -> int:
    return max(-_LARGEST_STEP, min(_LARGEST_STEP, value))


def _count_epochs(connection: Connection, run: Run, slices: dict[str, SeriesSlice]) -> dict[str, list[EpochPoint]]:
    """Sum up from every point the epochs of series that are too long for their slice to tell the mean."""
    counted = {}
    for metric, part in slices.items():
        if not part.exact and len(np.unique(part.points.epochs[part.points.epochs >= 0])) > 1:
            counted[metric] = epochs_of_points(series.read_points(connection, run.id, metric))
    return counted


def _averages(connection: Connection, run: Run, slices: dict[str, SeriesSlice], view: View) -> dict[str, Points]:
    """Average over every point where a slice does not hold them all; the past before the visible range counts."""
    seen = {metric: part for metric, part in slices.items() if len(part.points)}
    if not view.smooth or not seen:
        return {}
    by_time = view.x == "time"
    ends = [part.points.times_ms if by_time else part.points.steps for part in seen.values()]
    width = float(max(places[-1] for places in ends) - min(places[0] for places in ends))
    averages = {}
    for metric, part in seen.items():
        if not part.exact or view.first is not None:
            points = series.read_points(connection, run.id, metric)
            average = average_points(points, view.smooth, width, by_time=by_time)
            averages[metric] = thin_evenly(_within(average, part.points), 2 * view.buckets)
    return averages


def _within(points: Points, visible: Points) -> Points:
    start = int(np.searchsorted(points.steps, visible.steps[0], side="left"))
    stop = int(np.searchsorted(points.steps, visible.steps[-1], side="right"))
    part = slice(start, stop)
    return Points(points.steps[part], points.epochs[part], points.times_ms[part], points.values[part])
