"""Several runs on one chart: own hues, one axis, differences to a baseline, mean and spread."""

import math

import numpy as np
import pytest
from tests.server.charts.curves import by_epoch, prove_legal

from epochwatch_server.charts.overlay import Alignment, Overlay, RunLine, Spread, overlay_figure, spread_figure
from epochwatch_server.charts.tracks import epochs_of_points

METRIC = "val/acc"


def line(run: str, hue: int, values: list[float], planned: int | None = None, best: int | None = None) -> RunLine:
    return RunLine(run, f"<b>{run}</b>", hue, 0, planned, epochs_of_points(by_epoch(values)), best_epoch=best)


@pytest.mark.parametrize("align", ["epoch", "step", "time", "fraction"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_lines_are_legal_along_every_axis(align: Alignment, scale: str) -> None:
    lines = [line("a", 0, [0.1, math.nan, 0.3, math.inf], 8), line("b", 1, [0.2, 0.0, -1.0]), line("c", 11, [])]
    figure = overlay_figure(lines, METRIC, Overlay(align, scale))  # type: ignore[arg-type]
    prove_legal(figure)
    told = {trace["meta"]["run"]: trace["line"]["color"] for trace in figure.data if "part" not in trace["meta"]}
    assert told == {"a": "token:series-0", "b": "token:series-1"}


def test_a_difference_ends_where_the_baseline_ends() -> None:
    lines = [line("a", 0, [1.0, 2.0, 3.0]), line("b", 1, [1.5, 2.5, 3.5, 9.0])]
    figure = overlay_figure(lines, METRIC, Overlay(baseline="a"))
    prove_legal(figure)
    assert figure.data[0]["y"] == [0.0, 0.0, 0.0]
    assert figure.data[1]["y"] == [0.5, 0.5, 0.5, None]


@pytest.mark.parametrize(("asked", "x"), [(Overlay(), 1), (Overlay("fraction"), 20.0), (Overlay(first=0, last=1), 1)])
def test_the_best_epoch_is_starred_where_it_is_in_sight(asked: Overlay, x: float) -> None:
    figure = overlay_figure([line("a", 0, [0.1, 0.9, 0.3], 10, best=1)], METRIC, asked)
    prove_legal(figure)
    (star,) = [trace for trace in figure.data if trace["meta"].get("part") == "best"]
    assert (star["x"], star["y"]) == ([x], [0.9])


@pytest.mark.parametrize("asked", [Overlay(first=3, last=4), Overlay("step"), Overlay(baseline="a")])
def test_a_best_epoch_out_of_sight_has_no_star(asked: Overlay) -> None:
    figure = overlay_figure([line("a", 0, [0.1, 0.9, 0.3, 0.2, 0.2], best=1)], METRIC, asked)
    assert not [trace for trace in figure.data if trace["meta"].get("part") == "best"]


def test_a_share_of_the_plan_is_told_in_percent() -> None:
    figure = overlay_figure([line("a", 0, [1.0] * 5, 10), line("b", 1, [1.0] * 5, 5)], METRIC, Overlay("fraction"))
    assert figure.data[0]["x"][-1] == 50.0
    assert figure.data[1]["x"][-1] == 100.0


def test_a_name_cannot_write_markup() -> None:
    figure = overlay_figure([line("a", 0, [1.0, 2.0])], METRIC, Overlay(baseline="a"))
    assert "<b>" not in figure.data[0]["name"]
    assert "<b>" not in figure.layout["yaxis"]["title"]["text"]


def test_groups_are_a_mean_with_its_spread() -> None:
    epochs = np.arange(3)
    mean = np.array([0.1, 0.2, np.nan])
    spreads = [
        Spread("seed 1", 0, 2, epochs, mean, mean - 0.1, mean + 0.1),
        Spread("seed 2", 1, 1, epochs, mean, mean, mean),
    ]
    for scale in ("linear", "log"):
        figure = spread_figure(spreads, METRIC, Overlay(scale=scale))
        prove_legal(figure)
        named = [trace["name"] for trace in figure.data if "part" not in trace["meta"]]
        assert named == ["seed 1 (2 runs)", "seed 2 (1 run)"]


def test_nothing_to_draw_is_said() -> None:
    for figure in (overlay_figure([line("a", 0, [])], METRIC, Overlay()), spread_figure([], METRIC, Overlay())):
        prove_legal(figure)
        assert figure.data == []
        assert figure.layout["annotations"][0]["text"]
