"""The loss runs away.

What it sees
    The total loss of training and validation, by epoch, and the losses of the very first steps.

Why it matters
    A loss far above where it began does not come back by itself: the weights have left the region where they worked.

How it decides
    A loss above its best by more than twice the best's size (three times the best), and above its first value by a
    fifth, in two evaluations and rising; or above its best by a thousand times. The size of the best is at least 5
    % of the first loss, so that a fine-tuned loss that moves from 0.005 to 0.03 is no explosion; a loss must have
    left its first value; validation alone is a warning. A declared curriculum restarts the history where a new term
    begins. Nothing is said before the second epoch, of a loss that changes its sign, nor while a tracked score that
    has risen is near its best.

What to do
    Restore the checkpoint of the best epoch, divide the rate by ten, clip gradients. If it rises from the first step
    on, look for a loss with the wrong sign, or gradients that are never zeroed.

Source
    TheDeepChecker (diverging loss); post-mortems 001 and 003.
"""

import numpy as np

from epochwatch_server.health.learning import is_near_best
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report each total loss that ran away."""
    first = window.first_loss
    tracks = [track for track in (window.loss("train"), window.loss("val")) if track is not None]
    if not tracks or first is None:
        return NotChecked("no total loss is logged")
    if window.epochs_seen < 2 or is_near_best(window):
        return []
    begun = max(window.intent.starts.values(), default=0)
    alone = len(tracks) == 2 and not _has_left(tracks[0], first)
    found = (
        _judge(window, track.from_epoch(begun) if begun <= window.epoch else track, first, limits, alone)
        for track in tracks
    )
    return [finding for finding in found if finding is not None][:1]


def _has_left(train: Track, first: float) -> bool:
    """Say whether the training loss is above its beginning too: alone, validation may be off for other reasons."""
    return bool(train.last - first > 0.2 * abs(first) or train.last - train.first > 0.2 * abs(train.first))


def _judge(window: Window, track: Track, first: float, limits: Limits, alone: bool) -> Finding | None:
    values = track.values
    if values.min() < 0 < values.max():
        return None  # a loss that changes its sign (a policy's) has no size to compare with
    if len(values) < 2 or track.epochs[-1] < window.epochs_ago(2):
        return None
    start = first if track.signal.split == "train" and track.epochs[0] == window.epochs[0] else float(values[0])
    best_at = int(np.argmin(values))
    best = min(float(values[best_at]), start)
    size = max(abs(best), 0.05 * abs(start))
    above = (values[-2:] - best) / size
    past_first = values[-2:] - start > 0.2 * abs(start)
    runs_away = bool(np.all(past_first) and np.all(above > limits["times_best"] - 1))
    rising = values[-1] >= values[-2] * 0.98 and values[-1] > np.min(values[:-1])
    bursts = bool(past_first[-1] and above[-1] > limits["burst"])
    steep = len(values) == 2 and past_first.all() and values[-1] > values[-2] and above[-1] > limits["times_best"] - 1
    if not ((runs_away and rising) or bursts or steep):
        return None
    best_epoch = int(track.epochs[best_at])
    rate = window.one("lr")
    advice = [f"restore the checkpoint of epoch {best_epoch} ({track.metric} {best:.4g})"]
    if rate is not None and len(rate):
        advice.append(f"lower the rate from {rate.last:.3g} to {rate.last / 10:.3g}")
    advice.append("check the sign of the loss and that gradients are zeroed at every step")
    factor = values[-1] / size if size else float("inf")
    return Finding(
        Severity.WARNING if alone else Severity.CRITICAL,
        f"{track.metric} is {values[-1]:.4g}, {factor:.3g} times its best of {best:.4g}",
        Evidence(
            {"now": float(values[-1]), "best": best, "best epoch": float(best_epoch), "first": start},
            f"more than {limits['times_best']:g} times the best, and above the first value, in two evaluations",
            best_epoch,
            (track.metric,),
        ),
        "steps larger than the loss surface allows, or a loss that is maximised",
        tuple(advice),
    )


RULE = Rule(
    id="loss_explosion",
    title="Exploding loss",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    thresholds={
        "times_best": Threshold(3, 1.5, 100, "x", "loss against its best"),
        "burst": Threshold(1000, 10, 1e9, "x", "loss against its best that counts at once"),
    },
)
