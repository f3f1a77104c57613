"""Stopping on a metric that is at its bound.

What it sees
    The tracked metric, other validation scores, the end of the run.

Why it matters
    An error of 0.0000 cannot improve. The run stops on it while other heads still get better.

How it decides
    The tracked error is exactly 0 (or the tracked score exactly 1) at two evaluations, while another score improved
    in the last N epochs by more than half a point in a hundred and is not at its own optimum; or the run ends so.

What to do
    Track what all heads must reach: the product of their accuracies.

Source
    Post-mortem 000 (an error of 0.0000 while other heads improved).
"""

import numpy as np

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.window import Track, Window

_OWN = SHARE_ROLES - {"min_recall", "class_recall", "f1_class"}


def check(window: Window, limits: Limits) -> Outcome:
    """Report a tracked metric at its bound while others improve."""
    tracked = window.tracked
    if tracked is None:
        return NotChecked("no tracked metric is logged")
    finite = tracked.finite()
    bound = _bound(window, tracked)
    if bound is None or len(finite) < 2 or not np.all(finite.values[-2:] == bound):
        return []
    improving = [
        (t, gain)
        for t in window.scores("val")
        if t.metric != tracked.metric and (gain := _gain(window, t)) > limits["gain"]
    ]
    if not improving:
        return []
    stops = window.facts.patience is not None or window.intent.stops_itself or _ended_early(window)
    listed = ", ".join(f"{track.metric} by {gain:.3g} to {track.last:.3g}" for track, gain in improving[:3])
    return [
        Finding(
            Severity.WARNING if stops else Severity.INFO,
            f"the tracked {tracked.metric} is at its bound of {bound:g} while others improve: {listed}",
            Evidence(
                {tracked.metric: tracked.last} | {track.metric: track.last for track, _ in improving[:3]},
                "at its bound at two evaluations, another score improving",
                int(finite.epochs[int(np.argmax(finite.values == bound))]),
                (tracked.metric, *(track.metric for track, _ in improving[:2])),
            ),
            "the tracked metric cannot get better, so patience runs out while the run still learns",
            ("track the product of all accuracies", f"track {improving[0][0].metric} instead"),
        )
    ]


def _ended_early(window: Window) -> bool:
    return window.ending is not None and window.progress_share < 0.9


def _bound(window: Window, tracked: Track) -> float | None:
    if not window.tracked_is_larger_better:
        return 0.0
    return 1.0 if tracked.signal.role in _OWN else None


def _gain(window: Window, track: Track) -> float:
    if track.signal.role not in _OWN:
        return 0.0
    finite = track.finite()
    cut = window.epochs_ago(min(window.span, window.epochs_seen // 2))
    before, recent = finite.before(cut), finite.since(cut)
    if not len(before) or not len(recent) or recent[-1] >= 0.995:
        return 0.0
    return float(recent.max() - before.max())


RULE = Rule(
    id="tracked_metric_saturated",
    title="Tracked metric at its bound",
    check=check,
    page=__doc__ or "",
    moments=frozenset({Moment.EPOCH, Moment.END}),
    thresholds={"gain": Threshold(0.005, 0, 1, "", "gain of another score in the last epochs")},
)
