"""Ended from outside, long before its plan.

What it sees
    How and when the run ended, the plan, the patience, what the sweep declares.

Why it matters
    A scheduler that stops a run of 200 epochs at 31 compares runs by how they start.

How it decides
    The run was killed or stopped, or fell silent for good, before `share` of its plan, and it did not crash. A run
    that fell silent after its patience was used up has probably stopped itself. Critical while it was still
    improving.

What to do
    Raise the scheduler's shortest allowance; the epoch, the plan and the trend are in the evidence.

Source
    Post-mortem 000 (Hyperband with min_iter 25 stopped a 200-epoch run at 31).
"""

import numpy as np

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.learning import guide, makes_progress
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report an end from outside."""
    ending = window.ending
    if ending is None:
        return NotChecked("the run has not ended")
    if ending.status not in ("killed", "lost", "interrupted") or window.epochs_seen == 0:
        return []
    planned = window.facts.planned_epochs
    if planned is None and ending.status != "killed":
        return NotChecked("no number of epochs is planned")
    if planned is not None and window.epochs_seen >= limits["share"] * planned:
        return []
    if ending.status != "killed" and _patience_used(window):
        return []
    improving = makes_progress(window)
    leading = guide(window)
    return [
        Finding(
            Severity.CRITICAL if improving else Severity.WARNING,
            f"ended from outside after {window.epochs_seen} of {planned or 'an unknown number of'} epochs"
            + (", still improving" if improving else "")
            + (f": {ending.error}" if ending.error else ""),
            Evidence(
                {
                    "epochs": float(window.epochs_seen),
                    "planned": float(planned) if planned else "unknown",
                    "reason": ending.error or ending.status,
                },
                f"before {limits['share']:.0%} of the plan",
                window.epoch,
                (leading.track.metric,) if leading else (),
            ),
            "a scheduler's bracket, a time limit or somebody ended it",
            (*_advice(window, planned), "compare runs at the same epoch, or let them finish"),
        )
    ]


def _advice(window: Window, planned: int | None) -> tuple[str, ...]:
    shortest = next((value for path, value in flatten(window.facts.config) if path.endswith("min_iter")), None)
    if not isinstance(shortest, int):
        return ()
    return (f"raise the scheduler's min_iter from {shortest} to {max((planned or 0) // 2, shortest * 2)}",)


def _patience_used(window: Window) -> bool:
    leading, patience = guide(window), window.facts.patience
    if leading is None or not patience:
        return False
    return len(leading.values) - 1 - int(np.argmax(leading.values)) >= patience


RULE = Rule(
    id="killed_early",
    title="Ended from outside",
    check=check,
    page=__doc__ or "",
    moments=frozenset({Moment.END}),
    clear=0,
    thresholds={"share": Threshold(0.8, 0.05, 1, "share", "share of the plan that is enough")},
)
