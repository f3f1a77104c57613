"""Too good, too soon.

What it sees
    Validation scores, training scores digit by digit, the first losses.

Why it matters
    A perfect score in the first tenth of the plan is more often a leak than a triumph: the answer is among the
    inputs, or validation is training data.

How it decides
    A score of exactly 1 (or an error of exactly 0) within the first tenth of the plan, in a run that began untrained:
    information. Validation scores equal to training's to the last digit at `equal` evaluations, where they changed in
    between: the same data, a warning.

What to do
    Look for the label among the inputs; look for rows in both sets.

Source
    UMLAUT (accuracy too good); post-mortem 000.
"""

from epochwatch_server.health.learning import began_trained
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.twins import same_as_training
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report scores that are too good, or too equal, to be true."""
    scores = [t.finite() for t in window.scores("val") if t.signal.role in SHARE_ROLES | {"r2", "error"}]
    if not scores:
        return NotChecked("no validation score is logged")
    same = same_as_training(window, int(limits["equal"]))
    if same is not None:
        return [
            _finding(
                Severity.WARNING,
                f"{same.metric} equals training's to the last digit at {len(same)} evaluations",
                same,
                "validation is computed on the training data",
            )
        ]
    early = window.epochs_seen <= max(1, round(0.1 * window.planned)) and not began_trained(window)
    perfect = next(
        (t for t in scores if t.last == (0.0 if t.signal.role == "error" else 1.0) and t.signal.role != "r2"), None
    )
    if early and perfect is not None and window.facts.planned_epochs and window.planned >= 10:
        return [
            _finding(
                Severity.INFO,
                f"{perfect.metric} is perfect after {window.epochs_seen} epochs",
                perfect,
                "the answer may be among the inputs, or the task is easy",
            )
        ]
    return []


def _finding(severity: Severity, what: str, track: Track, cause: str) -> Finding:
    return Finding(
        severity,
        what,
        Evidence(
            {track.metric: track.last},
            "equal to the last digit, or perfect in the first tenth",
            int(track.epochs[0]),
            (track.metric,),
        ),
        cause,
        (
            "look for the label among the inputs",
            "look for rows that are in both sets",
            "check which loader validation reads",
        ),
    )


RULE = Rule(
    id="suspicious_perfect",
    title="Too good to be true",
    check=check,
    page=__doc__ or "",
    thresholds={
        "equal": Threshold(5, 3, 100, "evaluations", "evaluations at which both splits agree to the last digit")
    },
)
