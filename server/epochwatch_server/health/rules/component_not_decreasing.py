"""One term of the loss is stuck while another falls.

What it sees
    The terms of the loss, by split, their weights, the curriculum.

Why it matters
    In a loss of several terms the total hides it: the strong term falls, the weak one is never learned.

How it decides
    From its start (a declared `_start` counts) and after at least three epochs: the term improved by less than
    `stuck` since its first epoch, in training and in validation where it has both, while another fell by more than
    `other`. It may be stuck only by a fifth of that in the first epochs: terms are often learned one after the other.
    A term that began near nothing and grows has no more to give; one that began at less than a fiftieth of the
    largest, weighted, is auxiliary while a score is learned. One that falls at every epoch, or had once halved, is
    learning; a divergence or penalty (by its name) may grow, and so may a term that began as less than a fifth of a
    total that follows its terms and falls: terms may pull against each other. At any time: the total is negative
    although every term is positive, and this term grows. A pair of adversaries, and a loss beside a return, are not
    judged.

What to do
    Check that its head is attached (no detach before it), and its sign; raise its weight.

Source
    Post-mortems 001 and 002.
"""

import numpy as np

from epochwatch_server.health.learning import began_trained, is_auxiliary, rate_is_rising
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import relative_fall, share_falling
from epochwatch_server.health.window import Track, Window


def check(window: Window, limits: Limits) -> Outcome:
    """Report terms that are stuck."""
    terms = window.components("train") or window.components("val")
    terms = {name: track for name, track in terms.items() if not track.signal.is_regulariser}
    if len(terms) < 2:
        return NotChecked("the loss's components are not logged")
    if window.is_adversarial or window.is_reinforced:
        return []
    pushed = [_pushed_up(window, name, track) for name, track in terms.items() if _is_pushed_up(window, name, track)]
    if pushed or rate_is_rising(window) or began_trained(window):
        return pushed
    falls = {name: _fall(window, name, track) for name, track in terms.items()}
    known = {name: fall for name, fall in falls.items() if fall is not None}
    moving = [name for name, fall in known.items() if fall > limits["other"]]
    if not moving:
        return []
    best = max(moving, key=lambda name: known[name])
    early = window.epochs_seen <= window.warm_up + 2 * window.span
    enough = 0.2 * limits["stuck"] if early else limits["stuck"]  # terms are often learned one after the other
    learning = {name for name in known if _is_learning(window, name, terms[name])}
    stuck = [
        name
        for name, fall in known.items()
        if fall < enough
        and name not in learning
        and not _is_small(window, terms, name)
        and not is_auxiliary(window, terms, name)
        and not _is_traded(window, terms, name)
    ]
    found = []
    for name in stuck:
        validation = window.components("val").get(name)
        fall = _fall(window, name, validation) if validation is not None else None
        if fall is not None and fall >= enough:
            continue
        found.append(_finding(window, terms[name], name, best, known))
    return found


def _is_pushed_up(window: Window, name: str, track: Track) -> bool:
    """Say whether the total is negative although no term is, and this one grows: it is subtracted."""
    total, terms = window.loss("train"), window.components("train").values()
    values = track.finite().from_epoch(window.intent.start_of(name)).values
    if total is None or len(values) < 3 or window.facts.weights.get(name, 1.0) < 0:
        return False
    return bool(
        np.all(total.values[-2:] < 0)
        and all(float(term.finite().values.min(initial=0.0)) >= 0 for term in terms)
        and values[-1] > 1.5 * values[0]
        and values[-1] >= values[-3:].max()
    )


