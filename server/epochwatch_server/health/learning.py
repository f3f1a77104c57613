"""Whether a run learns: the guards that keep the rules silent while it does."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.statistics import Floats, noise, relative_fall
from epochwatch_server.health.window import Track, Window

REAL_GAIN = 0.01  # relative: less than 1 % of the level is no improvement, whatever the noise


@dataclass(frozen=True, slots=True)
class Guide:
    """What tells progress: the tracked metric, or else the validation loss. values: larger is better, finite."""

    track: Track
    values: Floats
    epochs: Floats

    @property
    def best(self) -> float:
        """The best value so far, larger being better."""
        return float(self.values.max())


def guide(window: Window) -> Guide | None:
    """Return what tells progress in this run; None when nothing does."""
    if window.tracked is not None and window.tracked_has_direction:
        finite = window.tracked.finite()
        sign = 1.0 if window.tracked_is_larger_better else -1.0
    else:
        loss = window.loss("val")
        if loss is None:
            return None
        finite, sign = loss, -1.0
    return Guide(finite, sign * finite.values, finite.epochs.astype(float))


def makes_progress(window: Window, epochs: int | None = None) -> bool:
    """Say whether the guide reached a new best, by more than noise, in the last epochs (the span when not given)."""
    leading = guide(window)
    return leading is not None and _rose(leading.values, leading.epochs, window.epochs_ago(epochs or window.span))


def has_learned(window: Window) -> bool:
    """Say whether the guide ever rose clearly above where it began: 4 noises, and a tenth of what there is to gain."""
    if explains(window):
        return True
    leading = guide(window)
    if leading is None or len(leading.values) < 2:
        return False
    start, best = float(leading.values[0]), leading.best
    if leading.track.signal.role in SHARE_ROLES:
        needed = 0.1
    elif leading.track.signal.role == "r2":
        needed = 0.1 if best > 0.1 else np.inf
    else:
        needed = 0.2 * abs(start)
    return best - start > max(needed, 4 * noise(leading.values))


def explains(window: Window) -> bool:
    """Say whether R2 says so by itself: lately at 0.15 and more, whatever it began with."""
    r2 = window.one("r2", "val")
    recent = r2.finite().values[-3:] if r2 is not None else np.empty(0)
    return len(recent) == 3 and float(recent.min()) > 0.15


def score_climbs(window: Window) -> bool:
    """Say whether a tracked score still climbs and has risen for good: then a loss with a high floor may hardly fall.

    Of ranking, survival and smoothed losses most is floor, so that the share by which they fell says little.
    """
    leading = guide(window)
    if leading is None or len(leading.values) < 3:
        return False
    if leading.track.signal.role in ("loss", "component", "perplexity"):
        return window.tracked is None and any(_climbs(track) for track in window.scores("val"))
    gain = leading.best - float(leading.values[0])
    least = 0.03 if leading.track.signal.role in SHARE_ROLES | {"r2"} else 0.05 * abs(float(leading.values[0]))
    return gain > max(least, 3 * noise(leading.values)) and makes_progress(window, 2 * window.span)


def is_auxiliary(window: Window, terms: Mapping[str, Track], name: str) -> bool:
    """Say whether a term began at less than a fiftieth of the largest, weighted, and a score is learned all the same.

    Such a term helps or holds back (consistency, a boundary, a prior): it may stay, or grow.
    One that is ten thousand times smaller is drowned.
    """
    weights = window.facts.weights
    begun = {term: track.finite().first for term, track in terms.items() if len(track.finite())}
    sizes = {term: abs(first) * weights.get(term, 1.0) for term, first in begun.items()}
    if name not in sizes or not 1e-4 < sizes[name] / max(1e-300, *sizes.values()) < 0.02:
        return False
    leading = guide(window)
    if leading is None or leading.track.signal.role in ("loss", "component"):
        return any(_has_climbed(track) for track in window.scores("val"))
    return has_learned(window) or makes_progress(window) or is_near_optimum(leading.track)


def _climbs(track: Track) -> bool:
    """Say whether an untracked score is at its best and far above its beginning."""
    values = _larger_is_better(track)
    return _has_climbed(track) and bool(values[-2:].max() >= values.max())


def _has_climbed(track: Track) -> bool:
    """Say whether an untracked score is far above its beginning: a tenth of it, and four noises."""
    values = _larger_is_better(track)
    if len(values) < 4:
        return False
    return float(values[-2:].max() - values[0]) > max(0.1 * abs(float(values[0])), 4 * noise(values))


def _larger_is_better(track: Track) -> Floats:
    values = track.finite().values
    return -values if track.signal.direction == "min" else values


def held_up_by_terms(window: Window) -> bool:
    """Say whether what is to fall has fallen by a fifth, and only terms that hold the model back keep the total up."""
    terms = [t.finite() for t in window.components("train").values()]
    terms = [t for t in terms if len(t) > 1]
    held = [t for t in terms if t.signal.is_regulariser and t.last > t.first]
    main = [t for t in terms if not t.signal.is_regulariser]
    return bool(held and main) and sum(t.last for t in main) < 0.8 * sum(t.first for t in main)


def is_near_best(window: Window) -> bool:
    """Say whether a tracked score has clearly risen and is within a tenth of its rise from its best."""
    leading = guide(window)
    if leading is None or leading.track.signal.role in ("loss", "component", "perplexity") or not has_learned(window):
        return False
    rise = leading.best - float(leading.values[0])
    return float(leading.values[-1]) >= leading.best - 0.1 * rise


def total_fall(window: Window, count: int = 2) -> float | None:
    """Return the share by which the training loss fell from its first steps to its last epochs."""
    loss, first = window.loss("train"), window.first_loss
    if loss is None or first is None or not first:
        return None
    return relative_fall(first, float(np.mean(loss.values[-count:])))


def recent_fall(track: Track, window: Window, epochs: int | None = None) -> float:
    """Return by which share of its level a loss's best of the last epochs is below the best before them."""
    cut = window.epochs_ago(epochs or window.span)
    before, recent = track.before(cut), track.since(cut)
    if not len(before) or not len(recent):
        return 0.0
    return relative_fall(float(before.min()), float(recent.min()))


