"""Logs the short training with another program's own logger, as a process of its own: `python loggers.py NAME FOLDER`.

Prints what was logged as JSON: run -> metric -> [[step, value]]. Loggers are as they come: their services, threads and
warnings stay in this process.
"""

import json
import logging
import math
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from tests.server.importers.short_training import EPOCHS, RATES, train

Told = dict[str, dict[str, list[tuple[int, float]]]]


def with_wandb(folder: Path) -> Told:
    os.environ.update(WANDB_SILENT="true", WANDB_MODE="offline", WANDB_ERROR_REPORTING="false")
    import numpy as np
    import wandb

    told: Told = {}
    for name, lr in RATES.items():
        config = {"lr": lr, "layers": [2, 1], "nested": {"kind": "linear"}}
        run: Any = wandb.init(
            project="lines", name=name, dir=str(folder), config=config, tags=["short"], notes="a line", group="both"
        )
        for logged in train(lr=lr):
            run.log({**logged.metrics, "epoch": logged.epoch}, step=logged.step)
            note(told, name, logged.step, logged.metrics)
        run.log({"picture": wandb.Image(np.zeros((8, 8, 3), np.uint8), caption="black")}, step=99)
        run.finish(exit_code=0 if name == "healthy" else 1)
    return told


def with_wandb_step_by_step(folder: Path) -> Told:
    """Log a step for each line that is read, then everything that is no number, and crash."""
    os.environ.update(WANDB_SILENT="true", WANDB_MODE="offline", WANDB_ERROR_REPORTING="false")
    import numpy as np
    import wandb

    told: Told = {}
    run: Any = wandb.init(project="lines", name="stepwise", dir=str(folder), config={"lr": 0.1})
    for logged, _ in zip(train(), sys.stdin, strict=False):
        # W&B writes out a full block at once, and what is in an open one after 15 seconds.
        run.log({**logged.metrics, "epoch": logged.epoch, "text": "x" * 40_000}, step=logged.step)
        note(told, "stepwise", logged.step, logged.metrics)
    boxes: dict[str, dict[Any, Any]] = {
        "predictions": {
            "box_data": [
                {
                    "position": {"minX": 0.25, "maxX": 0.5, "minY": 0.0, "maxY": 1.0},
                    "class_id": 1,
                    "scores": {"a": 0.75},
                }
            ],
            "class_labels": {1: "cat"},
        },
        "ground_truth": {
            "box_data": [{"position": {"middle": [4, 4], "width": 2, "height": 4}, "domain": "pixel", "class_id": 2}]
        },
    }
    pictures = [wandb.Image(np.zeros((8, 8, 3), np.uint8), caption="black", boxes=boxes)]
    run.log({"pictures": pictures, "weights": wandb.Histogram([1, 2, 3])}, step=50)
    run.log({"pairs": wandb.Table(columns=["target", "prediction"], data=[[1.0, 1.5], [2.0, 1.75], [None, 3.0]])})
    run.log({"cm": wandb.plot.confusion_matrix(y_true=[0, 1, 1], preds=[0, 1, 0], class_names=["a", "b"])})
    run.alert("Low accuracy", "below a half", level="ERROR")
    run.finish(exit_code=1)
    return told


def with_mlflow_files(folder: Path) -> Told:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    return with_mlflow(f"file://{folder}/mlruns")


def with_mlflow_database(folder: Path) -> Told:
    return with_mlflow(f"sqlite:///{folder}/mlflow.db")


def with_mlflow(uri: str) -> Told:
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("lines")
    told: Told = {}
    for name, lr in RATES.items():
        mlflow.start_run(run_name=name, tags={"kind": "short"}, description="a line")
        mlflow.log_params({"lr": lr, "layers": 2})
        for logged in train(lr=lr):
            mlflow.log_metrics({**logged.metrics, "epoch": logged.epoch}, step=logged.step)
            note(told, name, logged.step, logged.metrics)
        with mlflow.start_run(run_name=f"{name} child", nested=True):
            mlflow.log_metric("score", 1.5)
            mlflow.log_params({"rate": "5e-5", "tiny": 5e-5, "quick": True, "name": "007"})
        mlflow.end_run("FINISHED" if name == "healthy" else "FAILED")
    return told


def with_trackio(folder: Path) -> Told:
    os.environ.update(TRACKIO_DIR=str(folder / "trackio"), HF_HUB_OFFLINE="1")
    import trackio

    told: Told = {}
    for name, lr in RATES.items():
        trackio.init(project="lines", name=name, config={"lr": lr, "layers": [2, 1]}, embed=False, auto_log_gpu=False)
        for logged in train(lr=lr):
            trackio.log({**logged.metrics, "epoch": logged.epoch}, step=logged.step)
            note(told, name, logged.step, logged.metrics)
        trackio.finish()  # type: ignore[no-untyped-call]  # Trackio's
    return told


