"""No gradient reaches the early layers.

What it sees
    Gradient norms per layer and in total, the losses.

Why it matters
    A layer whose gradient is a thousandth of the others' stays as it was initialised: depth without effect.

How it decides
    A layer's norm is below `share` of the largest layer's, is not exactly 0 (that is a dead layer) and not declared
    frozen, while the run is stuck: neither progress of the tracked metric nor a falling loss. Or the total norm fell
    below a thousandth of its early median while the run is stuck and the loss still above a tenth of its beginning.
    Size alone is no fault: a healthy run may live at 1e-5.

What to do
    Residual connections, normalisation, another activation than a sigmoid, another initialiser.

Source
    AutoTrainer (ratio of first to last layer below 1e-3); SageMaker Debugger VanishingGradient; post-mortem 001.
"""

import numpy as np

from epochwatch_server.health.learning import has_learned, is_stuck
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report layers that no gradient reaches while nothing moves."""
    layers = [track.finite() for track in window.find("layer_grad_norm") if len(track.finite())]
    total = window.one("grad_norm")
    if len(layers) < 2 and (total is None or not len(total.finite())):
        return NotChecked("no gradient norms are logged")
    if window.epochs_seen < 3 or not is_stuck(window, 2) or has_learned(window):
        return []
    starved = _starved(window, layers, limits)
    if starved:
        largest = max(layers, key=lambda track: track.last)
        listed = ", ".join(f"{track.signal.part} {track.last:.2g}" for track in starved[:4])
        return [
            _finding(
                f"hardly any gradient reaches {listed}, against {largest.last:.2g} in {largest.signal.part}",
                starved[0],
                largest.last,
                limits,
                window,
            )
        ]
    if total is None or len(total.finite()) < 4:
        return []
    values, loss, first = total.finite().values, window.loss("train"), window.first_loss
    early = float(np.median(values[:3]))
    if values[-1] < 1e-3 * early and loss is not None and first and loss.last > 0.1 * first:
        return [_finding(f"{total.metric} fell from {early:.2g} to {values[-1]:.2g}", total, early, limits, window)]
    return []


def _starved(window: Window, layers: list[Track], limits: Limits) -> list[Track]:
    if len(layers) < 2:
        return []
    largest = max(track.last for track in layers)
    return [
        track
        for track in layers
        if 0 < track.last < limits["share"] * largest and not window.intent.freezes(track.signal.part or "")
    ]


def _finding(what: str, track: Track, against: float, limits: Limits, window: Window) -> Finding:
    return Finding(
        Severity.WARNING,
        what,
        Evidence(
            {"norm": track.last, "against": against},
            f"below {limits['share']:g}, while nothing moves",
            int(window.epochs[0]),
            (track.metric,),
        ),
        "each layer shrinks the gradient on its way back: saturated activations, small weights, great depth",
        (
            "add residual connections or normalisation",
            "replace sigmoid or tanh by a rectifier",
            "initialise for the activation used",
        ),
    )


RULE = Rule(
    id="grad_vanishing",
    title="Vanishing gradients",
    check=check,
    page=__doc__ or "",
    thresholds={"share": Threshold(1e-3, 1e-9, 0.1, "share", "norm of a layer against the largest layer's")},
)
