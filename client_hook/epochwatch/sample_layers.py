"""What is drawn over or beside a sample besides its points: boxes, lines, class scores, a signal and its peaks."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from epochwatch.plain_values import finite, is_number, short, tell, tell_cut, words

Layer = dict[str, Any]

MAX_BOXES = 100
MAX_LINES = 100
MAX_LINE_POINTS = 256  # of one line
MAX_SIGNAL_POINTS = 2048  # of one signal: a minimum and a maximum for every pixel of a wide screen
MAX_PEAKS = 256
MAX_CLASSES = 100
MAX_LABEL_CHARS = 80


def read_layers(entry: Mapping[str, Any], class_names: Sequence[str] | None) -> list[Layer]:
    """Read every layer that one sample's arguments give.

    Args:
        entry: the arguments by name, as plain values; None where there is nothing.
        class_names: what the classes are called, by their index.
    """
    layers = [
        _boxes("gt_boxes", "gt", entry["gt_boxes"], class_names),
        _boxes("pred_boxes", "pred", entry["pred_boxes"], class_names),
        _lines("gt_lines", "gt", entry["gt_lines"]),
        _lines("pred_lines", "pred", entry["pred_lines"]),
        _scores(entry["gt_class"], entry["scores"], class_names),
        _signal("signals", "input", entry["signals"]),
        _signal("reconstructions", "pred", entry["reconstructions"]),
        _peaks("gt_peaks", "gt", entry["gt_peaks"]),
        _peaks("pred_peaks", "pred", entry["pred_peaks"]),
    ]
    return [layer for layer in layers if layer is not None]


def _boxes(what: str, of: str, given: Any, class_names: Sequence[str] | None) -> Layer | None:
    if given is None:
        return None
    found = [_box(item, class_names) for item in _box_list(given)]
    boxes = [box for box in found if box is not None]
    if len(boxes) < len(found):
        tell(what, given, "boxes [x0, y0, x1, y1] in pixels, or {box, label, score}")
    if not boxes and found:
        return None
    if len(boxes) > MAX_BOXES:
        tell_cut(what, len(boxes), MAX_BOXES)
        boxes.sort(key=lambda box: -1.0 if box[2] is None else -box[2])  # of predictions the surest ones
        boxes = boxes[:MAX_BOXES]
    corners, labels, scores = [list(column) for column in zip(*boxes, strict=True)] if boxes else ([], [], [])
    return {"kind": "box", "of": of, "boxes": corners, "labels": labels, "scores": scores}


def _box_list(given: Any) -> list[Any]:
    """Bring one box, a list of boxes, or a detector's {boxes, labels, scores} to a list of boxes."""
    if isinstance(given, Mapping) and isinstance(given.get("boxes"), list):
        columns = [given.get(name) or [] for name in ("boxes", "labels", "scores")]
        return [
            {name: column[place] for name, column in zip(("box", "label", "score"), columns, strict=True)
             if place < len(column)}
            for place in range(len(columns[0]))
        ]  # fmt: skip
    if isinstance(given, Mapping):
        return [given]
    if not isinstance(given, list):
        return [None]
    return [given] if len(given) == 4 and all(map(is_number, given)) else given


def _box(item: Any, class_names: Sequence[str] | None) -> tuple[list[float], str | None, float | None] | None:
    fields = item if isinstance(item, Mapping) else {"box": item}
    corners = fields.get("box")
    if not isinstance(corners, list) or len(corners) != 4:
        return None
    numbers = [finite(value) for value in corners]
    if any(number is None for number in numbers):
        return None
    x0, y0, x1, y1 = (short(number) for number in numbers if number is not None)
    label = fields.get("label")
    if label is not None:
        label = _name(label, class_names)
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)], label, finite(fields.get("score"))


def _lines(what: str, of: str, given: Any) -> Layer | None:
    if given is None:
        return None
    lines = [given] if isinstance(given, list) and given and _is_pair(given[0]) else given
    if not isinstance(lines, list) or not all(isinstance(one, list) and all(map(_is_pair, one)) for one in lines):
        tell(what, given, "a line [(x, y), ...] in pixels, or a list of them")
        return None
    if len(lines) > MAX_LINES:
        tell_cut(what, len(lines), MAX_LINES)
    longest = max((len(one) for one in lines), default=0)
    if longest > MAX_LINE_POINTS:
        tell_cut(f"{what}, points of a line", longest, MAX_LINE_POINTS)
    kept = [_thinned_line(one) for one in lines[:MAX_LINES]]
    return {"kind": "line", "of": of, "lines": [[[words(x), words(y)] for x, y in one] for one in kept]}


