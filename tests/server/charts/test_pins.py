"""What happened in a run's life stands on its charts, at its place on each of the three axes."""

from dataclasses import replace
from typing import Any

import pytest
from tests.server.charts.curves import CREATED_MS, by_epoch, inventory_of, make_run, parts_of, prove_legal

from epochwatch_server.charts.chart import Best, ChartData
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.metric import figure, needs
from epochwatch_server.charts.pins import HEAD_ROOM, MOST_CHANGES, Pin, pins_for
from epochwatch_server.charts.tracks import epochs_of_points
from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Tracked

ALERT = Pin(
    "alert", "val/loss rises", 12, 129, CREATED_MS + 129_000, severity="warning", alert=7, metrics=("val/loss",)
)
DROP = Pin("lr", "lr 5e-05", 10, 109, CREATED_MS + 109_000, size=2.3)
VALUES = {"val/loss": by_epoch([2.0 - 0.1 * k for k in range(20)])}


def draw(*pins: Pin, view: View | None = None, bests: tuple[Best, ...] = (), tracked: Tracked | None = None) -> Figure:
    inventory = inventory_of(VALUES, make_run(tracked=tracked))
    found = needs(inventory, "loss")
    assert found is not None
    epochs = {metric: epochs_of_points(points) for metric, points in VALUES.items()}
    drawn = figure(ChartData(inventory, "loss", found, epochs=epochs, pins=pins, bests=bests), view or View())
    prove_legal(drawn)
    return drawn


def lines(figure: Figure) -> list[dict[str, Any]]:
    return [shape for shape in figure.layout["shapes"] if shape.get("yref") == "y domain"]


def test_an_alert_stands_on_the_top_edge_with_shape_colour_and_words() -> None:
    drawn = draw(ALERT, replace(ALERT, epoch=3, severity="critical", alert=8))
    (pins,) = parts_of(drawn, "pins")
    assert pins["x"] == [3, 12]
    assert pins["y"] == [1.0, 1.0]
    assert pins["yaxis"] == "y2"
    assert pins["marker"]["symbol"] == ["octagon", "triangle-up"]
    assert pins["marker"]["color"] == ["token:critical", "token:warning"]
    assert pins["hovertext"] == ["critical: val/loss rises", "warning: val/loss rises"]
    assert pins["customdata"] == [[8, "critical"], [7, "warning"]]
    assert drawn.layout["margin"]["t"] == draw().layout["margin"]["t"] + HEAD_ROOM


def test_alerts_of_one_place_share_a_pin_that_counts_them_and_looks_like_the_worst() -> None:
    (pins,) = parts_of(draw(ALERT, replace(ALERT, severity="critical", alert=8, text="worse")), "pins")
    assert pins["x"] == [12]
    assert pins["text"] == ["2"]
    assert pins["customdata"] == [[8, "critical"]]
    assert pins["hovertext"] == ["critical: worse<br>warning: val/loss rises"]


def test_pins_keep_their_place_on_all_three_axes() -> None:
    assert ALERT.place("epoch", CREATED_MS) == 12
    assert ALERT.place("step", CREATED_MS) == 129
    assert ALERT.place("time", CREATED_MS) == 129.0
    assert replace(ALERT, step=None).place("step", CREATED_MS) is None


def test_a_pin_outside_of_what_is_seen_does_not_stretch_the_axis() -> None:
    drawn = draw(ALERT, DROP, view=View("epoch", first=0.0, last=8.0))
    assert parts_of(drawn, "pins") == []
    assert lines(drawn) == []


def test_a_change_is_a_thin_labelled_line() -> None:
    (line,) = lines(draw(DROP))
    assert (line["x0"], line["x1"]) == (10, 10)
    assert line["label"]["text"] == "lr 5e-05"
    assert line["line"]["width"] == 1


def test_labels_that_would_cover_each_other_are_left_out_and_the_lines_stay() -> None:
    drawn = lines(draw(DROP, replace(DROP, epoch=11), replace(DROP, epoch=19)))
    assert [line["label"]["text"] for line in drawn] == ["lr 5e-05", "", "lr 5e-05"]


@pytest.mark.parametrize(("pixels", "words"), [(320, ["lr 5e-05", ""]), (900, ["lr 5e-05", "lr 5e-05"])])
def test_a_narrow_chart_has_room_for_fewer_labels(pixels: int, words: list[str]) -> None:
    drawn = lines(draw(DROP, replace(DROP, epoch=14), view=View("epoch", width=pixels)))
    assert [line["label"]["text"] for line in drawn] == words


def test_of_too_many_changes_the_largest_are_drawn() -> None:
    drawn = lines(draw(*(replace(DROP, epoch=k, size=float(k)) for k in range(MOST_CHANGES + 5))))
    assert [line["x0"] for line in drawn] == list(range(5, MOST_CHANGES + 5))


@pytest.mark.parametrize(
    ("metrics", "tracked", "is_shown"),
    [
        (("train/loss",), None, True),
        (("val/acc",), None, False),
        (("val/acc",), "val/acc", True),
        (("lr",), None, False),
    ],
)
def test_an_alert_is_shown_where_its_metrics_are_and_on_the_tracked_metrics_chart(
    metrics: tuple[str, ...], tracked: str | None, is_shown: bool
) -> None:
    assert (pins_for([ALERT], metrics, tracked) == (ALERT,)) == is_shown


def test_an_alert_about_the_run_as_a_whole_is_on_every_chart() -> None:
    silent = replace(ALERT, metrics=())
    assert pins_for([silent], ("val/acc",), None) == (silent,)


def test_a_rates_own_chart_needs_no_line_for_its_drop() -> None:
    assert pins_for([DROP], ("lr", "lr/head"), None) == ()
    assert pins_for([DROP], ("val/loss",), None) == (DROP,)


def test_what_a_run_wrote_cannot_be_markup() -> None:
    (pins,) = parts_of(draw(replace(ALERT, text='<a href="x">y</a>')), "pins")
    assert "<" not in pins["hovertext"][0]


def test_new_bests_are_stars_on_the_tracked_line_the_last_one_large() -> None:
    bests = tuple(Best(2.0 - 0.1 * k, k, 10 * k + 9, CREATED_MS) for k in (0, 5, 19))
    drawn = draw(bests=bests, tracked=Tracked("val/loss", "min", best=0.1, best_epoch=19))
    (earlier,), (last,) = parts_of(drawn, "bests"), parts_of(drawn, "best")
    assert earlier["x"] == [0, 5]
    assert last["x"] == [19]
    assert earlier["marker"]["size"] < last["marker"]["size"]
