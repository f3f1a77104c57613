"""One term of the loss rules.

What it sees
    The terms of the loss times their weights, the metrics that they serve.

Why it matters
    A term a hundred times the others takes all of the gradient: a unit mistake (3,256,742.75 against 3.75) or a wrong
    weight, and the other tasks are not learned.

How it decides
    The ratio of the largest to the smallest weighted term, in training, after the warm-up: above `many` with a small
    term that has improved by less than 5 % since its start is a warning, above `huge` critical. The ratio alone above
    `huge` is information, above `beyond` a warning: unequal terms may train well together. A total a hundred times
    what its terms make, which follows one of them, tells that term's weight. A term at a hundredth of its own
    beginning has been learned and is not counted; neither is a divergence or penalty, one that the curriculum has not
    started, nor a pair of adversaries. Where no weights are told and the total is less than half of its terms together,
    only `beyond` counts; where the largest is not learned either, only `huge`.

What to do
    Weights that make the terms equal at this epoch are in the evidence; check the units of the largest term.

Source
    Post-mortems 002 and 003 (10x and 100x).
"""

import numpy as np

from epochwatch_server.health.learning import is_auxiliary, rate_is_rising
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import relative_fall
from epochwatch_server.health.window import Track, Window

_UNTOLD = 100  # times what the terms make: more than means and sums of a batch, or a term that is not logged, explain


def check(window: Window, limits: Limits) -> Outcome:
    """Report terms of very different size."""
    terms = {name: track.finite() for name, track in (window.components("train") or window.components("val")).items()}
    begun = {
        name: track
        for name, track in terms.items()
        if len(track) and window.intent.start_of(name) <= window.epoch and not track.signal.is_regulariser
    }
    if len(begun) < 2:
        return NotChecked("the loss's components are not logged")
    if window.is_adversarial or window.is_reinforced or window.epochs_seen <= window.warm_up:
        return []
    hidden = _hidden_weights(window, begun)
    sizes = {name: abs(track.last) * hidden.get(name, _weight(window, name)) for name, track in begun.items()}
    sizes = {name: size for name, size in sizes.items() if size > 0 and not _is_done(begun[name])}
    if len(sizes) < 2:
        return []
    largest = max(sizes, key=lambda name: sizes[name])
    drowned = [name for name in sizes if sizes[largest] > limits["many"] * sizes[name]]
    stuck = [
        name for name in drowned if not _is_learned(window, begun[name], name) and not is_auxiliary(window, begun, name)
    ]
    far = sizes[largest] > limits["beyond"] * min(sizes.values())
    if rate_is_rising(window) or (not far and _weights_are_unknown(window, begun, hidden)):
        stuck = []
    pool = stuck or drowned
    if not pool:
        return []
    smallest = min(pool, key=lambda name: sizes[name])
    ratio = sizes[largest] / sizes[smallest]
    if stuck and ratio <= limits["huge"] and not _is_learned(window, begun[largest], largest):
        return []  # nothing is learned at all: of that the sizes are not the cause
    if stuck:
        severity = Severity.CRITICAL if ratio > limits["huge"] else Severity.WARNING
    elif _is_by_weight(window, begun, largest, smallest, limits):
        severity = Severity.WARNING
    elif ratio > limits["huge"]:
        severity = Severity.WARNING if ratio > limits["beyond"] else Severity.INFO
    else:
        return []
    return [_finding(window, severity, begun, sizes, largest, smallest)]


def _hidden_weights(window: Window, terms: dict[str, Track]) -> dict[str, float]:
    """Return the weight that one term must have, where the total is a hundred times what the terms make together.

    The total then follows that term alone: their ratio stays while the term changes.
    """
    total = window.loss("train")
    if total is None or len(total) < 3 or any(len(track) != len(total) for track in terms.values()):
        return {}
    told = sum(abs(track.values) * _weight(window, name) for name, track in terms.items())
    if np.median(np.abs(total.values) / np.maximum(told, 1e-300)) < _UNTOLD:
        return {}
    for name, track in terms.items():
        ratios = total.values / np.where(track.values == 0, 1e-300, track.values)
        if np.ptp(ratios) < 0.02 * abs(np.median(ratios)) and np.ptp(track.values) > 0.1 * abs(track.first):
            return {name: abs(float(np.median(ratios)))}
    return {}


def _weights_are_unknown(window: Window, terms: dict[str, Track], hidden: dict[str, float]) -> bool:
    """Say whether the total is far less than its terms while no weights are told: their sizes then tell nothing."""
    total = window.loss("train")
    if hidden or window.facts.weights or total is None or any(len(track) != len(total) for track in terms.values()):
        return False
    told = np.sum([np.abs(track.values) for track in terms.values()], axis=0)
    return bool(np.median(told / np.maximum(np.abs(total.values), 1e-300)) > 2)


def _is_by_weight(window: Window, terms: dict[str, Track], largest: str, smallest: str, limits: Limits) -> bool:
    """Say whether declared weights made terms of like size unequal, where they are there to make them equal."""
    weights = [_weight(window, name) for name in (largest, smallest)]
    raw = abs(terms[largest].first) / max(abs(terms[smallest].first), 1e-300)
    return min(weights) > 0 and weights[0] / weights[1] > max(limits["huge"], 10 * limits["huge"] / max(raw, 1e-300))


def _is_done(track: Track) -> bool:
    """Say whether the term has been learned: it is at a hundredth of where it began."""
    return abs(track.last) < 0.01 * abs(track.first)


def _weight(window: Window, name: str) -> float:
    return window.facts.weights.get(name, 1.0)


def _is_learned(window: Window, track: Track, name: str) -> bool:
    since = track.from_epoch(window.intent.start_of(name))
    steps = window.steps(track.metric)
    start = since.first
    if window.intent.start_of(name) == 0 and steps is not None and len(steps.finite()):
        start = max(start, float(np.median(steps.finite().values[:3])))
    return len(since) < 3 or relative_fall(start, float(since.values[-2:].min())) > 0.05


def _finding(
    window: Window, severity: Severity, terms: dict[str, Track], sizes: dict[str, float], largest: str, smallest: str
) -> Finding:
    ratio, middle = sizes[largest] / sizes[smallest], float(np.median(list(sizes.values())))
    equal = ", ".join(f"{name} {_weight(window, name) * middle / size:.3g}" for name, size in sizes.items())
    return Finding(
        severity,
        f"{largest} is {ratio:,.0f} times {smallest} ({sizes[largest]:,.2f} against {sizes[smallest]:,.4g}, weighted)",
        Evidence(
            {f"weighted {name}": size for name, size in sizes.items()} | {"ratio": ratio},
            "100 times with a small term that does not improve",
            None,
            tuple(t.metric for t in terms.values()),
        ),
        f"the gradient of {largest} drowns the others: another unit, or a weight that is off",
        (f"weights that make the terms equal now: {equal}", f"check the unit of {largest}"),
        smallest,
    )


RULE = Rule(
    id="loss_scale_imbalance",
    title="One term rules the loss",
    check=check,
    page=__doc__ or "",
    severity=Severity.CRITICAL,
    thresholds={
        "many": Threshold(10, 2, 1e6, "x", "largest against smallest term"),
        "beyond": Threshold(1e4, 100, 1e12, "x", "ratio that counts although all terms improve"),
        "huge": Threshold(100, 5, 1e9, "x", "largest against smallest term that is critical"),
    },
)
