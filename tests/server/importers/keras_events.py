"""Lets Keras' own TensorBoard callback log a short training: `python keras_events.py FOLDER`, with TensorFlow there.

Prints what was logged as JSON: run -> metric -> [[step, value]]. A process of its own, for where TensorFlow can be
imported, torch and TensorBoard write and read otherwise than most users have it.
"""

import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EPOCHS = 4
RATES = {"healthy": 0.05, "sick": 1e3}  # the second one ends in infinities and what is no number
Told = dict[str, list[tuple[int, float]]]


def train(folder: Path, lr: float, update_freq: str | int) -> Told:
    """Fit a line, really."""
    import keras
    import numpy as np

    told: Told = {}
    trained = 0

    def note(step: int, values: Mapping[str, Any], name: str) -> None:
        for metric, value in values.items():
            told.setdefault(name.format(metric), []).append((step, float(np.float32(value))))

    class Listener(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
            nonlocal trained
            trained += 1
            if update_freq != "epoch":
                note(trained, logs or {}, "train/batch_{}")

        def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
            note(trained, logs or {}, "val/evaluation_{}_vs_iterations")

        def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            known = logs or {}
            note(epoch, {name: value for name, value in known.items() if not name.startswith("val_")}, "train/{}")
            note(epoch, {name[4:]: value for name, value in known.items() if name.startswith("val_")}, "val/{}")

    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(96, 2)).astype("float32")
    y = x @ np.array([[1.5], [-0.5]], "float32")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(lr), loss="mse", metrics=["mae"])
    board = keras.callbacks.TensorBoard(str(folder), update_freq=update_freq)
    fit: Mapping[str, Any] = {"batch_size": 16, "epochs": EPOCHS, "validation_split": 0.25, "verbose": 0}
    model.fit(x, y, callbacks=[board, Listener()], **fit)
    return told


if __name__ == "__main__":
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    root = Path(sys.argv[1])
    said = {name: train(root / name, lr, "epoch") for name, lr in RATES.items()}
    said["batches"] = train(root / "batches", RATES["healthy"], 1)
    plain = {
        run: {
            metric: [[step, value if math.isfinite(value) else str(value)] for step, value in points]
            for metric, points in metrics.items()
        }
        for run, metrics in said.items()
    }
    print("\n" + json.dumps(plain))
