"""The learning rate."""

from tests.server.charts.curves import by_step, draw, line_of, parts_of

from epochwatch_server.charts.view import View

HALVED = by_step([5e-5] * 20 + [2.5e-5] * 20)


def test_a_rate_holds_until_it_changes() -> None:
    line = line_of(draw("lr", {"lr": HALVED}, View("step")), "lr")
    assert line["line"]["shape"] == "hv"
    assert line["y"][19:21] == [5e-5, 2.5e-5]


def test_the_ticks_say_5e_5_and_a_constant_rate_is_no_line_at_0() -> None:
    axis = draw("lr", {"lr": by_step([5e-5] * 30)}).layout["yaxis"]
    assert axis["exponentformat"] == "e"
    assert axis["autorangeoptions"]["include"] == [0.0, 0.0, 1e-4]


def test_every_group_has_its_line_and_none_is_smoothed() -> None:
    curves = {"lr/head": HALVED, "lr/backbone": HALVED}
    figure = draw("lr", curves, View("step", smooth=0.9))
    assert [trace["name"] for trace in figure.data] == ["backbone", "head"]
    assert not parts_of(figure, "average")


def test_the_rates_of_lightning_and_hugging_face_are_found() -> None:
    figure = draw("lr", {"lr-Adam/pg1": HALVED, "train/learning_rate": HALVED})
    assert {trace["name"] for trace in figure.data if "part" not in trace["meta"]} == {"lr-Adam/pg1", "learning_rate"}
