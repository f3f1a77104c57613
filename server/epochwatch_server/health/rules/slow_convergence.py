"""At this pace the plan is not enough.

What it sees
    The training loss, the tracked metric, declared bands, the planned number of epochs.

Why it matters
    Real but hopelessly slow learning is the most expensive kind of failure: it looks fine to the end.

How it decides
    From 30 % of the plan on (at least five epochs), for a run from scratch past its warm-up. With bands: the tracked
    metric's best, extrapolated along its last five epochs to the planned end, stays below the minimum. Without: the
    loss has fallen by less than `share` in all, is not speeding up, and twice the present pace to the end would not
    bring it below 75 % of its beginning.

What to do
    Raise the rate, or plan for more epochs; the expected final value is in the evidence.

Source
    AutoTrainer (slow convergence); post-mortem 002.
"""

import numpy as np

from epochwatch_server.health.learning import began_trained, guide, rate_is_rising, score_climbs, total_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.statistics import slope
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report learning that will not arrive within the plan."""
    loss, first, fall = window.loss("train"), window.first_loss, total_fall(window)
    if loss is None or not first or fall is None:
        return NotChecked("no training loss is logged")
    if window.facts.planned_epochs is None:
        return NotChecked("no number of epochs is planned")
    early = window.epochs_seen < max(5, 0.3 * window.planned, window.warm_up + 2)
    if early or began_trained(window) or rate_is_rising(window) or window.intent.starts:
        return []
    if score_climbs(window) or (window.intent.restarts and window.progress_share < 0.7):
        return _below_band(window, limits)  # neither a loss with a high floor nor a cycle's end can be extrapolated
    return _below_band(window, limits) or _too_slow(window, loss, first, fall, limits)


def _below_band(window: Window, limits: Limits) -> list[Finding]:
    for metric, band in window.facts.bands.items():
        track, minimum = window.as_logged(metric), band.get("minimum")
        if track is None or minimum is None or len(track.finite()) < 5 or track.signal.role not in SHARE_ROLES | {"r2"}:
            continue
        values, left = track.finite().values, max(window.planned - window.epochs_seen, 0)
        expected = float(values.max()) + max(slope(values[-5:]), 0) * left
        if expected < minimum and values.max() < minimum:
            return [
                _finding(
                    window,
                    track,
                    f"{metric} is expected at {expected:.3g} by the end; at least {minimum:g} is wanted",
                    expected,
                    limits,
                )
            ]
    return []


def _too_slow(window: Window, loss: Track, first: float, fall: float, limits: Limits) -> list[Finding]:
    leading = guide(window)
    if leading is not None and leading.track.signal.role in SHARE_ROLES and leading.best > 0.6:
        return []
    if fall > limits["share"] or first <= 0:
        return []
    pace, left = -slope(loss.values[-5:]), max(window.planned - window.epochs_seen, 0)
    begun = -slope(loss.values[: max(3, len(loss) // 2)])
    speeding = len(loss) > 5 and pace > 1.5 * max(begun, 0) and pace > 0.002 * first
    expected = loss.last - 2 * max(pace, 0) * left
    if expected < 0.75 * first or speeding:
        return []
    return [
        _finding(
            window,
            loss,
            f"{loss.metric} fell by {fall:.1%} in {window.epochs_seen} of {window.planned} epochs",
            expected,
            limits,
        )
    ]


def _finding(window: Window, track: Track, what: str, expected: float, limits: Limits) -> Finding:
    rate = window.one("lr")
    advice = [f"raise the rate from {rate.last:.3g} to {rate.last * 3:.3g}"] if rate is not None and len(rate) else []
    return Finding(
        Severity.WARNING,
        what,
        Evidence(
            {"now": track.last, "expected at the end": expected, "planned epochs": float(window.planned)},
            f"less than {limits['share']:.0%} so far, and no better in sight",
            int(np.min(window.epochs)),
            (track.metric,),
        ),
        "the rate is low, the network small, or the task held back",
        (*advice, "plan for more epochs", "look at the gradient norm and the update ratio"),
    )


RULE = Rule(
    id="slow_convergence",
    title="Too slow for the plan",
    check=check,
    page=__doc__ or "",
    hold=2,
    thresholds={"share": Threshold(0.1, 0.01, 0.9, "share", "fall of the loss that is enough by now")},
)
