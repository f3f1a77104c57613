"""What W&B, MLflow, Trackio, Lightning and Keras wrote of a real training arrives whole, and the rules say the same."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.importers.foreign import EPOCHS, Logs, age, alerts_of, assert_equal, import_it, imported, points_of
from tests.server.importers.short_training import RATES, train
from tests.server_process import RunningServer

import epochwatch

ENDS_BY_FORMAT = {"wandb": "crashed", "mlflow_files": "crashed", "mlflow_database": "crashed", "trackio": "finished"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def native(server: RunningServer) -> dict[str, str]:
    """Log the same trainings with our own hook, the sick one with each way to end; returns their runs."""
    found = {}
    for name, lr, status in (
        ("healthy", RATES["healthy"], 0),
        ("crashed", RATES["sick"], 1),
        ("finished", RATES["sick"], 0),
    ):
        run = epochwatch.init(
            "native", name, config={"lr": lr}, console=False, server=server.url, token=server.token, dir=server.data
        )
        for logged in train(lr=lr):
            run.log(logged.metrics, step=logged.step, epoch=logged.epoch)
        run.finish(status)
        found[name] = run.id
    return found


FOREIGN = [
    ("wandb", "wandb", "wandb"),
    ("mlflow_files", "mlflow", "mlruns"),
    ("mlflow_database", "mlflow", "mlflow.db"),
    ("trackio", "trackio", "trackio"),
]


@pytest.mark.parametrize(("logger", "format_name", "inside"), FOREIGN)
def test_every_value_arrives_once_and_the_rules_say_what_they_said_natively(
    server: RunningServer, logs: Logs, native: dict[str, str], logger: str, format_name: str, inside: str
) -> None:
    folder, told = logs.of(logger)
    if logger == "trackio":
        let_time_pass(folder)
    runs = imported(server, format_name, folder / inside)
    with server.client() as client:
        for name in RATES:
            assert_equal(client, runs[name], told[name])
            detail = client.get(f"/api/runs/{runs[name]}")
            assert detail["project"] == "lines"
            assert detail["origin"]["format"] == format_name
            assert detail["epochs_done"] == EPOCHS
            assert detail["config"]["lr"] == RATES[name]
            like = native["healthy" if name == "healthy" else ENDS_BY_FORMAT[logger]]
            assert alerts_of(client, runs[name]) == alerts_of(client, like)
        assert client.get(f"/api/runs/{runs['healthy']}")["state"] == "finished"
        assert client.get(f"/api/runs/{runs['sick']}")["state"] == ENDS_BY_FORMAT[logger]
        assert alerts_of(client, runs["sick"])
        events = client.get(f"/api/runs/{runs['sick']}/events")["events"]
        assert imported(server, "auto", folder / inside) == runs
        assert client.get(f"/api/runs/{runs['sick']}/events")["events"] == events


def let_time_pass(folder: Path) -> None:
    """Trackio keeps no end of a run: one that logged a minute ago may go on. Its rows are made older here."""
    import sqlite3

    (database,) = (folder / "trackio").glob("*.db")
    with sqlite3.connect(database) as store:
        store.execute("UPDATE metrics SET timestamp = replace(timestamp, substr(timestamp, 1, 4), '2024')")
    store.close()
    age(folder)


def test_wandb_s_settings_and_pictures_come_along(server: RunningServer, logs: Logs) -> None:
    folder, _ = logs.of("wandb")
    runs = imported(server, "wandb", folder)
    with server.client() as client:
        detail = client.get(f"/api/runs/{runs['healthy']}")
        assert detail["config"] == {"lr": 0.05, "layers": [2, 1], "nested": {"kind": "linear"}}
        assert (detail["tags"], detail["note"]) == (["short"], "a line")
        (sample,) = client.get(f"/api/runs/{runs['healthy']}/samples?split=val&epoch={EPOCHS - 1}")["samples"]
        assert (sample["width"], sample["caption"]) == (8, "black")


def test_mlflow_s_tags_note_and_nested_runs_come_along(server: RunningServer, logs: Logs) -> None:
    folder, _ = logs.of("mlflow_files")
    runs = imported(server, "mlflow", folder / "mlruns")
    with server.client() as client:
        detail = client.get(f"/api/runs/{runs['healthy']}")
        assert detail["config"] == {"lr": 0.05, "layers": 2}
        assert (detail["tags"], detail["note"]) == (["kind=short"], "a line")
        child = client.get(f"/api/runs/{runs['healthy child']}")
        # MLflow keeps text; what Python would not have written so was text.
        assert child["config"] == {"rate": "5e-5", "tiny": 5e-5, "quick": True, "name": "007"}
        assert child["environment"]["mlflow"]["parent"] == detail["environment"]["mlflow"]["run"]
        assert points_of(client, runs["healthy child"], "score") == [(0, 1.5)]


@pytest.mark.parametrize(("format_name", "inside"), [("csv", "csv"), ("tensorboard", "events")])
def test_lightning_s_own_loggers_arrive_whole(server: RunningServer, logs: Logs, format_name: str, inside: str) -> None:
    folder, told = logs.of("lightning")
    (run,) = imported(server, format_name, folder / inside).values()
    with server.client() as client:
        assert_equal(client, run, told["model"])
        assert client.get(f"/api/runs/{run}")["epochs_done"] == EPOCHS
        if format_name == "tensorboard":
            assert client.get(f"/api/runs/{run}")["config"] == {"lr": 0.05, "layers": 2, "kind": "linear"}


def test_keras_csv_logger_arrives_whole(server: RunningServer, logs: Logs) -> None:
    folder, told = logs.of("keras")
    (run,) = imported(server, "csv", folder / "training.csv").values()
    with server.client() as client:
        assert_equal(client, run, told["fit"])
        assert client.get(f"/api/runs/{run}")["epochs_done"] == EPOCHS


@pytest.mark.parametrize(
    ("logger", "run_name", "metric"), [("keras", "fit", "val_loss"), ("lightning", "model", "val_loss")]
)
def test_progress_lines_are_read_as_the_terminal_showed_them(
    server: RunningServer, logs: Logs, logger: str, run_name: str, metric: str
) -> None:
    folder, told = logs.of(logger)
    (run,) = imported(server, "log", folder / "fit.log").values()
    with server.client() as client:
        shown = client.get(f"/api/runs/{run}/epochs?metric={metric}")["epochs"][metric]
        exact = [float(value) for _, value in told[run_name][metric]]
        assert [point["epoch"] for point in shown] == list(range(EPOCHS))
        assert all(math.isclose(point["value"], value, rel_tol=6e-3) for point, value in zip(shown, exact, strict=True))
        assert client.get(f"/api/runs/{run}")["planned_epochs"] == (EPOCHS if logger == "keras" else None)


def test_a_wandb_file_that_was_cut_or_damaged_gives_what_it_holds(
    server: RunningServer, logs: Logs, tmp_path: Path
) -> None:
    folder, told = logs.of("wandb")
    (original,) = [file for file in folder.rglob("run-*.wandb") if b"healthy" in file.read_bytes()[:4000]]
    cut = tmp_path / "offline-run-1" / "run-cut.wandb"
    cut.parent.mkdir()
    cut.write_bytes(original.read_bytes()[: original.stat().st_size // 2])
    age(tmp_path)
    status, out, errors = import_it(server, "wandb", tmp_path, "--json", "--project", "cut")
    assert status == 1
    assert "no whole record" in errors
    run = json.loads(out)["runs"][0]["run"]
    assert run  # the same run as the whole file's: what it holds is there already
    with server.client() as client:
        assert_equal(client, run, told["healthy"])


def test_what_another_program_logged_can_be_diagnosed(logs: Logs) -> None:
    from tests.server.cli.test_process import epochwatch as command

    for logger, format_name, inside in FOREIGN:
        folder, _ = logs.of(logger)
        done = command("diagnose", str(folder / inside), "--json", "--format", format_name)
        sick = next(run for run in json.loads(done.stdout)["runs"] if run["run"] == "sick")
        assert done.returncode == 1
        assert "nonfinite" in {alert["rule"] for alert in sick["alerts"]}
    done = command("diagnose", str(logs.of("trackio")[0] / "trackio"))
    assert "sick" in done.stdout
