"""The learning rate is gone long before the end.

What it sees
    The learning rate by epoch and step, the planned number of epochs.

Why it matters
    With no rate nothing moves; every epoch from here on is paid for nothing.

How it decides
    After the first epoch: the rate is below `share` of its highest, with more than `left` of the plan to go; or it is
    exactly 0. Not for a schedule that restarts, nor while the rate climbs. Without a planned number of epochs it
    must be exactly 0, or have been gone for a quarter of the epochs so far, and at least four.

What to do
    Check how often the scheduler is stepped: once a batch instead of once an epoch is the usual reason.

Source
    Own; post-mortem 003.
"""

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import Floats
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a rate that is used up."""
    rate = window.one("lr")
    if rate is None or not len(rate.finite()):
        return NotChecked("no learning rate is logged")
    steps = window.steps(rate.metric)
    highest = max(
        float(track.finite().values.max()) for track in (rate, steps) if track is not None and len(track.finite())
    )
    declared = window.facts.config.get("lr", window.facts.config.get("learning_rate"))
    if isinstance(declared, int | float) and not isinstance(declared, bool) and declared < 100 * highest:
        highest = max(highest, float(declared))
    values = rate.finite().values
    climbs = len(values) > 1 and values[-1] > values[-2]
    left = 1 - window.progress_share if window.facts.planned_epochs else 0.0
    low = values < limits["share"] * highest
    began = len(low) - int(np.argmin(low[::-1])) if not low.all() else 0  # where the low rates of now begin
    left_then = 1 - began / window.planned if window.facts.planned_epochs else 0.0
    gone = bool(low[-1]) and (left_then > limits["left"] or _goes_on(window, values, limits, highest))
    zero = rate.last == 0.0 and window.epochs_seen >= 2 and np.any(values > 0) and left > 0.1
    if highest <= 0 or climbs or window.intent.restarts or window.epochs_seen < 2 or not (gone or zero):
        return []
    first = int(rate.epochs[int(np.argmax(rate.values < limits["share"] * highest))])
    return [
        Finding(
            Severity.WARNING,
            f"the rate is {rate.last:.3g}, {rate.last / highest:.1g} of its highest"
            + (f", with {left:.0%} of the plan to go" if left else ", and the run goes on"),
            Evidence(
                {"rate": rate.last, "highest": highest, "left of the plan": left},
                f"below {limits['share']:g} of the highest with over {limits['left']:.0%} to go",
                first,
                (rate.metric,),
            ),
            "the schedule ends too early: stepped once a batch instead of once an epoch, or set for fewer epochs",
            (f"set the schedule for {window.planned} epochs", "step the scheduler once an epoch"),
        )
    ]


def _goes_on(window: Window, values: Floats, limits: Limits, highest: float) -> bool:
    """Say whether a run without a plan has spent a quarter of its epochs, and at least four, at a rate that is gone."""
    spent = int(np.sum(values[-max(4, window.epochs_seen // 4) :] < limits["share"] * highest))
    return not window.facts.planned_epochs and spent >= max(4, window.epochs_seen // 4)


RULE = Rule(
    id="lr_vanished",
    title="Rate vanished",
    check=check,
    page=__doc__ or "",
    thresholds={
        "share": Threshold(1e-3, 1e-9, 0.5, "share", "rate against its highest"),
        "left": Threshold(0.3, 0, 1, "share", "share of the plan still to go"),
    },
)
