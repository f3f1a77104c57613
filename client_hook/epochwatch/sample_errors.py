"""How wrong a prediction is, in one number a sample, so that samples can be sorted and followed."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from epochwatch.plain_values import finite, tell

MAX_UNIT_CHARS = 24


def read_error(entry: Mapping[str, Any], error_px: float | None, unit: str) -> tuple[float | None, str]:
    """Return a sample's error and its unit: the script's own, else what its layers tell.

    In this order: pixels between the points, 1 - IoU of the best match of each true box, RMSE of the reconstruction,
    1 - score of the true class.

    Args:
        entry: the arguments by name, as plain values.
        error_px: distance of the first true point to the first predicted one.
        unit: of the script's own errors.
    """
    own = entry["errors"]
    while isinstance(own, list) and len(own) == 1:
        own = own[0]
    if own is not None:
        if not isinstance(own, int | float):
            tell("errors", own, "one number a sample")
        return finite(own), str(unit)[:MAX_UNIT_CHARS]
    if error_px is not None:
        return error_px, "px"
    return None, ""


def error_of_layers(layers: Sequence[Mapping[str, Any]], entry: Mapping[str, Any]) -> tuple[float | None, str]:
    """Derive an error from boxes, a reconstruction or class scores, whichever comes first."""
    found = {(layer["kind"], layer["of"]): layer for layer in layers}
    if ("box", "gt") in found and ("box", "pred") in found:
        error = _box_error(found["box", "gt"]["boxes"], found["box", "pred"]["boxes"])
        if error is not None:
            return error, "1-IoU"
    if ("signal", "input") in found and ("signal", "pred") in found:
        error = _rmse(entry["signals"], entry["reconstructions"])
        if error is not None:
            return error, "RMSE"
    scores = found.get(("scores", "pred"))
    if scores is not None and scores["truth"] in scores["classes"] and scores["values"]:
        score = finite(scores["values"][scores["classes"].index(scores["truth"])])
        if score is not None and 0 <= score <= 1:  # a logit is no share of certainty
            return 1 - score, "1-score"
    return None, ""


def _box_error(true: list[list[float]], predicted: list[list[float]]) -> float | None:
    """Average 1 - IoU of each true box's best match; a box that nothing matches counts 1."""
    if not true:
        return None
    return sum(1 - max((_iou(box, other) for other in predicted), default=0.0) for box in true) / len(true)


def _iou(one: list[float], other: list[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared) if areas > shared else 0.0


def _rmse(signal: Any, reconstruction: Any) -> float | None:
    """Compare point by point over the whole signals, not over what is left of them for drawing."""
    while isinstance(signal, list) and len(signal) == 1 and isinstance(signal[0], list):
        signal = signal[0]
    while isinstance(reconstruction, list) and len(reconstruction) == 1 and isinstance(reconstruction[0], list):
        reconstruction = reconstruction[0]
    if len(signal) != len(reconstruction):
        return None
    return finite(math.sqrt(math.fsum((a - b) ** 2 for a, b in zip(signal, reconstruction, strict=True)) / len(signal)))
