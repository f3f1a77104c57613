"""The patience is used up and the run goes on.

What it sees
    The tracked metric by epoch, the declared patience.

Why it matters
    Every epoch past the patience is paid for a checkpoint that will not be used.

How it decides
    More than `patience` evaluations without a new best, and still running. A run that declares early stopping, or
    whose loop is the hook's, is given two more evaluations to stop itself. Information when the best is the best there
    can be.

What to do
    Stop; use the best epoch's checkpoint; switch early stopping on.

Source
    Keras EarlyStopping; post-mortems 000 and 001 (best at epoch 10 of 55).
"""

import numpy as np

from epochwatch_server.health.learning import guide
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a tracked metric without a new best for longer than the patience."""
    leading, patience = guide(window), window.facts.patience
    if leading is None or window.tracked is None:
        return NotChecked("no tracked metric is logged")
    if patience is None or patience < 1:
        return NotChecked("no patience is declared")
    best_at = int(np.argmax(leading.values))
    waited = len(leading.values) - 1 - best_at
    grace = 2 if window.intent.stops_itself or window.facts.stops_itself else int(limits["grace"])
    if waited < patience + grace:
        return []
    epoch = int(leading.epochs[best_at])
    value = float(leading.track.values[best_at])
    optimal = value == (1.0 if leading.track.signal.role in SHARE_ROLES else 0.0)
    took = float(window.epoch_times[-1] - window.epoch_times[min(best_at, window.epochs_seen - 1)])
    return [
        Finding(
            Severity.INFO if optimal else Severity.WARNING,
            f"no new best of {leading.track.metric} for {waited} epochs; the patience is {patience}",
            Evidence(
                {"best": value, "best epoch": float(epoch), "waited": float(waited), "seconds since": took},
                f"the declared patience of {patience} epochs",
                epoch,
                (leading.track.metric,),
            ),
            "the run was not told to stop",
            (f"stop, and use the checkpoint of epoch {epoch}", "switch early stopping on"),
        )
    ]


RULE = Rule(
    id="past_best",
    title="Past its best",
    check=check,
    page=__doc__ or "",
    clear=1,
    thresholds={"grace": Threshold(0, 0, 100, "evaluations", "evaluations beyond the patience")},
)
