"""What W&B keeps beside its numbers: images with their boxes, tables that are a confusion matrix or a scatter."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from epochwatch_server.importers.imported import Happening, Picture, Told
from epochwatch_server.importers.inner_files import read_inner
from epochwatch_server.importers.losses import LossList

_CONFUSION = ("Actual", "Predicted", "nPredictions")  # as `wandb.plot.confusion_matrix` names its columns
_TARGETS = ("target", "truth", "actual", "label", "ground_truth", "y_true", "y")
_PREDICTIONS = ("prediction", "pred", "predicted", "y_pred", "y_hat", "output")
_MAX_PAIRS = 4_096
_MAX_CLASSES, _MAX_BOXES = 100, 100
_TITLES = {
    "table-file": "table", "joined-table": "table", "partitioned-table": "table", "histogram": "histogram",
    "html-file": "HTML page", "audio-file": "sound", "audio": "sound", "video-file": "video",
    "object3D-file": "3-d object", "image-file": "image", "images/separated": "image", "graph-file": "graph",
}  # fmt: skip


@dataclass(slots=True)
class MediaReader:
    """Reads the media of one run. files: the folder beside its run file; a path that leads elsewhere is not followed.

    left_out: what was met and is not kept, by kind.
    """

    files: Path
    losses: LossList
    left_out: Counter[str] = field(default_factory=Counter)

    def read(self, name: str, value: Mapping[str, Any], step: int, at: float) -> Iterator[Told]:
        """Yield what one value of a history tells."""
        kind = value.get("_type")
        if kind == "image-file":
            yield from self._images(name, [value], step, at)
        elif kind == "images/separated":
            yield from self._images(name, _separated(value), step, at)
        elif kind == "table-file":
            told = self._table(value)
            if told is None:
                self.left_out["table"] += 1
            else:
                yield Happening(told[0], at, {"split": "val", "epoch": max(0, step), "step": step, **told[1]})
        elif kind is not None:
            self.left_out[_TITLES.get(str(kind), str(kind)[:40])] += 1

    def _images(self, name: str, shown: Sequence[Mapping[str, Any]], step: int, at: float) -> Iterator[Told]:
        samples = []
        for number, one in enumerate(shown):
            inner = str(one.get("path") or "")
            data = read_inner(self.files, inner)
            if data is None:
                self.losses.note(f"image {inner!r} is not there, or too large")
                continue
            key = hashlib.sha256(data).digest()[:16]
            yield Picture(key, data)
            sample = {"id": f"{name}/{number}", "image": key.hex(), "caption": str(one.get("caption") or name)}
            samples.append(sample | {"layers": self._layers(one)})
            self.left_out["mask"] += len(one.get("masks") or ())
        if samples:
            yield Happening("samples", at, {"split": "val", "epoch": max(0, step), "step": step, "samples": samples})

    def _layers(self, image: Mapping[str, Any]) -> list[dict[str, Any]]:
        layers = []
        boxes = image.get("boxes")
        for name, one in (boxes if isinstance(boxes, Mapping) else {}).items():
            of = "gt" if "truth" in name.lower() or name.lower() in ("gt", "target", "targets", "labels") else "pred"
            told = self._json(one.get("path") if isinstance(one, Mapping) else None)
            layer = None if told is None else _box_layer(told, of, image.get("width"), image.get("height"))
            if layer is None:
                self.losses.note(f"boxes {name!r} of {str(image.get('path'))[-80:]!r} cannot be read")
            else:
                layers.append(layer)
        return layers

    def _table(self, value: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
        table = self._json(value.get("path"))
        columns, rows = (table or {}).get("columns"), (table or {}).get("data")
        if not isinstance(columns, list) or not isinstance(rows, list):
            return None
        whole = [row for row in rows if isinstance(row, list) and len(row) == len(columns)]
        if tuple(columns) == _CONFUSION:
            return _confusion(whole)
        return _scatter([str(column).lower() for column in columns], whole)

    def _json(self, path: object) -> dict[str, Any] | None:
        data = read_inner(self.files, str(path or ""))
        try:
            value = json.loads(data or b"")
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


def _separated(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Take a list of images apart, whose properties W&B keeps in lists of their own."""

    def part(name: str, place: int) -> Any:
        told = value.get(name)
        return told[place] if isinstance(told, list) and place < len(told) else None

    named = value.get("filenames")
    size = {"width": value.get("width"), "height": value.get("height")}
    return [
        size | {"path": path, "caption": part("captions", place), "boxes": part("all_boxes", place),
                "masks": part("all_masks", place)}
        for place, path in enumerate(named if isinstance(named, list) else ())
    ]  # fmt: skip


