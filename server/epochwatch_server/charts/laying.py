"""Deciding what runs along the bottom of a chart, and laying every series of it along that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from epochwatch_server.charts.chart import ChartData
from epochwatch_server.charts.smoothing import moving_average
from epochwatch_server.charts.tracks import Track, cut, epochs_of_points, smoothed, track_of_epochs, track_of_slice
from epochwatch_server.charts.view import View, XAxis
from epochwatch_server.domain.series import EpochPoint, Points


@dataclass(frozen=True, slots=True)
class Laid:
    """The tracks of a chart by metric, those without a point left out, and their averages where asked for.

    x: what they are laid along; "step" in place of "epoch" as long as no epoch is over.
    """

    x: XAxis
    tracks: Mapping[str, Track]
    averages: Mapping[str, Track]


def lay(data: ChartData, view: View) -> Laid:
    """Lay the chart's metrics along epochs, steps or time."""
    epochs = _epochs(data) if view.x == "epoch" else {}
    return _lay_epochs(data, view, epochs) if epochs else _lay_slices(data, view)


def _lay_epochs(data: ChartData, view: View, epochs: Mapping[str, list[EpochPoint]]) -> Laid:
    created_ms = data.inventory.run.created_ms
    whole = {m: track_of_epochs(epochs[m], view, created_ms) for m in data.needs.metrics if m in epochs}
    tracks = {metric: part for metric, track in whole.items() if len((part := cut(track, view)).x)}
    if not view.smooth:
        return Laid("epoch", tracks, {})
    width = _width(tracks.values())
    averages = {}
    for metric in tracks:
        track = whole[metric]  # what lies before the visible range counts for the average
        averages[metric] = cut(smoothed(track, moving_average(track.y, view.smooth, track.x, width)), view)
    return Laid("epoch", tracks, averages)


def _lay_slices(data: ChartData, view: View) -> Laid:
    created_ms = data.inventory.run.created_ms
    x: XAxis = "step" if view.x == "epoch" else view.x
    laid = {m: track_of_slice(data.slices[m], x, created_ms) for m in data.needs.metrics if m in data.slices}
    known_by_epoch = [m for m in data.needs.metrics if data.epochs.get(m) and not data.inventory.series[m].n]
    laid |= {m: cut(track_of_epochs(data.epochs[m], replace(view, x=x), created_ms), view) for m in known_by_epoch}
    tracks = {metric: track for metric, track in laid.items() if len(track.x)}
    if not view.smooth:
        return Laid(x, tracks, {})
    width = _width(tracks.values())
    averages = {}
    for metric, track in tracks.items():
        if metric in data.averages:
            averages[metric] = track_of_slice(replace(data.slices[metric], points=data.averages[metric]), x, created_ms)
        else:
            averages[metric] = smoothed(track, moving_average(track.y, view.smooth, track.x, width))
    return Laid(x, tracks, averages)


def _epochs(data: ChartData) -> dict[str, list[EpochPoint]]:
    """Find every metric's epochs: as the run summed them up, or from its points; empty before the first is over."""
    told = {metric: points for metric, points in data.epochs.items() if points and metric in data.needs.metrics}
    clock = sorted({(point.step, point.epoch) for points in told.values() for point in points})
    counted = {
        metric: epochs_of_points(_placed(part.points, clock))
        for metric, part in data.slices.items()
        if metric not in told
    }
    if not told and all(len(points) < 2 for points in counted.values()):
        return {}
    return told | {metric: points for metric, points in counted.items() if points}


def _placed(points: Points, clock: list[tuple[int, int]]) -> Points:
    """Give points outside any epoch (a test after the last one) the epoch that their step fell into."""
    if not clock:
        return points
    steps, epochs = np.array(clock, dtype=np.int64).T
    fallen_into = np.round(np.interp(points.steps, steps, epochs)).astype(np.int64)
    return replace(points, epochs=np.where(points.epochs >= 0, points.epochs, fallen_into))


def _width(tracks: Iterable[Track]) -> float:
    """Measure what of the x axis the tracks cover together."""
    ends = [(float(track.x[0]), float(track.x[-1])) for track in tracks]
    return max(last for _, last in ends) - min(first for first, _ in ends) if ends else 0.0
