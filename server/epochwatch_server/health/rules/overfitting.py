"""Validation gets worse while training gets better.

What it sees
    Training and validation loss by epoch, the tracked metric.

Why it matters
    From its best epoch on the network learns the training data by heart. Best at epoch 10 and trained to 55, at 0.10
    against 1.51, is 45 epochs for a worse model.

How it decides
    At three evaluations in a row the validation loss is above its best by more than `rise` and two noises, while the
    training loss is below its value at that best. Critical beyond half above the best when the patience is used up
    too. Information only while the tracked metric still reaches new bests: accuracy may improve while the loss, which
    counts confidence, does not.

What to do
    Restore the best epoch's checkpoint, stop there, regularise: weight decay, dropout, augmentation, more data.

Source
    Prechelt 1998, Early stopping - but when?; UMLAUT; post-mortem 001.
"""

import numpy as np

from epochwatch_server.health.learning import makes_progress
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import noise
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a validation loss that left its best behind."""
    train, val = window.loss("train"), window.loss("val")
    if train is None or val is None:
        return NotChecked("training and validation losses are not both logged")
    begun = max(window.intent.starts.values(), default=-1) + 1  # by which a total leaps; epochs may be counted from 1
    val = val.from_epoch(begun)
    if window.epochs_seen <= window.warm_up or len(val) < 4:
        return []
    at = int(np.argmin(val.values))
    best, tail = float(val.values[at]), val.values[-3:]
    if len(val) - 1 - at < 3 or best <= 0:
        return []
    above = max(limits["rise"] * best, 2 * noise(val.values[-5:]))
    if not np.all(tail > best + above) or not _train_fell(train, int(val.epochs[at])):
        return []
    wasted = int(val.epochs[-1] - val.epochs[at])
    late = window.facts.patience is not None and wasted >= window.facts.patience
    severity = Severity.CRITICAL if val.last > 1.5 * best and late else Severity.WARNING
    if makes_progress(window) and _tracks_score(window):
        severity = Severity.INFO
    return [_finding(window, train, val, at, severity, limits)]


def _train_fell(train: Track, best_epoch: int) -> bool:
    then = train.values[train.epochs == best_epoch]
    return len(then) > 0 and float(np.median(train.values[-3:])) < float(then[0])


def _tracks_score(window: Window) -> bool:
    return window.tracked is not None and window.tracked.signal.role not in ("loss", "component", "perplexity")


def _finding(window: Window, train: Track, val: Track, at: int, severity: Severity, limits: Limits) -> Finding:
    best, epoch = float(val.values[at]), int(val.epochs[at])
    wasted = int(val.epochs[-1]) - epoch
    since = f"now {val.last:.3f}, while {train.metric} fell to {train.last:.3g}"
    return Finding(
        severity,
        f"{val.metric} was best at epoch {epoch} with {best:.3f}, {since}",
        Evidence(
            {
                "best": best,
                "best epoch": float(epoch),
                "now": val.last,
                "ratio": val.last / best,
                "epochs since": float(wasted),
                "training loss": train.last,
            },
            f"more than {limits['rise']:.0%} above the best for three evaluations",
            epoch,
            (val.metric, train.metric),
        ),
        "the network learns the training data by heart",
        (
            f"restore the checkpoint of epoch {epoch}",
            f"stop with a patience of {max(3, wasted // 3)} epochs",
            "add weight decay, dropout, augmentation or data",
        ),
    )


RULE = Rule(
    id="overfitting",
    title="Overfitting",
    check=check,
    page=__doc__ or "",
    thresholds={"rise": Threshold(0.1, 0.01, 10, "share", "validation loss above its best")},
)
