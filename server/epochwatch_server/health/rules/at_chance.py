"""The network is no better than guessing.

What it sees
    Validation accuracy and loss, class counts, the losses of the first steps.

Why it matters
    Labels that do not belong to their inputs look like slow learning: the training loss falls as the network learns
    the noise by heart, and validation stays at chance.

How it decides
    Held once the tracked metric has clearly risen, and while the rate climbs in a warm-up. The validation loss never
    fell 3 % below its beginning (the first steps' loss, or its own first value; 9 % where accuracy tells that only the
    answers' frequencies were learned), no score is a tenth above its own beginning, nor R2 above 0.05; and one of:
    after the warm-up plus three epochs the training loss is flat as well; the validation loss rises (4 %) while the
    training loss falls; later, the tracked metric has no new best. Where scores tell chance by their kind (an area of
    0.5, a correlation of 0) and none ever left it, that is enough from a quarter of the plan on; so it is from two
    fifths on where both losses fell by a fifth and no score, the tracked one among them and all under 0.4, ever rose.
    A regression is at chance when R2 grows in training and is never above 0 in validation. Critical when the accuracy
    is known to be at most the share of the largest class.

What to do
    Shuffle inputs and labels together, look at twenty samples with their labels, check the order of the files.

Source
    Own; UMLAUT and DeepFD name the symptom. See Zhang et al. 2017 on learning random labels.
"""

import re

import numpy as np

from epochwatch_server.domain.roles import spelled
from epochwatch_server.health.learning import (
    began_trained,
    has_learned,
    held_up_by_terms,
    makes_progress,
    rate_is_rising,
    recent_fall,
)
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.signals import SHARE_ROLES
from epochwatch_server.health.statistics import relative_fall, smallest_count
from epochwatch_server.health.window import Track, Window

_AREA = re.compile(r"(?:^|[_/])(?:au_?roc|auc|roc_auc|c_?index|concordance)(?:$|[_/])")
_CORRELATION = re.compile(r"(?:^|[_/])(?:mcc|matthews\w*|kappa|qwk|spearman\w*|pearson\w*)(?:$|[_/])")

_RIGHT = re.compile(r"acc|top_?1$|rank_?1$", re.IGNORECASE)


def check(window: Window, limits: Limits) -> Outcome:
    """Report validation that never rose above its beginning."""
    loss, train, first = window.loss("val"), window.loss("train"), window.first_loss
    scores = [t.finite() for t in window.scores("val") if t.signal.role in SHARE_ROLES | {"r2"}]
    if loss is None or train is None or not first:
        return NotChecked("no validation loss is logged")
    if len(loss) < 3 or held_up_by_terms(window):
        return []
    if began_trained(window) or rate_is_rising(window) or window.epochs_seen <= window.warm_up + 2:
        return []
    near = 0.85 * abs(first) < abs(loss.first) < 1.5 * abs(first)  # else the first epoch has learned, or exploded
    begun = abs(loss.first) if near else abs(first)
    fall = relative_fall(begun, float(loss.values.min()))
    risen = relative_fall(float(loss.values.min()), loss.last)
    share = _largest_share(window)
    memorises = risen < -0.04 and relative_fall(train.first, train.last) > 0.01 and _is_low(scores, share)
    flat = recent_fall(train, window) < 0.007 and window.epochs_seen > window.warm_up + 3
    late = window.epochs_seen > window.warm_up + window.span + 3 and not makes_progress(window, window.span + 2)
    told = any(track.signal.role == "accuracy" for track in scores)  # how often each answer comes is learned first
    allowed = 3 * limits["fall"] if memorises and told else limits["fall"]
    no_better = (fall <= allowed and (memorises or flat or late)) or (memorises and _is_uniform(window, loss))
    if _guesses(window) or _answers_nothing(window, scores, train, loss):
        return [_finding(window, loss, scores, fall, limits)]
    if (
        not (no_better or _by_heart(window, train))
        or any(_is_good(track, share) for track in scores)
        or has_learned(window)
    ):
        return []
    return [_finding(window, loss, scores, fall, limits)]


def _guesses(window: Window) -> bool:
    """Say whether a score whose chance is known by its kind never left it: 0.5 for areas, 0 for correlations."""
    if window.epochs_seen <= max(window.warm_up + 3, 0.25 * window.planned):
        return False
    told = []
    answers = [t.finite().values for t in window.find("accuracy", "val") if _RIGHT.search(spelled(t.signal.stem))]
    if any(len(values) > 3 and np.ptp(values[-4:]) > 0.02 for values in answers):
        return False  # the answers change: they are more than the most frequent one
    for track in (t.finite() for t in window.scores("val")):
        name = spelled(track.signal.stem).lower()
        chance = 0.5 if _AREA.search(name) else 0.0 if _CORRELATION.search(name) else None
        if chance is not None and len(track) > 4:
            rises = track.last > float(track.values[:2].mean()) + 0.02
            told.append(float(track.values.max()) < chance + 0.05 and not rises)
    return bool(told) and all(told)


