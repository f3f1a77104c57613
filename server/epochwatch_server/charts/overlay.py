"""One metric of several runs on one chart: each run in its own hue for ever, laid along what they have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from epochwatch_server.charts.axes import YAxis, edge_axis, extent, titled_axis, y_axis
from epochwatch_server.charts.figure import Figure, Trace
from epochwatch_server.charts.lines import empty_figure, quiet_layout
from epochwatch_server.charts.palette import MUTED, SURFACE, series_colour
from epochwatch_server.charts.strokes import Stroke, meta_of, traces_of
from epochwatch_server.charts.tracks import Track, cut, epochs_of_points, track_of_epochs, track_of_slice
from epochwatch_server.charts.view import Scale, View, XAxis
from epochwatch_server.charts.wording import safe
from epochwatch_server.domain.series import EpochPoint, Floats, Int64s, SeriesSlice

Alignment = Literal["epoch", "step", "time", "fraction"]
_TITLES = {
    "epoch": "epoch",
    "step": "step",
    "time": "time since the run began (s)",
    "fraction": "share of the plan (%)",
}
_HOVERED = {"epoch": "epoch %{x:,}", "step": "step %{x:,}", "time": "%{x:,.0f} s", "fraction": "%{x:.1f} % of the plan"}


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run's series of the metric. epochs: by epoch; part: by step, where it was logged by step."""

    run_id: str
    label: str
    hue: int
    created_ms: int
    planned_epochs: int | None
    epochs: Sequence[EpochPoint] = ()
    part: SeriesSlice | None = None
    best_epoch: int | None = None  # where it stood best; starred


@dataclass(frozen=True, slots=True)
class Spread:
    """Several runs in one: mean and spread by epoch, arrays of shape (n,); n: how many runs."""

    label: str
    hue: int
    runs: int
    epochs: Int64s
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Overlay:
    """How runs are laid over one another. baseline: the run from which every other is subtracted."""

    align: Alignment = "epoch"
    scale: Scale = "linear"
    first: float | None = None
    last: float | None = None
    width: int | None = None
    baseline: str | None = None

    @property
    def view(self) -> View:
        """The same as a single run's chart is asked for."""
        x: XAxis = "epoch" if self.align == "fraction" else self.align
        return View(x, self.scale, 0.0, self.first, self.last, self.width)


def overlay_figure(lines: Sequence[RunLine], metric: str, asked: Overlay) -> Figure:
    """Draw the runs' lines over one another, or their differences to the baseline."""
    tracks = {line.run_id: track for line in lines if (track := _lay(line, asked)) is not None}
    if asked.baseline is not None:
        tracks = _subtract(tracks, asked.baseline)
    is_log = asked.scale == "log" and asked.baseline is None
    if is_log:
        tracks = {run_id: replace(track, y=np.where(track.y > 0, track.y, np.nan)) for run_id, track in tracks.items()}
    tracks = {run_id: cut(track, asked.view) for run_id, track in tracks.items()}
    tracks = {run_id: track for run_id, track in tracks.items() if len(track.x)}
    if not tracks:
        return empty_figure("none of these runs has points of it", asked.view)
    traces: list[Trace] = []
    for line in lines:
        if line.run_id in tracks:
            stroke = Stroke(metric, line.label, series_colour(line.hue), width=1.8)
            # The spread of each run's own steps would bury the other runs.
            bare = replace(tracks[line.run_id], low=None, high=None)
            traces += traces_of(bare, stroke, line.run_id, log=is_log)
            traces += _star(line, tracks[line.run_id], stroke, asked.align) if asked.baseline is None else []
    title = f"difference to {safe(_label(lines, asked.baseline))}" if asked.baseline else ""
    return _assemble(traces, tracks.values(), asked, YAxis(title, is_log, (0.0,) if asked.baseline else ()))


