"""Predictions hardly vary.

What it sees
    The variance ratio (spread of the predictions against the targets'), or the predictions' and targets' spread.

Why it matters
    A network that says nearly the same for every input has a fair error and no use. The loss does not show it.

How it decides
    After the warm-up: a ratio below `low` that does not grow (a tenth in three evaluations) is a warning; below
    `floor` critical, unless its growth over the last evaluations would carry it above `low` within the next epochs.
    Silent while R2 rises at every evaluation, and a warning is held where R2 is above 0.1: what the inputs do not tell,
    honest predictions do not vary by. Own training predictions count where validation's are missing.

What to do
    A term that rewards variance, a larger standard deviation in the last layer, less averaging over frames, less
    weight decay.

Source
    Post-mortem 004: 40 % was its best run, 3.4 % its worst.
"""

import numpy as np

from epochwatch_server.health.learning import rate_is_rising
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Floats, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report predictions that hardly vary."""
    ratios = _ratios(window)
    if ratios is None:
        return NotChecked("neither a variance ratio nor the spreads of predictions and targets are logged")
    name, values = ratios
    if window.epochs_seen <= window.warm_up or len(values) < 2 or rate_is_rising(window):
        return []
    now = float(values[-1])
    lasting = 2 if values.max() < limits["low"] else max(window.span, 4)  # a run that had it may lose it for a moment
    if now >= limits["low"] or float(np.max(values[-lasting:])) >= limits["low"]:
        return []
    if _explains_more_and_more(window):
        return []
    grows = _growth(values)
    critical = now < limits["floor"] and now + grows * max(window.span, 5) < limits["low"]
    if not critical and (now < limits["floor"] or grows * 3 > 0.1 * now or _is_as_explained(window)):
        return []
    return [
        Finding(
            Severity.CRITICAL if critical else Severity.WARNING,
            f"{name} is {now:.1%}: the predictions vary by that share of the targets",
            Evidence(
                {"variance ratio": now, "best": float(values.max())},
                f"below {limits['low']:.0%}, critical below {limits['floor']:.0%}",
                window.epochs_ago(2),
                (name,),
            ),
            "the loss is lowest for the mean: small output weights, averaging, or strong weight decay keep it there",
            (
                "add a term for the variance, such as (1 - ratio)^2",
                "raise the standard deviation of the last layer's weights",
                "lower weight decay and dropout",
            ),
        )
    ]


def _explains_more_and_more(window: Window) -> bool:
    """Say whether R2 rises evaluation by evaluation: calibrated predictions vary by as much as they explain."""
    r2 = window.one("r2", "val")
    values = r2.finite().values[-4:] if r2 is not None else np.empty(0)
    return bool(len(values) > 2 and np.all(np.diff(values) > 0.005) and values[-1] > -0.1)


def _is_as_explained(window: Window) -> bool:
    """Say whether R2 is well above 0: what the inputs do not tell, an honest prediction does not vary by."""
    r2 = window.one("r2", "val")
    return r2 is not None and len(r2.finite()) > 0 and float(r2.finite().last) > 0.1


def _ratios(window: Window) -> tuple[str, Floats] | None:
    for split in ("val", "train"):
        ratio = window.one("variance_ratio", split)
        if ratio is not None and len(ratio.finite()):
            return ratio.metric, ratio.finite().values
        spread, target = window.one("pred_std", split), window.one("target_std", split)
        if spread is not None and target is not None and len(spread) == len(target) > 0:
            both = spread.values / np.maximum(target.values, 1e-300)
            return spread.metric, both[np.isfinite(both)]
    return None


def _growth(values: Floats) -> float:
    recent = values[-4:]
    return float(recent[-1] - recent[0]) / max(len(recent) - 1, 1)


RULE = Rule(
    id="variance_collapse",
    title="Predictions hardly vary",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    thresholds={
        "low": Threshold(0.4, 0.01, 1, "share", "spread of the predictions against the targets'"),
        "floor": Threshold(0.1, 0.001, 1, "share", "the same, critical"),
    },
)
