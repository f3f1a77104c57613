"""An alert's small chart shows what it speaks of, and when."""

from typing import Any

from tests.server.charts.curves import by_epoch, inventory_of, prove_legal

from epochwatch_server.charts.chart import ChartData, Needs
from epochwatch_server.charts.evidence import MOST_METRICS, Stretch, drawable_metrics, evidence_figure
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.tracks import epochs_of_points

CURVES = {"train/loss": by_epoch([2.0, 1.0, 0.5, 0.2]), "val/loss": by_epoch([2.0, 1.5, 1.8, 2.1])}


def draw(stretch: Stretch, metrics: tuple[str, ...] = ("train/loss", "val/loss")) -> Figure:
    epochs = {metric: epochs_of_points(CURVES[metric]) for metric in metrics}
    drawn = evidence_figure(ChartData(inventory_of(CURVES), "", Needs(metrics, by_epoch=True), epochs=epochs), stretch)
    prove_legal(drawn)
    return drawn


def wash(figure: Figure) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [shape for shape in figure.layout["shapes"] if shape.get("name") == "stretch"]
    return found


def test_the_stretch_of_a_firing_alert_reaches_to_the_last_epoch() -> None:
    found = wash(draw(Stretch("critical", 1)))
    assert (found["x0"], found["x1"], found["fillcolor"]) == (0.5, 3.5, "token:critical")


def test_the_stretch_of_a_resolved_alert_ends_with_it() -> None:
    found = wash(draw(Stretch("warning", 1, 2)))
    assert (found["x0"], found["x1"], found["fillcolor"]) == (0.5, 2.5, "token:warning")


def test_train_and_val_of_one_metric_keep_the_runs_hue() -> None:
    colours = [trace["line"]["color"] for trace in draw(Stretch("warning", 1)).data if "part" not in trace["meta"]]
    assert colours == ["token:run-light", "token:run"]


def test_an_alert_without_a_series_draws_nothing_and_says_so() -> None:
    drawn = draw(Stretch("warning", 1), ())
    assert drawn.data == []
    assert drawn.layout["annotations"][0]["text"] == "no points yet"


def test_what_has_another_scale_is_not_squeezed_onto_the_same_axis() -> None:
    assert drawable_metrics(["train/loss", "lr", "val/loss"]) == ("train/loss", "val/loss")
    assert drawable_metrics(["val/acc", "val/f1_macro", "val/loss"]) == ("val/acc", "val/f1_macro")
    assert drawable_metrics([]) == ()
    assert len(drawable_metrics([f"grad_norm/l{k}" for k in range(20)])) == MOST_METRICS
