"""What a sample shows besides its points: boxes and lines over the image, a signal with its peaks, class scores."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from epochwatch_server.charts.wording import shorten
from epochwatch_server.domain.sample import Sample
from epochwatch_server.reports.numbers import value_word
from epochwatch_server.reports.svg.element import element, short

SIGNAL_SIZE = (384, 168)
_MOST_SHAPES = 100
_MOST_SCORES = 5
_LETTER = 0.042  # of the image's longer side
_MARGIN = 10.0

Layer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """One class: its score, how long its bar is (0 to 100), whether it is the true one."""

    name: str
    value: str
    share: int
    is_true: bool


def layers_of(sample: Sample, kind: str) -> list[Layer]:
    """Return the layers of one kind."""
    return [layer for layer in sample.layers if layer.get("kind") == kind]


def draw_shapes(sample: Sample, size: float) -> Markup:
    """Draw boxes with their labels, and lines, in pixels of the image."""
    parts = Markup()
    for layer in layers_of(sample, "box"):
        parts += Markup().join(_boxes(layer, size))
    for layer in layers_of(sample, "line"):
        for line in (layer.get("lines") or ())[:_MOST_SHAPES]:
            parts += _polyline(line, str(layer.get("of")))
    return parts


def draw_signal(sample: Sample) -> Markup:
    """Draw the signals over one another, the input behind, with the peaks on them."""
    signals = [(str(layer.get("of")), list(_points(layer))) for layer in layers_of(sample, "signal")]
    places = [x for _, points in signals for x, _ in points]
    values = [y for _, points in signals for _, y in points if y is not None]
    if not places or not values:
        return Markup()
    (width, height), low, high = SIGNAL_SIZE, min(values), max(values)
    across = (width - 2 * _MARGIN) / (max(places) or 1.0)
    upward = (height - 2 * _MARGIN) / ((high - low) or 1.0)
    parts = Markup()
    for of, points in signals:
        known = [(_MARGIN + x * across, height - _MARGIN - (y - low) * upward) for x, y in points if y is not None]
        path = " ".join(f"{short(x)},{short(y)}" for x, y in known)
        parts += element("polyline", points=path, class_="still-signal", data_kind=of)
    for layer in layers_of(sample, "peaks"):
        kind = str(layer.get("of"))
        ends = (_MARGIN, height / 2) if kind == "gt" else (height / 2, height - _MARGIN)
        for at in (layer.get("at") or ())[:_MOST_SHAPES]:
            x = _MARGIN + float(at) * across
            parts += element("line", x1=x, x2=x, y1=ends[0], y2=ends[1], class_="still-peak", data_kind=kind)
    return parts


def scores_of(sample: Sample) -> tuple[Score, ...]:
    """Tell the highest class scores, and that of the true class."""
    for layer in layers_of(sample, "scores"):
        classes, truth = list(layer.get("classes") or ()), layer.get("truth")
        names = list(layer.get("names") or map(str, classes))
        values = [_real(value) for value in layer.get("values") or [None] * len(classes)]
        rows = list(zip(classes, names, values, strict=False))
        rows.sort(key=lambda row: -math.inf if row[2] is None else -row[2])
        shown = [row for place, row in enumerate(rows) if place < _MOST_SCORES or row[0] == truth]
        top = max((value for _, _, value in shown if value is not None and value > 0), default=1.0)
        return tuple(
            Score(shorten(str(name), 24), value_word(value), _share(value, top), place == truth)
            for place, name, value in shown
        )
    return ()


def _share(value: float | None, top: float) -> int:
    return 0 if value is None else max(0, min(100, round(100 * value / max(top, 1.0))))


def _boxes(layer: Layer, size: float) -> Iterator[Markup]:
    kind, labels, scores = str(layer.get("of")), layer.get("labels") or (), layer.get("scores") or ()
    for place, corners in enumerate((layer.get("boxes") or ())[:_MOST_SHAPES]):
        x0, y0, x1, y1 = (float(value) for value in corners)
        box = {"x": x0, "y": y0, "width": max(0.0, x1 - x0), "height": max(0.0, y1 - y0)}
        yield element("rect", **box, class_="still-halo") + element("rect", **box, class_="still-line", data_kind=kind)
        label = labels[place] if place < len(labels) else None
        score = _real(scores[place]) if place < len(scores) else None
        words = " ".join(part for part in (str(label or ""), "" if score is None else f"{score:.2f}") if part)
        if words:
            letter = size * _LETTER
            # The truth is named above its box, the prediction below: they often lie on one another.
            y = max(letter, y0 - letter * 0.3) if kind == "gt" else y1 + letter
            yield element("text", shorten(words, 24), x=x0, y=y, font_size=letter, class_="still-name", data_kind=kind)


def _polyline(line: Sequence[Sequence[Any]], kind: str) -> Markup:
    spots = [(_real(x), _real(y)) for x, y in line]
    points = " ".join(f"{short(x)},{short(y)}" for x, y in spots if x is not None and y is not None)
    return element("polyline", points=points, class_="still-halo") + element(
        "polyline", points=points, class_="still-line", data_kind=kind
    )


def _points(layer: Layer) -> Iterator[tuple[float, float | None]]:
    values = layer.get("values") or ()
    places = layer.get("at") or range(len(values))
    for place, value in zip(places, values, strict=False):
        yield float(place), _real(value)


def _real(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
