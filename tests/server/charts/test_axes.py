"""Axes: units, ticks that a reader would have chosen, and ranges."""

import numpy as np
from tests.server.charts.curves import by_epoch, by_step, draw, make_run

from epochwatch_server.charts.axes import x_axis
from epochwatch_server.charts.laying import Laid
from epochwatch_server.charts.tracks import Track
from epochwatch_server.charts.view import View, XAxis
from epochwatch_server.charts.wording import elapsed, number, safe, shorten


def laid(x_axis: XAxis, last: float) -> Laid:
    ends = np.array([0.0, last])
    return Laid(x_axis, {"m": Track(ends, ends, None, None, (), "step")}, {})


def test_every_x_axis_says_its_unit() -> None:
    titles = [x_axis(laid(x, 100), View(x), make_run())["title"]["text"] for x in ("epoch", "step", "time")]
    assert titles == ["epoch", "step", "elapsed time (s)"]


def test_a_long_run_is_read_as_hours_minutes_and_seconds_at_round_times() -> None:
    axis = x_axis(laid("time", 4 * 3600.0), View("time"), make_run())
    assert axis["title"]["text"] == "elapsed time (h:mm:ss)"
    assert axis["ticktext"][:4] == ["0:00:00", "0:30:00", "1:00:00", "1:30:00"]
    assert axis["tickvals"][-1] > 2 * 4 * 3600, "ticks are ready for what is to come"


def test_zoomed_into_a_minute_of_a_long_run_the_seconds_show() -> None:
    axis = x_axis(laid("time", 90_000.0), View("time", first=7200, last=7500), make_run())
    assert axis["range"] == [7200, 7500]
    assert axis["ticktext"][:3] == ["2:00:00", "2:01:00", "2:02:00"]


def test_few_epochs_have_whole_ticks() -> None:
    assert x_axis(laid("epoch", 2), View(), make_run())["autorangeoptions"] == {"include": [0.0, 8.0]}
    assert x_axis(laid("epoch", 2), View(), make_run(planned_epochs=3))["dtick"] == 1
    assert x_axis(laid("epoch", 90), View(first=3, last=5), make_run())["dtick"] == 1
    assert "dtick" not in x_axis(laid("epoch", 90), View(first=3, last=50), make_run())


def test_large_values_are_read_with_k_and_small_ones_with_their_exponent() -> None:
    large = draw("metric:x", {"x": by_epoch([1.0, 250_000.0])}).layout["yaxis"]
    small = draw("metric:x", {"x": by_epoch([1e-6, 5e-5])}).layout["yaxis"]
    assert (large["exponentformat"], small["exponentformat"]) == ("SI", "e")


def test_a_constant_lies_in_the_middle_of_its_axis() -> None:
    axis = draw("metric:x", {"x": by_epoch([0.693, 0.693])}).layout["yaxis"]
    assert axis["autorangeoptions"]["include"] == [0.0, 1.386]
    assert axis["rangemode"] == "tozero"


def test_units_are_read_from_names() -> None:
    for name, unit in (
        ("error_px", "px"),
        ("step_time", "s"),
        ("gpu_memory_gb", "GB"),
        ("samples_per_second", "items/s"),
    ):
        assert draw(f"metric:{name}", {name: by_epoch([1.0, 2.0])}).layout["yaxis"]["title"]["text"] == unit
    assert "title" not in draw("metric:x", {"x": by_epoch([1.0])}).layout["yaxis"]


def test_labels_at_the_ends_of_lines_do_not_cover_one_another() -> None:
    curves = {f"val/acc_{k}": by_epoch([0.5, 0.9 + k / 10_000]) for k in range(6)}
    labels = draw("accuracies:val", curves).layout["annotations"]
    heights = sorted(200 * label["y"] + label["yshift"] for label in labels)
    assert len(labels) == 6
    assert min(np.diff(heights)) >= 12


def test_more_than_six_lines_have_a_legend_in_place_of_labels() -> None:
    layout = draw("accuracies:val", {f"val/acc_{k}": by_epoch([0.5, 0.9]) for k in range(7)}).layout
    assert layout["showlegend"] is True
    assert layout["annotations"] == []


def test_every_figure_keeps_its_zoom_and_has_one_hover_and_no_title() -> None:
    layout = draw("metric:x", {"x": by_step([1.0, 2.0])}, View("step")).layout
    assert layout["hovermode"] == "x unified"
    assert layout["uirevision"] == "kept"
    assert "title" not in layout


def test_text_is_shortened_in_the_middle_and_escaped() -> None:
    assert shorten("a" * 10 + "b" * 10, 7) == "aaa…bbb"
    assert safe("<b>$x$ & y</b>") == "&lt;b&gt;&#36;x&#36; &amp; y&lt;/b&gt;"
    assert [number(value) for value in (0.93770001, 5e-5, 3_256_742.75)] == ["0.9377", "5e-05", "3.2567e+06"]
    assert [elapsed(seconds) for seconds in (0, 59.6, 3661, -5, 90_000)] == [
        "0:00:00", "0:01:00", "1:01:01", "-0:00:05", "25:00:00",
    ]  # fmt: skip
