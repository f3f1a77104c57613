"""What the rules see between two epochs: few of many steps, with every extreme and everything that is no number."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from epochwatch_server.domain.series import NO_EPOCH, Points
from epochwatch_server.health.replay import Record
from epochwatch_server.health.signals import read_signal

FIRST_STEPS = 100  # kept whole: rules compare with the very beginning
MAX_STEPS = 64  # of a metric in one packet
_BUCKETS = 15  # an extreme at either end of each, the first and the last
# Whose single steps a rule looks at; of all others only what is no number matters before the epoch is over.
_FOLLOWED = frozenset({"loss", "component", "lr", "grad_norm", "grad_norm_max", "loss_scale", "skipped_fraction"})


def is_followed(metric: str, roles: Mapping[str, str]) -> bool:
    """Say whether the rules look at this metric's single steps."""
    return roles.get(metric, read_signal(metric).role) in _FOLLOWED


def thin(points: Points, *, from_the_start: bool = False) -> Points:
    """Keep the first, the last, each bucket's lowest and highest, and what is no number.

    Args:
        points: of one metric, by rising step.
        from_the_start: these are the run's first points, of which the first hundred stay.
    """
    count = len(points)
    if count <= MAX_STEPS or (from_the_start and count <= FIRST_STEPS):
        return points
    begins = FIRST_STEPS if from_the_start else 0
    chosen = [np.arange(begins), _extremes(points.values, begins), [count - 1], _nonfinite(points.values)]
    places = np.unique(np.concatenate([[0], *chosen]).astype(np.int64))
    return pick(points, places)


def marks(points: Points) -> Points:
    """Of a metric that no rule follows by step, keep the first, where it stopped being a number, and the last."""
    bad = np.flatnonzero(~np.isfinite(points.values))
    places = [0, *(bad[:1].tolist()), *(bad[-1:].tolist()), len(points) - 1]
    return pick(points, np.unique(np.asarray(places, np.int64)))


def pick(points: Points, places: NDArray[np.int64] | NDArray[np.bool_]) -> Points:
    """Take the points at these places."""
    return Points(points.steps[places], points.epochs[places], points.times_ms[places], points.values[places])


def rows_of(points: Mapping[str, Points]) -> list[Record]:
    """Lay metrics side by side: one record a step, by rising step; an epoch that is not known is None."""
    rows: dict[int, tuple[int, int, dict[str, float]]] = {}
    for metric, some in points.items():
        for step, epoch, time_ms, value in _each(some):
            row = rows.get(step)
            if row is None:
                rows[step] = (epoch, time_ms, {metric: value})
            else:
                row[2][metric] = value
    return [
        Record("step", time_ms / 1000, step, None if epoch == NO_EPOCH else epoch, metrics)
        for step, (epoch, time_ms, metrics) in sorted(rows.items())
    ]


def means(points: Mapping[str, Points]) -> dict[int, dict[str, float]]:
    """Average each metric's points by epoch, for metrics that come without an epoch's point of their own."""
    found: dict[int, dict[str, float]] = {}
    for metric, some in points.items():
        for epoch in np.unique(some.epochs[some.epochs != NO_EPOCH]).tolist():
            with np.errstate(all="ignore"):  # infinities of both signs average to NaN, which is what they are
                found.setdefault(epoch, {})[metric] = float(some.values[some.epochs == epoch].mean())
    return found


def has_nonfinite(points: Iterable[Points]) -> bool:
    """Say whether any value is NaN or infinite."""
    return any(not np.isfinite(some.values).all() for some in points)


def _each(points: Points) -> Iterator[tuple[int, int, int, float]]:
    columns = (points.steps, points.epochs, points.times_ms, points.values)
    return zip(*(column.tolist() for column in columns), strict=True)


def _extremes(values: NDArray[np.float64], begins: int) -> NDArray[np.int64]:
    edges = np.unique(np.linspace(begins, len(values), _BUCKETS + 1).astype(np.int64))[:-1]
    places = []
    for start, stop in zip(edges, [*edges[1:], len(values)], strict=True):
        part = values[start:stop]
        finite = np.isfinite(part)
        if finite.any():
            places += [
                start + int(np.where(finite, part, np.inf).argmin()),
                start + int(np.where(finite, part, -np.inf).argmax()),
            ]
    return np.asarray(places, np.int64)


def _nonfinite(values: NDArray[np.float64]) -> NDArray[np.int64]:
    bad = np.flatnonzero(~np.isfinite(values))
    return np.concatenate([bad[:8], bad[-1:]]).astype(np.int64)
