"""Epochs take longer and longer.

What it sees
    The time that each epoch took.

Why it matters
    Lists that grow, a hot device, a loader that falls behind: the plan's last epochs will never be reached.

How it decides
    After `epochs` epochs: the last three epochs each took more than `times` the median of the run's early ones (its
    first third, at most ten). A long evaluation at single epochs is no drop.

What to do
    Look for what grows with each epoch; compare loader time with step time.

Source
    Own.
"""

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report epochs that became slower."""
    if window.counts_steps:
        return NotChecked("stretches of steps are not of one length")
    lasted = np.diff(window.epoch_times)
    if len(lasted) < int(limits["epochs"]) + 2 or not np.all(np.isfinite(lasted)):
        return []
    if not np.any(lasted > 0):
        return NotChecked("epochs carry no times")
    early = float(np.median(lasted[: max(3, min(10, len(lasted) // 3))]))
    recent = lasted[-3:]
    if early <= 0 or not np.all(recent > limits["times"] * early):
        return []
    factor = float(np.median(recent)) / early
    since = int(window.epochs[1:][int(np.argmax(lasted > limits["times"] * early))])
    return [
        Finding(
            Severity.WARNING,
            f"epochs take {factor:.1f} times as long as at the beginning, since epoch {since}",
            Evidence(
                {"seconds at first": early, "seconds now": float(np.median(recent)), "factor": factor},
                f"more than {limits['times']:g} times at three epochs",
                since,
            ),
            "something grows with each epoch, or a shared machine is busy",
            (
                "look for lists and graphs that are kept from step to step",
                "compare the loader's time with the step's",
                "check the device's temperature and clock, and other processes",
            ),
        )
    ]


RULE = Rule(
    id="throughput_drop",
    title="Slowing down",
    check=check,
    page=__doc__ or "",
    thresholds={
        "times": Threshold(2.2, 1.1, 100, "x", "time of an epoch against the early ones"),
        "epochs": Threshold(4, 2, 100, "epochs", "epochs before the pace is judged"),
    },
)
