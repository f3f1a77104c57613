"""Samples as the page follows them: each through its epochs, how they are spread, and pairs of one epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epochwatch_server.charts.sample_spread import Spread, done_spread, error_spread
from epochwatch_server.domain.sample import SampleTrack, SampleTracks, Scatter
from epochwatch_server.store import events, sample_tracks
from epochwatch_server.store.database import Connection


@dataclass(frozen=True, slots=True)
class Trend:
    """What became of a sample's error.

    first, last, best: of the epochs that have one. trend: how much a straight line through all of them (least squares)
    changes from the first to the last; below 0 is better. One bad epoch at the end does not turn it round.
    """

    first: float | None
    last: float | None
    best: float | None
    trend: float | None


@dataclass(frozen=True, slots=True)
class FollowedTracks:
    """The samples of a split through its epochs, and their spread at each: of errors in the unit of most of them.

    done: by the true flag, 0 and 1.
    """

    tracks: SampleTracks
    trends: list[Trend]
    errors: Spread
    done: dict[int, Spread]


def follow_samples(connection: Connection, run_id: str, split: str) -> FollowedTracks:
    """Read the samples of a split, in one statement, and sum up what became of them."""
    tracks = sample_tracks.read_tracks(connection, run_id, split)
    trends = [trend_of(tracks.epochs, track) for track in tracks.samples]
    done = {label: done_spread(tracks, label) for label in (0, 1)}
    return FollowedTracks(tracks, trends, error_spread(tracks, tracks.unit), done)


def trend_of(epochs: Sequence[int], track: SampleTrack) -> Trend:
    """Sum up one sample's errors."""
    known = [(epoch, error) for epoch, error in zip(epochs, track.errors, strict=True) if error is not None]
    if not known:
        return Trend(None, None, None, None)
    errors = [error for _, error in known]
    return Trend(errors[0], errors[-1], min(errors), _change(known) if len(known) > 1 else None)


def _change(known: Sequence[tuple[int, float]]) -> float | None:
    x, y = np.array(known, dtype=np.float64).T
    x = x - x.mean()
    scale = float(np.abs(y).max()) or 1.0  # so that squares of large errors stay finite
    slope = float((x * (y / scale)).sum() / (x * x).sum()) * scale
    change = slope * float(x[-1] - x[0])
    return change if math.isfinite(change) else None


def scatter_at(connection: Connection, run_id: str, split: str, epoch: int | None = None) -> Scatter | None:
    """Read the pairs of an epoch, or of the last before it that has any; the newest without an epoch."""
    event = events.latest_event(connection, run_id, "scatter", until_epoch=epoch, split=split)
    if event is None:
        return None
    data = event.data
    both = zip(data.get("target", ()), data.get("prediction", ()), strict=False)
    pairs = [(t, p) for t, p in both if math.isfinite(t) and math.isfinite(p)]
    n = data.get("n", len(pairs))
    return Scatter(split, event.epoch or 0, [t for t, _ in pairs], [p for _, p in pairs], max(n, len(pairs)))
