"""A score is exactly 0, epoch after epoch.

What it sees
    Validation scores (F1, accuracy, recall, IoU), the losses.

Why it matters
    A network that learns hits something by chance. A score of exactly 0.0000 while the loss falls is computed
    wrongly, or the predictions never name a class; either way it steers nothing.

How it decides
    Exactly 0 from its first value to at least the sixth epoch (or the warm-up's end) while the training loss fell by
    a twentieth. When no other score rose besides, nor the head's output ever says yes, it waits twice as long: a
    tagger first says "nothing" everywhere.

What to do
    Print predicted and true classes of one batch; check the threshold, and whether logits were passed for
    probabilities.

Source
    The seeds' run 002 (F1 at 0.0000 for more than 10 epochs).
"""

import numpy as np

from epochwatch_server.health.learning import total_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.window import Track, Window

_SKIPPED = frozenset({"min_recall", "class_recall", "f1_class"})


def check(window: Window, limits: Limits) -> Outcome:
    """Report scores that are exactly 0."""
    roles = SHARE_ROLES - _SKIPPED
    scores = [t.finite() for t in window.scores("val") if t.signal.role in roles]
    if not scores:
        return NotChecked("no validation score is logged")
    zero = [track for track in scores if len(track) >= 2 and np.all(track.values == 0)]
    fall = total_fall(window, 1)
    if not zero or fall is None or fall < 0.05:
        return []
    moved = any(float(np.ptp(t.values)) > 0.05 and t.last > t.first for t in scores if t not in zero) or _says_yes(
        window, zero[0]
    )
    wait = max(int(limits["epochs"]), window.warm_up)
    if window.epochs_seen <= (wait if moved else 2 * wait):
        return []
    return [_finding(window, zero, fall)]


def _says_yes(window: Window, zero: Track) -> bool:
    """Say whether the head's own output does reach a yes: then the score is computed from something else."""
    head = zero.signal.stem.rsplit("_", 1)[0]
    return any(t.signal.stem.startswith(head) and t.last > 0.6 for t in window.find("output_max", "val") if len(t))


def _finding(window: Window, zero: list[Track], fall: float) -> Finding:
    counts = window.facts.config.get("class_counts")
    values: dict[str, float | str] = {"epochs at 0": float(len(zero[0])), "fall of the loss": fall}
    if isinstance(counts, list):
        values["class counts"] = ", ".join(map(str, counts))
    return Finding(
        Severity.CRITICAL,
        f"{zero[0].metric} is exactly 0 at all {len(zero[0])} evaluations while the loss fell by {fall:.0%}",
        Evidence(values, "exactly 0 from the start", int(zero[0].epochs[0]), tuple(track.metric for track in zero)),
        "the score is computed from something else than the predictions, or one class is never predicted",
        (
            "print true and predicted classes of one batch",
            "check the threshold and the averaging",
            "pass probabilities or classes, not logits",
        ),
        zero[0].metric,
    )


RULE = Rule(
    id="metric_stuck_zero",
    title="Score stuck at 0",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    clear=1,
    thresholds={"epochs": Threshold(5, 2, 200, "epochs", "epochs at exactly 0")},
)
