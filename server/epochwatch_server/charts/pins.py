"""What happened in a run's life, on its charts: alerts on the top edge, changes of rate and weights as thin lines."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from epochwatch_server.charts.figure import Trace
from epochwatch_server.charts.palette import CRITICAL, INFO, MUTED, SURFACE, WARNING
from epochwatch_server.charts.references import Shape
from epochwatch_server.charts.view import View, XAxis
from epochwatch_server.charts.wording import safe
from epochwatch_server.domain.roles import read_metric_name

MOST_CHANGES = 12  # a schedule that changes at every epoch is a curve, not a row of events
HEAD_ROOM = 16  # pixels above the plot, for pins to stand on its edge whole
_CHAR_PX, _GAP_PX = 6.0, 6.0  # of a label, at its size
_USUAL_PX, _AXIS_PX = 560, 90  # a chart that does not say how wide it is; what of it lies beside the plot
_LABEL_CHARS = 24
_LOOKS = {"critical": ("octagon", CRITICAL), "warning": ("triangle-up", WARNING), "info": ("circle", INFO)}
_RANKS = {"info": 0, "warning": 1, "critical": 2}
_TOLD_BY = {"lr": "lr", "phase": "weight"}  # the role whose own line tells a change
_STEM_OPACITY = 0.45


@dataclass(frozen=True, slots=True)
class Pin:
    """One thing that happened. kind: "alert", "lr" or "phase".

    epoch, step, time_ms: where it belongs on each of the three axes; None where that is not known.
    severity: of an alert. alert: its id, for who clicks. metrics: what an alert speaks of; () is the run as a whole.
    size: how large a change was, to choose the largest of too many.
    """

    kind: str
    text: str
    epoch: int | None
    step: int | None = None
    time_ms: int | None = None
    severity: str = ""
    alert: int | None = None
    metrics: tuple[str, ...] = ()
    size: float = 0.0

    def place(self, x: XAxis, created_ms: int) -> float | None:
        """Find where it stands along an axis: epochs, steps or seconds since the run began."""
        if x == "time":
            return None if self.time_ms is None else max(0.0, (self.time_ms - created_ms) / 1000)
        place = self.epoch if x == "epoch" else self.step
        return None if place is None else float(place)


@dataclass(frozen=True, slots=True)
class Pinned:
    """Pins as drawn: one trace on the edge's axis, lines through the plot, and how much room they need above it."""

    traces: tuple[Trace, ...] = ()
    shapes: tuple[Shape, ...] = ()
    head_room: int = 0


def draw_pins(pins: Iterable[Pin], x: XAxis, view: View, created_ms: int, *, run_id: str, last: float) -> Pinned:
    """Draw what happened within the visible range.

    Args:
        pins: Of any kind, in any order; those without a place on this axis are left out.
        x: What lies along the bottom.
        view: Its range leaves out what is not seen, when it speaks of the same axis.
        created_ms: When the run began.
        run_id: Whose pins they are.
        last: The right end of what is drawn, in units of x.
    """
    is_zoomed = view.x == x and view.first is not None and view.last is not None
    low, high = (view.first or 0.0, view.last or 0.0) if is_zoomed else (-math.inf, math.inf)
    placed = [(at, pin) for pin in pins if (at := pin.place(x, created_ms)) is not None and low <= at <= high]
    placed.sort(key=lambda pair: (pair[0], _RANKS.get(pair[1].severity, 0)))
    alerts = _together([(at, pin) for at, pin in placed if pin.kind == "alert"])
    changes = _largest([(at, pin) for at, pin in placed if pin.kind != "alert"])
    width = (high - low) if is_zoomed else max((last, *(at for at, _ in placed), 1.0))
    a_pixel = width / max(_AXIS_PX, (view.width or _USUAL_PX) - _AXIS_PX)
    shapes = [*_change_lines(changes, a_pixel), *(_stem(at, pins[0]) for at, pins in alerts)]
    traces = (_alert_trace(alerts, run_id),) if alerts else ()
    return Pinned(traces, tuple(shapes), HEAD_ROOM if alerts else 0)


