"""One metric: train, val and test on one chart, with its best epoch, its targets and its bands."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from epochwatch_server.charts.axes import extent
from epochwatch_server.charts.bands import band_washes
from epochwatch_server.charts.chart import MAX_LINES, Best, ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.figure import Figure, Trace
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import Laid, lay
from epochwatch_server.charts.lines import Extras, draw_laid
from epochwatch_server.charts.milestones import milestone_traces, milestones_of
from epochwatch_server.charts.palette import INK, RUN, SURFACE
from epochwatch_server.charts.role_axis import axis_of, shapes_of
from epochwatch_server.charts.sections import section_of
from epochwatch_server.charts.strokes import Stroke, meta_of, split_stroke
from epochwatch_server.charts.tracks import LARGEST_DRAWN
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import number
from epochwatch_server.domain.roles import MetricName, read_metric_name

_DRAWN_TOGETHER = frozenset({"lr", "grad_norm", "f1_class", "clip_fraction"})  # they have charts of their own


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each metric that no other chart tells whole; the tracked one stands first and alone."""
    stems: dict[str, list[MetricName]] = {}
    for name in inventory.names:
        stems.setdefault(name.stem, []).append(name)
    tracked = inventory.run.tracked
    first = read_metric_name(tracked.metric).stem if tracked is not None else None
    has_components = len(inventory.component_labels()) > 1
    for stem, names in stems.items():
        metrics = tuple(name.name for name in names[:MAX_LINES])
        if stem == first:
            yield Entry("tracked", "metric", stem, stem, metrics)
        elif names[0].role not in _DRAWN_TOGETHER:
            yield Entry(_section(inventory, names[0], has_components), "metric", stem, stem, metrics)


def needs(inventory: Inventory, stem: str) -> Needs | None:
    """Read every split of the metric; epochs too when a best epoch or targets are to be placed."""
    names = inventory.of_stem(stem)
    if not names:
        return None
    metrics = tuple(name.name for name in names[:MAX_LINES])
    tracked = inventory.run.tracked
    by_epoch = (tracked is not None and tracked.metric in metrics) or any(
        metric in inventory.run.declared.targets for metric in metrics
    )
    return Needs(metrics, by_epoch=by_epoch, hidden=max(0, len(names) - MAX_LINES))


def figure(data: ChartData, view: View) -> Figure:
    """Draw the metric's splits over one another, and what was expected of them."""
    names = [read_metric_name(metric) for metric in data.needs.metrics]
    laid = lay(data, view)
    low, high = extent(laid.tracks.values())
    is_log = view.scale == "log"
    axis = axis_of(names[0], low, high, is_log=is_log)
    milestones = [m for m in milestones_of(data, data.needs.metrics) if m.value > 0 or not is_log]
    targets, notes = milestone_traces(milestones, data, laid)
    shapes = shapes_of(names[0], is_log=is_log)
    for name in names:
        shapes += band_washes(data.inventory.run.declared, name.name, low or 0.0, high or 0.0, is_log=is_log)
    stars = [*_earlier_bests(data, laid, is_log=is_log), *_best(data, laid, is_log=is_log)]
    extras = Extras(traces=(*targets, *stars), shapes=tuple(shapes), notes=tuple(notes))
    return draw_laid(data, view, laid, _strokes(names), axis, extras)


def _section(inventory: Inventory, name: MetricName, has_components: bool) -> str:
    if inventory.is_composite(name):
        return "accuracy"
    if inventory.is_component(name):
        return "components" if has_components else "loss"
    return "loss" if name.role == "component" else section_of(name.role)


def _strokes(names: Sequence[MetricName]) -> list[Stroke]:
    """Name the lines by their splits, or in full when a split has several (Lightning's step and epoch means)."""
    splits = [name.split for name in names]
    strokes = []
    for name in names:
        is_only = splits.count(name.split) == 1
        label = (name.split or name.stem) if is_only else name.name
        stroke = split_stroke(name.name, name.split, label)
        strokes.append(replace(stroke, is_labelled=len(names) > 1 or name.split is not None))
    return strokes


def _best(data: ChartData, laid: Laid, *, is_log: bool) -> list[Trace]:
    """Star the best epoch of the tracked metric."""
    tracked = data.inventory.run.tracked
    if (
        tracked is None
        or tracked.metric not in data.needs.metrics
        or tracked.best is None
        or tracked.best_epoch is None
    ):
        return []
    at = _place_of_epoch(data, tracked.metric, tracked.best_epoch, laid)
    if at is None or not math.isfinite(tracked.best) or abs(tracked.best) > LARGEST_DRAWN:
        return []
    if is_log and tracked.best <= 0:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "best",
            "x": [at],
            "y": [tracked.best],
            "text": [f"{number(tracked.best)} at epoch {tracked.best_epoch}"],
            "hovertemplate": "%{text}",
            "marker": {"symbol": "star", "size": 12, "color": INK, "line": {"width": 1, "color": SURFACE}},
            "showlegend": False,
            "meta": meta_of(tracked.metric, data.inventory.run.id, "derived", "best"),
        }
    ]


def _earlier_bests(data: ChartData, laid: Laid, *, is_log: bool) -> list[Trace]:
    """Star every best before the last one, small and in its line's colour: how it came to where it is."""
    tracked = data.inventory.run.tracked
    if tracked is None or tracked.metric not in data.needs.metrics:
        return []
    placed = [
        (at, best)
        for best in data.bests
        if best.epoch != tracked.best_epoch
        and (at := _place_of_best(best, data, laid)) is not None
        and abs(best.value) <= LARGEST_DRAWN  # false for NaN
        and (best.value > 0 or not is_log)
    ]
    if not placed:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "new best",
            "x": [at for at, _ in placed],
            "y": [best.value for _, best in placed],
            "hoverinfo": "skip",
            "marker": {"symbol": "star", "size": 7, "color": RUN},
            "showlegend": False,
            "meta": meta_of(tracked.metric, data.inventory.run.id, "derived", "bests"),
        }
    ]


def _place_of_best(best: Best, data: ChartData, laid: Laid) -> float | None:
    if laid.x == "time":
        return (best.time_ms - data.inventory.run.created_ms) / 1000
    place = best.epoch if laid.x == "epoch" else best.step
    return None if place is None else float(place)


def _place_of_epoch(data: ChartData, metric: str, epoch: int, laid: Laid) -> float | None:
    if laid.x == "epoch":
        return float(epoch)
    point = next((point for point in data.epochs.get(metric, []) if point.epoch == epoch), None)
    if point is None:
        return None
    if laid.x == "step":
        return float(point.step)
    return (point.time_ms - data.inventory.run.created_ms) / 1000


CHART = ChartKind("metric", entries, needs, figure)
