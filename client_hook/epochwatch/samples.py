"""Samples: images and signals with truth and prediction, turned into what an event can hold; an image goes out once."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from epochwatch.free_values import encode, number_or_word, storable
from epochwatch.guard import warn_once
from epochwatch.plain_values import plain, tell
from epochwatch.sample_errors import error_of_layers, read_error
from epochwatch.sample_layers import read_layers

if TYPE_CHECKING:
    from epochwatch.collectors.pixels import Pixels

MAX_SAMPLES = 64  # of one call; a page shows no more at a glance
MAX_POINTS = 256  # of one sample
MAX_TEXT_CHARS = 1000
MAX_EXTRA_BYTES = 16 * 1024
MAX_KNOWN_IMAGES = 65_536  # keys remembered; beyond it an image may go out twice, which the server does not mind

Write = Callable[[bytes, tuple[int, int, int] | None, bytes], bool]


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of one call to `samples`, each with one entry a sample, or None; the last two are for all."""

    images: object = None
    gt: object = None
    pred: object = None
    gt_done: object = None
    pred_done: object = None
    ids: object = None
    captions: object = None
    extra: object = None
    gt_boxes: object = None
    pred_boxes: object = None
    gt_lines: object = None
    pred_lines: object = None
    gt_class: object = None
    scores: object = None
    signals: object = None
    reconstructions: object = None
    gt_peaks: object = None
    pred_peaks: object = None
    errors: object = None
    class_names: object = None
    error_unit: str = ""


_FOR_ALL = ("class_names", "error_unit")
_COLUMNS = tuple(field.name for field in fields(Given) if field.name not in _FOR_ALL)


class SampleSheet:
    """Makes samples of what the loop gives, and remembers which images were written. One thread at a time."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._known: set[bytes] = set()

    def read(self, given: Given) -> list[dict[str, object]]:
        """Return one sample for each image (or, without images, for each point)."""
        # Everything but the images is read as a whole: one transfer from a device, not one a sample.
        columns = {
            name: _column(getattr(given, name) if name == "images" else plain(getattr(given, name)))
            for name in _COLUMNS
        }
        names = _class_names(given.class_names)
        lengths = {name: len(column) for name, column in columns.items() if column is not None}
        count = lengths.get("images", max(lengths.values(), default=0))
        uneven = {name: length for name, length in lengths.items() if length != count}
        if uneven:
            tell("lengths", f"{uneven} for {count} samples", "one entry a sample; what is missing stays empty")
        if count > MAX_SAMPLES:
            tell("count", f"{count} samples", f"at most {MAX_SAMPLES} a call; the first ones are kept")
        return [
            self._sample(index, _at(columns, index), names, given.error_unit)
            for index in range(min(count, MAX_SAMPLES))
        ]

    def _sample(self, index: int, entry: Mapping[str, Any], names: list[str] | None, unit: str) -> dict[str, object]:
        pixels = None if entry["images"] is None else self._keep(entry["images"])
        gt, pred = _points("gt", entry["gt"]), _points("pred", entry["pred"])
        name, error_px, layers = entry["ids"], _distance(gt, pred), read_layers(entry, names)
        error, unit = read_error(entry, error_px, unit)
        if error is None and entry["errors"] is None:
            error, unit = error_of_layers(layers, entry)
        return {
            "id": str(index if name is None else name)[:256],
            "image": None if pixels is None else pixels.key.hex(),
            "width": None if pixels is None else pixels.width,
            "height": None if pixels is None else pixels.height,
            "gt": gt,
            "pred": pred,
            "error_px": error_px,
            "error": error,
            "error_unit": unit,
            "layers": layers,
            "gt_done": _done("gt_done", entry["gt_done"]),
            "pred_done": _done("pred_done", entry["pred_done"]),
            "caption": str(entry["captions"] or "")[:MAX_TEXT_CHARS],
            "extra": _extra(entry["extra"]),
        }

    def _keep(self, image: object) -> "Pixels | None":
        from epochwatch.collectors.pixels import to_pixels

        try:
            pixels = to_pixels(image, self._known)
        except (TypeError, ValueError, OSError, ImportError) as error:
            warn_once(f"samples {str(error)[:40]}", f"samples: image: {error}; the sample is kept without it.")
            return None
        if pixels.key not in self._known:
            shape = None if pixels.ready else (pixels.channels, pixels.width, pixels.height)
            if not self._write(pixels.key, shape, pixels.raw):
                return None
            if len(self._known) >= MAX_KNOWN_IMAGES:
                self._known.clear()
            self._known.add(pixels.key)
        return pixels


def _column(given: Any) -> Sequence[Any] | None:
    """Bring an argument to something with one entry a sample; the images of a tensor stay tensors."""
    if given is None or isinstance(given, str | bytes):
        return None if given is None else [given]
    if isinstance(given, Mapping):
        keys = list(given)
        return [dict(zip(keys, row, strict=True)) for row in zip(*given.values(), strict=False)]
    if hasattr(given, "__len__") and hasattr(given, "__getitem__") and getattr(given, "shape", None) != ():
        column: Sequence[Any] = given
        return column
    if hasattr(given, "__iter__"):
        return list(given)
    return [given]


def _at(columns: Mapping[str, Sequence[Any] | None], index: int) -> dict[str, Any]:
    return {
        name: column[index] if column is not None and index < len(column) else None for name, column in columns.items()
    }


def _points(what: str, given: Any) -> list[list[object]] | None:
    """Read one point (x, y) or several; coordinates in pixels of the image. A point that diverged keeps its place."""
    if given is None:
        return None
    if isinstance(given, list) and len(given) == 2 and all(isinstance(x, int | float) for x in given):
        given = [given]
    try:
        points = [(float(x), float(y)) for x, y in given[:MAX_POINTS]]
    except (TypeError, ValueError, OverflowError):
        tell(what, given, "a point (x, y) or a list of them")
        return None
    return [[number_or_word(x), number_or_word(y)] for x, y in points]


def _distance(gt: list[list[object]] | None, pred: list[list[object]] | None) -> float | None:
    """Measure from the first point of the one to the first of the other."""
    if not gt or not pred:
        return None
    (x0, y0), (x1, y1) = gt[0], pred[0]
    if not all(isinstance(value, float) for value in (x0, y0, x1, y1)):
        return None
    distance = math.hypot(x1 - x0, y1 - y0)  # type: ignore[operator]  # all four are floats
    return distance if math.isfinite(distance) else None


def _done(what: str, given: Any) -> float | None:
    if given is None:
        return None
    value = given
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    tell(what, value, "a flag or a probability")
    return None


def _extra(given: object) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        given = {"value": given}
    kept = storable(given)
    return kept if len(encode(kept)) <= MAX_EXTRA_BYTES else {"$omitted": len(encode(kept))}


def _class_names(given: object) -> list[str] | None:
    given = plain(given)
    if given is None:
        return None
    if isinstance(given, Mapping):  # {index: name}
        given = [given[key] for key in sorted(given)]
    if not isinstance(given, list):
        tell("class_names", given, "the names of the classes, in order")
        return None
    return [str(name) for name in given]