def _thinned_line(line: list[Any]) -> list[Any]:
    """Take points evenly, the first and the last among them."""
    if len(line) <= MAX_LINE_POINTS:
        return line
    last = len(line) - 1
    return [line[round(place * last / (MAX_LINE_POINTS - 1))] for place in range(MAX_LINE_POINTS)]


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and all(map(is_number, item))


def _scores(true_class: Any, given: Any, class_names: Sequence[str] | None) -> Layer | None:
    if given is None and true_class is None:
        return None
    names = class_names
    if isinstance(given, Mapping):
        names, given = [str(name) for name in given], list(given.values())
    if given is not None and not (isinstance(given, list) and all(map(is_number, given))):
        tell("scores", given, "one score for each class, or {class: score}")
        given = None
    values = [float(value) for value in given or []]
    truth = _class_index(true_class, names)
    if true_class is not None and truth is None:
        tell("gt_class", true_class, "the index of a class, or its name among class_names")
    if truth is None and not values:
        return None
    places = _shown_classes(values, truth)
    return {
        "kind": "scores",
        "of": "pred",
        "classes": places,
        "values": [words(values[place]) for place in places] if values else [],
        "names": None if names is None else [_name(place, names) for place in places],
        "truth": truth,
    }


def _shown_classes(values: list[float], truth: int | None) -> list[int]:
    """Choose the classes that are shown: all, or those with the highest scores and the true one."""
    if not values:
        return [] if truth is None else [truth]
    places = list(range(len(values)))
    if len(places) <= MAX_CLASSES:
        return places
    tell_cut("scores", len(places), MAX_CLASSES)
    places.sort(key=lambda place: (place != truth, -values[place] if math.isfinite(values[place]) else math.inf))
    return sorted(places[:MAX_CLASSES])


def _class_index(given: Any, names: Sequence[str] | None) -> int | None:
    while isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, str):
        return list(names).index(given) if names is not None and given in names else None
    if isinstance(given, int | float) and math.isfinite(given) and given == int(given) and 0 <= given < 1 << 31:
        return int(given)
    return None


def _name(given: Any, names: Sequence[str] | None) -> str:
    is_index = names is not None and isinstance(given, int) and 0 <= given < len(names)
    return str(names[given] if names is not None and is_index else given)[:MAX_LABEL_CHARS]


def _signal(what: str, of: str, given: Any) -> Layer | None:
    if given is None:
        return None
    while isinstance(given, list) and len(given) == 1 and isinstance(given[0], list):
        given = given[0]  # (1, n): one channel
    if not isinstance(given, list) or not given or not all(map(is_number, given)):
        tell(what, given, "one signal a sample, a list of numbers")
        return None
    layer: Layer = {"kind": "signal", "of": of, "n": len(given)}
    if len(given) <= MAX_SIGNAL_POINTS:
        return layer | {"values": [words(float(value)) for value in given]}
    tell_cut(f"{what}, points", len(given), MAX_SIGNAL_POINTS)
    places = thin(given)
    return layer | {"at": places, "values": [words(float(given[place])) for place in places]}


def thin(values: Sequence[float], most: int = MAX_SIGNAL_POINTS) -> list[int]:
    """Choose places that keep a drawing true: the lowest and the highest value of every stretch, in order.

    Args:
        values: of any length; what is not finite is chosen only where a stretch has nothing else.
        most: how many places at most, even.

    Returns:
        Places, strictly increasing.
    """
    stretches = most // 2
    chosen: list[int] = []
    for stretch in range(stretches):
        places = range(stretch * len(values) // stretches, (stretch + 1) * len(values) // stretches)
        known = [place for place in places if math.isfinite(values[place])] or places[:1]
        chosen += sorted({min(known, key=lambda at: values[at]), max(known, key=lambda at: values[at])})
    return chosen


def _peaks(what: str, of: str, given: Any) -> Layer | None:
    if given is None:
        return None
    listed = given if isinstance(given, list) else [given]
    if not all(map(is_number, listed)):
        tell(what, given, "positions on the signal, counted in its points")
        return None
    places = [short(place) for place in map(finite, listed) if place is not None]
    if len(places) > MAX_PEAKS:
        tell_cut(what, len(places), MAX_PEAKS)
    return {"kind": "peaks", "of": of, "at": places[:MAX_PEAKS]}
