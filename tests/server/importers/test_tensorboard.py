"""Event files as torch, Lightning and Keras write them."""

import json
import math
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.server.importers.foreign import EPOCHS, STEPS, age, import_it, points_of, train
from tests.server_process import RunningServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


def write_events(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Train and log as a script of torch's does; returns what was logged, as float32, which event files hold."""
    from torch.utils.tensorboard import SummaryWriter

    told: dict[str, list[tuple[int, float]]] = {}
    with SummaryWriter(str(folder)) as writer:
        for logged in train():
            for metric, value in logged.metrics.items():
                writer.add_scalar(metric, value, logged.step)
                told.setdefault(metric, []).append((logged.step, float(np.float32(value))))
        for step, odd in enumerate((math.nan, math.inf, -math.inf)):
            writer.add_scalar("odd", odd, step)
        writer.add_text("about", "a short training", 0)
        writer.add_image("val/first", np.zeros((3, 8, 8), np.uint8), 1)
        writer.add_hparams({"lr": 0.05, "layers": 2, "kind": "linear"}, {"hparam/loss": 0.1})
    return told


def test_every_value_of_a_log_arrives_once(server: RunningServer, tmp_path: Path) -> None:
    told = write_events(tmp_path / "runs" / "first")
    age(tmp_path)
    status, out, errors = import_it(server, "tensorboard", tmp_path / "runs", "--json")
    assert (status, errors) == (0, "")
    (run,) = [each["run"] for each in json.loads(out)["runs"]]
    with server.client() as client:
        for metric, points in told.items():
            assert points_of(client, run, metric) == points
        assert client.get(f"/api/runs/{run}/points?metric=odd")["series"]["odd"]["nonfinite"]["values"] == [
            "NaN",
            "Infinity",
            "-Infinity",
        ]
        detail = client.get(f"/api/runs/{run}")
        assert detail["config"] == {"lr": 0.05, "layers": 2, "kind": "linear"}
        assert detail["origin"]["format"] == "tensorboard"
        assert (detail["state"], detail["project"], detail["name"]) == ("finished", "runs", "first")
        before = client.get(f"/api/runs/{run}/events")["events"]
        assert any(event["type"] == "note" and "a short training" in event["data"]["text"] for event in before)
        (sample,) = client.get(f"/api/runs/{run}/samples?split=val&epoch=1")["samples"]
        assert sample["width"] == 8
        assert import_it(server, "auto", tmp_path / "runs")[0] == 0
        assert client.get(f"/api/runs/{run}/events")["events"] == before
        assert points_of(client, run, "train/loss") == told["train/loss"]


def test_a_log_that_grew_adds_what_is_new(server: RunningServer, tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    folder = tmp_path / "growing"
    writer = SummaryWriter(str(folder))
    run = ""
    for upto in (3, 7, 12):
        for step in range(upto - 3 if upto == 3 else (3 if upto == 7 else 7), upto):
            writer.add_scalar("train/loss", 1 / (step + 1), step)
        writer.flush()
        status, out, _ = import_it(server, "tensorboard", folder, "--json")
        assert status == 0
        run = json.loads(out)["runs"][0]["run"]
        with server.client() as client:
            # The last step of a log that is still written to may not be whole.
            assert [step for step, _ in points_of(client, run, "train/loss")] == list(range(upto - 1))
    writer.close()
    age(folder)
    import_it(server, "tensorboard", folder)
    with server.client() as client:
        assert [step for step, _ in points_of(client, run, "train/loss")] == list(range(12))
        assert client.get(f"/api/runs/{run}")["state"] == "finished"


def test_a_damaged_file_gives_what_it_holds_and_says_what_was_lost(server: RunningServer, tmp_path: Path) -> None:
    told = write_events(tmp_path / "runs" / "cut")
    (file,) = [file for file in (tmp_path / "runs" / "cut").glob("*tfevents*")]
    whole = file.read_bytes()
    place = len(whole) // 2
    file.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
    age(tmp_path)
    status, out, errors = import_it(server, "tensorboard", tmp_path / "runs", "--json")
    assert status == 1
    assert "is damaged" in errors
    run = json.loads(out)["runs"][0]["run"]
    with server.client() as client:
        kept = points_of(client, run, "train/loss")
    assert len(told["train/loss"]) - 1 <= len(kept)  # one record is lost, of whichever metric
    assert set(kept) <= set(told["train/loss"])


def test_lightning_s_epochs_are_read_off_its_own_series(server: RunningServer, tmp_path: Path) -> None:
    log_with_lightning(tmp_path)
    age(tmp_path)
    status, out, _ = import_it(server, "tensorboard", tmp_path, "--json")
    assert status == 0
    run = json.loads(out)["runs"][0]["run"]
    with server.client() as client:
        epochs = client.get(f"/api/runs/{run}/epochs?metric=val_loss")["epochs"]["val_loss"]
        assert [point["epoch"] for point in epochs] == list(range(EPOCHS))
        assert client.get(f"/api/runs/{run}")["epochs_done"] == EPOCHS


def log_with_lightning(folder: Path) -> None:
    """Let Lightning's own logger write, as its trainer calls it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lightning.pytorch.loggers import TensorBoardLogger

        logger = TensorBoardLogger(str(folder), name="model")
        for logged in train():
            names = {"train/loss": "train_loss", "val/loss": "val_loss", "val/mae": "val_mae"}
            metrics = {names[name]: value for name, value in logged.metrics.items()}
            logger.log_metrics({**metrics, "epoch": logged.epoch}, logged.step)
        logger.finalize("success")


def test_keras_folders_of_splits_are_one_run(server: RunningServer, tmp_path: Path) -> None:
    """As its TensorBoard callback writes them: a folder a split, a step an epoch."""
    from torch.utils.tensorboard import SummaryWriter

    for split, bend in (("train", 1.0), ("validation", 1.2)):
        with SummaryWriter(str(tmp_path / "logs" / split)) as writer:
            for epoch in range(EPOCHS):
                writer.add_scalar("epoch_loss", bend / (epoch + 1), epoch)
    age(tmp_path)
    status, out, _ = import_it(server, "tensorboard", tmp_path, "--json")
    assert status == 0
    (run,) = [each["run"] for each in json.loads(out)["runs"]]
    with server.client() as client:
        assert [step for step, _ in points_of(client, run, "val/loss")] == list(range(EPOCHS))
        assert len(points_of(client, run, "train/loss")) == EPOCHS


def test_a_preview_imports_nothing(server: RunningServer, tmp_path: Path) -> None:
    write_events(tmp_path / "runs" / "seen")
    with server.client() as client:
        before = len(client.get("/api/runs")["runs"])
        status, out, _ = import_it(server, "tensorboard", tmp_path / "runs", "--preview")
        assert status == 0
        assert "runs/seen" in out
        assert f"{EPOCHS * STEPS + 2 * EPOCHS + 4} steps" in out
        assert len(client.get("/api/runs")["runs"]) == before


def test_what_is_no_log_is_refused_with_what_was_expected(server: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "notes.bin").write_text("nothing")
    for format_name, expected in (("tensorboard", "holds no event file"), ("auto", "looks like no known format")):
        status, _, errors = import_it(server, format_name, tmp_path)
        assert status == 2
        assert expected in errors
    assert import_it(server, "tensorboard", tmp_path / "nowhere")[0] == 2
