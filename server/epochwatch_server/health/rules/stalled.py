"""Nothing arrives any more.

What it sees
    The times at which records arrived, and the clock.

Why it matters
    A loader that hangs, a lost node or a full disk: the process lives, and nothing happens.

How it decides
    Silent for longer than `minutes` minutes, `longest` times the longest gap seen so far, and `median` times the
    median gap, in a run that has sent at least two epochs or thirty records and has not ended. A long evaluation that
    happened before sets the longest gap.

What to do
    Look at the process's stack, its data workers, the disk.

Source
    SageMaker Debugger StalledTraining (1800 s); post-mortem 003.
"""

import numpy as np

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a silence beyond anything seen before."""
    times = window.record_times
    if window.ending is not None:
        return []
    if window.epochs_seen < 2 and len(times) < 30:
        return NotChecked("too little arrived to know the usual pace")
    gaps = np.diff(times)
    gaps = gaps[gaps > 0]
    if not len(gaps):
        return NotChecked("records carry no times")
    silent = window.now - float(times[-1])
    epochs = np.diff(window.epoch_times)
    longest = max(float(gaps.max()), float(epochs.max()) / 2 if len(epochs) else 0.0)
    allowed = max(60 * limits["minutes"], limits["longest"] * longest, limits["median"] * float(np.median(gaps)))
    if silent <= allowed:
        return []
    return [
        Finding(
            Severity.CRITICAL,
            f"silent for {silent / 60:,.0f} minutes; the longest gap before was {longest:,.0f} seconds",
            Evidence(
                {"silent seconds": silent, "longest gap": longest, "median gap": float(np.median(gaps))},
                f"more than {allowed:,.0f} seconds",
                window.epoch,
            ),
            "the process hangs or is gone: loader, network, disk, device",
            ("look at the process's stack", "check data workers, memory and disk", "restart from the last checkpoint"),
        )
    ]


RULE = Rule(
    id="stalled",
    title="Stalled",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    moments=frozenset({Moment.CLOCK, Moment.STEP, Moment.EPOCH}),
    clear=1,
    thresholds={
        "minutes": Threshold(5, 0.1, 10_000, "minutes", "shortest silence that counts"),
        "longest": Threshold(10, 1, 1000, "x", "silence against the longest gap"),
        "median": Threshold(20, 1, 1e6, "x", "silence against the median gap"),
    },
)
