"""How a split's samples are spread at each epoch: their errors, and what was said of the flag. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from epochwatch_server.domain.sample import SampleTracks

Values = list[float | None]


@dataclass(frozen=True, slots=True)
class Spread:
    """Quantiles at each epoch, None where no sample has a value, and how many samples have one."""

    low: Values
    median: Values
    high: Values
    n: list[int]


def error_spread(tracks: SampleTracks, unit: str) -> Spread:
    """Return the 10 %, 50 % and 90 % quantiles of the errors in a unit at each epoch (linear between two samples)."""
    return _spread((track.errors for track in tracks.samples if track.unit == unit), len(tracks.epochs))


def done_spread(tracks: SampleTracks, label: int) -> Spread:
    """Return the quantiles of the predicted flag over the samples whose true flag is `label`, 0 or 1."""
    columns = (
        [
            said if said is not None and true is not None and (true >= 0.5) == bool(label) else None
            for said, true in zip(track.pred_done, track.gt_done, strict=True)
        ]
        for track in tracks.samples
    )
    return _spread(columns, len(tracks.epochs))


def _spread(columns: Iterable[Sequence[float | None]], epochs: int) -> Spread:
    rows = [*columns]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), epochs)
    spread = Spread([], [], [], [])
    for column in table.T:
        known = column[np.isfinite(column)]
        low, median, high = np.quantile(known, (0.1, 0.5, 0.9)).tolist() if len(known) else (None, None, None)
        spread.low.append(low)
        spread.median.append(median)
        spread.high.append(high)
        spread.n.append(len(known))
    return spread
