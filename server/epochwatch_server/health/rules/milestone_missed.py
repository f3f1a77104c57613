"""Behind the plan.

What it sees
    The milestones that the run declares: a metric, an epoch, a value.

Why it matters
    Somebody who knows the task said where a good run is by then.

How it decides
    At the milestone's epoch the metric has never reached its value. It resolves when the value is reached later.

What to do
    The slope and the epoch at which it would be reached are in the evidence; decide whether to wait.

Source
    Post-mortem 002 (F1 above 0.1 by epoch 5, above 0.3 by 20).
"""

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity
from epochwatch_server.health.statistics import slope
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report milestones that passed without their value."""
    if not window.facts.milestones:
        return NotChecked("no milestones are declared")
    found = []
    for metric, epoch, wanted in window.facts.milestones:
        track = window.as_logged(metric)
        if window.epoch < epoch or track is None or not len(track.finite()):
            continue
        finite, sign = track.finite(), -1.0 if track.signal.direction == "min" else 1.0
        best = float(np.max(sign * finite.values))
        if best >= sign * wanted:
            continue
        pace = slope(sign * finite.values[-5:])
        reach = f"epoch {window.epoch + (sign * wanted - best) / pace:.0f}" if pace > 0 else "never at this pace"
        found.append(
            Finding(
                Severity.WARNING,
                f"{metric} should be {wanted:g} by epoch {epoch}; its best is {sign * best:.4g}",
                Evidence(
                    {"wanted": wanted, "best": sign * best, "slope per epoch": sign * pace, "reached by": reach},
                    f"{wanted:g} by epoch {epoch}",
                    epoch,
                    (metric,),
                ),
                "the run learns more slowly than planned, or not at all",
                (f"at this pace: {reach}", "compare with a run that met the milestone"),
                f"{metric}@{epoch}",
            )
        )
    return found


RULE = Rule(id="milestone_missed", title="Milestone missed", check=check, page=__doc__ or "", clear=1)
