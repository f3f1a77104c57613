"""Parameters that never move.

What it sees
    Gradient norms per layer, the ratio of update to weight, validation metrics bit by bit.

Why it matters
    A layer left out of the optimiser, detached or frozen by accident keeps its random weights. The rest learns around
    it, or nothing learns at all, and no message is ever printed.

How it decides
    A layer's gradient norm is exactly 0 in `epochs` epochs and it is not declared frozen, nor waiting for its place
    in a curriculum, nor the head of a term whose declared weight is 0. Or the update is exactly 0 in two epochs. Or
    all validation metrics are the same to the last digit for three epochs while the rate is above 0 and the training
    loss does not improve.

What to do
    Check requires_grad, detach() and no_grad(), and that the optimiser was given these parameters.

Source
    SageMaker Debugger UnchangedTensor and AllZero; NeuraLint; post-mortem 002.
"""

import numpy as np

from epochwatch_server.health.learning import recent_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Track, Window

_COUNTS = frozenset({"predicted_classes", "mode_count", "positive_rate"})


def check(window: Window, limits: Limits) -> Outcome:
    """Report layers, or a whole network, that do not move."""
    epochs = int(limits["epochs"])
    layers, ratio = window.find("layer_grad_norm"), window.one("update_ratio")
    still = [track for track in layers if _is_still(window, track, epochs)]
    if still:
        listed = ", ".join(track.signal.part or track.metric for track in still[:4])
        return [_finding(f"no gradient reaches {listed}: exactly 0 for {epochs} epochs", still, window)]
    if ratio is not None and len(ratio) >= 2 and np.all(ratio.values[-2:] == 0) and not _rate_is_off(window):
        return [_finding("the weights do not move: the update is exactly 0", [ratio], window)]
    frozen = _identical(window, int(limits["evaluations"]))
    if frozen and not _rate_is_off(window):
        count = int(limits["evaluations"])
        what = f"{len(frozen)} validation metrics are the same to the last digit for {count} epochs"
        return [_finding(what, frozen, window)]
    if not layers and ratio is None and not list(_val_tracks(window)):
        return NotChecked("neither gradients nor validation metrics are logged")
    return []


def _is_still(window: Window, track: Track, epochs: int) -> bool:
    part = track.signal.part or ""
    if len(track) < epochs or not np.all(track.values[-epochs:] == 0) or window.intent.freezes(part):
        return False
    off = [name.lower() for name, weight in window.facts.weights.items() if weight == 0]
    if any(name in part.lower() or part.lower() in name for name in off if name and part):
        return False  # a term of weight 0 sends no gradient, as declared
    return window.epoch >= window.intent.start_of(part) + epochs


def _val_tracks(window: Window) -> list[Track]:
    skipped = _COUNTS | {"lr", "grad_norm"}
    return [track for track in window.all_tracks() if track.signal.split == "val" and track.signal.role not in skipped]


def _identical(window: Window, evaluations: int) -> list[Track]:
    tracks = [track for track in _val_tracks(window) if len(track) and track.epochs[-1] == window.epoch]
    losses = [track for track in tracks if track.signal.role in ("loss", "component", "perplexity")]
    if not losses or window.epochs_seen < evaluations:
        return []
    recents = [track.values[-evaluations:] for track in tracks]
    if not all(len(recent) == evaluations and np.ptp(recent) == 0 for recent in recents) or losses[0].last == 0:
        return []
    loss = window.loss("train")
    if loss is not None and recent_fall(loss, window, evaluations) > 0.02:
        return []  # the network learns, so the validation is a copy of an old one: metric_constant's case
    return tracks


def _rate_is_off(window: Window) -> bool:
    rate = window.one("lr")
    if rate is None or not len(rate.finite()):
        return False
    values = rate.finite().values
    return bool(values[-1] <= 1e-3 * values.max())


def _finding(what: str, tracks: list[Track], window: Window) -> Finding:
    return Finding(
        Severity.CRITICAL,
        what,
        Evidence(
            {track.metric: track.last for track in tracks[:4]},
            "exactly 0, or not one digit changed",
            window.epochs_ago(3),
            tuple(track.metric for track in tracks[:4]),
        ),
        "the optimiser does not hold these parameters, or the graph is cut before them",
        (
            "check that the optimiser was given these parameters",
            "look for detach(), no_grad() and requires_grad = False",
        ),
    )


RULE = Rule(
    id="dead_layer",
    title="Weights that never move",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    clear=1,
    thresholds={
        "epochs": Threshold(2, 1, 50, "epochs", "epochs with a gradient of exactly 0"),
        "evaluations": Threshold(4, 2, 50, "evaluations", "evaluations without a changed digit"),
    },
)
