"""How wrong samples are, and in which order: within one unit, for pixels and scores have no order between them."""

import math
from collections.abc import Iterable, Sequence

from epochwatch_server.domain.sample import Sample

PIXELS = "px"
_HALF = 0.5  # a flag on the wrong side of this was missed, or is a false alarm


def has_object(sample: Sample) -> bool:
    """Say whether there is anything to find: a flag that is truly up says that nothing is left."""
    return not is_done(sample.gt_done)


def is_done(gt_done: float | None) -> bool:
    """Say whether the true flag is up."""
    return gt_done is not None and gt_done >= _HALF


def counts(unit: str, gt_done: float | None) -> bool:
    """Say whether an error in this unit means anything: a distance to an object that is not there does not."""
    return unit != PIXELS or not is_done(gt_done)


def unit_of(sample: Sample) -> str:
    """Return the unit of a sample's error; empty where the script named none."""
    return PIXELS if sample.error is None and sample.error_px is not None else sample.error_unit


def error_of(sample: Sample) -> float | None:
    """Return how wrong a prediction is, in the sample's own unit; None where nothing was to be measured."""
    error = sample.error_px if sample.error is None else sample.error
    is_known = error is not None and math.isfinite(error) and counts(unit_of(sample), sample.gt_done)
    return error if is_known else None


def units_of(samples: Iterable[Sample]) -> list[str]:
    """List the units in which samples are measured, the most used one first."""
    return rank_units(unit_of(sample) for sample in samples if error_of(sample) is not None)


def rank_units(units: Iterable[str]) -> list[str]:
    """List each unit once, the most frequent first; of equally frequent ones the one that came first."""
    counted: dict[str, int] = {}
    for unit in units:
        counted[unit] = counted.get(unit, 0) + 1
    return sorted(counted, key=lambda unit: -counted[unit])


def worst_first(samples: Iterable[Sample], unit: str) -> list[Sample]:
    """Order the samples that are measured in a unit by their error, the largest first; the others are left out."""
    measured = [(error, sample) for sample in samples if (error := error_of(sample)) is not None]
    ranked = sorted(measured, key=lambda pair: -pair[0])
    return [sample for _, sample in ranked if unit_of(sample) == unit]


def wrong_flags(samples: Sequence[Sample]) -> list[Sample]:
    """List the samples whose predicted flag is on the wrong side of a half, the furthest off first."""
    flagged = [(flag_gap(sample), sample) for sample in samples]
    wrong = [(gap, sample) for gap, sample in flagged if gap is not None and gap > _HALF]
    return [sample for _, sample in sorted(wrong, key=lambda pair: -pair[0])]


def flag_gap(sample: Sample) -> float | None:
    """Return how far the predicted flag is from the true one; None without both."""
    if sample.gt_done is None or sample.pred_done is None or not math.isfinite(sample.pred_done):
        return None
    return abs(sample.pred_done - sample.gt_done)
