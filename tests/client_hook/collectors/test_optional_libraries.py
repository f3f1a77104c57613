"""The hook needs neither torch nor numpy, and looks for them only when one of their values arrives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import epochwatch.collectors

MODULES = sorted(path.stem for path in Path(epochwatch.collectors.__path__[0]).glob("[a-z]*.py"))
IMPORT_ALL = f"import sys\nfrom epochwatch.collectors import {', '.join(MODULES)}\n"


def run(code: str, *options: str) -> None:
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, *options, "-c", IMPORT_ALL + code],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr


def test_importing_the_collectors_imports_neither() -> None:
    run("assert not {'torch', 'numpy'} & set(sys.modules)", "-W", "error")


def test_without_torch_everything_but_gradients_works() -> None:
    run(
        """
sys.modules["torch"] = None
import numpy as np
assert device.to_float(np.float32(0.5)) == 0.5 and not device.is_device_tensor(np.ones(1))
assert device.start_copy([1, np.float32(0.5)]).values() == [1.0, 0.5]
stream = predictions.PredictionStream()
stream.observe(np.array([1.0, 2.0]), [1.0, 3.0])
assert stream.finish().metrics["mae"] == 0.5
assert pixels.to_pixels(np.zeros((2, 2), np.uint8)).raw == bytes(4)
assert environment.describe_environment()["torch"] is None
""",
        "-W",
        "error",
    )


def test_without_numpy_tensors_and_lists_work() -> None:
    run(
        """
sys.modules["numpy"] = None
import warnings
warnings.simplefilter("ignore")  # torch says that it misses numpy
import torch
assert device.to_float(torch.tensor(0.5)) == 0.5
for pair in ((torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])), ([1.0, 2.0], [1.0, 3.0])):
    stream = predictions.PredictionStream()
    stream.observe(*pair)
    assert stream.finish().metrics["mae"] == 0.5
stream.observe(torch.tensor([[0.1, 0.9], [0.9, 0.1]]), torch.tensor([1, 1]))
assert stream.finish().metrics["accuracy"] == 0.5
assert pixels.to_pixels(torch.ones(3, 2, 2)).raw == b"\\xff" * 12
"""
    )


@pytest.mark.parametrize("value", ["[1.0]", "1.0"])
def test_without_both_a_list_is_refused_with_what_to_install(value: str) -> None:
    run(
        f"""
sys.modules["numpy"] = sys.modules["torch"] = None
try:
    predictions.PredictionStream().observe({value}, {value})
except TypeError as error:
    assert "install numpy" in str(error)
else:
    raise AssertionError
""",
        "-W",
        "error",
    )
