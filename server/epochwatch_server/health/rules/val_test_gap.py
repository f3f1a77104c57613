"""Validation flattered.

What it sees
    Best and last validation values, the test values at the end; training values, digit by digit.

Why it matters
    A test result clearly below validation means that validation knew something: leaked rows, a copy of the training
    data, or a choice among too many runs.

How it decides
    At the end, for each score (0 to 1) that both have: the test's is worse by more than `gap` of the larger error or
    score and by three standard errors (from the number of samples that the digits betray, else 400); or, where they
    have no score in common, the test loss is above the validation loss by half. The last validation values count, not
    the best. Precision, recall and F1 of two classes rest on the rarer class alone. Silent when the test confirms the
    tracked metric: a leak would have flattered the metric that choices are made on. Half of three standard errors is
    enough where validation repeats training to the last digit.

What to do
    Look for rows in both sets; split before augmenting; hold a set back that no choice was made on.

Source
    Post-mortem 000; Kapoor & Narayanan 2023 on leakage.
"""

import math
import re
from collections.abc import Mapping

import numpy as np

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES, is_in_percent, read_signal
from epochwatch_server.health.statistics import Floats, smallest_count
from epochwatch_server.health.twins import same_as_training
from epochwatch_server.health.window import Track, Window

_ASSUMED_SAMPLES = 400
_NOTHING_YET = 0.05  # a score that has not left 0 cannot be flattered
_IS_RATE = re.compile(r"rate|wer$|cer$|top_?\d_err")


def check(window: Window, limits: Limits) -> Outcome:
    """Report test values clearly worse than validation's."""
    if window.ending is None or not window.ending.metrics:
        return NotChecked("no test values are logged")
    tests = _tests(window)
    if _holds(window, tests):
        return []
    pairs = []
    for track in (*window.scores("val"), *window.find("loss", "val")):
        test = tests.get((track.signal.stem, track.signal.role))
        if test is not None and len(track.finite()):
            pairs.append((track.finite(), test[1]))
    if not pairs:
        return NotChecked("validation and test have no metric in common")
    worse = [(track, test, gap) for track, test in pairs if (gap := _gap(window, track, test, limits)) > 0]
    scores = [row for row in worse if row[0].signal.role not in ("loss", "perplexity")]
    chosen = scores or (worse if all(track.signal.role in ("loss", "perplexity") for track, _ in pairs) else [])
    return [_finding(window, *max(chosen, key=lambda row: row[2]))] if chosen else []


def _tests(window: Window) -> dict[tuple[str, str], tuple[str, float]]:
    """Return the test values by stem and role, shares as 0 to 1 where validation's are logged in percent."""
    found = {}
    for name, value in window.ending.metrics.items() if window.ending is not None else ():
        signal = read_signal(name)
        if not math.isfinite(value):
            continue
        twin = next((t for t in window.find(signal.role, "val") if t.signal.stem == signal.stem), None)
        logged = window.as_logged(twin.metric) if twin is not None else None
        in_percent = logged is not None and is_in_percent(logged.signal, logged.values)
        found[signal.stem, signal.role] = (name, value / 100 if in_percent else value)
    return found


def _holds(window: Window, tests: Mapping[tuple[str, str], tuple[str, float]]) -> bool:
    """Say whether the test confirms the metric that choices were made on: a leak would have flattered that first."""
    track = window.tracked
    test = tests.get((track.signal.stem, track.signal.role)) if track is not None else None
    if track is None or test is None:
        return False
    last = _selected(window, track.finite())
    return test[1] >= last if window.tracked_is_larger_better else test[1] <= last


