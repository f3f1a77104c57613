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
    Critical from 30 % of the plan on.

What to do
    Overfit one batch first: if even that fails, the graph, the loss or the labels are broken. Then try the rate ten
    times higher and ten times lower.

Source
    SageMaker Debugger LossNotDecreasing; AutoTrainer (slow convergence); the seeds' runs 001 and 002.
"""

from epochwatch_server.health.learning import began_trained, has_learned, makes_progress, rate_is_rising
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import noise, relative_fall
from epochwatch_server.health.window import Window


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
    rate = window.one("lr")
    advice = ["overfit one batch: if that fails too, look at the graph, the loss and the labels"]
    if rate is not None and len(rate):
        advice.append(f"try rates of {rate.last * 10:.3g} and {rate.last / 10:.3g}; now {rate.last:.3g}")
    return [
        Finding(
            Severity.CRITICAL if window.progress_share >= 0.3 and never else Severity.WARNING,
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


RULE = Rule(
    id="loss_not_decreasing",
    title="Loss does not fall",
    check=check,
    page=__doc__ or "",
    thresholds={"fall": Threshold(0.02, 0.001, 0.5, "share", "fall of the loss that is enough")},
)
