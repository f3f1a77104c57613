"""The learning rate is too small to get anywhere.

What it sees
    The losses by epoch, the ratio of update to weight, the rate.

Why it matters
    The loss falls so evenly that everything looks right, but at this pace the planned epochs will not be enough.

How it decides
    Not while the rate climbs in a warm-up, and not for a run that starts from trained weights. One of: updates stay
    below `update` of the weights while the loss fell by less than `fallen`; after the warm-up, the loss has fallen at
    nearly every epoch, smoothly (its noise is small against its fall), by less than `fallen` in all since the first
    steps, and the same pace to the planned end would bring less than a fifth. Or, with updates below thirty times
    `update` of the weights and less than five times `fallen`: both losses fall together at every epoch, by less than
    1 % each, past a quarter of the plan. Validation falls with training: a rate too low does not overfit.
    Or the rate was never above a millionth and the loss is flat. Held while a score climbs, and where a step changes
    the weights by more than a thousandth.

What to do
    Multiply the rate by 10, then by 100; a rate finder takes a minute.

Source
    UMLAUT (rate below 1e-7); DeepDiagnosis (rate outside 1e-5..1e-1); TheDeepChecker (update scale below 1e-4).
"""

import numpy as np

from epochwatch_server.health.learning import began_trained, rate_is_rising, score_climbs, total_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import noise, relative_fall, share_falling
from epochwatch_server.health.window import Track, Window

_MINUTE = 3e-6  # a rate that moves no weight by a hundredth within a thousand steps of an adaptive optimiser
_AMPLE = 1e-3  # of the weights in one step: no rate is too small that moves them so


def check(window: Window, limits: Limits) -> Outcome:
    """Report a loss that falls evenly and hopelessly slowly."""
    fall, loss = total_fall(window, 1), window.loss("train")
    if fall is None or loss is None:
        return NotChecked("no training loss is logged")
    if window.epochs_seen <= window.warm_up or rate_is_rising(window) or began_trained(window) or score_climbs(window):
        return []
    ratio = window.one("update_ratio")
    usual = float(np.nanmedian(ratio.values[1:])) if ratio is not None and len(ratio) > 2 else float("nan")
    if usual > _AMPLE:
        return []
    tiny = 0 < usual < limits["update"]
    if _is_minute(window):
        tiny, fall = True, min(fall, relative_fall(loss.first, loss.last))  # what the first batches cost is chance
    crawls = usual < 30 * limits["update"] and fall < 5 * limits["fallen"] and _crawls(window)
    if not crawls and (fall > limits["fallen"] or not (tiny or _creeps(window, limits))):
        return []
    rate = window.one("lr")
    now = rate.last if rate is not None and len(rate) else None
    values: dict[str, float | str] = {"fall since the first steps": fall}
    if ratio is not None and len(ratio):
        values["update / weight"] = ratio.last
    advice = ["find a rate with a rate finder: raise it until the loss rises, take a tenth"]
    if now is not None:
        values["rate"] = now
        advice.insert(0, f"raise the rate from {now:.3g} to {now * 10:.3g}, then {now * 100:.3g}")
    return [
        Finding(
            Severity.WARNING,
            f"{loss.metric} fell by {fall:.1%} in {window.epochs_seen} epochs, evenly; the plan has {window.planned}",
            Evidence(values, f"less than {limits['fallen']:.0%} so far", int(window.epochs[0]), (loss.metric,)),
            "the rate is too small: each step is right, and far too short",
            tuple(advice),
        )
    ]


def _is_minute(window: Window) -> bool:
    """Say whether the rate never reached three millionths, after which a flat loss has that one cause."""
    rate = window.one("lr")
    return rate is not None and len(rate.finite()) > 0 and 0 < float(rate.finite().values.max()) < _MINUTE


def _creeps(window: Window, limits: Limits) -> bool:
    loss = window.loss("val") or window.loss("train")
    if loss is None or len(loss) < 5:
        return False
    values = loss.values[-max(5, window.span) :]
    if share_falling(values) < 0.99 or noise(values) > 0.5 * abs(values[0] - values[-1]):
        return False
    if values[0] - values[-1] < 1e-5 * abs(values[0]):
        return False
    pace = relative_fall(float(values[0]), float(values[-1])) / (len(values) - 1)
    left = max(window.planned - window.epochs_seen, 1)
    speeding = _speeds_up(loss) or _gathers(window)
    return bool(pace * left < limits["reach"] and not speeding)


def _crawls(window: Window) -> bool:
    """Say whether both losses fall together, at every epoch, by less than 1 % each, past a quarter of the plan."""
    train, val = window.loss("train"), window.loss("val")
    if train is None or val is None or len(val) < 6 or window.progress_share < 0.25:
        return False
    recent = val.values[-4:]
    together = abs(val.last - train.last) < 0.05 * abs(train.last)
    pace = relative_fall(float(recent[0]), float(recent[-1])) / 3
    return bool(together and share_falling(recent) == 1.0 and 0 < pace < 0.01)


def _speeds_up(loss: Track) -> bool:
    """Say whether the last epochs fell more than twice as fast as those before: learning has begun."""
    steps = -np.diff(loss.values)
    half = len(steps) // 2
    return bool(half >= 1 and steps[-half:].mean() > 2.5 * max(steps[:half].mean(), 0))


def _gathers(window: Window) -> bool:
    """Say whether gradients grew at each of the last epochs, by a quarter since the first: the start is slow."""
    norm = window.one("grad_norm")
    values = norm.finite().values if norm is not None else np.empty(0)
    return len(values) > 4 and bool(np.all(np.diff(values[-4:]) > 0) and values[-1] > 1.25 * values[0])


RULE = Rule(
    id="lr_too_low",
    title="Rate too low",
    check=check,
    page=__doc__ or "",
    thresholds={
        "update": Threshold(1e-5, 1e-9, 1e-2, "share", "change of the weights in one step"),
        "fallen": Threshold(0.06, 0.01, 0.9, "share", "fall of the loss that is enough"),
        "reach": Threshold(0.2, 0.01, 2, "share", "fall to be expected by the planned end"),
    },
)
