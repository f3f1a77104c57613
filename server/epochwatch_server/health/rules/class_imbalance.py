"""Rare classes are lost.

What it sees
    Class counts, the smallest recall, F1 or recall per class, the number of classes predicted.

Why it matters
    At 79.7 % against 0.8 % accuracy says nothing: the network may never predict a class that matters.

How it decides
    Counts beyond `ratio` to 1 are information; half of that is enough when a class is lost altogether. After the
    warm-up plus two epochs, at two evaluations: with such counts, the smallest recall is below `recall`, or a class
    is never predicted, or a class's F1 is exactly 0: a warning; critical beyond five times that ratio with a recall
    of 0 at the middle of the plan or later.

What to do
    Weights by the inverse frequency are in the evidence; draw rare classes more often; judge by macro F1.

Source
    SageMaker Debugger ClassImbalance (10 to 1); post-mortems 001 and 003.
"""

import numpy as np

from epochwatch_server.health.intent import flatten
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.window import Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report rare classes, and those that are lost."""
    counts = _counts(window)
    if len(counts) < 2:
        return NotChecked("no class counts are given in the configuration")
    ratio = max(counts) / max(min(counts), 1)
    if ratio <= 0.5 * limits["ratio"]:
        return []
    lost, metric = _lost(window, limits, len(counts))
    if ratio <= limits["ratio"] and "0 " not in lost and "ever" not in lost:
        return []
    if window.epochs_seen <= window.warm_up + 2 or not lost:
        if ratio <= limits["ratio"]:
            return []
        return [
            _finding(
                window,
                Severity.INFO,
                counts,
                f"the largest class has {ratio:,.0f} times the samples of the smallest",
                "",
            )
        ]
    late = window.progress_share >= 0.75 and ratio > 5 * limits["ratio"]
    return [_finding(window, Severity.CRITICAL if late and "0 " in lost else Severity.WARNING, counts, lost, metric)]


def _counts(window: Window) -> list[float]:
    for key in ("class_counts", "classes", "label_counts", "samples_per_class"):
        counts = window.facts.config.get(key)
        values = list(counts.values()) if isinstance(counts, dict) else counts
        if isinstance(values, list) and len(values) > 1 and all(isinstance(v, int | float) for v in values):
            return [float(value) for value in values]
    return []


def _lost(window: Window, limits: Limits, classes: int) -> tuple[str, str]:
    recall, predicted = window.one("min_recall", "val"), window.one("predicted_classes", "val")
    grows = any(t is not None and len(t) > 2 and t.last > float(t.values[-3:-1].min()) for t in (recall, predicted))
    if grows:
        return "", ""
    if recall is not None and len(recall) >= 2 and float(recall.values[-2:].max()) < limits["recall"]:
        return f"the smallest recall is {recall.last:.2g} : a class is lost", recall.metric
    if predicted is not None and len(predicted) >= 2 and float(predicted.values[-2:].max()) < classes:
        return f"{predicted.last:.0f} of {classes} classes are ever predicted", predicted.metric
    for track in (*window.find("f1_class", "val"), *window.find("class_recall", "val")):
        if len(track) >= 2 and np.all(track.values[-2:] == 0):
            return f"{track.metric} is 0 : that class is never found", track.metric
    return "", ""


def _finding(window: Window, severity: Severity, counts: list[float], what: str, metric: str) -> Finding:
    total, classes = sum(counts), len(counts)
    weights = ", ".join(f"{total / (classes * max(count, 1)):.2f}" for count in counts[:12])
    handled = [
        path
        for path, value in flatten(window.facts.config)
        if "class_weight" in path or "sampler" in path or "oversampl" in path
        if value
    ]
    return Finding(
        severity,
        what,
        Evidence(
            {"counts": ", ".join(f"{count:.0f} ({count / total:.1%})" for count in counts[:12]), "weights": weights},
            "10 to 1 with a recall below 0.1",
            None,
            (metric,) if metric else (),
        ),
        "the loss is lowest when rare classes are ignored" + (f" (declared: {', '.join(handled)})" if handled else ""),
        (
            f"weight classes by inverse frequency: {weights}",
            "draw rare classes more often",
            "track macro F1 instead of accuracy",
        ),
    )


RULE = Rule(
    id="class_imbalance",
    title="Rare classes lost",
    check=check,
    page=__doc__ or "",
    moments=frozenset({Moment.START, Moment.EPOCH}),
    thresholds={
        "ratio": Threshold(10, 2, 1e6, "to 1", "largest against smallest class"),
        "recall": Threshold(0.1, 0, 1, "share", "recall of the worst class"),
    },
)
