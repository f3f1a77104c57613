"""Samples: examples shown on the page, with ground truth, prediction and the error between them."""

from collections.abc import Mapping, Sequence
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
    """One example at one epoch. Coordinates are in pixels of the image, x to the right, y down.

    layers: what else is drawn, by `kind`: box, line, scores, signal, peaks; `of` says gt, pred or input.
    error: how wrong the prediction is, in `error_unit`; pixels between the first pair unless the run said otherwise.
    """

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
    error: float | None = None
    error_unit: str = ""
    layers: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class SampleTrack:
    """One example through the epochs: at each epoch of its split the error and the flags, None where there is none.

    unit: of the errors, as its newest says; an epoch that measured in another has none.
    """

    id: str
    errors: list[float | None]
    gt_done: list[float | None]
    pred_done: list[float | None]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SampleTracks:
    """Every example of a split through its epochs. units: of the errors, the one of most examples first."""

    epochs: list[int]
    units: Sequence[str]
    samples: list[SampleTrack]

    @property
    def unit(self) -> str:
        """The unit of most examples; empty without one."""
        return self.units[0] if self.units else ""


@dataclass(frozen=True, slots=True)
class Scatter:
    """Pairs of target and prediction at an epoch, evenly taken of `n`."""

    split: str
    epoch: int
    target: list[float]
    prediction: list[float]
    n: int
