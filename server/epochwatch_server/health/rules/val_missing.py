"""Nothing is validated.

What it sees
    The names that are logged, the declared interval of validation.

Why it matters
    Without validation, overfitting, leaks and wrong labels are invisible.

How it decides
    After `epochs` epochs (or the declared interval, or the warm-up) there is training but no validation metric.

What to do
    Validate each epoch, on a part of the data if it takes long.

Source
    The seeds' run 002 (fast validation without metrics).
"""

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a run without validation."""
    signals = list(window.signals())
    if not any(signal.role in ("loss", "component") for signal in signals):
        return NotChecked("no loss is logged")
    wait = max(int(limits["epochs"]), window.warm_up, (window.intent.validates_every or 0) + 1)
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
    thresholds={"epochs": Threshold(3, 1, 1000, "epochs", "epochs without validation")},
)
