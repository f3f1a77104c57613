"""A bad start.

What it sees
    The losses of the first steps and their spread, the first epochs' accuracy, R2, variance ratio, gradient norms per
    layer, class counts.

Why it matters
    Weights that are too small say the same for every input; weights that are too large begin with confident nonsense.
    Both cost most of the run, or all of it.

How it decides
    Too small: within the first epochs the loss of all batches is the same to a thousandth, or predictions have less
    than a hundred-thousandth of the target's variance, or a layer's gradient is below 1e-8 of another's, while
    nothing was learned. Too large: the first loss is above `times` ln C, with C from the class counts; or, whatever
    the loss's scale, the loss fell by more than half while the accuracy was still under 0.4 (a loss that counts
    confident mistakes); or R2 began below -100.

What to do
    Initialise for the activation (He for rectifiers, Xavier for tanh); scale the targets; give the last layer a
    small, not a vanishing, standard deviation.

Source
    TheDeepChecker (initial loss against ln C); SageMaker Debugger PoorWeightInitialization; post-mortem 004.
"""

import math
import re

import numpy as np

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.learning import began_trained, has_learned, total_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Track, Window

_RIGHT = re.compile(r"acc|top_?1$")
_PROBED = re.compile(r"knn|neighbou?r|probe|linear")  # what a representation is good for, not what the loss counts


def check(window: Window, limits: Limits) -> Outcome:
    """Report a start that is too small or too large."""
    loss, first = window.loss("train"), window.first_loss
    if loss is None or not first:
        return NotChecked("no training loss is logged")
    if window.epochs_seen > 10 or began_trained(window):
        return [] if has_learned(window) else NotChecked("judged in the first epochs of a run from scratch only")
    for why, values in (_too_large(window, first, limits), _too_small(window, first)):
        if why:
            return [
                Finding(
                    Severity.WARNING,
                    why,
                    Evidence(
                        {"first loss": first, **values}, "see the rule's page", int(window.epochs[0]), (loss.metric,)
                    ),
                    "the weights began too large or too small for this depth and activation",
                    (
                        "initialise for the activation used: He for rectifiers, Xavier for tanh",
                        "scale inputs and targets to unit variance",
                        "check the standard deviation of the last layer",
                    ),
                )
            ]
    return []


def _too_large(window: Window, first: float, limits: Limits) -> tuple[str, dict[str, float | str]]:
    r2 = window.one("r2", "val") or window.one("r2", "train")
    if r2 is not None and len(r2.finite()) and r2.finite().first < -100 and _first_is_calm(window, first):
        return f"{r2.metric} began at {r2.finite().first:.4g}: predictions far outside the targets", {
            "R2": r2.finite().first
        }
    accuracy = _right(window, "train") or _right(window, "val")
    if accuracy is None or not len(accuracy.finite()) or window.components("train"):
        return "", {}
    counts = window.facts.config.get("class_counts")
    beyond = isinstance(counts, list) and len(counts) > 1 and first > limits["times"] * math.log(len(counts))
    if beyond and first < 1e3 and not _is_weighted(window):
        return (
            f"the first loss is {first:.4g}; {len(counts or ())} classes begin at {math.log(len(counts or (1,))):.3g}",
            {"classes": float(len(counts or ()))},
        )
    val = window.loss("val")
    right = _right(window, "val")
    if val is None or right is None or not len(right.finite()) or window.epochs_seen < 2 or not _falls_evenly(window):
        return "", {}
    left, wrong = val.last / first, 1 - right.finite().last
    if 0 < left < limits["left"] * wrong:
        what = f"the loss is at {left:.0%} of its beginning while {wrong:.0%} of the answers are wrong"
        return f"{what}: it began with confident mistakes", {"accuracy": right.last}
    return "", {}


def _right(window: Window, split: str) -> Track | None:
    """Return the share of right answers to what the loss asks; areas under curves and probes are none."""
    named = ((t, t.signal.stem.lower()) for t in window.find("accuracy", split))
    return next((t for t, stem in named if _RIGHT.search(stem) and not _PROBED.search(stem)), None)


def _is_weighted(window: Window) -> bool:
    """Say whether the loss is declared to be weighted: its beginning is then no ln C."""
    return any("weight" in path and "decay" not in path for path, _ in flatten(window.facts.config))


def _first_is_calm(window: Window, first: float) -> bool:
    """Say whether the run began there: a rate that blew it up within the epoch is another rule's."""
    loss = window.loss("train")
    return loss is not None and loss.first < 2 * abs(first)


def _falls_evenly(window: Window) -> bool:
    """Say whether the first epoch's losses lie close together: a rate that is too high scatters them."""
    loss, spread = window.loss("train"), window.one("loss_std", "train")
    return loss is not None and (spread is None or not len(spread) or spread.first < 0.7 * abs(loss.first))


def _too_small(window: Window, first: float) -> tuple[str, dict[str, float | str]]:
    if window.epochs_seen < 2 or has_learned(window):
        return "", {}
    loss, spread = window.loss("train"), window.one("loss_std", "train")
    fall = total_fall(window, 1)
    flat = fall is not None and abs(fall) < 0.02
    if flat and spread is not None and len(spread) and loss is not None and 0 < spread.first < 1e-3 * abs(first):
        return f"all batches have the same loss, {first:.4g}, to {spread.first / abs(first):.1g}", {
            "spread": spread.first
        }
    ratio = window.one("variance_ratio", "train") or window.one("variance_ratio", "val")
    if (
        ratio is not None
        and len(ratio.finite())
        and float(ratio.finite().values.max()) < 1e-5
        and _first_is_calm(window, first)
    ):
        return f"predictions hardly vary: variance ratio {ratio.last:.1g}", {"variance ratio": ratio.last}
    layers = [t for t in window.find("layer_grad_norm") if len(t.finite()) and t.finite().last > 0]
    if flat and len(layers) > 1:
        norms = np.array([track.finite().last for track in layers])
        if norms.min() < 1e-8 * norms.max():
            return f"gradients differ by {norms.max() / norms.min():.1g} between layers", {
                "smallest": float(norms.min()),
                "largest": float(norms.max()),
            }
    return "", {}


RULE = Rule(
    id="poor_init",
    title="Bad start",
    check=check,
    page=__doc__ or "",
    thresholds={
        "times": Threshold(5, 1.5, 1000, "x", "first loss against ln C"),
        "left": Threshold(0.5, 0.05, 1, "x", "share of the loss that is left, against the share of wrong answers"),
    },
)
