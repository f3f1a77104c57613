"""Training and validation are both poor, and stay so.

What it sees
    Losses and scores of both splits, declared bands, weight decay and dropout in the configuration.

Why it matters
    A network that cannot fit its own training data is too small, or held back: longer training does not help.

How it decides
    After the warm-up plus two epochs, without progress: either a metric with declared bands is below its minimum in
    training and validation alike; or both losses are within a tenth of each other (or training is the worse one),
    between 97 % and `level` of the first steps' loss, and training has not fallen 1 % in the last epochs. A run whose
    score is good (0.6 and more) does not underfit. Such losses may also be all that the data allows: it is information
    unless a band is missed, weight decay or dropout are declared at `held` and more, or training is worse than
    validation, as it is when something holds it back.

What to do
    Less weight decay and dropout, more width, a higher rate.

Source
    Goodfellow et al. 2016, section 5.2; post-mortem 004.
"""

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.learning import (
    began_trained,
    held_up_by_terms,
    makes_progress,
    rate_is_rising,
    recent_fall,
    total_fall,
)
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report a run that is poor on both splits and stopped improving."""
    train, val, first = window.loss("train"), window.loss("val"), window.first_loss
    if train is None or val is None or not first:
        return NotChecked("training and validation losses are not both logged")
    if window.epochs_seen <= window.warm_up + 2 or rate_is_rising(window) or makes_progress(window):
        return []
    if began_trained(window) or held_up_by_terms(window) or (window.intent.restarts and window.progress_share < 0.5):
        return []
    fall = total_fall(window)
    below = _below_band(window)
    close = train.last >= 0.9 * val.last or abs(train.last - val.last) <= 0.1 * abs(val.last)
    poor = (
        fall is not None and fall > 0.03 and train.last > limits["level"] * first and val.last > limits["level"] * first
    )
    good = any(_is_good(t) for t in window.scores("val") if t.signal.role in SHARE_ROLES | {"r2"})
    flat = recent_fall(train, window, 3) < 0.01
    if not (below or (close and poor)) or good or not flat:
        return []
    held = _held_back(window)
    strong = any(value >= limits["held"] for value in held.values()) or train.last > 1.03 * val.last
    advice = [f"lower {path} from {value:g}" for path, value in held.items()]
    return [
        Finding(
            Severity.WARNING if below or strong else Severity.INFO,
            f"training ({train.last:.4g}) and validation ({val.last:.4g}) are both poor and no longer improve"
            + (f": {below}" if below else ""),
            Evidence(
                {"training loss": train.last, "validation loss": val.last, "first loss": first},
                f"both above {limits['level']:.0%} of the first loss, or below the minimum band",
                window.epochs_ago(window.span),
                (train.metric, val.metric),
            ),
            "the network is too small for the task, or regularised too strongly",
            (*advice, "widen the network", "raise the rate", "overfit a hundred samples to see whether it can"),
        )
    ]


def _held_back(window: Window) -> dict[str, float]:
    """Return the declared weight decay and dropout."""
    return {
        path: float(value)
        for path, value in flatten(window.facts.config)
        if ("dropout" in path or "decay" in path) and isinstance(value, int | float) and value > 0
    }


def _is_good(track: Track) -> bool:
    """Say whether a score is fair, or has risen by a quarter: what is learned shows there, not in the loss."""
    values = track.finite().values
    return bool(values[-1] > 0.6 or (values[-1] > 0.3 and values[-1] - values[0] > 0.25))


def _below_band(window: Window) -> str:
    for metric, band in window.facts.bands.items():
        val = window.as_logged(metric)
        minimum = band.get("minimum")
        if val is None or minimum is None or not len(val.finite()):
            continue
        twin = next((t for t in window.find(val.signal.role, "train") if t.signal.stem == val.signal.stem), None)
        train = window.as_logged(twin.metric) if twin is not None else None
        sign = -1.0 if val.signal.direction == "min" else 1.0
        if (
            train is not None
            and len(train.finite())
            and all(sign * t.finite().values[-2:].max() < sign * minimum for t in (train, val))
        ):
            return f"{metric} is {val.last:.3g}, at least {minimum:g} is wanted"
    return ""


RULE = Rule(
    id="underfitting",
    title="Underfitting",
    check=check,
    page=__doc__ or "",
    hold=2,
    thresholds={
        "level": Threshold(0.65, 0.05, 1, "share", "loss against that of the first steps"),
        "held": Threshold(0.1, 0, 10, "", "weight decay or dropout that holds a network back"),
    },
)
