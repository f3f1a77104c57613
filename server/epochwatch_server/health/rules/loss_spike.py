"""The loss jumped and did not come back.

What it sees
    The training loss by epoch.

Why it matters
    A bad batch or a rate that is a little too high throws the weights out of a valley. Most runs return within an
    epoch or two; one that does not has lost what it had learned.

How it decides
    After the warm-up: an epoch's loss above the best before it by six noises and by half, and by a twentieth of the
    first loss, that stays there for `epochs` epochs and
    has not come half of the way back. A declared restart of the schedule and the start of a curriculum
    term are no spikes.

What to do
    Look at the batch of that step and at the rate; restore the checkpoint before it; clip gradients.

Source
    Post-mortem 003; common practice in the training of large language models.
"""

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import noise
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a jump of the training loss that lasts."""
    loss, first = window.loss("train"), window.first_loss
    if loss is None or first is None:
        return NotChecked("no training loss is logged")
    lasting = int(limits["epochs"])
    if len(loss) < window.warm_up + lasting or window.intent.restarts:
        return []
    if any(loss.epochs[-lasting - 1] <= start <= window.epoch for start in window.intent.starts.values() if start):
        return []
    before, after = loss.values[:-lasting], loss.values[-lasting:]
    best = float(before.min())
    needed = max(limits["noises"] * noise(before), (limits["times"] - 1) * abs(best), 0.05 * abs(first))
    recovers = after[-1] - best < 0.5 * (after[0] - best)
    if not np.all(after > best + needed) or before[-1] > best + needed or recovers:
        return []
    since = int(loss.epochs[-lasting])
    return [
        Finding(
            Severity.WARNING,
            f"{loss.metric} jumped from {before[-1]:.4g} to {after[0]:.4g} in epoch {since} and stayed there",
            Evidence(
                {"before": float(before[-1]), "after": float(after[-1]), "best": best},
                f"{limits['noises']:g} noises and {limits['times']:g} times the best for {lasting} epochs",
                since,
                (loss.metric,),
            ),
            "a step that threw the weights out of their valley",
            (f"restore a checkpoint from before epoch {since}", "clip gradients at twice their median norm"),
        )
    ]


RULE = Rule(
    id="loss_spike",
    title="Spike without recovery",
    check=check,
    page=__doc__ or "",
    thresholds={
        "noises": Threshold(6, 2, 50, "noises", "size of the jump"),
        "times": Threshold(1.5, 1.1, 20, "x", "loss against its best"),
        "epochs": Threshold(4, 1, 20, "epochs", "epochs that the loss stays up"),
    },
)