def pins_for(pins: Sequence[Pin], metrics: Sequence[str], tracked: str | None) -> tuple[Pin, ...]:
    """Choose what belongs on a chart: alerts about its metrics, and on the tracked metric's chart every alert.

    Args:
        pins: Of the whole run.
        metrics: Drawn on the chart.
        tracked: What early stopping follows; on its chart nothing may be missed.
    """
    names = [read_metric_name(metric) for metric in metrics]
    stems, roles = {name.stem for name in names}, {name.role for name in names}
    is_whole = tracked is not None and tracked in metrics

    def belongs(pin: Pin) -> bool:
        if pin.kind != "alert":
            return roles != {_TOLD_BY[pin.kind]}  # there the line itself shows it
        return is_whole or not pin.metrics or any(read_metric_name(metric).stem in stems for metric in pin.metrics)

    return tuple(pin for pin in pins if belongs(pin))


def _largest(changes: list[tuple[float, Pin]]) -> list[tuple[float, Pin]]:
    """Keep the largest changes when there are too many, in order of their places."""
    kept = sorted(changes, key=lambda pair: -pair[1].size)[:MOST_CHANGES]
    return sorted(kept, key=lambda pair: pair[0])


def _change_lines(changes: Sequence[tuple[float, Pin]], a_pixel: float) -> list[Shape]:
    """Draw a thin line for each change; one too near to the last label stands without words.

    a_pixel: what a pixel is worth along the axis.
    """
    shapes, free_from = [], -math.inf
    for at, pin in changes:
        has_room = at >= free_from
        if has_room:
            free_from = at + a_pixel * (_GAP_PX + _CHAR_PX * min(len(pin.text), _LABEL_CHARS))
        shapes.append(_change_line(at, safe(pin.text, _LABEL_CHARS) if has_room else ""))
    return shapes


def _change_line(at: float, text: str) -> Shape:
    shape = _upright(at, MUTED, dash="dot")
    # Words along an upright line turn with it unless told otherwise.
    label = {"text": text, "textposition": "end", "textangle": 0, "xanchor": "left", "yanchor": "top"}
    return {**shape, "opacity": 0.8, "label": {**label, "font": {"size": 10, "color": MUTED}}}


def _stem(at: float, pin: Pin) -> Shape:
    return _upright(at, _LOOKS.get(pin.severity, _LOOKS["info"])[1], dash="solid") | {"opacity": _STEM_OPACITY}


def _upright(at: float, colour: str, *, dash: str) -> Shape:
    line = {"color": colour, "width": 1, "dash": dash}
    return {
        "type": "line",
        "xref": "x",
        "x0": at,
        "x1": at,
        "yref": "y domain",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": line,
    }


def _together(alerts: Sequence[tuple[float, Pin]]) -> list[tuple[float, list[Pin]]]:
    """Put alerts of one place under one pin, the worst first: of two on top of each other one could not be seen."""
    places: dict[float, list[Pin]] = {}
    for at, pin in alerts:
        places.setdefault(at, []).insert(0, pin)  # they come in order of severity
    return list(places.items())


def _alert_trace(alerts: Sequence[tuple[float, list[Pin]]], run_id: str) -> Trace:
    worst = [pins[0] for _, pins in alerts]
    looks = [_LOOKS.get(pin.severity, _LOOKS["info"]) for pin in worst]
    marker: dict[str, Any] = {
        "symbol": [symbol for symbol, _ in looks],
        "color": [colour for _, colour in looks],
        "size": 15,
        "line": {"width": 1, "color": SURFACE},
    }
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "alert",
        "x": [at for at, _ in alerts],
        "y": [1.0] * len(alerts),
        "yaxis": "y2",
        "text": [_sign(pins) for _, pins in alerts],
        "textfont": {"size": 10, "color": SURFACE, "weight": 800},
        "hovertext": ["<br>".join(f"{pin.severity}: {safe(pin.text, 80)}" for pin in pins) for _, pins in alerts],
        "customdata": [[pin.alert, pin.severity] for pin in worst],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": marker,
        "cliponaxis": False,
        "showlegend": False,
        "meta": {"metric": "", "run": run_id, "field": "kept", "part": "pins"},
    }


def _sign(pins: Sequence[Pin]) -> str:
    """Write inside a pin how many alerts it stands for, or what one of them asks for."""
    if len(pins) > 1:
        return str(len(pins))
    return "i" if pins[0].severity == "info" else "!"
