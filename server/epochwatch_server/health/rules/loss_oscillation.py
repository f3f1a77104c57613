"""The loss swings instead of falling.

What it sees
    The spread of the training loss within each epoch, the losses and the tracked metric from epoch to epoch.

Why it matters
    A run that swings spends its steps jumping over the valley. It may look busy for ever.

How it decides
    Held while the run makes progress. Over the last N epochs (15 % of the plan, 3 to 10): the spread within an epoch
    is more than `spread` of its mean, or direction changes at most epochs with jumps above 5 % of the level; and the
    training loss's best of these epochs is not 3 % below the best before; and the loss is still above `level` of
    where it began: a run that has trained well may be noisy. Silent where validation typically moves by less than 5 %
    from one evaluation to the next: small batches of noisy data differ by what was drawn. Nor does validation alone
    count, where training hardly moves: few samples, or noise that is drawn anew, make that.

What to do
    Divide the rate by three, enlarge the batch, shuffle the data, average gradients over several batches.

Source
    AutoTrainer (oscillating loss); post-mortems 002 and 003.
"""

import math

import numpy as np

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.learning import began_trained, makes_progress, recent_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import turns
from epochwatch_server.health.window import Floats, Track, Window

_STILL = 1e-5  # of the weights in one step


def check(window: Window, limits: Limits) -> Outcome:
    """Report a loss that swings without progress."""
    loss, first = window.loss("train"), window.first_loss
    if loss is None or not first:
        return NotChecked("no training loss is logged")
    cut = window.epochs_ago(window.span)
    begun = max(window.intent.starts.values(), default=-1) + 1  # a term that starts raises the total; epochs may be
    if 0 < begun <= window.epoch and len(loss.since(begun)):  # counted from 1
        loss = loss.from_epoch(begun)
        first = max(first, loss.first)
    if len(loss) < window.span + 1 or window.intent.restarts or began_trained(window):
        return []
    if loss.values[-window.span :].min() < limits["level"] * first or recent_fall(loss, window) > 0.03:
        return []
    if _is_calm(window, cut) or _hardly_moves(window):
        return []
    spread = _spread(window, loss, cut)
    swings = _swings(window, cut)
    if spread < limits["spread"] and _jump(loss.values[-max(5, window.span) :]) < 0.3 * swings:
        swings = 0.0  # training is calm: few validation samples, or noise drawn anew, swing
    if (spread < max(limits["spread"], _drawn(window)) and swings < limits["jump"]) or makes_progress(window):
        return []
    rate = window.one("lr")
    advice = ["enlarge the batch or average gradients over several", "check that the data is shuffled"]
    if rate is not None and len(rate):
        advice.insert(0, f"lower the rate from {rate.last:.3g} to {rate.last / 3:.3g}")
    return [
        Finding(
            Severity.WARNING,
            f"{loss.metric} swings around {loss.last:.4g} by {max(spread, swings):.0%}, no better since epoch {cut}",
            Evidence(
                {"spread within an epoch": spread, "jump between epochs": swings, "loss": loss.last, "first": first},
                f"spread over {limits['spread']:.0%} or jumps over {limits['jump']:.0%} in {window.span} epochs",
                cut,
                (loss.metric,),
            ),
            "the rate is too high for the batch size, or batches differ from one another",
            tuple(advice),
        )
    ]


def _spread(window: Window, loss: Track, cut: int) -> float:
    spread = window.one("loss_std", "train")
    if spread is None:
        return 0.0
    mean_of = dict(zip(loss.epochs.tolist(), loss.values.tolist(), strict=True))  # an epoch may lack either of the two
    recent = spread.from_epoch(cut).finite()
    pairs = [(s, mean_of[e]) for s, e in zip(recent.values, recent.epochs.tolist(), strict=True) if e in mean_of]
    ratios = np.array([s / max(abs(mean), 1e-300) for s, mean in pairs])
    return float(np.median(ratios[np.isfinite(ratios)])) if np.isfinite(ratios).any() else 0.0


def _drawn(window: Window) -> float:
    """Return the spread that drawing batches of this size explains: squared errors of noise vary by sqrt(2 / size)."""
    if not (window.find("r2") or window.find("error")):
        return 0.0
    size = next((v for p, v in flatten(window.facts.config) if p.lower().endswith("batch_size")), None)
    return 1.5 * math.sqrt(2 / size) if isinstance(size, int | float) and size >= 1 else 0.0


def _hardly_moves(window: Window) -> bool:
    """Say whether the weights stay where they are: then what swings is what was drawn."""
    ratio = window.one("update_ratio")
    return ratio is not None and len(ratio.finite()) > 1 and float(np.median(ratio.finite().values)) < _STILL


def _is_calm(window: Window, cut: int) -> bool:
    """Say whether validation hardly moves: then the batches differ by what was drawn, and the weights do not swing."""
    loss = window.loss("val")
    if loss is None or len(loss.since(cut)) < 3:
        return False
    recent = loss.since(cut)
    return bool(np.median(np.abs(np.diff(recent))) < 0.05 * max(abs(float(np.median(recent))), 1e-300))


def _swings(window: Window, cut: int) -> float:
    """Return the median jump of the validation loss against its level, where its direction keeps changing."""
    loss = window.loss("val")
    if loss is None or len(loss.since(cut)) < 3 or len(loss) < 5:
        return 0.0
    recent = loss.values[-max(5, window.span) :]
    middle = max(abs(float(np.median(recent))), 1e-300)
    if turns(recent) < 0.6 or np.sum(np.diff(recent) > 0.05 * middle) < 2:  # one jump is a spike
        return 0.0
    return _jump(recent)


def _jump(values: Floats) -> float:
    """Return the median jump against the level."""
    middle = max(abs(float(np.median(values))), 1e-300)
    return float(np.median(np.abs(np.diff(values))) / middle) if len(values) > 1 else 0.0


RULE = Rule(
    id="loss_oscillation",
    title="Oscillating loss",
    check=check,
    page=__doc__ or "",
    thresholds={
        "spread": Threshold(0.3, 0.05, 10, "share", "spread of the batches' losses against their mean"),
        "jump": Threshold(0.25, 0.02, 10, "share", "jump between epochs against the level"),
        "level": Threshold(0.4, 0, 1, "share", "share of the first loss below which noise is no harm"),
    },
)
