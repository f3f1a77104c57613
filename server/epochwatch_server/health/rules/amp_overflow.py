"""Half precision overflows.

What it sees
    The loss scale and the share of steps that were skipped.

Why it matters
    Each overflow skips a step. A static scale that is too large skips all of them: the run trains nothing and says so
    nowhere.

How it decides
    More than `share` of an epoch's steps were skipped; or the scale fell three times within one epoch, or is at 1 or
    below after having been higher. The first epoch of a dynamic scale may skip: it is finding its size.

What to do
    Let the scale be dynamic, or use bfloat16, which has the range of single precision.

Source
    PyTorch's GradScaler; the Apex recipes.
"""

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report steps lost to overflow."""
    skipped, scale = window.one("skipped_fraction"), window.one("loss_scale")
    if skipped is None and scale is None:
        return NotChecked("no loss scale and no skipped steps are logged")
    lost = skipped is not None and len(skipped) > 0 and skipped.last > limits["share"]
    if lost and skipped is not None and len(skipped) == 1 and skipped.last < 0.5:
        lost = False
    fell = scale is not None and _fell(window, scale.metric)
    if not lost and not fell:
        return []
    share = skipped.last if skipped is not None and len(skipped) else float("nan")
    size = scale.last if scale is not None and len(scale) else float("nan")
    return [
        Finding(
            Severity.CRITICAL,
            f"{share:.0%} of the steps were skipped at a loss scale of {size:.4g}"
            if lost
            else f"the loss scale fell to {size:.4g}",
            Evidence(
                {"skipped": share, "scale": size},
                f"more than {limits['share']:.0%} of an epoch's steps",
                window.epoch,
                tuple(t.metric for t in (skipped, scale) if t is not None),
            ),
            "gradients times the scale exceed what half precision can hold",
            ("let the loss scale be dynamic", "train in bfloat16", "clip gradients after unscaling"),
        )
    ]


def _fell(window: Window, metric: str) -> bool:
    track, steps = window.track(metric), window.steps(metric)
    if track is None or not len(track.finite()):
        return False
    values = track.finite().values
    if values.max() > 1 >= values[-1]:
        return True
    if steps is None:
        return False
    recent = steps.values[steps.epochs == window.epoch]
    return len(recent) > 3 and int(np.sum(np.diff(recent) < 0)) >= 3 and window.epochs_seen > 1


RULE = Rule(
    id="amp_overflow",
    title="Half precision overflows",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    thresholds={"share": Threshold(0.2, 0.01, 1, "share", "steps of an epoch that were skipped")},
)
