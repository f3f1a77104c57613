"""A yes-or-no head that always says the same.

What it sees
    Largest, smallest and mean output of a head and the rate of positives (`done_max`, `done_mean`, `done_pos_rate`),
    or its F1 and recall beside that rate.

Why it matters
    With 3 % positives, "always no" is right 97 % of the time. The loss is content; the head is useless.

How it decides
    After `epochs` epochs: there are positives, and the largest output is below `low` (or the smallest above 1 -
    `low`) at three evaluations and not on its way there; or with fewer than a tenth of positives the largest stays
    below 0.6 for twice as long; or the head's F1 is exactly 0 all along while the largest output stays below a half.

What to do
    Weight the positives (3 to 5 times, or the inverse of their rate), or draw them more often.

Source
    Post-mortem 001 (done between 0.00 and 0.57 at 3 % positives).
"""

import re

import numpy as np

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Floats, Track, Window

_ENDING = re.compile(r"_(?:max|min|mean|avg)$")


def check(window: Window, limits: Limits) -> Outcome:
    """Report heads that never say yes, or never no."""
    heads = {_ENDING.sub("", t.signal.stem): t for t in window.find("output_max", "val") if _is_probability(t)}
    if not heads:
        return NotChecked("no head's output range is logged")
    wait = max(int(limits["epochs"]), window.warm_up)
    if window.epochs_seen <= wait:
        return []
    found = []
    for head, largest in heads.items():
        why = _never_yes(window, head, largest.finite().values, limits) or _never_no(window, head, limits)
        if why:
            found.append(_finding(window, head, largest, why, limits))
    return found


def _is_probability(track: Track) -> bool:
    values = track.finite().values
    return (
        len(values) > 0 and bool(values.min() >= 0 and values.max() <= 1) and not track.signal.stem.startswith("pred_")
    )


def _positive_rate(window: Window, head: str) -> float | None:
    rates = [t for t in window.find("positive_rate", "val") if head in t.signal.stem and len(t.finite())]
    return float(np.mean(rates[0].finite().values)) if rates else None


def _never_yes(window: Window, head: str, values: Floats, limits: Limits) -> str:
    rate = _positive_rate(window, head)
    if rate is not None and rate <= 0:
        return ""
    if len(values) < 3:
        return ""
    recent = values[-3:]
    rises = recent[-1] > 1.5 * recent[0] and recent[-1] > 0.1
    if recent.max() < limits["low"] and not rises:
        return f"was never above {recent.max():.2f}"
    late = window.epochs_seen > 2 * max(int(limits["epochs"]), window.warm_up)
    if rate is not None and rate < 0.1 and late and values.max() < 0.6 and recent[-1] < 1.2 * values[:3].max():
        return f"was never above {values.max():.2f}, at {rate:.0%} positives"
    f1 = next((t for t in window.find("f1", "val") if head in t.signal.stem), None)
    if f1 is not None and len(f1) > 3 and np.all(f1.values == 0) and values[-3:].max() < 0.5 and not rises:
        return f"was never above {values.max():.2f}, its F1 is 0"
    return ""


def _never_no(window: Window, head: str, limits: Limits) -> str:
    smallest = next((t for t in window.find("output_min", "val") if _ENDING.sub("", t.signal.stem) == head), None)
    rate = _positive_rate(window, head)
    if smallest is None or len(smallest.finite()) < 3 or (rate is not None and rate >= 1):
        return ""
    recent = smallest.finite().values[-3:]
    return f"was never below {recent.min():.2f}" if recent.min() > 1 - limits["low"] else ""


def _finding(window: Window, head: str, largest: Track, why: str, limits: Limits) -> Finding:
    rate = _positive_rate(window, head)
    weight = min(max(round((1 - rate) / rate), 3), 50) if rate else 4
    return Finding(
        Severity.WARNING,
        f"the head {head} always says the same: its output {why}",
        Evidence(
            {"largest output": largest.last, "positives": rate if rate is not None else "unknown"},
            f"largest output below {limits['low']:g} at three evaluations",
            window.epochs_ago(3),
            (largest.metric,),
        ),
        "positives are rare and the loss weighs them like the rest",
        (f"weight positives {weight} times", "draw positives more often", "use focal loss"),
        head,
    )


RULE = Rule(
    id="one_sided_head",
    title="A head that always says the same",
    check=check,
    page=__doc__ or "",
    thresholds={
        "low": Threshold(0.2, 0.01, 0.5, "probability", "largest output of the head"),
        "epochs": Threshold(3, 1, 100, "epochs", "epochs before the head is judged"),
    },
)
