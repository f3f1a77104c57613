"""A rule that a user made without code: a metric, a comparison, a value, for so many epochs in a row."""

import operator
from collections.abc import Callable, Iterator

import numpy as np

from epochwatch_server.domain.alert import OwnRule
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import Evidence, Finding, Limits, NotChecked, Outcome, Rule, Severity
from epochwatch_server.health.window import Track, Window

ANY_ENDING = "*"  # at the end of a metric's name: every metric that begins so

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def make_rule(own: OwnRule) -> Rule:
    """Make a rule of what a user settled.

    Raises:
        ValueError: The comparison or the severity does not exist.
    """
    if own.comparison not in _COMPARE:
        raise ValueError(f"comparison {own.comparison!r} given; expected one of {', '.join(_COMPARE)}")
    severity = Severity(own.severity)

    def check(window: Window, limits: Limits) -> Outcome:
        tracks = list(_tracks(window, own.metric))
        if not tracks:
            return NotChecked(f"{own.metric} is not logged")
        return [_finding(own, severity, track) for track in tracks if _holds(own, track)]

    return Rule(
        id=own.id,
        title=own.title,
        check=check,
        page=_page(own),
        severity=severity,
        moments=frozenset({Moment.EPOCH}),
        clear=1,
    )


def condition(own: OwnRule) -> str:
    """Say what the rule waits for."""
    lasts = "" if own.epochs <= 1 else f" for {own.epochs} epochs in a row"
    return f"{own.metric} {own.comparison} {own.value:g}{lasts}"


def _tracks(window: Window, metric: str) -> Iterator[Track]:
    """Yield the metrics meant, in the unit in which they are logged: the user thinks in that."""
    names = [metric]
    if metric.endswith(ANY_ENDING):
        names = [signal.metric for signal in window.signals() if signal.metric.startswith(metric[:-1])]
    for name in names:
        track = window.as_logged(name)
        if track is not None and len(track):
            yield track


def _holds(own: OwnRule, track: Track) -> bool:
    """Compare the last values. A NaN is neither more, less nor equal: only what is a number counts, also for `!=`."""
    last = track.values[-own.epochs :]
    if len(last) < own.epochs or np.isnan(last).any():
        return False
    return all(_COMPARE[own.comparison](float(value), own.value) for value in last)


def _finding(own: OwnRule, severity: Severity, track: Track) -> Finding:
    since = int(track.epochs[-own.epochs])
    lasts = "" if own.epochs <= 1 else f" since epoch {since}, for {own.epochs} epochs in a row"
    return Finding(
        severity,
        f"{track.metric} is {track.last:.6g}, {own.comparison} {own.value:g}{lasts}",
        Evidence({track.metric: track.last}, condition(own), since, (track.metric,)),
        "",
        (),
        track.metric if own.metric.endswith(ANY_ENDING) else "",
    )


def _page(own: OwnRule) -> str:
    return (
        f"{own.title}\n\nWhat it sees\n    {own.metric}, once an epoch, as it is logged.\n\n"
        "Why it matters\n    Somebody of this project wants to be told.\n\n"
        f"How it decides\n    {condition(own)}. An epoch in which it is not logged does not count.\n\n"
        "What to do\n    Whoever made the rule knows.\n\nSource\n    A rule of this project's own.\n"
    )
