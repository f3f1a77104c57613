"""A score is exactly 0, epoch after epoch.

What it sees
    Validation scores (F1, accuracy, recall, IoU), the losses.

Why it matters
    A network that learns hits something by chance. A score of exactly 0.0000 while the loss falls is computed
    wrongly, or the predictions never name a class; either way it steers nothing.

How it decides
    Exactly 0 from its first value to at least the sixth epoch (or the warm-up's end) while the training loss fell by
    a twentieth. When no other score rose besides, nor the head's output ever says yes, it waits twice as long: a
    tagger first says "nothing" everywhere. A score that counts only what is right as a whole (exact match, success)
    may stay at 0 for half of the plan, and while another score still rises. The score of a head whose own loss has
    not halved is given half of the plan, and is a warning: it may still rightly say no to everything. Silent where
    the same score is above 0 in training.

What to do
    Print predicted and true classes of one batch; check the threshold, and whether logits were passed for
    probabilities.

Source
    Post-mortem 002 (F1 at 0.0000 for more than 10 epochs).
"""

import re

import numpy as np

from epochwatch_server.health.learning import total_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.window import Track, Window

_STRICT = re.compile(r"exact|strict|perfect|solved?|success|pass_?(?:@|at)|(?:^|_)em(?:$|_)|sequence|sentence")
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
    if all(_is_strict(t) for t in zero) and (_follows(scores, zero) or window.progress_share < 0.5):
        return []
    zero = [track for track in zero if not _is_alive_in_training(window, track)]
    if not zero:
        return []
    others = [track for track in scores if all(track is not other for other in zero)]
    moved = any(float(np.ptp(t.values)) > 0.05 and t.last > t.first for t in others) or _says_yes(window, zero[0])
    wait = max(int(limits["epochs"]), window.warm_up)
    early = all(_says_no(window, t) for t in zero)
    if early:
        wait = max(wait, int(0.5 * window.planned))
    if window.epochs_seen <= (wait if moved else 2 * wait):
        return []
    return [_finding(window, zero, fall, Severity.WARNING if early else Severity.CRITICAL)]


def _is_strict(track: Track) -> bool:
    """Say whether the score counts only what is right as a whole, and so is 0 until nearly every part is."""
    return bool(_STRICT.search(track.signal.stem.lower()))


def _follows(scores: list[Track], zero: list[Track]) -> bool:
    """Say whether another score still rises and is far from done: the strict one may follow."""
    others = [t.values for t in scores if all(t is not z for z in zero) and len(t) > 3]
    return any(values[-1] < 0.9 and values[-3:].max() > values[:-3].max() for values in others)


def _is_alive_in_training(window: Window, track: Track) -> bool:
    """Say whether the same score is above 0 in training: then it is computed, and validation is what is hard."""
    twins = (t for t in window.find(track.signal.role, "train") if t.signal.stem == track.signal.stem)
    return any(float(twin.finite().values.max(initial=0.0)) > 0 for twin in twins)


def _says_no(window: Window, track: Track) -> bool:
    """Say whether the score is of a head whose own loss has not halved: it may rightly still answer "no" to all."""
    stem = track.signal.stem.lower()
    for name, term in (window.components("val") or window.components("train")).items():
        values = term.finite().values
        if len(values) and stem.startswith(f"{name.lower()}_"):
            return bool(values[-1] > 0.5 * values[0])
    return False


def _says_yes(window: Window, zero: Track) -> bool:
    """Say whether the head's own output does reach a yes: then the score is computed from something else."""
    head = zero.signal.stem.rsplit("_", 1)[0]
    return any(t.signal.stem.startswith(head) and t.last > 0.6 for t in window.find("output_max", "val") if len(t))


def _finding(window: Window, zero: list[Track], fall: float, severity: Severity) -> Finding:
    counts = window.facts.config.get("class_counts")
    values: dict[str, float | str] = {"epochs at 0": float(len(zero[0])), "fall of the loss": fall}
    if isinstance(counts, list):
        values["class counts"] = ", ".join(map(str, counts))
    return Finding(
        severity,
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
