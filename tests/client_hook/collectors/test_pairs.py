"""Pairs for a scatter chart: few, evenly taken, whatever the epoch's length and however it came in batches."""

import math

import numpy as np
import pytest
import torch

from epochwatch.collectors.pairs import MAX_PAIRS
from epochwatch.collectors.predictions import PredictionStream


def taken(n: int, batch: int, outputs: int = 1, *, as_tensors: bool = False) -> dict[str, list[float]]:
    """Stream 0 .. n - 1 as targets and their negatives as predictions."""
    values = np.arange(n, dtype=np.float64).reshape(-1, outputs)
    stream = PredictionStream()
    rows = batch // outputs
    for start in range(0, len(values), rows):
        part = values[start : start + rows]
        stream.observe(torch.tensor(-part) if as_tensors else -part, torch.tensor(part) if as_tensors else part)
    observed = stream.finish()
    assert observed is not None
    assert observed.scatter is not None
    assert observed.scatter["n"] == n
    return observed.scatter


@pytest.mark.parametrize(("n", "batch"), [(1, 1), (7, 3), (511, 64), (512, 512), (100_000, 96), (300_000, 300_000)])
def test_at_most_512_pairs_are_kept_and_they_belong_together(n: int, batch: int) -> None:
    pairs = taken(n, batch)
    assert min(n, MAX_PAIRS // 2) - 2 <= len(pairs["target"]) <= MAX_PAIRS
    assert pairs["prediction"] == [-value for value in pairs["target"]]
    assert pairs["target"] == sorted(set(pairs["target"]))


@pytest.mark.parametrize("batch", [32, 1000, 100_000])
def test_they_are_taken_evenly_over_the_whole_epoch(batch: int) -> None:
    places = taken(100_000, batch)["target"]
    shares = np.histogram(places, bins=10, range=(0, 100_000))[0] / len(places)
    assert shares == pytest.approx(np.full(10, 0.1), abs=0.02)


@pytest.mark.parametrize("outputs", [2, 3, 4, 8])
def test_every_output_is_among_them(outputs: int) -> None:
    columns = np.array(taken(48_000, 480, outputs)["target"]) % outputs
    shares = np.bincount(columns.astype(int), minlength=outputs) / len(columns)
    assert shares == pytest.approx(np.full(outputs, 1 / outputs), abs=0.5 / outputs)


def test_tensors_give_the_same_pairs_as_arrays() -> None:
    assert taken(20_000, 128, 2, as_tensors=True) == taken(20_000, 128, 2)


def test_what_is_not_finite_is_no_dot() -> None:
    stream = PredictionStream()
    stream.observe(np.array([1.0, math.nan, 3.0]), np.array([1.0, 2.0, math.inf]))
    observed = stream.finish()
    assert observed is not None
    assert observed.scatter == {"target": [1.0], "prediction": [1.0], "n": 3}


def test_a_batch_is_not_held_on_to() -> None:
    stream = PredictionStream()
    given = torch.zeros(1000)
    stream.observe(given, given)
    given += 7
    observed = stream.finish()
    assert observed is not None
    assert observed.scatter is not None
    assert set(observed.scatter["target"]) == {0.0}


def test_a_classification_has_none() -> None:
    stream = PredictionStream()
    stream.observe(np.array([[0.1, 0.9]]), np.array([1]))
    observed = stream.finish()
    assert observed is not None
    assert observed.scatter is None
