"""A loss, metric or gradient is not a number, or infinite.

What it sees
    Every value of every step and epoch: losses, metrics, gradient norms.

Why it matters
    After one optimiser step with a NaN gradient every weight is NaN. Nothing that follows is training.

How it decides
    Any non-finite loss is critical at once. A gradient alone that is infinite under a dynamic loss scale is what the
    scaler is there for: only two such epochs in a row count. Another metric that was finite and no longer is: a
    warning while the loss is finite; information if it never was (a score of a class that does not occur).

What to do
    Look at the first step named: a logarithm of zero, a division, a row of the data, or half precision. Go back to
    the last checkpoint before it; lower the rate; clip gradients.

Source
    Keras TerminateOnNaN; SageMaker Debugger ExplodingTensor; torch.autograd.detect_anomaly.
"""

import numpy as np

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, Rule, Severity, Threshold
from epochwatch_server.health.window import Track, Window

_LOSSES = frozenset({"loss", "component", "loss_std"})
_GRADIENTS = frozenset({"grad_norm", "grad_norm_max", "layer_grad_norm", "update_ratio"})


def check(window: Window, limits: Limits) -> list[Finding]:
    """Report the first non-finite value of each kind of metric."""
    kinds: dict[str, list[Track]] = {"loss": [], "gradient": [], "metric": []}
    for track in (*window.all_steps(), *window.all_tracks()):
        if len(track) and not np.isfinite(track.values).all():
            kinds[_kind(track)].append(track)
    found = []
    if kinds["loss"]:
        found.append(_finding(window, "loss", kinds["loss"], Severity.CRITICAL))
    lasting = [track for track in kinds["gradient"] if _lasts(track, int(limits["gradient_epochs"]))]
    if kinds["gradient"] and (kinds["loss"] or (lasting and not _has_scaler(window)) or len(lasting) > 1):
        found.append(_finding(window, "gradient", kinds["gradient"], Severity.CRITICAL))
    lost = [track for track in kinds["metric"] if np.isfinite(track.values[0]) and not np.isfinite(track.last)]
    if kinds["metric"]:
        severity = Severity.WARNING if lost and not kinds["loss"] else Severity.INFO
        found.append(_finding(window, "metric", lost or kinds["metric"], severity))
    return found


def _kind(track: Track) -> str:
    if track.signal.role in _LOSSES:
        return "loss"
    return "gradient" if track.signal.role in _GRADIENTS else "metric"


def _lasts(track: Track, epochs: int) -> bool:
    bad = set(track.epochs[~np.isfinite(track.values)].tolist())
    return any(all(epoch + ahead in bad for ahead in range(epochs)) for epoch in bad)


def _has_scaler(window: Window) -> bool:
    return window.one("loss_scale") is not None or window.one("skipped_fraction") is not None


def _finding(window: Window, subject: str, tracks: list[Track], severity: Severity) -> Finding:
    first = min(tracks, key=lambda track: int(track.epochs[~np.isfinite(track.values)][0]))
    at = int(np.flatnonzero(~np.isfinite(first.values))[0])
    before = float(first.values[at - 1]) if at else float("nan")
    rate = window.one("lr")
    advice = [f"go back to a checkpoint from before epoch {int(first.epochs[at])}"]
    if rate is not None and len(rate):
        advice.append(f"lower the rate from {rate.last:.3g} to {rate.last / 10:.3g}, or clip gradients")
    advice.append(
        "check logarithms, divisions and square roots in the loss, the rows of that batch, and the loss scale"
    )
    evidence = Evidence(
        values={"metric": first.metric, "epoch": float(first.epochs[at]), "last finite value": before},
        threshold="any value that is not finite",
        since=int(first.epochs[at]),
        metrics=tuple(track.metric for track in tracks[:4]),
    )
    value = float(first.values[at])
    what = f"{first.metric} became {value} in epoch {int(first.epochs[at])}" + (f" after {before:.4g}" if at else "")
    cause = "one numerical operation had no finite result; with it the weights are lost"
    return Finding(severity, what, evidence, cause, tuple(advice), subject)


RULE = Rule(
    id="nonfinite",
    title="Not a number",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    moments=frozenset({Moment.STEP, Moment.EPOCH}),
    clear=0,
    thresholds={"gradient_epochs": Threshold(2, 1, 20, "epochs", "epochs in a row with an infinite gradient")},
)
