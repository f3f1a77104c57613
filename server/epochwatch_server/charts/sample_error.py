"""The samples' errors at each epoch: the middle one, and the tenth that fares worst."""

from collections.abc import Iterable, Sequence

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
    """List a chart for each split whose samples have errors, and one for each further unit that they are in."""
    for split in inventory.sample_splits:
        yield Entry("observed", "sample_error", split, f"Sample error · {split}", ())
        for argument, (of, unit) in _further(inventory):
            if of == split:
                yield Entry("observed", "sample_error", argument, f"Sample error, {unit or 'no unit'} · {split}", ())


def needs(inventory: Inventory, argument: str) -> Needs | None:
    """Read the split's samples through all epochs."""
    further = dict(_further(inventory)).get(argument)
    split = argument if further is None else further[0]
    return Needs(tracks_of=split) if split in inventory.sample_splits else None


def figure(data: ChartData, view: View) -> Figure:
    """Draw the median, and p90 above it: a mean hides the few samples that are far off."""
    tracks = data.tracks
    if tracks is None or not tracks.units:
        return empty_figure("no errors of samples yet", view)
    unit = _unit(data.inventory, data.argument, tracks.units)
    spread = error_spread(tracks, unit)
    traces = band_traces(tracks.epochs, spread, Band("", RUN), meta_of("", data.inventory.run.id, "kept", "samples"))
    title = f"error ({safe(unit, 24)})" if unit else "error"
    layout = band_layout(data.inventory.run, view, tracks.epochs, title)
    if len(tracks.units) > 1:
        layout["xaxis"]["title"]["text"] = f"epoch, {max(spread.n, default=0)} of {len(tracks.samples)} samples"
    if view.scale == "log":
        layout["yaxis"] |= {"type": "log", "rangemode": "normal", "exponentformat": "power"}
        layout["meta"]["scale"] = "log"
    return Figure(traces, layout)


def _unit(inventory: Inventory, argument: str, units: Sequence[str]) -> str:
    """Choose the unit of a chart: a split's first chart has the one of most samples that has none of its own."""
    further = dict(_further(inventory))
    if argument in further:
        return further[argument][1]
    own = {unit for split, unit in further.values() if split == argument}
    return next((unit for unit in units if unit not in own), units[0])


def _further(inventory: Inventory) -> list[tuple[str, tuple[str, str]]]:
    """Name the charts of further units: their argument, and the split and unit that it stands for."""
    return [(f"{split}:{unit}", (split, unit)) for split, unit in inventory.more_units]


CHART = ChartKind("sample_error", entries, needs, figure, draws_samples=True)
