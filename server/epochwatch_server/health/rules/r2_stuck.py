"""The regression explains nothing.

What it sees
    R2 on the validation data, the variance ratio.

Why it matters
    R2 of 0 is what predicting the mean gives. A loss that falls from nonsense to the mean looks like learning.

How it decides
    After four epochs: R2 at most `ceiling` at four evaluations in a row, its best ever included, and not on its way
    up: over the last three evaluations it rose by less than 0.05, or is at the pace that does not reach 0 within the
    plan. Critical when it also lies above -0.3: the network predicts the mean.

What to do
    Compare predictions with the mean of the targets; check that features and targets belong together; look at the
    variance ratio.

Source
    Post-mortem 004 (R2 between -0.2 and 0 in three runs).
"""

import numpy as np

from epochwatch_server.health.learning import rate_is_rising
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report an R2 that stays at or below 0."""
    judged = [t for t in window.find("r2", "val") if len(t.finite())]
    if not judged:
        return NotChecked("no R2 is logged for validation")
    if not _is_settled(window):
        return []
    r2 = next((t for t in judged if t.metric == window.facts.tracked_metric), judged[0])
    values = r2.finite().values
    if window.epochs_seen <= max(4, window.warm_up) or len(values) < 4 or rate_is_rising(window):
        return []
    if float(values.max()) > limits["ceiling"]:
        return []
    pace = float(values[-1] - values[-4]) / 3
    left = max(window.planned - window.epochs_seen, 1)
    if pace > 0.017 and values[-1] + pace * left > 0:
        return []
    ratio = window.one("variance_ratio", "val")
    evidence: dict[str, float | str] = {"R2": float(values[-1]), "best": float(values.max())}
    if ratio is not None and len(ratio):
        evidence["variance ratio"] = ratio.last
    return [
        Finding(
            Severity.CRITICAL if np.median(values[-4:]) > -0.3 else Severity.WARNING,
            f"{r2.metric} is {values[-1]:.3g} and was never above {values.max():.3g}",
            Evidence(evidence, f"at most {limits['ceiling']:g} at all evaluations", int(r2.epochs[0]), (r2.metric,)),
            "the network predicts about the mean, or worse, whatever the input",
            (
                "compare the predictions with the mean of the targets",
                "check that inputs and targets belong together",
                "stop on R2 instead of the loss",
            ),
        )
    ]


def _is_settled(window: Window) -> bool:
    """Say whether every head that the curriculum holds back has had four epochs: an R2 may be of any of them."""
    return all(window.epoch >= start + 4 for start in window.intent.starts.values() if start > 0)


RULE = Rule(
    id="r2_stuck",
    title="R2 stuck at 0",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    thresholds={"ceiling": Threshold(0.02, -1, 0.5, "", "R2 that is not enough")},
)
