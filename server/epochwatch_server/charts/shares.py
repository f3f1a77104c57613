"""What share of the loss each of its terms makes, weights counted, epoch by epoch."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.chart import ChartData, ChartKind, Entry
from epochwatch_server.charts.components import component_strokes, split_entries
from epochwatch_server.charts.figure import Figure, Trace
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import Laid
from epochwatch_server.charts.lines import Ends, Extras, assemble, empty_figure
from epochwatch_server.charts.palette import CRITICAL, faded
from epochwatch_server.charts.strokes import EDGE, Stroke, meta_of
from epochwatch_server.charts.thinning import keep_extremes_of_all
from epochwatch_server.charts.tracks import Mark, Track
from epochwatch_server.charts.view import View
from epochwatch_server.charts.weighing import Weighed, weigh, weighed_needs
from epochwatch_server.charts.wording import safe

MOST_STRETCHES = 40  # areas are drawn stretch by stretch between gaps; a run of nothing but gaps must not explode
_AREA_OPACITY = 0.55


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose loss has several terms."""
    return split_entries(inventory, "shares", "Share of the loss")


def figure(data: ChartData, view: View) -> Figure:
    """Stack the terms' shares in percent; where one was not finite nothing is drawn, and a mark says which."""
    weighed = weigh(data, view)
    if not len(weighed.x):
        return empty_figure("no epoch with all terms yet", view)
    shares = _percent(weighed)
    strokes = component_strokes(data)
    traces = _areas(weighed, shares, strokes, data.inventory.run.id, view.buckets)
    marks = _marks(weighed)
    if marks:
        traces.append(_mark_trace(marks, data))
    tracks = {
        metric: Track(weighed.x, share, None, None, (), "derived")
        for metric, share in zip(weighed.metrics, shares, strict=True)
    }
    return assemble(
        data,
        view,
        Laid(weighed.x_axis, tracks, {}),
        traces,
        Ends(strokes, _middles(weighed, shares)),
        YAxis("share of the loss (%)", include=(0.0, 100.0)),
        Extras(),
    )


def _percent(weighed: Weighed) -> NDArray[np.float64]:
    """Return the shares (terms, n), which sum to 100 at every place; NaN in all terms where any is unknown.

    Each place is scaled by its largest term first: a sum of terms near the largest float would overflow.
    """
    known = np.where(weighed.is_known, weighed.parts, np.nan)
    scaled = known / known.max(axis=0)
    shares: NDArray[np.float64] = 100 * scaled / scaled.sum(axis=0)
    return shares


def _areas(
    weighed: Weighed, shares: NDArray[np.float64], strokes: list[Stroke], run_id: str, buckets: int
) -> list[Trace]:
    traces = []
    for count, stretch in enumerate(_stretches(weighed.is_known)):
        kept = stretch[keep_extremes_of_all(list(shares[:, stretch]), max(1, buckets // len(strokes)))]
        x = weighed.x[kept].tolist()
        for term, (stroke, share) in enumerate(zip(strokes, shares, strict=True)):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines" if len(kept) > 1 else "markers",
                    "name": safe(stroke.label),
                    "x": x,
                    "y": share[kept].tolist(),
                    "stackgroup": f"stretch {count}",
                    "line": {"width": 0.5, "color": stroke.colour},
                    "fillcolor": faded(stroke.colour, _AREA_OPACITY),
                    "hovertemplate": "%{y:.3~g} %",
                    "legendgroup": f"term {term}",
                    "showlegend": count == 0,
                    "meta": meta_of(stroke.metric, run_id, "derived", "share"),
                }
            )
    return traces


def _stretches(is_known: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Cut the places into stretches without a gap; of too many the last takes the rest, joined."""
    places = np.flatnonzero(is_known)
    if not len(places):
        return []
    stretches = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    if len(stretches) <= MOST_STRETCHES:
        return stretches
    return [*stretches[: MOST_STRETCHES - 1], np.concatenate(stretches[MOST_STRETCHES - 1 :])]


def _marks(weighed: Weighed) -> list[Mark]:
    marks = []
    for place in np.flatnonzero(~np.isfinite(weighed.parts).all(axis=0)).tolist():
        wrong = [label for label, part in zip(weighed.labels, weighed.parts[:, place], strict=True) if np.isnan(part)]
        text = f"{', '.join(safe(label) for label in wrong)} not finite {weighed.place_name(place)}"
        marks.append(Mark(float(weighed.x[place]), 0, "x", text))
    return marks


def _mark_trace(marks: list[Mark], data: ChartData) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "non-finite",
        "x": [mark.x for mark in marks],
        "y": [EDGE] * len(marks),
        "yaxis": "y2",
        "text": [mark.text for mark in marks],
        "hovertemplate": "%{text}",
        "marker": {"symbol": "x", "size": 8, "color": CRITICAL},
        "cliponaxis": False,
        "showlegend": False,
        "meta": meta_of(data.needs.metrics[0], data.inventory.run.id, "derived", "non-finite"),
    }


def _middles(weighed: Weighed, shares: NDArray[np.float64]) -> dict[str, float]:
    """Find the height of the middle of each area at its right end."""
    known = np.flatnonzero(weighed.is_known)
    if not len(known):
        return {}
    last = shares[:, known[-1]]
    middles = np.cumsum(last) - last / 2
    return dict(zip(weighed.metrics, middles.tolist(), strict=True))


CHART = ChartKind("shares", entries, weighed_needs, figure)
