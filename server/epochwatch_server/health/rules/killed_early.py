"""Ended from outside, long before its plan.

What it sees
    How and when the run ended, the plan, the patience, what the sweep declares.

Why it matters
    A scheduler that stops a run of 200 epochs at 31 compares runs by how they start.

How it decides
    The run was killed or stopped, or fell silent for good, before `share` of its plan, and it did not crash. A run
    that fell silent after its patience was used up has probably stopped itself. Critical while it was still
    improving, unless somebody interrupted it at its terminal, who knows. Before the first epoch, a sweep whose
    scheduler may stop runs in the first half of the plan is information.

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

_BRACKETS = frozenset({"min_iter", "grace_period", "min_resource", "min_t"})


def check(window: Window, limits: Limits) -> Outcome:
    """Report an end from outside."""
    ending = window.ending
    if window.moment is Moment.START:
        return _foreseen(window)
    if ending is None:
        return NotChecked("the run has not ended")
    if ending.status not in ("killed", "cut_off", "interrupted") or window.epochs_seen == 0:
        return []
    planned = window.facts.planned_epochs
    if planned is None and ending.status != "killed":
        return NotChecked("no number of epochs is planned")
    if planned is not None and window.epochs_seen >= limits["share"] * planned:
        return []
    if ending.status != "killed" and _patience_used(window):
        return []
    improving = makes_progress(window)
    is_by_hand = ending.status == "interrupted"
    leading = guide(window)
    how = "interrupted" if is_by_hand else "ended from outside"
    return [
        Finding(
            Severity.CRITICAL if improving and not is_by_hand else Severity.WARNING,
            f"{how} after {window.epochs_seen} of {planned or 'an unknown number of'} epochs"
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


def _foreseen(window: Window) -> Outcome:
    """Say what the plan already tells: a scheduler that may stop the run before the middle of it."""
    shortest, planned = _shortest(window), window.facts.planned_epochs
    if shortest is None or planned is None:
        return NotChecked("no sweep's scheduler or no number of epochs is declared")
    if 2 * shortest > planned:
        return []
    return [
        Finding(
            Severity.INFO,
            f"the sweep's scheduler may stop this run from epoch {shortest} on, of {planned} planned",
            Evidence({"first stop": float(shortest), "planned": float(planned)}, "before half of the plan", None, ()),
            "a scheduler's bracket that was set for shorter runs",
            _advice(window, planned),
            "bracket",
        )
    ]


def _shortest(window: Window) -> int | None:
    """Find the epochs that a sweep's scheduler grants every run, as Hyperband and ASHA call them."""
    found = (value for path, value in flatten(window.facts.config) if path.rpartition(".")[2] in _BRACKETS)
    return next((value for value in found if type(value) is int and value > 0), None)


def _advice(window: Window, planned: int | None) -> tuple[str, ...]:
    shortest = _shortest(window)
    if shortest is None:
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
    moments=frozenset({Moment.START, Moment.END}),
    clear=0,
    thresholds={"share": Threshold(0.8, 0.05, 1, "share", "share of the plan that is enough")},
)
