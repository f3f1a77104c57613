"""The samples' errors at each epoch."""

from dataclasses import replace

import pytest
from tests.server.charts.curves import draw, inventory_of

from epochwatch_server.charts.chart import ChartData
from epochwatch_server.charts.sample_error import CHART
from epochwatch_server.charts.view import View
from epochwatch_server.domain.sample import SampleTrack, SampleTracks


def followed(*errors: list[float | None], unit: str = "px") -> SampleTracks:
    epochs = len(errors[0])
    nothing: list[float | None] = [None] * epochs
    tracks = [SampleTrack(str(place), list(one), nothing, nothing, unit) for place, one in enumerate(errors)]
    has_errors = any(error is not None for one in errors for error in one)
    return SampleTracks(list(range(epochs)), [unit] if has_errors else [], tracks)


def test_the_median_and_the_worst_tenth_of_each_epoch_are_drawn() -> None:
    errors: list[list[float | None]] = [[float(k), float(2 * k)] for k in range(11)]
    low, high, middle = (figure := draw("sample_error:val", {}, tracks=followed(*errors))).data
    assert (low["y"], middle["y"], high["y"]) == ([1.0, 2.0], [5.0, 10.0], [9.0, 18.0])
    assert (high["fill"], high["name"], middle["name"]) == ("tonexty", "p90", "median")
    assert figure.layout["yaxis"]["title"]["text"] == "error (px)"
    assert figure.layout["meta"]["x"] == "epoch"


def test_an_epoch_without_errors_is_a_gap() -> None:
    _, high, middle = draw("sample_error:val", {}, tracks=followed([4.0, None, 2.0])).data
    assert middle["y"] == high["y"] == [4.0, None, 2.0]


@pytest.mark.parametrize("tracks", [None, SampleTracks([], [], []), followed([None, None])])
def test_without_errors_the_chart_says_so(tracks: SampleTracks | None) -> None:
    figure = draw("sample_error:val", {}, tracks=tracks)
    assert figure.data == []
    assert figure.layout["annotations"][0]["text"] == "no errors of samples yet"


def test_every_unit_has_a_chart_of_its_own() -> None:
    near, far = followed([4.0], [6.0]), followed([0.5], unit="RMSE")
    both = SampleTracks([0], ["px", "RMSE"], [*near.samples, *far.samples])
    inventory = replace(inventory_of({}, splits=["val"]), more_units=(("val", "RMSE"),))
    listed = {entry.argument: entry.title for entry in CHART.entries(inventory)}
    assert listed == {"val": "Sample error · val", "val:RMSE": "Sample error, RMSE · val"}
    for argument, unit, median, shown in (("val", "px", 5.0, 2), ("val:RMSE", "RMSE", 0.5, 1)):
        needs = CHART.needs(inventory, argument)
        assert needs is not None
        assert needs.tracks_of == "val"
        figure = CHART.figure(ChartData(inventory, argument, needs, tracks=both), View())
        assert figure.data[2]["y"] == [median]
        assert figure.layout["yaxis"]["title"]["text"] == f"error ({unit})"
        assert figure.layout["xaxis"]["title"]["text"] == f"epoch, {shown} of 3 samples"
    assert CHART.needs(inventory, "val:mm") is None


def test_a_log_axis_and_a_range_of_epochs_are_kept() -> None:
    layout = draw("sample_error:val", {}, View(scale="log", first=0, last=1), tracks=followed([4.0, 1.0])).layout
    assert (layout["yaxis"]["type"], layout["xaxis"]["range"]) == ("log", [0, 1])


def test_a_unit_of_markup_stays_text() -> None:
    layout = draw("sample_error:val", {}, tracks=followed([4.0], unit="<b>mm</b>")).layout
    assert "<" not in layout["yaxis"]["title"]["text"]
