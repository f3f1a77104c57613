"""Training and validation live in different worlds.

What it sees
    Training and validation loss; a score that both splits have.

Why it matters
    A validation loss ten times the training loss (0.10 against 1.51) means that what is learned does not carry over.

How it decides
    At three evaluations the validation loss is above `times` the training loss, growing, and it is no longer at its
    best (5 % above). Critical above ten times when validation is also 1.5 times its best.

What to do
    Compare the transforms of both splits; check that the model is in evaluation mode; then regularise.

Source
    SageMaker Debugger Overfit; post-mortem 001.
"""

import numpy as np

from epochwatch_server.health.learning import began_trained, makes_progress
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a validation loss far above the training loss."""
    train, val = window.loss("train"), window.loss("val")
    if train is None or val is None:
        return NotChecked("training and validation losses are not both logged")
    if window.epochs_seen <= window.warm_up or len(val) < 3 or window.intent.starts or began_trained(window):
        return []
    known = {int(epoch): float(value) for epoch, value in zip(train.epochs, train.values, strict=True) if value > 0}
    ratios = np.array(
        [value / known[int(epoch)] for epoch, value in zip(val.epochs, val.values, strict=True) if int(epoch) in known]
    )
    if len(ratios) < 3:
        return []
    tail, best = ratios[-3:], float(val.values.min())
    growing = tail[-1] > 1.05 * float(np.median(ratios[: max(1, len(ratios) // 2)]))
    if not (np.all(tail > limits["times"]) and growing and best > 0 and np.all(val.values[-3:] > 1.05 * best)):
        return []
    severity = Severity.WARNING if not makes_progress(window) else Severity.INFO
    if tail[-1] > 10 and val.last > 1.5 * best and severity is Severity.WARNING:
        severity = Severity.CRITICAL
    return [
        Finding(
            severity,
            f"{val.metric} is {val.last:.3g}, {tail[-1]:.3g} times {train.metric} at {train.last:.3g}, and growing",
            Evidence(
                {"ratio": float(tail[-1]), "training": train.last, "validation": val.last, "best validation": best},
                f"more than {limits['times']:g} times at three evaluations",
                int(val.epochs[int(np.argmin(val.values))]),
                (train.metric, val.metric),
            ),
            "what is learned does not carry over to data that was not trained on",
            (
                "compare the transforms of training and validation",
                "check that the model is in evaluation mode",
                "add regularisation or data",
            ),
        )
    ]


RULE = Rule(
    id="train_val_gap",
    title="Gap between training and validation",
    check=check,
    page=__doc__ or "",
    thresholds={"times": Threshold(3, 1.2, 1000, "x", "validation loss against training loss")},
)
