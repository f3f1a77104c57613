"""From the store onto the charts: alerts, drops, phases and bests at their places; an alert's own chart; targets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.charts.curves import CREATED_MS, by_epoch, by_step, make_run, parts_of, prove_legal

from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.tracks import epochs_of_points
from epochwatch_server.charts.view import View
from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.run import Declared, Tracked
from epochwatch_server.domain.series import NO_EPOCH, Points
from epochwatch_server.flows.alert_chart import alert_figure
from epochwatch_server.flows.charting import figure_of
from epochwatch_server.flows.targets import targets_of
from epochwatch_server.health.lifecycle import Alert, Phase, alert_to_json
from epochwatch_server.health.rule import Evidence, Finding, Severity
from epochwatch_server.store import alerts, events, runs, series
from epochwatch_server.store.database import Connection, Database, open_database

RUN = make_run(tracked=Tracked("val/acc", "max", best=0.5, best_epoch=4))
LOSSES = {"train/loss": by_step(np.linspace(2, 1, 50)), "val/loss": by_epoch([2.0, 1.5, 1.6, 1.9, 2.2])}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/epochwatch.db")
    yield opened
    opened.close()


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    with database.writer() as connection, connection.begin():
        yield connection


def keep(database: Database, curves: dict[str, Points]) -> None:
    with writing(database) as connection:
        runs.insert_run(connection, RUN)
        assert series.append_points(connection, RUN.id, curves) == []
        summed = {metric: epochs_of_points(points) for metric, points in curves.items()}
        series.append_epoch_points(connection, RUN.id, summed)


def fire(database: Database, *metrics: str, epoch: int = 3, since: int | None = 1) -> int:
    evidence = Evidence({"best": 1.5}, "more than 10 %", since, metrics)
    finding = Finding(Severity.WARNING, "val/loss rises", evidence)
    alert = Alert("overfitting", "", Phase.FIRING, Severity.WARNING, finding, epoch - 1, epoch, 0.0)
    with writing(database) as connection:
        return alerts.put_alert(connection, RUN.id, alert_to_json(alert), CREATED_MS).id


def tell(database: Database, type_: str, epoch: int, **data: Any) -> None:
    event = RunEvent(0, RUN.id, type_, epoch, 10 * epoch + 9, CREATED_MS + 1000 * (10 * epoch + 9), data)
    with writing(database) as connection:
        events.append_events(connection, RUN.id, [event])


def draw(database: Database, chart_id: str, view: View | None = None) -> Figure:
    with database.read() as connection:
        figure = figure_of(connection, RUN.id, chart_id, view or View())
    prove_legal(figure)
    return figure


def lines(figure: Figure) -> list[tuple[float, str]]:
    return [
        (shape["x0"], shape["label"]["text"])
        for shape in figure.layout["shapes"]
        if shape.get("xref") == "x" and "label" in shape
    ]


@pytest.mark.parametrize(("x", "place"), [("epoch", 3), ("step", 39), ("time", 39.0)])
def test_an_alert_stands_at_its_epoch_whatever_runs_along_the_bottom(database: Database, x: Any, place: float) -> None:
    keep(database, LOSSES)
    id_ = fire(database, "val/loss")
    (pins,) = parts_of(draw(database, "metric:loss", View(x)), "pins")
    assert pins["x"] == [place]
    assert pins["customdata"] == [[id_, "warning"]]


def test_an_alert_of_the_epoch_that_is_still_going_on_stands_at_the_last_step(database: Database) -> None:
    keep(database, LOSSES)
    fire(database, "val/loss", epoch=5)
    (pins,) = parts_of(draw(database, "metric:loss", View("step")), "pins")
    assert pins["x"] == [RUN.step]


def test_an_alert_is_not_on_charts_that_it_does_not_speak_of(database: Database) -> None:
    keep(database, {**LOSSES, "val/mae": by_epoch([1.0, 2.0]), "val/acc": by_epoch([0.1, 0.2])})
    fire(database, "val/loss")
    assert parts_of(draw(database, "metric:mae"), "pins") == []
    assert len(parts_of(draw(database, "metric:acc"), "pins")) == 1, "the tracked metric's chart tells every alert"


def test_drops_of_the_rate_and_phases_of_a_curriculum_are_lines(database: Database) -> None:
    keep(database, {**LOSSES, "weight/peak": by_epoch([0.0, 0.0, 1.0, 1.0, 1.0])})
    tell(database, "lr", 3, value=1e-4, previous=1e-3)
    assert lines(draw(database, "metric:loss")) == [(2, "peak 0→1"), (3, "lr 0.0001")]
    assert [at for at, _ in lines(draw(database, "metric:loss", View("step")))] == [29, 39]


def test_every_new_best_is_starred_on_the_tracked_metrics_chart(database: Database) -> None:
    keep(database, {**LOSSES, "val/acc": by_epoch([0.1, 0.2, 0.3, 0.2, 0.5])})
    for epoch, value in ((0, 0.1), (1, 0.2), (2, 0.3), (4, 0.5)):
        tell(database, "best", epoch, metric="val/acc", value=value, previous=None)
    (earlier,) = parts_of(draw(database, "metric:acc"), "bests")
    assert (earlier["x"], earlier["y"]) == ([0, 1, 2], [0.1, 0.2, 0.3])
    assert parts_of(draw(database, "metric:loss"), "bests") == []


def test_an_alerts_own_chart_marks_the_stretch_since_the_trouble_began(database: Database) -> None:
    keep(database, LOSSES)
    id_ = fire(database, "val/loss", "train/loss", "gone/metric")
    with database.read() as connection:
        figure = alert_figure(connection, RUN.id, id_)
    prove_legal(figure)
    assert {trace["meta"]["metric"] for trace in figure.data} == {"val/loss", "train/loss"}
    (wash,) = [shape for shape in figure.layout["shapes"] if shape.get("name") == "stretch"]
    assert (wash["x0"], wash["x1"]) == (0.5, 4.5)


def test_an_alert_is_drawn_for_its_own_run_only(database: Database) -> None:
    keep(database, LOSSES)
    id_ = fire(database, "val/loss")
    with database.read() as connection:
        for run_id, alert_id in (("another", id_), (RUN.id, id_ + 1)):
            with pytest.raises(NotFound):
                alert_figure(connection, run_id, alert_id)


def test_targets_are_scored_from_what_the_run_sent(database: Database) -> None:
    keep(database, {"val/acc": by_epoch([0.1, 0.2, 0.3, 0.4, 0.5])})
    run = make_run(declared=Declared(targets={"val/acc": {"3": 0.3}}, bands={"val/acc": {"minimum": 0.45}}))
    with database.read() as connection:
        (found,) = targets_of(connection, run)
    assert found.milestones[0].reached == 2
    assert found.band == "minimum"
    with database.read() as connection:
        assert targets_of(connection, make_run()) == []


def test_an_alert_of_a_run_without_epochs_stands_at_its_step(database: Database) -> None:
    with writing(database) as connection:
        runs.insert_run(connection, replace(RUN, epoch=None, epochs_done=0, tracked=None))
        points = replace(by_step(np.linspace(2, 1, 50)), epochs=np.full(50, NO_EPOCH))
        assert series.append_points(connection, RUN.id, {"train/loss": points}) == []
    id_ = fire(database, "train/loss", epoch=39, since=30)
    for x in ("epoch", "step"):
        (pins,) = parts_of(draw(database, "metric:loss", View(x)), "pins")
        assert (pins["x"], pins["customdata"]) == ([39], [[id_, "warning"]])
    with database.read() as connection:
        figure = alert_figure(connection, RUN.id, id_)
    prove_legal(figure)
    (line,) = [trace for trace in figure.data if trace["meta"].get("metric") == "train/loss"]
    assert max(line["x"]) == 49
    assert [shape["x0"] for shape in figure.layout["shapes"] if shape.get("name") == "stretch"] == [29.5]
