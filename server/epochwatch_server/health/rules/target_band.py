"""The final quality, against what was wanted.

What it sees
    The bands that the run declares (minimum, good, excellent), the metric's best value, the end of the run.

Why it matters
    The loss may look fine while what counts is below what is usable.

How it decides
    At the end: below the minimum is a warning; otherwise the band reached is information.

What to do
    See which other alerts fired; the first one is usually the reason.

Source
    Post-mortem 004 (Minimum, Good, Excellent).
"""

import numpy as np

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report which band each metric ended in."""
    if not window.facts.bands:
        return NotChecked("no target bands are declared")
    if window.ending is None or window.ending.status not in ("finished", "early_stopped", "stopped"):
        return NotChecked("the run did not finish")
    found = []
    for metric, band in window.facts.bands.items():
        track = window.as_logged(metric)
        if track is None or not len(track.finite()):
            continue
        sign = _sign(track.signal.direction, band)
        best = sign * float(np.max(sign * track.finite().values))
        reached = [
            name for name in ("minimum", "good", "excellent") if name in band and sign * best >= sign * band[name]
        ]
        below = "minimum" in band and "minimum" not in reached
        name = "below the minimum" if below else (reached[-1] if reached else "below good")
        found.append(
            Finding(
                Severity.WARNING if below else Severity.INFO,
                f"{metric} ended {name}: its best is {best:.4g}",
                Evidence(
                    {"best": best, **{f"band {key}": value for key, value in band.items()}},
                    "the declared bands",
                    None,
                    (metric,),
                ),
                "see the other alerts of this run" if below else "",
                ("the first alert of this run is usually the reason",) if below else (),
                metric,
            )
        )
    return found


def _sign(direction: str | None, band: object) -> float:
    good, excellent = (band.get(key) for key in ("good", "excellent")) if isinstance(band, dict) else (None, None)
    if good is not None and excellent is not None and good != excellent:
        return -1.0 if excellent < good else 1.0
    return -1.0 if direction == "min" else 1.0


RULE = Rule(
    id="target_band", title="Target band", check=check, page=__doc__ or "", moments=frozenset({Moment.END}), clear=0
)
