"""The learning rate is beyond what the network can follow.

What it sees
    The losses of the first steps and epochs, their spread within the epoch, the ratio of update to weight, the rate.

Why it matters
    The damage is done within the first epoch: the loss leaps, units die or weights blow up, and what remains is flat.
    It then looks like a run that does not learn.

How it decides
    In the first epochs (warm-up plus two), one of: the first epoch's mean loss is more than `leap` times the loss of
    the first steps, or its mean and two spreads reach `burst` times it, and it is calmer since (losses that always
    vary so much are noise); one step changes the weights by more than half of their size; the first epoch ended above
    nine tenths of the first steps' loss with a spread five times that of the next epoch, and since then the loss has
    not fallen: a burst, then flat. Later epochs are not judged: the alert stays until the tracked metric has clearly
    risen.

What to do
    Divide the rate by ten; warm it up over the first tenth of the plan; clip gradients.

Source
    TheDeepChecker (update scale outside 1e-4..1e-1); DeepDiagnosis; post-mortem 003.
"""

import numpy as np

from epochwatch_server.health.learning import began_trained, has_learned, makes_progress, recent_fall
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Track, Window

_MANY = 8  # steps of the first epoch, enough to tell a leap from a few costly batches
_FAR = 10  # no epoch's mean is so far above both its first steps and the next epoch by noise


def check(window: Window, limits: Limits) -> Outcome:
    """Report a rate that broke the run in its first epochs."""
    loss, first = window.loss("train"), window.first_loss
    if loss is None or not first:
        return NotChecked("no training loss is logged")
    if window.epochs_seen > window.warm_up + 3 or loss.epochs[0] != window.epochs[0]:
        return [] if has_learned(window) else NotChecked("judged in the first epochs only")
    for why, value, limit in (_leap(window, loss, limits), _update(window, limits), _burst(window, loss, first)):
        if why:
            return [_finding(window, loss, why, value, limit)]
    return []


def _leap(window: Window, loss: Track, limits: Limits) -> tuple[str, float, str]:
    early = window.early_losses
    if not len(early):
        return "", 0.0, ""
    calm = max(window.first_loss or 0.0, float(early[0]))
    mean, spread = loss.first, _spread(window)
    if len(early) > _MANY and float(np.median(early[3:])) < 1.2 * calm:
        return "", 0.0, ""  # most batches cost what the first did: the mean is that of a few which always cost more
    if calm <= 0 or mean / calm <= 1.0 or not _is_past(window, loss, calm):
        return "", 0.0, ""
    if mean > limits["leap"] * calm and window.epochs_seen >= 2:
        return (
            f"the first epoch's loss was {mean / calm:.3g} times that of the first steps",
            mean,
            f"{limits['leap']:g} times",
        )
    if mean + 2 * spread > limits["burst"] * calm and window.epochs_seen >= 2:
        return (
            f"losses within the first epoch reached {(mean + 2 * spread) / calm:.3g} times that of the first steps",
            (mean + 2 * spread),
            f"{limits['burst']:g} times",
        )
    return "", 0.0, ""


def _is_past(window: Window, loss: Track, calm: float) -> bool:
    """Say whether the leap was one: losses that always vary so much are noise, as in a run that begins near its end."""
    spread = window.one("loss_std", "train")
    if spread is not None and len(spread) > 1:
        later = spread.values[1:4]
        calmed = spread.values[0] > 3 * later[0] or spread.values[0] > 4 * later.min()
        return bool(calmed or not np.isfinite(later[0]))
    if len(loss) < 2 or began_trained(window):
        return False
    return float(loss.values[1]) > 0.9 * calm or loss.first > _FAR * max(calm, float(loss.values[1]))


def _update(window: Window, limits: Limits) -> tuple[str, float, str]:
    ratio = window.one("update_ratio")
    if (
        ratio is None
        or not len(ratio)
        or not np.isfinite(ratio.first)
        or window.epochs_seen < 2
        or ratio.first <= limits["update"]
    ):
        return "", 0.0, ""
    return f"one step changed the weights by {ratio.first:.0%} of their size", ratio.first, f"{limits['update']:.0%}"


def _burst(window: Window, loss: Track, first: float) -> tuple[str, float, str]:
    spread = window.one("loss_std", "train")
    if spread is None or len(spread) < 3 or len(loss) < 3 or makes_progress(window, 1):
        return "", 0.0, ""
    calm = float(np.median(spread.values[1:]))
    if loss.first < first - 0.1 * abs(first) or spread.first < 5 * calm or spread.first < 0.2 * abs(first):
        return "", 0.0, ""
    if len(window.early_losses) and loss.last < window.early_losses[0] - spread.first:
        return "", 0.0, ""  # it leapt down
    if recent_fall(loss, window, window.epochs_seen - 2) > 0.05:
        return "", 0.0, ""
    return (
        f"the loss leapt within the first epoch (spread {spread.first:.3g}), then lay flat at {loss.last:.4g}",
        spread.first,
        "5 times the spread of later epochs",
    )


def _spread(window: Window) -> float:
    track = window.one("loss_std", "train")
    return track.first if track is not None and len(track) and np.isfinite(track.first) else 0.0


def _finding(window: Window, loss: Track, why: str, value: float, limit: str) -> Finding:
    rate = window.one("lr")
    highest = float(rate.finite().values.max()) if rate is not None and len(rate.finite()) else None
    advice = ["warm the rate up over the first tenth of the plan", "clip gradients at twice their median norm"]
    if highest is not None:
        advice.insert(0, f"lower the rate from {highest:.3g} to {highest / 10:.3g}")
    values: dict[str, float | str] = {"seen": value, "loss": loss.last}
    if highest is not None:
        values["rate"] = highest
    return Finding(
        Severity.CRITICAL,
        why,
        Evidence(values, limit, int(window.epochs[0]), (loss.metric, *((rate.metric,) if rate else ()))),
        "the rate is larger than the loss surface allows",
        tuple(advice),
    )


RULE = Rule(
    id="lr_too_high",
    title="Rate too high",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    clear=3,
    thresholds={
        "leap": Threshold(1.5, 1.1, 100, "x", "first epoch's loss against the first steps'"),
        "burst": Threshold(5, 2, 1000, "x", "extreme losses of the first epoch against the first steps'"),
        "update": Threshold(0.5, 0.05, 100, "share", "change of the weights in one step"),
    },
)
