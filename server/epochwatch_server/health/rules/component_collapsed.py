"""A term of the loss fell to nothing while the rest learned little.

What it sees
    The terms of the loss by epoch; terms named after a divergence (`kl`, `kld`).

Why it matters
    In a variational model a KL term of 0 means that the code carries nothing: the decoder ignores it (posterior
    collapse). A regulariser that vanishes has stopped doing its work.

How it decides
    Soon after the start (warm-up plus two epochs and three more): a divergence term is below `share` of the largest
    other term and below a tenth of its own largest value, or below 1e-3 outright, and does not rise. Other terms may
    go to 0: that is what an error does when it is learned; they count (as information) only when all the others are
    flat.

What to do
    Anneal the term's weight from 0, keep a minimum (free bits), weaken the decoder.

Source
    Bowman et al. 2016 (KL annealing); Kingma et al. 2016 (free bits).
"""

import re

from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity, Threshold
from epochwatch_server.health.statistics import relative_fall
from epochwatch_server.health.window import Track, Window

_DIVERGENCE = re.compile(r"(?:^|[/_.\-])(?:kld?|kl_?div(?:ergence)?|kl_?loss|latent|rate_term)(?:$|[/_.\-])")


def check(window: Window, limits: Limits) -> Outcome:
    """Report a divergence term that collapsed."""
    tracks = {t.metric: t for t in window.find("component", "train") + window.find("loss", "train")}
    divergences = [t for t in tracks.values() if _DIVERGENCE.search(t.signal.stem.lower()) and len(t.finite())]
    divergences += [
        t.finite()
        for t in window.find("other", "train")
        if _DIVERGENCE.search(t.signal.stem.lower()) and len(t.finite())
    ]
    others = [t for t in tracks.values() if t not in divergences and len(t.finite())]
    if not divergences and len(window.components("train")) < 2:
        return NotChecked("the loss has no terms that are logged")
    if window.epochs_seen < window.warm_up + 1:
        return []
    found = [f for track in divergences if (f := _judge(window, track, others, limits)) is not None]
    return found or _flat_rest(window, limits)


def _judge(window: Window, track: Track, others: list[Track], limits: Limits) -> Finding | None:
    values = track.finite().from_epoch(window.intent.start_of(track.signal.component or "kl")).values
    if len(values) < 3:
        return None
    largest = max((abs(other.finite().last) for other in others), default=1.0)
    tail = values[-2:]
    small = bool((tail < limits["share"] * largest).all() and (tail < 0.1 * values.max()).all()) or bool(
        (tail < 1e-3).all()
    )
    rising = values[-1] > 1.2 * values[-2] and values[-1] > values[-3]
    if not small or rising:
        return None
    return _finding(
        Severity.WARNING,
        track,
        f"{track.metric} fell to {values[-1]:.3g} while the loss is {largest:.3g}",
        window,
        limits,
    )


def _flat_rest(window: Window, limits: Limits) -> list[Finding]:
    terms = {name: track.finite() for name, track in window.components("train").items() if len(track.finite()) > 3}
    for name, track in terms.items():
        rest = [relative_fall(other.first, other.last) for other_name, other in terms.items() if other_name != name]
        if rest and track.last < 1e-3 * abs(track.first) and max(rest) < 0.02:
            return [
                _finding(
                    Severity.INFO,
                    track,
                    f"{track.metric} fell to {track.last:.3g}, the other terms did not move",
                    window,
                    limits,
                )
            ]
    return []


def _finding(severity: Severity, track: Track, what: str, window: Window, limits: Limits) -> Finding:
    weight = window.facts.weights.get(track.signal.component or "", 1.0)
    return Finding(
        severity,
        what,
        Evidence(
            {"term": track.last, "weight": weight},
            f"below {limits['share']:g} of the largest other term",
            window.epochs_ago(3),
            (track.metric,),
        ),
        "the term is the cheapest to lower: the model gave up what it pays for",
        (
            f"anneal its weight from 0 to {weight:g} over the first third of the plan",
            "keep a minimum of it (free bits)",
            "weaken the decoder: dropout, fewer layers",
        ),
        track.signal.component or track.metric,
    )


RULE = Rule(
    id="component_collapsed",
    title="A term collapsed",
    check=check,
    page=__doc__ or "",
    thresholds={"share": Threshold(1e-2, 1e-6, 0.5, "share", "the term against the largest other one")},
)
