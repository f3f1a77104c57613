"""Clipping rules the run.

What it sees
    The share of steps at which gradients were clipped, the gradient norm before it, the limit in the configuration.

Why it matters
    When every step is cut to the same length, the rate no longer means anything: the limit is the rate.

How it decides
    More than `share` of the steps were clipped in each of the last epochs (three), and the median norm is above
    three times the limit; or the run makes no progress and its loss has not fallen by a tenth. Recurrent networks that
    touch their limit at most steps and train well stay silent, and so does any run that has clearly learned or whose
    losses still fall. Without a share of clipped steps: the norm is above three times the limit at every epoch; without
    a norm either, the declared limit is below `tiny` while the loss has fallen by less than 5 %.

What to do
    Raise the limit to the median norm; or lower the rate.

Source
    Post-mortem 003; TheDeepChecker.
"""

import numpy as np

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.learning import has_learned, makes_progress, recent_fall, total_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a run of which every step is clipped."""
    share, norm, limit = window.one("clip_fraction"), window.one("grad_norm"), _limit(window)
    if share is None and norm is None and limit is not None and limit < limits["tiny"]:
        return _by_limit_alone(window, limit)
    if share is None and (norm is None or limit is None):
        return NotChecked("neither a share of clipped steps nor a norm and a limit are logged")
    if window.epochs_seen <= window.warm_up:
        return []
    if _learns(window):
        return []
    norms = norm.finite().values[-3:] if norm is not None else np.empty(0)
    far_above = limit is not None and len(norms) > 0 and bool(np.all(norms > limits["times"] * limit))
    if share is not None and len(share):
        recent = share.values[-3:]
        if len(recent) < 3 or not np.all(recent > limits["share"]):
            return []
        if not far_above and (makes_progress(window) or (total_fall(window) or 0) > 0.1):
            return []  # a little longer than the limit: the rate is a little lower, and the run learns
        clipped = float(np.median(recent))
    elif far_above and not makes_progress(window):
        clipped = 1.0
    else:
        return []
    median = float(np.median(norms)) if len(norms) else float("nan")
    return [
        Finding(
            Severity.WARNING,
            f"{clipped:.0%} of the steps are clipped"
            + (f": the median norm is {median:.3g}, the limit {limit:.3g}" if limit else ""),
            Evidence(
                {"clipped": clipped, "median norm": median, "limit": limit if limit is not None else "unknown"},
                f"more than {limits['share']:.0%} of the steps, the norm over {limits['times']:g} times the limit",
                window.epochs_ago(3),
                tuple(t.metric for t in (share, norm) if t is not None),
            ),
            "the limit is far below the usual gradient, so that every step has the same length",
            (f"raise the limit to {median:.3g}", "or lower the rate and leave the limit"),
        )
    ]


def _by_limit_alone(window: Window, limit: float) -> list[Finding]:
    """Report a limit that no usual gradient stays under, where nothing tells the norm and the run does not learn."""
    loss, fall = window.loss("train"), total_fall(window)
    if window.epochs_seen <= window.warm_up or loss is None or fall is None or fall > 0.05 or _learns(window):
        return []
    return [
        Finding(
            Severity.WARNING,
            f"gradients are clipped at {limit:.3g}; {loss.metric} fell by {fall:.1%} in {window.epochs_seen} epochs",
            Evidence({"limit": limit, "loss": loss.last}, "a tiny limit and no learning", None, (loss.metric,)),
            "the limit is far below the usual gradient, so that every step is tiny",
            ("raise the limit to 1 and log the gradient norm", "or set the limit to the median norm"),
        )
    ]


def _learns(window: Window) -> bool:
    """Say whether the run learns under its limit: the guide has clearly risen, or the losses fall together."""
    train, val, fall = window.loss("train"), window.loss("val"), total_fall(window)
    if has_learned(window) or (fall is not None and fall > 0.1 and makes_progress(window, 2)):
        return True
    if fall is not None and fall > 0.1 and (val is None or len(val) < 3):
        return True
    seen = [t for t in (train, val) if t is not None and (t is train or len(t) > 2)]  # validation may be rare
    return bool(seen) and all(recent_fall(t, window) > 0.03 for t in seen)


def _limit(window: Window) -> float | None:
    for path, value in flatten(window.facts.config):
        key = path.rpartition(".")[2].lower()
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and value > 0 and any(word in key for word in ("clip", "max_grad_norm", "max_norm")):
            return float(value)
    return None


RULE = Rule(
    id="clip_always_active",
    title="Every step clipped",
    check=check,
    page=__doc__ or "",
    thresholds={
        "share": Threshold(0.9, 0.1, 1, "share", "steps that are clipped"),
        "tiny": Threshold(1e-3, 0, 1, "norm", "limit that is told by itself, where no norm is logged"),
        "times": Threshold(3, 1, 1000, "x", "median norm against the limit"),
    },
)
