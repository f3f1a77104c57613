"""Nothing new for a while.

What it sees
    The validation loss by epoch.

Why it matters
    Usually the moment to lower the rate, or to stop.

How it decides
    No new best of the validation loss in the last N epochs and a slope within its noise. Always information.

What to do
    Lower the rate, or stop with patience.

Source
    Keras ReduceLROnPlateau.
"""

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity
from epochwatch_server.health.statistics import noise, slope
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a validation loss that stands still."""
    val = window.loss("val")
    if val is None:
        return NotChecked("no validation loss is logged")
    recent = val.since(window.epochs_ago(window.span))
    if len(val) <= window.span or len(recent) < 3:
        return []
    before = val.before(window.epochs_ago(window.span))
    if not len(before) or recent.min() < before.min() or abs(slope(recent)) * len(recent) > 2 * noise(val.values):
        return []
    return [
        Finding(
            Severity.INFO,
            f"{val.metric} has had no new best since epoch {int(val.epochs[int(np.argmin(val.values))])}",
            Evidence(
                {"best": float(val.values.min()), "now": val.last},
                f"no new best in {window.span} epochs",
                None,
                (val.metric,),
            ),
            "the rate is too large for what is left to learn, or there is nothing left",
            ("lower the rate", "stop with patience"),
        )
    ]


RULE = Rule(id="plateau", title="Plateau", check=check, page=__doc__ or "", severity=Severity.INFO)
