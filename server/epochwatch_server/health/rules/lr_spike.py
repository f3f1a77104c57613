"""The learning rate jumped.

What it sees
    The learning rate by step and epoch, the training loss, the declared schedule.

Why it matters
    A few steps at a hundred times the rate undo everything. The rate is often back before anyone looks.

How it decides
    A rate more than `times` the highest seen before, after the first epoch. A declared warm-up or one-cycle schedule
    may climb, a restart may return to a rate already trained at. Critical when the epoch's loss is worse by half.

What to do
    Restore the checkpoint before the jump; look at the scheduler, the resume code and who else sets the rate.

Source
    Own; a scheduler stepped with the wrong counter after a resume is the usual culprit.
"""

import numpy as np

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a rate that leapt above everything seen before."""
    rate = window.one("lr")
    steps = (
        window.steps(rate.metric)
        if rate is not None
        else next((t for t in window.all_steps() if t.signal.role == "lr"), None)
    )
    found = [jump for track in (steps, rate) if track is not None and (jump := _jump(window, track.finite(), limits))]
    if rate is None and steps is None:
        return NotChecked("no learning rate is logged")
    if not found:
        return []
    before, after, epoch = found[0]
    loss = window.loss("train")
    worse = False
    if loss is not None and len(loss.since(epoch)) and len(loss.before(epoch)):
        worse = float(loss.since(epoch).max()) > 1.5 * float(np.abs(loss.before(epoch)).min())
    elif loss is not None and window.moment is Moment.STEP:
        worse = False
    return [
        Finding(
            Severity.CRITICAL if worse else Severity.WARNING,
            f"the rate jumped from {before:.3g} to {after:.3g} in epoch {epoch}",
            Evidence(
                {"before": before, "after": after},
                f"{limits['times']:g} times the highest before",
                epoch,
                tuple(track.metric for track in (rate, loss) if track is not None),
            ),
            "the schedule, or something besides it, set a rate that was never trained at",
            (f"restore a checkpoint from before epoch {epoch}", "check what sets the rate: scheduler, resume, sweeps"),
        )
    ]


def _jump(window: Window, rate: Track, limits: Limits) -> tuple[float, float, int] | None:
    values, epochs = rate.values, rate.epochs
    late = epochs > (epochs[0] if len(epochs) else 0)
    if window.intent.warms_up:
        late &= epochs > window.planned * 0.5
    highest = np.maximum.accumulate(values)
    late[1:] &= values[1:] > limits["times"] * highest[:-1]
    for at in np.flatnonzero(late):
        before = float(highest[at - 1])
        early = at < 3 and before > 0 and values[at] / before < 50  # an undeclared warm-up climbs in its first epochs
        if before > 0 and values[at] > limits["times"] * before and not early:
            return before, float(values[at]), int(epochs[at])
    return None


RULE = Rule(
    id="lr_spike",
    title="Rate jumped",
    check=check,
    page=__doc__ or "",
    moments=frozenset({Moment.STEP, Moment.EPOCH}),
    clear=0,
    thresholds={"times": Threshold(8, 1.5, 1000, "x", "rate against the highest before")},
)
