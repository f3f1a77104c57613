"""A kind of chart: when a run has it, what it needs to be drawn, and the function that draws it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.pins import Pin
from epochwatch_server.charts.view import View
from epochwatch_server.domain.sample import SampleTracks, Scatter
from epochwatch_server.domain.series import EpochPoint, Points, SeriesSlice

MAX_LINES = 24  # beyond two turns of the palette nobody can tell lines apart


@dataclass(frozen=True, slots=True)
class Entry:
    """One chart in the list of a run's charts. `section` is the id of the section it stands in."""

    section: str
    kind: str
    argument: str
    title: str
    metrics: tuple[str, ...]

    @property
    def id(self) -> str:
        """Name the chart in addresses: `kind:argument`, or the kind alone."""
        return f"{self.kind}:{self.argument}" if self.argument else self.kind


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be read to draw a chart.

    metrics: series to draw, in order. others: series that only explain, read by epoch (weights).
    by_epoch: epoch points are needed whatever runs along the bottom. hidden: lines left out as too many.
    classes_of, tracks_of, scatter_of: the split whose class counts, samples through the epochs, or pairs of
    prediction and target are drawn.
    """

    metrics: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    by_epoch: bool = False
    hidden: int = 0
    classes_of: str | None = None
    tracks_of: str | None = None
    scatter_of: str | None = None


@dataclass(frozen=True, slots=True)
class Best:
    """A new best of the tracked metric: its value, and where it was reached."""

    value: float
    epoch: int | None
    step: int | None
    time_ms: int


@dataclass(frozen=True, slots=True)
class ChartData:
    """What a chart draws from. `argument` is what stood behind the kind: a stem or a split.

    slices: points by step, thinned to minima and maxima. epochs: points by epoch.
    averages: moving averages by step over every point, where smoothing was asked for.
    classes: data of a `classes` event and the epoch it speaks of: the latest unless the view names one. None without.
    tracks, scatter: the samples of a split through all epochs; pairs of an epoch, chosen as `classes` is.
    pins: what happened in the run's life, as far as it belongs on this chart.
    bests: value and place of every new best of the tracked metric, where the chart draws that one.
    """

    inventory: Inventory
    argument: str
    needs: Needs
    slices: Mapping[str, SeriesSlice] = field(default_factory=dict)
    epochs: Mapping[str, list[EpochPoint]] = field(default_factory=dict)
    averages: Mapping[str, Points] = field(default_factory=dict)
    classes: Mapping[str, Any] | None = None
    classes_epoch: int | None = None
    tracks: SampleTracks | None = None
    scatter: Scatter | None = None
    pins: tuple[Pin, ...] = ()
    bests: tuple[Best, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartKind:
    """One line of the catalogue.

    entries: which charts of this kind a run has. needs: what one of them reads; None when the run has no such chart.
    figure: draws it; pure. draws_classes, draws_samples: whether the run's class counts, or its samples and pairs, must
    be looked up to know of it.
    """

    name: str
    entries: Callable[[Inventory], Iterable[Entry]]
    needs: Callable[[Inventory, str], Needs | None]
    figure: Callable[[ChartData, View], Figure]
    draws_classes: bool = False
    draws_samples: bool = False
