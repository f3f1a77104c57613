"""A validation metric does not change by a digit.

What it sees
    Validation scores and losses, bit by bit.

Why it matters
    Constant predictions give a constant score; so does a validation that is computed once and cached.

How it decides
    After the warm-up: the same value at `evaluations` evaluations, and the value is neither 0 nor about the score's
    optimum, without progress of the tracked metric. In a run that has learned it must be twice as many, and all other
    validation metrics must stand still too: a score may pause while the loss moves. So must the loss where scores
    have had more than three different values: a network that always said the same would have shown one.

What to do
    Look at predictions: are they all alike? Is the validation set evaluated anew?

Source
    SageMaker Debugger UnchangedTensor; post-mortems 002 and 004.
"""

import numpy as np

from epochwatch_server.health.learning import began_trained, has_learned, is_near_optimum, makes_progress
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.statistics import smallest_count
from epochwatch_server.health.window import Track, Window

_JUDGED = SHARE_ROLES - {"min_recall", "class_recall", "f1_class"}

_DISTINCT = 3  # values that a score has had, after which the network does not always say the same


def check(window: Window, limits: Limits) -> Outcome:
    """Report validation scores that repeat themselves."""
    scores = [t.finite() for t in window.scores("val") if t.signal.role in _JUDGED | {"r2"}]
    losses = [t.finite() for t in window.find("loss", "val") if len(t.finite())]
    if not scores and not losses:
        return NotChecked("no validation metric is logged")
    count = int(limits["evaluations"])
    needed = count if not has_learned(window) else 2 * count
    if window.epochs_seen <= window.warm_up + needed or makes_progress(window) or began_trained(window):
        return []
    still = [t for t in (*losses, *scores) if len(t) > needed and np.ptp(t.values[-needed:]) == 0]
    still = [t for t in still if t.last not in (0.0, 1.0) and not is_near_optimum(t) and not _is_one_off(t)]
    told = [t for t in still if t not in losses]
    if not still or len(told) < len(scores) or (has_learned(window) and len(still) < len(scores) + len(losses)):
        return []
    varied = [t for t in scores if len(np.unique(t.values)) > _DISTINCT]
    if varied and losses and not any(t in still for t in losses):
        return []  # answers did change, and the loss still does: a score of few samples may rest
    track = still[0]
    return [
        Finding(
            Severity.WARNING,
            f"{track.metric} is {track.last:.6g} at each of the last {needed} evaluations",
            Evidence(
                {t.metric: t.last for t in still[:4]},
                f"the same value {needed} times",
                int(track.epochs[-needed]),
                tuple(t.metric for t in still[:4]),
            ),
            "the network gives the same answer for every input, or the validation is cached",
            ("look at the spread of the predictions", "check that validation runs on the current weights"),
        )
    ]


def _is_one_off(track: Track) -> bool:
    """Say whether all but one or two of the few samples are right: such a score may rest for long."""
    count = smallest_count(track.values[-1:]) if track.last >= 0.9 else None
    return count is not None and count >= 10 and (1 - track.last) * count < 2.5


RULE = Rule(
    id="metric_constant",
    title="Metric does not change",
    check=check,
    page=__doc__ or "",
    thresholds={"evaluations": Threshold(4, 2, 100, "evaluations", "evaluations with the same value")},
)
