"""How a run stands against what was declared for it: milestones by epoch, bands by value. Pure, no clock."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from epochwatch_server.charts.expectation import ON_TRACK_EPOCHS, Forecast, forecast
from epochwatch_server.charts.references import finite_numbers
from epochwatch_server.charts.wording import number
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import NO_EPOCH, EpochPoint

BANDS = ("minimum", "good", "excellent")
_SHARES = frozenset({"accuracy", "f1", "f1_class"})
_NEVER_NEGATIVE = frozenset({"loss", "component", "error", "variance_ratio", "grad_norm"})


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone or band.

    epoch: when it is due; None for a band.
    score: met, met late, ahead, on track, late, missed or unknown; of a band met, open or unknown.
    late: epochs behind (above 0) or before (below 0) its due epoch, as reached or as foretold; None when not known.
    reached: the epoch at which the value was first reached.
    """

    name: str
    value: float
    epoch: int | None
    score: str
    late: float | None = None
    reached: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One metric against what was wanted of it.

    now, best: its last and its best value so far.
    band: what the best reached: below, minimum, good or excellent; None without bands or values.
    expected: foretold for the end of the planned epochs, `expected_epoch` being the last of them.
    score: the worst of what is still open, in a word; text: the same as a sentence.
    """

    metric: str
    is_upward: bool
    now: float | None
    best: float | None
    milestones: tuple[Step, ...]
    bands: tuple[Step, ...]
    band: str | None
    expected: float | None
    expected_epoch: int | None
    expected_band: str | None
    score: str
    text: str


def standings(run: Run, epochs: Mapping[str, Sequence[EpochPoint]]) -> list[Standing]:
    """Score every metric for which the script declared targets or bands, in its order.

    Args:
        run: What was declared, the plan, the tracked metric.
        epochs: The epochs' points of these metrics; a metric without any has not been seen yet.
    """
    declared = run.declared
    metrics = dict.fromkeys([*declared.targets, *declared.bands])
    found = (_standing(run, metric, epochs.get(metric, ())) for metric in metrics)
    return [standing for standing in found if standing.milestones or standing.bands]


def _standing(run: Run, metric: str, points: Sequence[EpochPoint]) -> Standing:
    finite = [point for point in points if math.isfinite(point.value)]
    bands = finite_numbers(run.declared.bands.get(metric, {}))
    is_upward = _goes_up(run, metric, bands)
    sign = 1.0 if is_upward else -1.0
    ahead = _forecast(metric, finite)
    best = max((sign * point.value for point in finite), default=None)
    last_epoch = None if run.planned_epochs is None else run.planned_epochs - 1
    is_open = not run.state.is_over and last_epoch is not None and (not finite or finite[-1].epoch < last_epoch)
    expected = ahead.at(last_epoch) if ahead is not None and is_open and last_epoch is not None else None
    stones = tuple(
        _milestone(value, int(key), finite, sign, ahead if not run.state.is_over else None)
        for key, value in sorted(finite_numbers(run.declared.targets.get(metric, {})).items(), key=_due)
        if key.strip().lstrip("-").isdecimal()
    )
    reached = _band(bands, None if best is None else sign * best, sign)
    score = _score(stones, bands, reached)
    return Standing(
        metric,
        is_upward,
        finite[-1].value if finite else None,
        None if best is None else sign * best,
        stones,
        tuple(_band_step(name, bands[name], finite, sign) for name in BANDS if name in bands),
        reached,
        expected,
        last_epoch if expected is not None else None,
        _band(bands, expected, sign) if expected is not None else None,
        score,
        _sentence(stones, reached, score),
    )


def _due(item: tuple[str, float]) -> int:
    key = item[0].strip()
    return int(key) if key.lstrip("-").isdecimal() else 0


def _goes_up(run: Run, metric: str, bands: Mapping[str, float]) -> bool:
    """Say whether larger is better: as tracked, as the bands rise, as the name tells, else yes."""
    if run.tracked is not None and run.tracked.metric == metric:
        return run.tracked.mode != "min"
    given = [bands[name] for name in BANDS if name in bands]
    if len(given) > 1 and given[0] != given[-1]:
        return given[-1] > given[0]
    return read_metric_name(metric).direction != "min"


def _forecast(metric: str, finite: Sequence[EpochPoint]) -> Forecast | None:
    role = read_metric_name(metric).role
    values = [point.value for point in finite]
    low = 0.0 if role in _SHARES | _NEVER_NEGATIVE and min(values, default=0.0) >= 0 else -math.inf
    high = math.inf
    if role in _SHARES or role == "r2":
        high = 100.0 if max(values, default=0.0) > 1.5 else 1.0
    return forecast([point.epoch for point in finite], values, low=low, high=high)


def _milestone(value: float, due: int, finite: Sequence[EpochPoint], sign: float, ahead: Forecast | None) -> Step:
    name = f"epoch {due}"
    reached = next((point.epoch for point in finite if sign * point.value >= sign * value), None)
    if reached is not None:
        late = reached - due
        done = finite[-1].epoch
        return Step(name, value, due, "met late" if late > 0 else "ahead" if done < due else "met", late, reached)
    done = finite[-1].epoch if finite else NO_EPOCH
    at = ahead.reaches(value, after=max(0, done)) if ahead is not None else None
    behind = None if at is None else math.ceil(at) - due
    if done >= due:
        return Step(name, value, due, "late" if ahead is not None else "missed", max(done - due, 1), None)
    if ahead is None:
        return Step(name, value, due, "unknown")
    is_on_track = behind is not None and behind <= ON_TRACK_EPOCHS
    return Step(name, value, due, "on track" if is_on_track else "late", behind)


def _band_step(name: str, value: float, finite: Sequence[EpochPoint], sign: float) -> Step:
    reached = next((point.epoch for point in finite if sign * point.value >= sign * value), None)
    return Step(name, value, None, "unknown" if not finite else "met" if reached is not None else "open", None, reached)


def _band(bands: Mapping[str, float], value: float | None, sign: float) -> str | None:
    """Name the band that a value lies in; None without bands or without a value."""
    if not bands or value is None:
        return None
    reached = [name for name in BANDS if name in bands and sign * value >= sign * bands[name]]
    return reached[-1] if reached else "below"


def _score(stones: Sequence[Step], bands: Mapping[str, float], band: str | None) -> str:
    """Judge by the first milestone that is still open; without one, by the last; without any, by the band."""
    still = next((step for step in stones if step.reached is None), None)
    if still is not None:
        return still.score
    if stones:
        return stones[-1].score
    return "unknown" if band is None else band


def _sentence(stones: Sequence[Step], band: str | None, score: str) -> str:
    still = next((step for step in stones if step.reached is None), None)
    step = still or (stones[-1] if stones else None)
    if step is None:
        return {None: "no value yet", "below": "below the minimum"}.get(band, str(band))
    wanted = f"{number(step.value)} by epoch {step.epoch}"
    return f"{wanted}: {_words(step, score)}"


def _words(step: Step, score: str) -> str:
    if step.reached is not None:
        ahead = -(step.late or 0)
        if ahead > 0:
            return f"met at epoch {step.reached}, {_epochs(ahead)} early"
        return f"met at epoch {step.reached}" + (f", {_epochs(-ahead)} late" if ahead < 0 else "")
    if score == "unknown":
        return "too early to tell"
    if score == "missed":
        return "missed"
    if step.late is None:
        return "not at this pace"
    return "on track" if score == "on track" else f"late by {_epochs(step.late)}"


def _epochs(count: float) -> str:
    return "1 epoch" if count == 1 else f"{count:g} epochs"
