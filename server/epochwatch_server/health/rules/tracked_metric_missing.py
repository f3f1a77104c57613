"""The tracked metric is never logged.

What it sees
    The tracked metric's name and the names that are logged.

Why it matters
    Early stopping and the best checkpoint follow a name that nothing answers to: neither ever happens.

How it decides
    Absent after `epochs` epochs although other validation metrics are there; or, where nothing is validated, after
    the planned first validation. The nearest logged name is given.

What to do
    Correct the name.

Source
    Lightning's EarlyStopping(strict=True); post-mortem 000.
"""

from difflib import get_close_matches

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a tracked name that nothing answers to."""
    name = window.facts.tracked_metric
    if not name:
        return NotChecked("no metric is tracked")
    logged = [signal.metric for signal in window.signals()]
    if window.track(name) is not None or window.epochs_seen < int(limits["epochs"]):
        return []
    validated = {int(epoch) for t in window.all_tracks() if t.signal.split == "val" for epoch in t.epochs}
    if len(validated) < int(limits["epochs"]):
        return []
    near = get_close_matches(name, logged, 1, 0.5)
    advice = [f"track {near[0]}"] if near else []
    return [
        Finding(
            Severity.CRITICAL,
            f"{name} is tracked, but was not logged in {window.epochs_seen} epochs",
            Evidence(
                {"tracked": name, "logged": ", ".join(sorted(logged)[:12])},
                f"absent after {limits['epochs']:g} epochs",
                None,
                tuple(near),
            ),
            "the name differs from what is logged, by its split, a separator or a letter",
            (*advice, f"log {name} at each validation"),
        )
    ]


RULE = Rule(
    id="tracked_metric_missing",
    title="Tracked metric never logged",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    clear=1,
    thresholds={"epochs": Threshold(2, 1, 100, "epochs", "validated epochs without it")},
)