def _gap(window: Window, track: Track, test: float, limits: Limits) -> float:
    """Return the gap in units of what is allowed; 0 when it is within it."""
    val = _selected(window, track)
    if track.signal.role in SHARE_ROLES and val < _NOTHING_YET:
        return 0.0
    if track.signal.role in SHARE_ROLES - {"min_recall", "class_recall", "f1_class"}:
        size = max(abs(val), 1e-12)
        error = math.sqrt(
            _variance(val, _deciding(window, track, _samples(window, track)))
            + _variance(test, _deciding(window, track, _tested(track, test) or _samples(window, track)))
        )
        lost = val - test
        needed = limits["errors"] if same_as_training(window) is None else 0.5 * limits["errors"]
        doubled = (1 - test) > 1.7 * max(1 - val, 1e-3)
        return lost / error if lost > needed * error and (lost > limits["gap"] * size or doubled) else 0.0
    if track.signal.role == "r2":
        lost = val - test
        return lost / 0.1 if lost > 0.15 and lost > limits["gap"] * 2 * max(1 - val, 0.05) else 0.0
    if track.signal.role == "error" and _IS_RATE.search(track.signal.stem.lower()):
        unit = 100.0 if float(track.values.max()) > 1.5 else 1.0
        wrong, missed = val / unit, test / unit
        if max(wrong, missed) <= 1:
            error = math.sqrt(_variance(wrong, _ASSUMED_SAMPLES) + _variance(missed, _ASSUMED_SAMPLES))
            over = (missed - wrong) / error
            return over if over > limits["errors"] and missed > (1 + limits["loss"]) * wrong else 0.0
    if track.signal.direction == "min":
        come = max(float(track.values[0]) - val, 0.0)  # a loss that fell by decades differs by factors at its end
        scale = max(abs(val), 0.05 * come, 1e-12)
        return (test - val) / scale if test - val > limits["loss"] * scale and test - val > 3 * _spread(track) else 0.0
    return 0.0


def _selected(window: Window, track: Track) -> float:
    return float(np.median(track.values[-3:]))


def _samples(window: Window, track: Track) -> int:
    """Return on how many samples validation rests, by the digits of its accuracies: an F1 is no share of them."""
    accuracies = [track] if track.signal.role == "accuracy" else window.find("accuracy", "val")
    counted = (_digits(accuracy.finite().values) for accuracy in accuracies)
    return next((count for count in counted if count is not None), _ASSUMED_SAMPLES)


def _tested(track: Track, test: float) -> int | None:
    return _digits(np.array([test])) if track.signal.role == "accuracy" else None


def _deciding(window: Window, track: Track, count: int) -> int:
    """Return how many samples a score rests on: of precision, recall and F1 with two classes, the rarer class's."""
    counts = window.facts.config.get("class_counts")
    rests_on_few = track.signal.role == "f1" or any(word in track.signal.stem for word in ("precision", "recall"))
    if rests_on_few and isinstance(counts, list) and len(counts) == 2 and sum(counts) > 0:
        return max(int(count * min(counts) / sum(counts)), 5)
    return count


def _digits(values: Floats) -> int | None:
    counted = smallest_count(values)
    return counted if counted is not None and 20 <= counted <= 20_000 else None


def _variance(share: float, count: int) -> float:
    return max(share * (1 - share), 1e-4) / count


def _spread(track: Track) -> float:
    recent = track.values[-5:]
    return float(np.std(recent)) if len(recent) > 2 else 0.0


def _finding(window: Window, track: Track, test: float, gap: float) -> Finding:
    val = float(np.median(track.values[-3:]))
    return Finding(
        Severity.WARNING,
        f"{track.metric} was {val:.4g} in validation and is {test:.4g} on the test data",
        Evidence(
            {
                "validation": val,
                "test": test,
                "gap in units of the limit": gap,
                "samples by the digits": float(_samples(window, track)),
            },
            "a tenth, and three standard errors",
            None,
            (track.metric,),
        ),
        "the validation data is not unseen: rows in both sets, or a choice made on it many times",
        (
            "look for rows that are in both sets",
            "split by source, before augmenting",
            "hold back a set that no choice is made on",
        ),
    )


RULE = Rule(
    id="val_test_gap",
    title="Validation better than test",
    check=check,
    page=__doc__ or "",
    moments=frozenset({Moment.END}),
    clear=0,
    thresholds={
        "gap": Threshold(0.1, 0.01, 1, "share", "loss of the score from validation to test"),
        "errors": Threshold(3, 0, 10, "standard errors", "the same against chance"),
        "loss": Threshold(0.5, 0.05, 10, "share", "rise of the loss from validation to test"),
    },
)
