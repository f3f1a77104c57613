"""Runs and curves made by hand, and the way from them to a figure that the store would take."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from epochwatch_server.charts.catalogue import find_kind
from epochwatch_server.charts.chart import ChartData
from epochwatch_server.charts.figure import Figure, Trace
from epochwatch_server.charts.inventory import Inventory, take_inventory
from epochwatch_server.charts.tracks import epochs_of_points
from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Declared, Run, RunState
from epochwatch_server.domain.sample import SampleTracks, Scatter
from epochwatch_server.domain.series import NO_EPOCH, Points, Series, SeriesSlice
from epochwatch_server.store.buckets import split_nonfinite, thin

CREATED_MS = 1_700_000_000_000
STEPS_PER_EPOCH = 10
Curves = Mapping[str, Points]


def make_run(**fields: Any) -> Run:
    """Make a run that is in its fifth epoch."""
    run = Run(
        id="abc123def456",
        project="tests",
        name="a run",
        state=RunState.RUNNING,
        hue=0,
        created_ms=CREATED_MS,
        last_seen_ms=CREATED_MS,
        last_point_ms=CREATED_MS,
        ended_ms=None,
        heartbeat_seconds=10.0,
        planned_epochs=200,
        epoch=5,
        epochs_done=5,
        epoch_seconds=1.0,
        step=50,
        learning_rate=1e-4,
        parameters=None,
        dropped=0,
        tracked=None,
        declared=Declared(),
        config={},
        environment={},
        end=None,
    )
    return replace(run, **fields)


def by_step(values: Sequence[float] | np.ndarray, *, epochs: bool = True, first_step: int = 0) -> Points:
    """Log a value every step, one a second, ten steps an epoch; or outside any epoch."""
    steps = np.arange(first_step, first_step + len(values), dtype=np.int64)
    epoch = steps // STEPS_PER_EPOCH if epochs else np.full(len(values), NO_EPOCH, dtype=np.int64)
    return Points(steps, epoch, CREATED_MS + 1000 * steps, np.array(values, dtype=np.float64))


def by_epoch(values: Sequence[float] | np.ndarray) -> Points:
    """Log a value at the last step of every epoch."""
    epochs = np.arange(len(values), dtype=np.int64)
    steps = (epochs + 1) * STEPS_PER_EPOCH - 1
    return Points(steps, epochs, CREATED_MS + 1000 * steps, np.array(values, dtype=np.float64))


def inventory_of(curves: Curves, run: Run | None = None, splits: Sequence[str] = ()) -> Inventory:
    """Sum curves up as the store does."""
    series = [_sum_up(metric, points) for metric, points in curves.items()]
    inventory = take_inventory(run or make_run(), series, class_splits=splits, confusion_splits=splits)
    return replace(inventory, sample_splits=tuple(splits), done_splits=tuple(splits), scatter_splits=tuple(splits))


def draw(
    chart_id: str,
    curves: Curves,
    view: View | None = None,
    *,
    run: Run | None = None,
    classes: Mapping[str, Any] | None = None,
    tracks: SampleTracks | None = None,
    pairs: Scatter | None = None,
) -> Figure:
    """Draw a chart of curves: read what it needs as `flows/charting` reads it from the store, and prove it legal."""
    view = view or View()
    kind_name, _, argument = chart_id.partition(":")
    kind = find_kind(kind_name)
    assert kind is not None, chart_id
    is_looked_up = kind.draws_samples or classes is not None
    inventory = inventory_of(curves, run, [argument] if is_looked_up else [])
    needs = kind.needs(inventory, argument)
    assert needs is not None, chart_id
    wanted = [metric for metric in (*needs.metrics, *needs.others) if metric in curves]
    summed = {metric: points for metric in wanted if (points := epochs_of_points(curves[metric]))}
    is_over = any(len(points) > 1 for points in summed.values())  # a single epoch is still going on
    epochs = summed if is_over and (view.x == "epoch" or needs.by_epoch) else {}
    slices = {m: slice_of(m, curves[m], view.buckets) for m in wanted if view.x != "epoch" or m not in epochs}
    data = ChartData(inventory, argument, needs, slices=slices, epochs=epochs)
    if needs.classes_of is not None:
        data = replace(data, classes=classes, classes_epoch=3)
    data = replace(data, tracks=tracks if needs.tracks_of else None, scatter=pairs if needs.scatter_of else None)
    figure = kind.figure(data, view)
    prove_legal(figure)
    return figure


def slice_of(metric: str, points: Points, buckets: int = 1000) -> SeriesSlice:
    """Thin points as the store does."""
    kept, nonfinite = thin(points, buckets), split_nonfinite(points)
    return SeriesSlice(metric, kept, nonfinite, len(kept) + len(nonfinite) == len(points), len(points))


def prove_legal(figure: Figure) -> None:
    """Let Plotly's own validation look at a figure, as a browser would get it."""
    go.Figure(_resolved(json.loads(figure.to_json())))


def line_of(figure: Figure, metric: str) -> Trace:
    """Find a metric's line, not its spread, average or marks."""
    return next(t for t in figure.data if t["meta"]["metric"] == metric and "part" not in t["meta"])


def parts_of(figure: Figure, part: str) -> list[Trace]:
    """Find the traces that are a part of something: marks, spreads, averages, the best epoch, targets."""
    return [trace for trace in figure.data if trace["meta"].get("part") == part]


def notes_of(figure: Figure) -> str:
    """Read the notes in the chart's corner."""
    return " ".join(one["text"] for one in figure.layout["annotations"] if one.get("name") == "notes")


def texts_of(value: Any) -> list[str]:
    """Collect every string of a figure but those that tell the page what a trace is."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for key, inner in value.items() if key not in ("meta", "name") for text in texts_of(inner)] + [
            text for key, inner in value.items() if key == "name" and "type" in value for text in texts_of(inner)
        ]
    return [text for inner in value for text in texts_of(inner)] if isinstance(value, list | tuple) else []


def _sum_up(metric: str, points: Points) -> Series:
    finite = points.values[np.isfinite(points.values)]
    return Series(
        id=1,
        run_id="abc123def456",
        metric=metric,
        n=len(points),
        nonfinite=len(points) - len(finite),
        last_step=int(points.steps[-1]) if len(points) else 0,
        last_epoch=int(points.epochs[-1]) if len(points) else NO_EPOCH,
        last_time_ms=int(points.times_ms[-1]) if len(points) else CREATED_MS,
        last=float(points.values[-1]) if len(points) else 0.0,
        min=float(finite.min()) if len(finite) else None,
        min_step=0,
        max=float(finite.max()) if len(finite) else None,
        max_step=0,
    )


def _resolved(value: Any) -> Any:
    """Put a colour in every placeholder's place, as the page does."""
    if isinstance(value, str):
        return "rgba(18,52,86,0.5)" if value.startswith("token:") else value
    if isinstance(value, list):
        return [_resolved(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _resolved(inner) for key, inner in value.items()}
    return value
