"""What the model says of the done flag, by whether it is really done: two bands that should part."""

from collections.abc import Iterable

from epochwatch_server.charts.chart import ChartData, ChartKind, Entry, Needs
from epochwatch_server.charts.epoch_band import Band, band_layout, band_traces
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.lines import empty_figure
from epochwatch_server.charts.palette import MUTED, series_colour
from epochwatch_server.charts.sample_spread import done_spread
from epochwatch_server.charts.strokes import meta_of
from epochwatch_server.charts.view import View

_BANDS = ((0, Band("gt_done=0 ", series_colour(0), tells_high=False)),
          (1, Band("gt_done=1 ", series_colour(1), dash="dash", tells_high=False)))  # fmt: skip


def entries(inventory: Inventory) -> Iterable[Entry]:
    """List a chart for each split whose samples have a flag and its label."""
    for split in inventory.done_splits:
        yield Entry("observed", "done_flag", split, f"Done flag · {split}", ())


def needs(inventory: Inventory, split: str) -> Needs | None:
    """Read the split's samples through all epochs."""
    return Needs(tracks_of=split) if split in inventory.done_splits else None


def figure(data: ChartData, view: View) -> Figure:
    """Draw the median and the middle 80 % of the predicted flag for either label, from 0 to 1."""
    tracks = data.tracks
    if tracks is None or not any(flag is not None for track in tracks.samples for flag in track.pred_done):
        return empty_figure("no flags of samples yet", view)
    meta = meta_of("", data.inventory.run.id, "kept", "samples")
    traces, counts = [], []
    for label, band in _BANDS:
        spread = done_spread(tracks, label)
        counts.append(f"{max(spread.n, default=0)} with gt_done={label}")
        if any(spread.n):
            traces += band_traces(tracks.epochs, spread, band, meta)
    layout = band_layout(data.inventory.run, view, tracks.epochs, "pred_done")
    layout["yaxis"] |= {"range": [-0.02, 1.02], "autorange": False}
    layout["shapes"] = [_threshold()]
    layout["xaxis"]["title"]["text"] = f"epoch, {' and '.join(counts)}"
    return Figure(traces, layout)


def _threshold() -> dict[str, object]:
    line = {"color": MUTED, "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "y0": 0.5, "y1": 0.5, "layer": "below", "line": line}


CHART = ChartKind("done_flag", entries, needs, figure, draws_samples=True)
