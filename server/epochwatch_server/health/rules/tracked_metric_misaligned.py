"""The tracked metric tells little of quality.

What it sees
    The tracked metric and other validation scores by epoch.

Why it matters
    A validation loss between 0.51 and 0.53 while R2 differs by a factor of 4.5 picks checkpoints by chance.

How it decides
    After `evaluations` evaluations, over those past the first: a tracked loss varies by less than `narrow` of its
    level while a score (R2, accuracy, F1) varies by more than `wide`.

What to do
    Track the score that matters; the best epoch by each metric is in the evidence.

Source
    Post-mortems 000 and 004.
"""

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.window import Floats, Track, Window

_QUALITY = (SHARE_ROLES | {"r2"}) - {"min_recall", "class_recall", "f1_class"}


def check(window: Window, limits: Limits) -> Outcome:
    """Report a tracked metric that hardly moves while quality does."""
    tracked = window.tracked
    if tracked is None:
        return NotChecked("no tracked metric is logged")
    finite = tracked.finite()
    if len(finite) < int(limits["evaluations"]) or finite.signal.role not in ("loss", "component", "perplexity"):
        return []
    values = finite.values[1:]
    moved = float(np.ptp(values)) / max(abs(float(np.median(values))), 1e-300)
    if moved >= limits["narrow"]:
        return []
    for track in window.scores("val"):
        if track.signal.role not in _QUALITY or len(track.finite()) < len(finite):
            continue
        spread = _spread(track.finite().values[1:])
        if spread > limits["wide"]:
            return [_finding(window, finite, track.finite(), moved, spread, limits)]
    return []


def _spread(values: Floats) -> float:
    return float(np.quantile(values, 0.9) - np.quantile(values, 0.1))


def _finding(window: Window, tracked: Track, other: Track, moved: float, spread: float, limits: Limits) -> Finding:
    better = np.argmax if window.tracked_is_larger_better else np.argmin
    ours, theirs = int(tracked.epochs[int(better(tracked.values))]), int(other.epochs[int(np.argmax(other.values))])
    reach = f"{other.values.min():.3g} to {other.values.max():.3g}"
    return Finding(
        Severity.WARNING,
        f"{tracked.metric} moves by {moved:.1%}, {other.metric} from {reach}",
        Evidence(
            {
                "best epoch by the tracked metric": float(ours),
                f"best epoch by {other.metric}": float(theirs),
                "its range": spread,
            },
            f"the tracked metric within {limits['narrow']:.0%}, another over {limits['wide']:g}",
            int(tracked.epochs[0]),
            (tracked.metric, other.metric),
        ),
        "the tracked metric holds a large part that does not depend on quality",
        (f"track {other.metric} instead", f"look at the checkpoint of epoch {theirs}"),
    )


RULE = Rule(
    id="tracked_metric_misaligned",
    title="Tracked metric tells little",
    check=check,
    page=__doc__ or "",
    thresholds={
        "narrow": Threshold(0.05, 0.001, 1, "share", "range of the tracked metric against its level"),
        "wide": Threshold(0.08, 0.001, 10, "", "range of another score"),
        "evaluations": Threshold(6, 3, 100, "evaluations", "evaluations to compare"),
    },
)