def _answers_nothing(window: Window, scores: list[Track], train: Track, loss: Track) -> bool:
    """Say whether the losses fell by a fifth and no score ever rose above its beginning, all of them being poor.

    A loss that can be lowered without telling anything apart does that: every embedding at one place, say.
    """
    shares = [t for t in scores if t.signal.role in SHARE_ROLES and len(t) > 5]
    if window.tracked is None or window.tracked.signal.role not in SHARE_ROLES or window.intent.starts:
        return False  # who steers by the loss may have a score beside it that is slow to follow
    if len(shares) < len(scores) or window.epochs_seen <= max(window.warm_up + window.span, 0.4 * window.planned):
        return False
    fallen = min(relative_fall(t.first, float(t.values[-3:].mean())) for t in (train, loss))
    poor = all(0 < float(t.values.max()) < 0.4 and float(t.values[-3:].mean()) < t.first + 0.01 for t in shares)
    return bool(shares) and poor and fallen > 0.2


def _by_heart(window: Window, train: Track) -> bool:
    """Say whether a regression learns its training data and nothing else: R2 grows there and is never above 0 here."""
    here, there = window.one("r2", "val"), window.one("r2", "train")
    if here is None or there is None or len(here.finite()) < 5 or len(there.finite()) < 5:
        return False
    seen, learned = here.finite().values, there.finite().values
    grows = learned[-1] > learned[-4] and learned[-1] > 0.02
    return bool(
        grows
        and seen.max() <= 0.02
        and learned[-1] - seen[-1] > 0.05
        and seen[-1] < seen.max() + 1e-9
        and train.last < train.first
    )


def _is_uniform(window: Window, loss: Track) -> bool:
    """Say whether the best validation loss is that of saying every class with the share that is right: ln 1 / share.

    A network that has learned is surer than that of what it gets right, and pays for what it gets wrong.
    """
    right = next((t.finite() for t in window.find("accuracy", "val") if _RIGHT.search(spelled(t.signal.stem))), None)
    if right is None or not len(right):
        return False
    at = int(loss.epochs[int(np.argmin(loss.values))])
    share = float(right.values[int(np.argmin(np.abs(right.epochs - at)))])
    return bool(0.01 < share < 0.7 and 0.9 < float(loss.values.min()) / -np.log(share) < 1.2)


def _largest_share(window: Window) -> float:
    """Return the share of the largest class, where the counts are declared; else 0."""
    counts = window.facts.config.get("class_counts")
    return max(counts) / sum(counts) if isinstance(counts, list) and sum(counts) > 0 else 0.0


def _is_good(track: Track, share: float) -> bool:
    if track.signal.role == "r2":
        return float(track.values.max()) > 0.05
    begun = max(min(track.first, float(np.median(track.values))), 0.0)  # a correlation may begin below its chance of 0
    if track.signal.role == "accuracy" and _RIGHT.search(spelled(track.signal.stem)):
        begun = max(begun, share)
    return track.last - begun > 0.1 or track.last > 0.8


def _is_low(scores: list[Track], share: float) -> bool:
    """Say whether no score has risen by 0.03 above where it began: what is learned does not carry over."""
    return all(_has_not_risen(t, share) for t in scores if t.signal.role in SHARE_ROLES)


def _has_not_risen(track: Track, share: float) -> bool:
    now = float(np.mean(track.values[-2:]))
    if track.signal.role == "accuracy" and share > track.first and _RIGHT.search(spelled(track.signal.stem)):
        count = smallest_count(track.values) or 400
        return now - share < max(0.03, 2 * float(np.sqrt(share * (1 - share) / count)))
    guesses = track.signal.role == "f1" and now < 0.2  # F1 rises from 0 with every yes, right or wrong
    return now - track.first < 0.03 or guesses


def _finding(window: Window, loss: Track, scores: list[Track], fall: float, limits: Limits) -> Finding:
    chance = _largest_share(window)
    values: dict[str, float | str] = {"fall of the validation loss": fall, "validation loss": loss.last}
    values |= {track.metric: track.last for track in scores[:3]}
    severity = Severity.WARNING
    if chance > 0:
        values["chance level"] = chance
        severity = (
            Severity.CRITICAL
            if scores and scores[0].signal.role == "accuracy" and scores[0].last <= chance
            else severity
        )
    return Finding(
        severity,
        f"{loss.metric} is {loss.last:.4g} and never fell {limits['fall']:.0%} below its beginning"
        + (f"; {scores[0].metric} is {scores[0].last:.3g}" if scores else ""),
        Evidence(
            values,
            f"no fall of {limits['fall']:.0%} in {window.epochs_seen} epochs",
            int(window.epochs[0]),
            (loss.metric, *(track.metric for track in scores[:2])),
        ),
        "the inputs do not tell the labels: shuffled apart, wrong files, or a network that cannot express the task",
        (
            "look at twenty samples with their labels",
            "check that inputs and labels are shuffled together",
            "train on a task that is known to be learnable with the same code",
        ),
    )


RULE = Rule(
    id="at_chance",
    title="No better than guessing",
    check=check,
    page=__doc__ or "",
    thresholds={"fall": Threshold(0.03, 0.001, 0.5, "share", "fall of the validation loss that is enough")},
)
