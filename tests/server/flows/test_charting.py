"""From the store to a chart: what is read, for which range, and at what size."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.charts.curves import CREATED_MS, by_epoch, by_step, make_run, parts_of, prove_legal

from epochwatch_server.charts.figure import Figure, Trace
from epochwatch_server.charts.tracks import epochs_of_points
from epochwatch_server.charts.view import View
from epochwatch_server.domain.errors import InvalidInput, NotFound
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import NO_EPOCH, Points
from epochwatch_server.flows.charting import charts_of, figure_of
from epochwatch_server.store import events, runs, series
from epochwatch_server.store.database import Connection, Database, open_database

RUN = make_run()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/epochwatch.db")
    yield opened
    opened.close()


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    with database.writer() as connection, connection.begin():
        yield connection


def keep(database: Database, curves: dict[str, Points], *, epochs: bool = True, run: Run = RUN) -> None:
    """Store a run as ingest does: its points, and the epochs that its hook summed up."""
    with writing(database) as connection:
        if runs.get_run(connection, run.id) is None:
            runs.insert_run(connection, run)
        assert series.append_points(connection, run.id, curves) == []
        if epochs:
            summed = {metric: epochs_of_points(points) for metric, points in curves.items()}
            series.append_epoch_points(connection, run.id, summed)


def draw(database: Database, chart_id: str, view: View | None = None) -> Figure:
    with database.read() as connection:
        figure = figure_of(connection, RUN.id, chart_id, view or View())
    prove_legal(figure)
    return figure


def line(figure: Figure) -> Trace:
    return next(trace for trace in figure.data if "part" not in trace["meta"])


def test_epochs_are_drawn_as_the_run_summed_them_up(database: Database) -> None:
    keep(database, {"train/loss": by_step(np.arange(50.0)), "val/loss": by_epoch([5.0, 4.0, 3.0, 2.0, 1.0])})
    figure = draw(database, "metric:loss")
    assert [(t["x"], t["y"]) for t in figure.data if "part" not in t["meta"]] == [
        ([0, 1, 2, 3, 4], [4.5, 14.5, 24.5, 34.5, 44.5]),
        ([0, 1, 2, 3, 4], [5.0, 4.0, 3.0, 2.0, 1.0]),
    ]


def test_a_run_whose_epochs_nobody_summed_up_has_them_counted_from_every_point(database: Database) -> None:
    values = np.random.default_rng(0).normal(0, 1, 20_000)
    keep(database, {"train/loss": by_step(values)}, epochs=False)
    found = line(draw(database, "metric:loss", View(width=200, first=0, last=99)))
    assert found["y"][:100] == pytest.approx(values.reshape(-1, 10).mean(axis=1)[:100].tolist())


def test_one_spike_in_a_hundred_thousand_steps_is_drawn_at_every_zoom(database: Database) -> None:
    values = np.ones(100_000)
    values[54_321] = 5e6
    keep(database, {"train/loss": by_step(values, epochs=False)}, epochs=False)
    for first, last in ((None, None), (0, 99_999), (50_000, 60_000), (54_000, 54_400), (54_321, 54_321)):
        drawn = line(draw(database, "metric:loss", View("step", first=first, last=last, width=400)))
        assert 5e6 in drawn["y"]
        assert len(drawn["x"]) <= 802


def test_zoomed_in_every_point_is_there_and_one_beyond_either_end(database: Database) -> None:
    keep(database, {"train/loss": by_step(np.arange(100_000.0), epochs=False)}, epochs=False)
    drawn = line(draw(database, "metric:loss", View("step", first=5000, last=5100)))
    assert drawn["x"] == list(range(4998, 5103))


def test_a_range_of_time_finds_its_steps(database: Database) -> None:
    keep(database, {"train/loss": by_step(np.arange(100_000.0), epochs=False)}, epochs=False)
    drawn = line(draw(database, "metric:loss", View("time", first=5000.0, last=5001.5)))
    assert {5000.0, 5001.0} <= set(drawn["x"])
    assert drawn["x"][0] < 5000.0
    assert drawn["x"][-1] > 5001.5
    assert len(drawn["x"]) < 300


@pytest.mark.parametrize(
    "view",
    [View("time", first=1e9, last=2e9), View("step", first=1e17, last=1e18), View("time", first=-9.0, last=-1.0)],
)
def test_a_range_beyond_the_data_is_no_error(database: Database, view: View) -> None:
    keep(database, {"train/loss": by_step(np.arange(100.0))})
    draw(database, "metric:loss", view)


def test_the_average_of_a_long_series_is_over_every_point_and_knows_what_was_before(database: Database) -> None:
    values = np.ones(100_000)
    values[::100] = 101.0  # its mean is 2; the mean of minima and maxima would be 51
    keep(database, {"train/loss": by_step(values, epochs=False)}, epochs=False)
    for view in (
        View("step", smooth=0.99),
        View("step", smooth=0.99, first=90_000, last=99_000),
        View("time", smooth=0.99),
    ):
        (average,) = parts_of(draw(database, "metric:loss", view), "average")
        assert average["y"][-1] == pytest.approx(2.0, abs=0.6)
        assert len(average["x"]) <= 2002


def test_class_counts_are_the_latest_of_their_split(database: Database) -> None:
    keep(database, {"val/f1_macro": by_epoch([0.1, 0.2]), "train/f1_macro": by_epoch([0.1, 0.2])})
    told: list[dict[str, Any]] = [
        {"split": "val", "truth": [5, 5], "predicted": [10, 0], "confusion": [[5, 0], [5, 0]]},
        {"split": "val", "truth": [5, 5], "predicted": [6, 4], "confusion": None},
    ]
    with writing(database) as connection:
        listed = [RunEvent(0, RUN.id, "classes", epoch, 9, CREATED_MS, data) for epoch, data in enumerate(told)]
        events.append_events(connection, RUN.id, listed)
    with database.read() as connection:
        ids = [chart.id for section in charts_of(connection, RUN.id) for chart in section.charts]
    assert "classes:val" in ids
    assert "classes:train" not in ids
    figure = draw(database, "classes:val")
    assert figure.data[1]["y"] == [6, 4]
    assert figure.layout["xaxis"]["title"]["text"] == "class, epoch 1"
    with pytest.raises(NotFound, match="nothing to draw"):
        draw(database, "confusion:val")


def test_weights_that_were_logged_by_epoch_enter_the_shares(database: Database) -> None:
    curves = {
        "train/loss_a": by_epoch([1.0, 1.0]),
        "train/loss_b": by_epoch([1.0, 1.0]),
        "weight/a": by_epoch([1.0, 3.0]),
    }
    keep(database, curves)
    assert draw(database, "shares:train").data[0]["y"] == pytest.approx([50.0, 75.0])


@pytest.mark.parametrize(
    "chart_id", ["nothing", "metric:unknown", "shares:train", "lr", "lr:x", "", ":", "components:"]
)
def test_a_chart_that_the_run_does_not_have_is_not_found(database: Database, chart_id: str) -> None:
    keep(database, {"train/loss": by_step([1.0])})
    with pytest.raises(NotFound):
        draw(database, chart_id)


def test_a_run_that_does_not_exist_is_not_found(database: Database) -> None:
    with database.read() as connection, pytest.raises(NotFound, match="there is no run"):
        charts_of(connection, "nobody")


def test_a_range_that_ends_before_it_begins_is_refused(database: Database) -> None:
    keep(database, {"train/loss": by_step([1.0])})
    with pytest.raises(InvalidInput, match="first <= last"):
        draw(database, "metric:loss", View("step", first=9, last=3))


def test_a_run_without_points_has_no_charts(database: Database) -> None:
    keep(database, {})
    with database.read() as connection:
        assert charts_of(connection, RUN.id) == []


def test_ten_thousand_metrics_are_listed_and_drawn(database: Database) -> None:
    keep(database, {f"train/m{k:05}": by_step([1.0]) for k in range(9_990)}, epochs=False)
    keep(database, {f"grad_norm/l{k}": by_step([1.0, 2.0]) for k in range(10)})
    with database.read() as connection:
        listed = charts_of(connection, RUN.id)
        assert [(section.id, len(section.charts), section.hidden) for section in listed] == [
            ("gradients", 1, 0),
            ("other", 200, 9_790),
        ]
        (found,) = charts_of(connection, RUN.id, "m09989")
    assert [chart.metrics for chart in found.charts] == [("train/m09989",)]
    assert len(draw(database, "gradients", View("step")).data) == 10


def test_a_full_figure_is_small_and_exact(database: Database) -> None:
    rng = np.random.default_rng(0)
    keep(database, {f"val/acc_{k}": by_step(rng.random(50_000), epochs=False) for k in range(10)}, epochs=False)
    figure = draw(database, "accuracies:val", View("step"))
    assert [len(trace["x"]) <= 2002 for trace in figure.data] == [True] * 10
    body = figure.to_json()
    assert len(body) < 10 * 2002 * 32
    assert json.loads(body)["data"] == figure.data


def test_a_metric_known_by_epoch_only_is_drawn_along_steps_and_time_too(database: Database) -> None:
    keep(database, {})
    with writing(database) as connection:
        series.append_epoch_points(connection, RUN.id, {"val/acc": epochs_of_points(by_epoch([0.1, 0.2]))})
    assert [line(draw(database, "metric:acc", View(x)))["x"] for x in ("epoch", "step", "time")] == [
        [0, 1],
        [9, 19],
        [9.0, 19.0],
    ]


def test_points_outside_any_epoch_are_drawn_by_step(database: Database) -> None:
    keep(database, {"speed": by_step([1.0, 2.0, 3.0], epochs=False)}, epochs=False)
    with database.read() as connection:
        assert series.read_points(connection, RUN.id, "speed").epochs.tolist() == [NO_EPOCH] * 3
    assert line(draw(database, "metric:speed"))["x"] == [0, 1, 2]
