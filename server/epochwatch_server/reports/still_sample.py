"""One sample as it stands on the page: its image, ground truth, prediction and the error between them."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from epochwatch_server.domain.sample import Image, Sample
from epochwatch_server.domain.sample_errors import PIXELS, error_of, has_object, unit_of
from epochwatch_server.reports.numbers import value_word
from epochwatch_server.reports.still_layers import (
    SIGNAL_SIZE,
    Score,
    draw_shapes,
    draw_signal,
    layers_of,
    scores_of,
)
from epochwatch_server.reports.svg.element import element, short

_PLATE = 384  # pixels of the plate that stands in for an image that was not sent
_SMALL = 200  # an image narrower than this is shown pixel by pixel
_RADIUS = 0.026  # of the image's longer side, so that a small image is not covered and a large one not bare
_LETTER = 0.05
_MISS = 0.5  # a flag that is off by more than this is a miss
_MAX_CAPTION = 200

Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Still:
    """A sample drawn. flags: (kind, words, whether it was missed). title: stands above it."""

    svg: Markup
    name: str
    flags: tuple[tuple[str, str, bool], ...]
    caption: str
    scores: tuple[Score, ...] = ()
    title: str = ""


def draw_still(sample: Sample, images: Mapping[str, Image], title: str = "") -> Still:
    """Draw one sample.

    Args:
        images: Those that the report holds, by hash; one that it does not leaves an empty plate.
        title: Stands above it, where several runs or epochs stand side by side.
    """
    is_signal = sample.image is None and bool(layers_of(sample, "signal"))
    width, height = SIGNAL_SIZE if is_signal else (sample.width or _PLATE, sample.height or _PLATE)
    body = element("rect", width=width, height=height, class_="still-plate")
    body += draw_signal(sample) if is_signal else _image(sample, images, width, height)
    body += draw_shapes(sample, max(width, height)) + _overlay(sample, width, height)
    box = {"viewBox": f"0 0 {width} {height}", "role": "img", "aria_label": describe(sample)}
    flags = (*_flag("pred", sample.pred_done, sample), *_flag("gt", sample.gt_done, sample))
    picture = element("svg", body, **box, class_="still-picture")
    return Still(picture, sample.id, flags, _caption(sample), scores_of(sample), title)


def _image(sample: Sample, images: Mapping[str, Image], width: int, height: int) -> Markup:
    image = images.get(sample.image or "")
    if image is not None:
        return element("use", href=f"#{image_id(image.sha256)}", class_="still-small" if width < _SMALL else None)
    if sample.image is None:
        return Markup()
    spot = {"x": width / 2, "y": height / 2, "text_anchor": "middle", "font_size": max(width, height) * _LETTER}
    return element("text", "image not in this report", **spot, class_="still-none")


def draw_images(images: Sequence[Image]) -> Markup:
    """Put every image into the page once, to be used by all samples that show it."""
    parts = Markup().join(
        element(
            "image",
            id=image_id(image.sha256),
            width=image.width,
            height=image.height,
            href=f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}",
        )
        for image in images
    )
    return element("svg", element("defs", parts), width=0, height=0, aria_hidden="true", class_="still-images")


def image_id(sha256: str) -> str:
    """Name an image within a page."""
    return f"image-{sha256[:16]}"


def describe(sample: Sample) -> str:
    """Say what a sample shows, for those who do not see it."""
    parts = [f"Sample {sample.id}"]
    if has_object(sample) and sample.gt:
        parts.append(f"ground truth at {_spots(sample.gt)}")
    elif not sample.layers:
        parts.append("no object")
    if sample.pred:
        parts.append(f"prediction at {_spots(sample.pred)}")
    return ", ".join(parts)


def _spots(spots: Sequence[Spot]) -> str:
    return "; ".join(f"{short(x)},{short(y)}" for x, y in spots)


def _overlay(sample: Sample, width: int, height: int) -> Markup:
    size = max(width, height)
    truth = [spot for spot in sample.gt or () if _is_there(spot)] if has_object(sample) else []
    pred = [spot for spot in sample.pred or () if _is_there(spot)]
    pairs = list(zip(truth, pred, strict=False))
    parts = Markup().join(_line(begin, end) for begin, end in pairs)
    parts += Markup().join(_circle("gt", spot, size * _RADIUS) for spot in truth)
    for spot in pred:
        parts += _circle("pred", spot, size * _RADIUS) + _cross(spot, size * _RADIUS * 0.36)
    return parts + _label(sample, pairs[0], width, height) if pairs else parts


def _is_there(spot: Spot) -> bool:
    return all(math.isfinite(part) for part in spot)


def _line(begin: Spot, end: Spot) -> Markup:
    ends = {"x1": begin[0], "y1": begin[1], "x2": end[0], "y2": end[1]}
    return element("line", **ends, class_="still-halo") + element(
        "line", **ends, class_="still-line", data_kind="error"
    )


def _circle(kind: str, spot: Spot, radius: float) -> Markup:
    ring = {"cx": spot[0], "cy": spot[1], "r": radius}
    return element("circle", **ring, class_="still-halo") + element(
        "circle", **ring, class_="still-line", data_kind=kind
    )


def _cross(spot: Spot, arm: float) -> Markup:
    """A prediction also has a cross, for eyes that do not tell red from green."""
    (x, y), reach = spot, short(2 * arm)
    path = f"M{short(x - arm)} {short(y)}h{reach}M{short(x)} {short(y - arm)}v{reach}"
    return element("path", d=path, class_="still-line", data_kind="pred")


def _label(sample: Sample, pair: tuple[Spot, Spot], width: int, height: int) -> Markup:
    """Write the error beside the middle of its line, on the side that has room."""
    (x1, y1), (x2, y2) = pair
    letter = max(width, height) * _LETTER
    error = math.hypot(x1 - x2, y1 - y2) if sample.error_px is None else sample.error_px
    word = f"err={_pixels(error)}px"
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    fits = x + letter * (0.62 * len(word) + 1) < width
    place = {
        "x": x + (0.7 if fits else -0.7) * letter,
        "y": min(height - letter * 0.4, max(letter, y - letter * 0.4)),
        "font_size": letter,
        "text_anchor": "start" if fits else "end",
    }
    return element("text", word, **place, class_="still-label")


def _pixels(error: float) -> str:
    if not math.isfinite(error):
        return "NaN"
    return f"{error:.1f}" if error < 10 else f"{error:.0f}"


def _flag(kind: str, value: float | None, sample: Sample) -> list[tuple[str, str, bool]]:
    if value is None:
        return []
    text = f"{kind}_done={value:.0f}" if value == round(value) else f"{kind}_done={value:.2f}"
    is_missed = kind == "pred" and sample.gt_done is not None and abs(value - sample.gt_done) > _MISS
    if is_missed:
        text += " missed" if (sample.gt_done or 0.0) >= _MISS else " false alarm"
    return [(kind, text, is_missed)]


def _caption(sample: Sample) -> str:
    extra = [f"{name}={_word(value)}" for name, value in sample.extra.items()]
    error, unit = error_of(sample), unit_of(sample)
    has_label = unit == PIXELS and bool(sample.gt and sample.pred)  # which tells the error beside its line
    told = "" if has_label or error is None else f"error {value_word(error)} {unit}".rstrip()
    text = " · ".join(part for part in (sample.caption, told, *extra) if part)
    return text if len(text) <= _MAX_CAPTION else f"{text[:_MAX_CAPTION]}…"


def _word(value: object) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    return f"{value:.4g}" if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False, default=str)
