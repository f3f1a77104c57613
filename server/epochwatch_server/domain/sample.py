"""Samples: examples shown on the page, with ground truth, prediction and the error between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Image:
    """A stored image, named by the SHA-256 of its bytes."""

    sha256: str
    media_type: str  # image/png, image/jpeg, image/webp or image/gif, by its own header
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """One example at one epoch. Coordinates are in pixels of the image, x to the right, y down."""

    split: str
    id: str
    epoch: int
    step: int
    time_ms: int
    image: str | None  # sha256, or None when the run sent none
    width: int | None
    height: int | None
    gt: list[tuple[float, float]] | None
    pred: list[tuple[float, float]] | None
    error_px: float | None  # distance of the first pair
    gt_done: float | None = None
    pred_done: float | None = None
    caption: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