def spread_figure(spreads: Sequence[Spread], metric: str, asked: Overlay) -> Figure:
    """Draw the mean of each group of runs with one standard deviation around it."""
    traces: list[Trace] = []
    tracks = []
    for spread in spreads:
        track = Track(spread.epochs, spread.mean, spread.low, spread.high, (), "kept")
        if not len(track.x):
            continue
        tracks.append(track)
        runs = "run" if spread.runs == 1 else "runs"
        stroke = Stroke(metric, f"{spread.label} ({spread.runs} {runs})", series_colour(spread.hue), width=2.0)
        traces += traces_of(track, stroke, f"group {spread.label}", log=asked.scale == "log")
    if not traces:
        return empty_figure("none of these runs has epochs of it", asked.view)
    return _assemble(traces, tracks, asked, YAxis("", asked.scale == "log"))


def _lay(line: RunLine, asked: Overlay) -> Track | None:
    if asked.align in ("step", "time") and line.part is not None and len(line.part.points):
        return track_of_slice(line.part, asked.view.x, line.created_ms)
    epochs = list(line.epochs) or (epochs_of_points(line.part.points) if line.part is not None else [])
    if not epochs:
        return None
    track = track_of_epochs(epochs, asked.view, line.created_ms)
    if asked.align != "fraction":
        return track
    planned = line.planned_epochs or int(track.x[-1]) + 1
    return replace(track, x=np.round(100.0 * (track.x + 1) / planned, 3), marks=())


def _star(line: RunLine, track: Track, stroke: Stroke, align: Alignment) -> list[Trace]:
    """Mark where the run stood best, along epochs, when that one is in sight."""
    if line.best_epoch is None or align not in ("epoch", "fraction"):
        return []
    x = (
        line.best_epoch
        if align == "epoch"
        else round(100.0 * (line.best_epoch + 1) / (line.planned_epochs or int(line.epochs[-1].epoch) + 1), 3)
    )
    (found,) = np.nonzero(track.x == x)
    if not len(found) or not np.isfinite(track.y[found[0]]):
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"{safe(line.label)} best",
            "x": [track.x[found[0]].item()],
            "y": [track.y[found[0]].item()],
            "marker": {
                "color": stroke.colour,
                "size": 11,
                "symbol": "star",
                "line": {"width": 1, "color": SURFACE},
            },
            "hovertemplate": f"best @ {line.best_epoch}<extra></extra>",
            "showlegend": False,
            "meta": meta_of(stroke.metric, line.run_id, "kept", "best"),
        }
    ]


def _subtract(tracks: dict[str, Track], baseline: str) -> dict[str, Track]:
    base = tracks.get(baseline)
    if base is None:
        return {}
    known = np.isfinite(base.y)
    if not known.any():
        return {}
    difference = {}
    for run_id, track in tracks.items():
        # Beyond the baseline's own ends there is nothing to subtract.
        there = np.interp(track.x, base.x[known], base.y[known], left=np.nan, right=np.nan)
        difference[run_id] = replace(track, y=track.y - there, low=None, high=None, marks=())
    return difference


def _label(lines: Sequence[RunLine], run_id: str | None) -> str:
    return next((line.label for line in lines if line.run_id == run_id), "")


def _assemble(traces: list[Trace], tracks: Iterable[Track], asked: Overlay, axis: YAxis) -> Figure:
    low, high = extent(tracks)
    layout = quiet_layout(asked.view, asked.align, is_log=axis.is_log)
    layout["meta"]["asked"] = asked.align
    hovered = {"unifiedhovertitle": {"text": _HOVERED[asked.align]}}
    layout["xaxis"] = titled_axis(_TITLES[asked.align]) | {"separatethousands": True, "nticks": 8} | hovered
    if asked.first is not None and asked.last is not None:
        layout["xaxis"]["range"] = [asked.first, asked.last]
    layout["yaxis"] = y_axis(axis, low, high)
    if any(trace.get("yaxis") == "y2" for trace in traces):
        layout["yaxis2"] = edge_axis()
    if asked.baseline:
        layout["shapes"] = [
            {
                "type": "line",
                "xref": "x domain",
                "x0": 0,
                "x1": 1,
                "y0": 0,
                "y1": 0,
                "line": {"color": MUTED, "width": 1},
            }
        ]
    return Figure(traces, layout)
