"""The samples' errors at each epoch: the middle one, and the tenth that fares worst."""

from collections.abc import Iterable

from epochwatch_server.charts.chart import ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.epoch_band import Band, band_layout, band_traces
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.lines import empty_figure
from epochwatch_server.charts.palette import RUN
from epochwatch_server.charts.sample_spread import error_spread
from epochwatch_server.charts.strokes import meta_of
from epochwatch_server.charts.view import View
from epochwatch_server.charts.wording import safe


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose samples have errors."""
    for split in inventory.sample_splits:
        yield Entry("observed", "sample_error", split, f"Sample error · {split}", ())


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the split's samples through all epochs."""
    return Needs(tracks_of=split) if split in inventory.sample_splits else None


def figure(data: ChartData, view: View) -> Figure:
    """Draw the median, and p90 above it: a mean hides the few samples that are far off."""
    tracks = data.tracks
    if tracks is None or not any(error is not None for track in tracks.samples for error in track.errors):
        return empty_figure("no errors of samples yet", view)
    meta = meta_of("", data.inventory.run.id, "kept", "samples")
    traces = band_traces(tracks.epochs, error_spread(tracks), Band("", RUN), meta)
    unit = f" ({safe(tracks.unit, 24)})" if tracks.unit else ""
    layout = band_layout(data.inventory.run, view, tracks.epochs, f"error{unit}")
    if view.scale == "log":
        layout["yaxis"] |= {"type": "log", "rangemode": "normal", "exponentformat": "power"}
        layout["meta"]["scale"] = "log"
    return Figure(traces, layout)


CHART = ChartKind("sample_error", entries, needs, figure, draws_samples=True)
