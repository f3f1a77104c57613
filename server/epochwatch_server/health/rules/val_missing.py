"""Nothing is validated.

What it sees
    The names that are logged, the declared interval of validation.

Why it matters
    Without validation, overfitting, leaks and wrong labels are invisible.

How it decides
    After `epochs` epochs (or the declared interval, or the warm-up) there is training but no validation metric.
    Silent where a training metric is tracked or a return is logged: such runs mean none.

What to do
    Validate each epoch, on a part of the data if it takes long.

Source
    Post-mortem 002 (fast validation without metrics).
"""

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a run without validation."""
    if window.counts_steps:
        return NotChecked("the run counts steps and not epochs")
    signals = list(window.signals())
    if not any(signal.role in ("loss", "component") for signal in signals):
        return NotChecked("no loss is logged")
    by_training = window.tracked is not None and window.tracked.signal.split not in ("val", "test")
    if by_training or window.is_reinforced:
        return []  # steered by what training itself measures, as a return is: no validation is meant
    enough = min(int(limits["epochs"]), max(3, window.planned // 2))
    wait = max(enough, window.warm_up, (window.intent.validates_every or 0) + 1)
    if any(signal.split == "val" for signal in signals) or window.epochs_seen <= wait:
        return []
    return [
        Finding(
            Severity.WARNING,
            f"no validation metric in {window.epochs_seen} epochs",
            Evidence({"epochs": float(window.epochs_seen)}, f"{wait} epochs", None, ()),
            "validation is switched off, or runs in a fast mode without metrics",
            ("validate each epoch, on a part of the data if it takes long",),
        )
    ]


RULE = Rule(
    id="val_missing",
    title="No validation",
    check=check,
    page=__doc__ or "",
    clear=1,
    thresholds={"epochs": Threshold(5, 1, 1000, "epochs", "epochs without validation")},
)
