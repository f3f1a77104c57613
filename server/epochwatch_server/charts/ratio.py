"""How many times the largest term of a loss is the smallest one, weights counted, with the lines at 10x and 100x."""

from collections.abc import Iterable

import numpy as np

from epochwatch_server.charts.axes import YAxis
from epochwatch_server.charts.chart import ChartData, ChartKind, Entry
from epochwatch_server.charts.components import split_entries
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.laying import Laid
from epochwatch_server.charts.lines import Extras, draw_laid, empty_figure
from epochwatch_server.charts.palette import CRITICAL, RUN, WARNING
from epochwatch_server.charts.references import threshold
from epochwatch_server.charts.strokes import Stroke
from epochwatch_server.charts.thinning import keep_extremes
from epochwatch_server.charts.tracks import Mark, Track
from epochwatch_server.charts.view import View
from epochwatch_server.charts.weighing import Weighed, weigh, weighed_needs
from epochwatch_server.charts.wording import safe

UNEVEN = 10.0
DOMINATED = 100.0


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose loss has several terms."""
    return split_entries(inventory, "ratio", "Largest to smallest term")


def figure(data: ChartData, view: View) -> Figure:
    """Draw the ratio on a log axis; a term that is 0 makes it infinite, which is a mark on the upper edge."""
    weighed = weigh(data, view)
    if not len(weighed.x):
        return empty_figure("no epoch with all terms yet", view)
    track, texts = _ratio(weighed, view.buckets)
    name = "ratio"
    axis = YAxis("largest / smallest term (×)", is_log=True, include=(UNEVEN, DOMINATED))
    shapes = (
        threshold(UNEVEN, "10×", colour=WARNING),
        threshold(DOMINATED, "100×: one term decides alone", colour=CRITICAL, words="top"),
    )
    stroke = Stroke(name, "largest / smallest", RUN, width=2.0, is_labelled=False)
    drawn = draw_laid(data, view, Laid(weighed.x_axis, {name: track}, {}), [stroke], axis, Extras(shapes=shapes))
    for trace in drawn.data:  # a new epoch of any term makes a new ratio
        trace["meta"]["metric"] = data.needs.metrics[0]
    line = next(trace for trace in drawn.data if "part" not in trace["meta"])
    line["customdata"] = texts
    line["hovertemplate"] = "%{y:.3~g}×, %{customdata}"
    return drawn


def _ratio(weighed: Weighed, buckets: int) -> tuple[Track, list[str]]:
    """Divide the largest active term by the smallest.

    Returns:
        The track, NaN where a term was not finite or fewer than two are active, and the two names at each place.
    """
    labels = [safe(label) for label in weighed.labels]
    largest = np.where(weighed.is_active, weighed.parts, -np.inf)
    smallest = np.where(weighed.is_active, weighed.parts, np.inf)
    top, bottom = np.nan_to_num(largest, nan=-np.inf).argmax(axis=0), np.nan_to_num(smallest, nan=np.inf).argmin(axis=0)
    places = np.arange(len(weighed.x))
    is_known = weighed.is_known & (weighed.is_active.sum(axis=0) > 1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(is_known, weighed.parts[top, places] / weighed.parts[bottom, places], np.nan)
    marks = [_zero_mark(weighed, place, labels[bottom[place]]) for place in np.flatnonzero(np.isinf(ratio)).tolist()]
    for place in np.flatnonzero(~np.isfinite(weighed.parts).all(axis=0)).tolist():
        marks.append(Mark(float(weighed.x[place]), 0, "x", f"a term is not finite {weighed.place_name(place)}"))
    drawn = np.where(np.isinf(ratio), np.nan, ratio)
    kept = np.union1d(keep_extremes(drawn, buckets), np.flatnonzero(np.isnan(drawn))[:buckets])
    texts = [f"{labels[top[place]]} to {labels[bottom[place]]}" for place in kept.tolist()]
    return Track(weighed.x[kept], drawn[kept], None, None, tuple(marks), "derived"), texts


def _zero_mark(weighed: Weighed, place: int, label: str) -> Mark:
    return Mark(float(weighed.x[place]), 1, "triangle-up", f"{label} is 0 {weighed.place_name(place)}")


CHART = ChartKind("ratio", entries, weighed_needs, figure)
