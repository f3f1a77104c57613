"""Gradients are too large and the loss pays for it.

What it sees
    The gradient norm by step and epoch, its largest value, the training loss.

Why it matters
    A gradient a hundred times its usual size throws the weights away in one step; one that grows without end does so
    slowly. Gradients that are never zeroed do the latter.

How it decides
    Size alone is no fault: a healthy run may live at 1e5. With the loss above where it began at two epochs, one of:
    the norm is above `times` its own first value; it is above 1000 and twice its first value; it rose by half or more
    at three epochs in a row. Or, with the loss worse than its best by half: above a hundred times its own median.
    However large the norm is, it stays silent as long as the loss does not pay for it.

What to do
    Clip at twice the median norm, divide the rate by three, and check that gradients are zeroed at every step.

Source
    AutoTrainer (gradient explosion); post-mortem 001 (1000 and more is exploding).
"""

import numpy as np

from epochwatch_server.health.learning import has_learned, makes_progress, total_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Floats, Track, Window

_PILED = 50


def check(window: Window, limits: Limits) -> Outcome:
    """Report gradients that left their usual size while the loss got worse."""
    norm, loss, first = window.one("grad_norm"), window.loss("train"), window.first_loss
    if norm is None or not len(norm.finite()):
        return NotChecked("no gradient norm is logged")
    if loss is None or not first:
        return NotChecked("no training loss is logged")
    values, origin = norm.finite().values, _first_norm(window, norm)
    usual = float(np.median(values[:-1])) if len(values) > 1 else float(values[0])
    above = bool(np.all(loss.values[-2:] > _beginning(window, loss, first)))  # one epoch may be a spike that recovers
    worse = loss.last > 1.5 * float(np.abs(loss.values).min())
    why = _why(window, values, origin, limits) if above else ""
    if not why and len(values) > 3 and values[-1] > 100 * usual and worse:
        why = f"{values[-1] / usual:.3g} times its median"
    if not why and _piles_up(window, values, origin):
        why = f"{values[-1] / origin:.3g} times its first value and still rising"
    if not why:
        return []
    since = int(norm.finite().epochs[int(np.argmax(values > 2 * origin))])
    clip = f"clip gradients at {2 * min(usual, origin):.3g}"
    return [
        Finding(
            Severity.CRITICAL,
            f"{norm.metric} is {values[-1]:.4g}, {why}, and {loss.metric} went from {first:.4g} to {loss.last:.4g}",
            Evidence(
                {"norm": float(values[-1]), "median": usual, "first": origin, "loss": loss.last},
                f"{limits['times']:g} times the first norm with a loss above its beginning",
                since,
                (norm.metric, loss.metric),
            ),
            "gradients add up over steps, or each step lands where the next gradient is larger",
            (clip, "check that gradients are zeroed at every step", *_rate(window)),
        )
    ]


def _piles_up(window: Window, values: Floats, origin: float) -> bool:
    """Say whether the norm rose at nearly every epoch to 50 times its first value, and nothing was learned by it."""
    rises = len(values) > 4 and float(np.mean(np.diff(values) > 0)) > 0.8
    fall = total_fall(window)
    idle = fall is not None and fall < 0.5 and not has_learned(window) and not makes_progress(window)
    return bool(rises and values[-1] > _PILED * origin and idle and _moves(window))


def _why(window: Window, values: Floats, origin: float, limits: Limits) -> str:
    if len(values) > 3 and np.all(values[-3:] > 1.5 * values[-4:-1]):
        return "rising by half at each of the last three epochs"
    if not _moves(window):
        return ""
    if values[-1] > limits["times"] * origin:
        return f"{values[-1] / origin:.3g} times its first value"
    if values[-1] > limits["absolute"] and values[-1] > 2 * origin:
        return f"above {limits['absolute']:g} and rising"
    return ""


def _beginning(window: Window, loss: Track, first: float) -> float:
    """Return a tenth above the loss at the beginning; a term that a curriculum adds begins anew."""
    begun = loss.from_epoch(max(window.intent.starts.values(), default=0))
    start = max(first, float(begun.values[:2].max())) if window.intent.starts and len(begun) else first
    return start + 0.1 * abs(start)


def _first_norm(window: Window, norm: Track) -> float:
    steps = window.steps(norm.metric)
    values = steps.finite().values if steps is not None else np.empty(0)
    return float(values[0]) if len(values) else norm.finite().first


def _moves(window: Window) -> bool:
    """Say whether the weights move at all: gradients that grow beside frozen weights are another rule's."""
    ratio = window.one("update_ratio")
    return ratio is None or not len(ratio) or ratio.last != 0


def _rate(window: Window) -> tuple[str, ...]:
    rate = window.one("lr")
    return (f"lower the rate from {rate.last:.3g} to {rate.last / 3:.3g}",) if rate is not None and len(rate) else ()


RULE = Rule(
    id="grad_explosion",
    title="Exploding gradients",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    thresholds={
        "times": Threshold(5, 2, 1e4, "x", "norm against its first value"),
        "absolute": Threshold(1000, 1, 1e12, "", "norm that counts when the loss got worse"),
    },
)