def _box_layer(told: Mapping[str, Any], of: str, width: Any, height: Any) -> dict[str, Any] | None:
    given, names = told.get("box_data"), told.get("class_labels")
    if not isinstance(given, list):
        return None
    boxes, labels, scores = [], [], []
    for box in given[:_MAX_BOXES]:
        corners = _corners(box, width, height) if isinstance(box, Mapping) else None
        if corners is not None:
            class_id = str(box.get("class_id"))
            label = names.get(class_id) if isinstance(names, Mapping) else None
            boxes.append(corners)
            labels.append(str(box.get("box_caption") or label or class_id)[:80])
            said = box.get("scores")
            scores.append(next(filter(_is_number, said.values()), None) if isinstance(said, Mapping) else None)
    return {"kind": "box", "of": of, "boxes": boxes, "labels": labels, "scores": scores}


def _corners(box: Mapping[str, Any], width: Any, height: Any) -> list[float] | None:
    """Read a box in pixels of the image; W&B's are fractions of it unless they say otherwise."""
    place = box.get("position")
    if not isinstance(place, Mapping):
        return None
    middle = place.get("middle")
    if isinstance(middle, list) and len(middle) == 2:
        numbers = [*middle, place.get("width"), place.get("height")]
        if not all(map(_is_number, numbers)):
            return None
        x, y, half_x, half_y = numbers[0], numbers[1], numbers[2] / 2, numbers[3] / 2
        found = [x - half_x, y - half_y, x + half_x, y + half_y]
    else:
        found = [place.get(name) for name in ("minX", "minY", "maxX", "maxY")]
    scale = [1, 1] if box.get("domain") == "pixel" else [width, height]
    if not all(map(_is_number, [*found, *scale])):
        return None
    return [float(value * scale[number % 2]) for number, value in enumerate(found)]


def _confusion(rows: Sequence[Sequence[Any]]) -> tuple[str, dict[str, Any]] | None:
    labels = list(dict.fromkeys(str(name) for row in rows for name in row[:2]))
    if not labels or len(labels) > _MAX_CLASSES or not all(_is_number(row[2]) and row[2] >= 0 for row in rows):
        return None
    places = {label: place for place, label in enumerate(labels)}
    matrix = [[0] * len(labels) for _ in labels]
    for true, predicted, count in rows:
        matrix[places[str(true)]][places[str(predicted)]] += int(count)
    sums = [sum(column) for column in zip(*matrix, strict=True)]
    return "classes", {"labels": labels, "truth": [*map(sum, matrix)], "predicted": sums, "confusion": matrix}


def _scatter(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, dict[str, Any]] | None:
    target = next((columns.index(name) for name in _TARGETS if name in columns), None)
    prediction = next((columns.index(name) for name in _PREDICTIONS if name in columns), None)
    if target is None or prediction is None:
        return None
    pairs = [(row[target], row[prediction]) for row in rows if _is_number(row[target]) and _is_number(row[prediction])]
    if not pairs:
        return None
    stride = -(-len(pairs) // _MAX_PAIRS)
    targets, predictions = zip(*pairs[::stride], strict=True)
    return "scatter", {"target": list(targets), "prediction": list(predictions), "n": len(pairs)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