def with_tensorboard(folder: Path) -> Told:
    """As a script with torch alone does, with the epoch beside each value."""
    import numpy as np
    from torch.utils.tensorboard import SummaryWriter

    told: Told = {}
    for name, lr in RATES.items():
        with SummaryWriter(str(folder / "runs" / name)) as writer:
            for logged in train(lr=lr):
                for metric, value in {**logged.metrics, "epoch": logged.epoch}.items():
                    writer.add_scalar(metric, value, logged.step)
                single = {metric: float(np.float32(value)) for metric, value in logged.metrics.items()}
                note(told, name, logged.step, single)
    return told


def with_lightning(folder: Path) -> Told:
    """Its own trainer with its own loggers, and its bar on standard error."""
    import lightning.pytorch as pl
    from lightning.pytorch.callbacks import TQDMProgressBar
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
    from torch.utils.data import DataLoader, TensorDataset

    told: Told = {"model": {}, "sick": {}}

    class Line(pl.LightningModule):
        def __init__(self, name: str, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters({"lr": lr, "layers": 2, "kind": "linear"})
            self.model = torch.nn.Linear(2, 1)
            self.name = name

        def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
            loss = torch.nn.functional.mse_loss(self.model(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=True, on_epoch=False, prog_bar=True)
            note(told, self.name, self.global_step, {"train_loss": loss.item()})
            return loss

        def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
            loss = torch.nn.functional.mse_loss(self.model(batch[0]), batch[1])
            self.log("val_loss", loss, prog_bar=True)
            if not self.trainer.sanity_checking:
                note(told, self.name, self.global_step - 1, {"val_loss": loss.item()})

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])

    torch.manual_seed(0)
    x = torch.randn(96, 2)
    data = TensorDataset(x, x @ torch.tensor([[1.5], [-0.5]]))

    def fit(name: str, lr: float, loggers: list[Any]) -> None:
        trainer = pl.Trainer(
            max_epochs=EPOCHS,
            accelerator="cpu",
            logger=loggers,
            callbacks=[TQDMProgressBar(refresh_rate=1)],
            enable_checkpointing=False,
            enable_model_summary=False,
            log_every_n_steps=1,
            num_sanity_val_steps=0,
        )
        trainer.fit(Line(name, lr), DataLoader(data, batch_size=16), DataLoader(data, batch_size=96))

    before = os.dup(1), os.dup(2)
    with (folder / "fit.log").open("w") as output:  # as `python fit.py > fit.log 2>&1` does
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        loggers = [
            CSVLogger(str(folder / "csv"), name="model"),
            TensorBoardLogger(str(folder / "events"), name="model"),
        ]
        fit("model", RATES["healthy"], loggers)
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(before[0], 1)
        os.dup2(before[1], 2)
    fit("sick", RATES["sick"], [TensorBoardLogger(str(folder / "sick_events"), name="sick")])
    return told


def with_keras(folder: Path) -> Told:
    """Its own loop, its CSVLogger, and its progress lines as a redirected terminal shows them."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import numpy as np

    told: Told = {"fit": {}}
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(96, 2)).astype("float32")
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse", metrics=["mae"])

    class Listener(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            note(told, "fit", epoch, {name: float(value) for name, value in (logs or {}).items()})

    before = os.dup(1)
    with (folder / "fit.log").open("w") as output:
        os.dup2(output.fileno(), 1)
        y = x @ np.array([[1.5], [-0.5]], "float32")
        loggers = [keras.callbacks.CSVLogger(str(folder / "training.csv")), Listener()]
        model.fit(x, y, batch_size=16, epochs=EPOCHS, validation_split=0.25, verbose=1, callbacks=loggers)
        sys.stdout.flush()
        os.dup2(before, 1)
    return told


def note(told: Told, run: str, step: int, metrics: Mapping[str, float]) -> None:
    for metric, value in metrics.items():
        told.setdefault(run, {}).setdefault(metric, []).append((step, value))


LOGGERS: dict[str, Callable[[Path], Told]] = {
    "wandb": with_wandb,
    "wandb_step_by_step": with_wandb_step_by_step,
    "mlflow_files": with_mlflow_files,
    "mlflow_database": with_mlflow_database,
    "trackio": with_trackio,
    "tensorboard": with_tensorboard,
    "lightning": with_lightning,
    "keras": with_keras,
}


def spelled(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


if __name__ == "__main__":
    said = LOGGERS[sys.argv[1]](Path(sys.argv[2]))
    plain = {
        run: {metric: [[step, spelled(value)] for step, value in points] for metric, points in metrics.items()}
        for run, metrics in said.items()
    }
    print("\n" + json.dumps(plain))