def _is_traded(window: Window, terms: dict[str, Track], name: str) -> bool:
    """Say whether a term that began as less than a fifth of the total grew, as the total follows its terms and falls.

    Terms that pull against each other do that, and training gave up some of the small one for more of the others.
    """
    total = window.loss("train")
    if total is None or any(len(track) != len(total) for track in terms.values()):
        return False
    sizes = {term: abs(window.facts.weights.get(term, 1.0)) * track.values for term, track in terms.items()}
    told = np.sum(list(sizes.values()), axis=0)
    ratios = total.values / np.where(told == 0, 1e-300, told)
    follows = bool(np.ptp(ratios) < 0.05 * abs(float(np.median(ratios))))
    small = bool(sizes[name][0] < 0.2 * told[0] and terms[name].values.max() > 1.5 * terms[name].first)
    return follows and small and bool(told[-1] < 0.8 * told[0])


def _pushed_up(window: Window, name: str, track: Track) -> Finding:
    values = track.finite().values
    return Finding(
        Severity.WARNING,
        f"{track.metric} rose from {values[0]:.4g} to {values[-1]:.4g} while the total fell below 0: it is subtracted",
        Evidence(
            {"first": float(values[0]), "now": float(values[-1])},
            "a negative total of terms that are all positive",
            window.intent.start_of(name),
            (track.metric,),
        ),
        "the term enters the total with the wrong sign, so that training raises it",
        (f"check the sign of {name} in the total", f"log the gradient norm of the head of {name}"),
        name,
    )


def _is_learning(window: Window, name: str, track: Track) -> bool:
    """Say whether the term falls at every epoch, or had once halved: what was learned may be lost for a while."""
    values = track.finite().from_epoch(window.intent.start_of(name)).values
    return share_falling(values[-5:]) == 1.0 or float(values.min()) < 0.5 * float(values[0])


def _fall(window: Window, name: str, track: Track) -> float | None:
    """Return the term's fall since its start; None while it is too young to judge."""
    finite = track.finite().from_epoch(window.intent.start_of(name))
    steps = window.steps(track.metric)
    wait = max(window.warm_up, 3)
    if len(finite) < wait + 1:
        return None
    start = finite.first
    if window.intent.start_of(name) == 0 and steps is not None and len(steps.finite()):
        start = max(start, float(np.median(steps.finite().values[:3])))
    return relative_fall(start, float(finite.values[-2:].min()))


def _is_small(window: Window, terms: dict[str, Track], name: str) -> bool:
    weights = window.facts.weights
    sizes = {
        term: abs(track.finite().first) * weights.get(term, 1.0) for term, track in terms.items() if len(track.finite())
    }
    began_small = sizes.get(name, 0.0) < 0.1 * max(sizes.values(), default=0.0)
    # a term that began near nothing grows with what it measures
    grown = began_small and abs(terms[name].finite().last) > 2 * abs(terms[name].finite().first)
    return weights.get(name, 1.0) == 0 or sizes.get(name, 0.0) == 0.0 or grown


def _finding(window: Window, track: Track, name: str, best: str, falls: dict[str, float]) -> Finding:
    weight = window.facts.weights.get(name, 1.0)
    return Finding(
        Severity.WARNING,
        f"{track.metric} is {track.last:.4g}, it was {track.first:.4g}, while {best} fell by {falls[best]:.0%}",
        Evidence(
            {"fall": falls[name], f"fall of {best}": falls[best], "weight": weight},
            "no fall of 5 % while another term fell by 20 %",
            window.intent.start_of(name),
            (track.metric,),
        ),
        "its gradient does not reach the shared layers, has the wrong sign, or is drowned by the others",
        (
            f"check that the head of {name} is attached and its sign",
            f"raise its weight from {weight:g} to {weight * 10:g}",
            "look at this head's gradient norm beside the others'",
        ),
        name,
    )


RULE = Rule(
    id="component_not_decreasing",
    title="A term of the loss is stuck",
    check=check,
    page=__doc__ or "",
    thresholds={
        "stuck": Threshold(0.05, 0, 0.5, "share", "fall of the term that is enough"),
        "other": Threshold(0.2, 0.01, 1, "share", "fall of another term"),
    },
)
