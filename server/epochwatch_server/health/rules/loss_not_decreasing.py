"""The training loss does not fall.

What it sees
    The training loss from the first steps on, the tracked metric, the rate.

Why it matters
    Training lowers the training loss; if not even that happens, nothing else will.

How it decides
    Held while the tracked metric (or the validation loss) reaches new bests, when it has clearly risen since the
    start, while the rate climbs in a warm-up, and in a run that starts from trained weights. After the warm-up and at
    least three epochs: the best loss of the last epochs is less than `fall` below the loss of the first steps; or,
    later, it has fallen by less than 30 % in all and the last N epochs are not `fall` better than the first ones.
    Critical from 30 % of the plan on; information where a score was above 0.7 from the start.

What to do
    Overfit one batch first: if even that fails, the graph, the loss or the labels are broken. Then try the rate ten
    times higher and ten times lower.

Source
    SageMaker Debugger LossNotDecreasing; AutoTrainer (slow convergence); post-mortems 001 and 002.
"""

import re

from epochwatch_server.health.learning import (
    began_trained,
    has_learned,
    held_up_by_terms,
    makes_progress,
    rate_is_rising,
)
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.statistics import noise, relative_fall, share_falling
from epochwatch_server.health.window import Track, Window

_SEVERAL_GUESSES = re.compile(r"top_?[2-9]")  # one of them is easily right


def check(window: Window, limits: Limits) -> Outcome:
    """Report a training loss that stays where it began."""
    loss, first = window.loss("train"), window.first_loss
    if loss is None or not first:
        return NotChecked("no training loss is logged")
    wait = max(window.warm_up, 3)
    if window.epochs_seen <= wait or began_trained(window) or rate_is_rising(window):
        return []
    recent = loss.since(window.epochs_ago(window.span))
    if not len(recent):
        return []
    fall = relative_fall(first, float(recent.min()))
    early = float(loss.values[: window.warm_up].min())
    later = relative_fall(early, float(recent.min()))
    never = fall < max(limits["fall"], noise(loss.values) / abs(first)) and later < limits["fall"]
    stopped = window.epochs_seen > wait + window.span and fall < 0.3 and later < limits["fall"]
    if not (never or stopped) or has_learned(window) or makes_progress(window):
        return []
    if held_up_by_terms(window) or _falls_steadily(window, loss):
        return []
    severity = Severity.CRITICAL if window.progress_share >= 0.3 and never else Severity.WARNING
    rate = window.one("lr")
    advice = ["overfit one batch: if that fails too, look at the graph, the loss and the labels"]
    if rate is not None and len(rate):
        advice.append(f"try rates of {rate.last * 10:.3g} and {rate.last / 10:.3g}; now {rate.last:.3g}")
    return [
        Finding(
            Severity.INFO if _is_good_already(window) else severity,
            f"{loss.metric} is {loss.last:.4g} after {window.epochs_seen} epochs; it began at {first:.4g}",
            Evidence(
                {"first": first, "now": loss.last, "best lately": float(recent.min())},
                f"fell by less than {limits['fall']:.0%}",
                int(window.epochs[0]),
                (loss.metric,),
            ),
            "nothing that reaches the weights lowers the loss: rate, graph, labels or activation",
            tuple(advice),
        )
    ]


def _falls_steadily(window: Window, loss: Track) -> bool:
    """Say whether the loss fell at each of the last five epochs, at a pace that brings a tenth by the planned end."""
    recent = loss.values[-6:]
    if len(recent) < 6 or share_falling(recent) < 1.0:
        return False
    pace = relative_fall(float(recent[0]), float(recent[-1])) / (len(recent) - 1)
    return pace * max(window.planned - window.epochs_seen, 0) > 0.1


def _is_good_already(window: Window) -> bool:
    """Say whether a score was high from the start and above the largest class's share: little is left to learn."""
    counts = window.facts.config.get("class_counts")
    share = max(counts) / max(sum(counts), 1) if isinstance(counts, list) and counts else 0.0
    scores = [t.finite() for t in window.scores("val") if t.signal.role in SHARE_ROLES]
    scores = [
        t for t in scores if not re.search(r"top_?[2-9]", t.signal.stem)
    ]  # one of several guesses is easily right
    return any(len(t) > 0 and min(t.first, t.last) > max(0.7, share + 0.05) for t in scores)


RULE = Rule(
    id="loss_not_decreasing",
    title="Loss does not fall",
    check=check,
    page=__doc__ or "",
    thresholds={"fall": Threshold(0.02, 0.001, 0.5, "share", "fall of the loss that is enough")},
)