def is_stuck(window: Window, epochs: int | None = None) -> bool:
    """Say whether nothing moves: no progress of the guide, and the training loss no longer falls by 2 %."""
    loss = window.loss("train")
    if loss is None or len(loss) < 3 or makes_progress(window, epochs):
        return False
    return recent_fall(loss, window, epochs) < 0.02


def is_near_optimum(track: Track) -> bool:
    """Say whether a score is about as good as it can be: 0.98 of 1, or an error within 2 % of where it began."""
    finite = track.finite()
    if not len(finite):
        return False
    if track.signal.direction == "max":
        return track.signal.role in SHARE_ROLES | {"r2"} and finite.last >= 0.98
    return abs(finite.last) <= 0.02 * float(np.max(np.abs(finite.values)))


def rate_is_rising(window: Window) -> bool:
    """Say whether the learning rate still climbs from its beginning, or reached its height less than two epochs ago."""
    rate = window.one("lr")
    if rate is None or len(rate) == 0:
        return False
    values = rate.finite().values
    if len(values) < 2:
        return window.intent.warms_up
    peak = int(np.argmax(values))
    climbed = bool(np.all(np.diff(values[: peak + 1]) >= 0)) and values[0] < 0.7 * values[peak]
    return climbed and len(values) - 1 - peak < 2  # the first epochs at the full rate are still the warm-up's


def began_trained(window: Window) -> bool:
    """Say whether the run starts from trained weights: declared, or good at once at a loss that hardly fell."""
    if window.intent.started_from_weights:
        return True
    loss, first = window.loss("train"), window.first_loss
    if loss is None or not first or loss.first < 0.7 * first or float(loss.values.min()) < 0.4 * first:
        return False
    scores = [t.finite() for t in window.scores("val") if t.signal.role in ("accuracy", "f1", "r2")]
    told = [float(track.values[0]) for track in scores if track.signal.role in ("f1", "r2")]
    return bool(told) and max(told) > 0.6 and all(float(track.values[0]) > 0.5 for track in scores)


def _rose(values: Floats, epochs: Floats, cut: int) -> bool:
    before, recent = values[epochs < cut], values[epochs >= cut]
    if not len(recent):
        return False
    if not len(before):
        before, recent = values[:1], values[1:]
        if not len(recent):
            return False
    gain = float(recent.max() - before.max())
    return gain > max(noise(values), REAL_GAIN * abs(float(before.max())))
