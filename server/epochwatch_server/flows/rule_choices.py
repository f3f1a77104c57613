"""Checks what a user chooses for a rule: thresholds within bounds, severities that exist, own rules that can be."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from epochwatch_server.domain.alert import OwnRule, RuleSetting
from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.flows.packet_header import MAX_NAME_CHARS, quote, without_controls
from epochwatch_server.health.rule import Rule, Severity, Threshold

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
SEVERITIES = tuple(severity.value for severity in Severity)
MAX_TITLE_CHARS = 120
MAX_EPOCHS = 10_000
MAX_OWN_RULES = 200  # in one project: each is asked at every epoch of every run
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Choice:
    """What to set of a rule; None leaves it as it is.

    thresholds: by name; None in place of a number takes the default again. own_severity: take the rule's own again.
    """

    is_on: bool | None = None
    thresholds: Mapping[str, float | None] | None = None
    severity: str | None = None
    stops: bool | None = None
    own_severity: bool = False


def choose(rule: Rule, before: RuleSetting, choice: Choice) -> RuleSetting:
    """Make the setting that a choice leads to.

    Raises:
        InvalidInput: A threshold is unknown or out of bounds, or there is no such severity.
    """
    severity = None if choice.own_severity else before.severity
    if choice.severity is not None:
        severity = _one_of(choice.severity, SEVERITIES, f"Severity of rule {rule.id}")
    return replace(
        before,
        is_on=before.is_on if choice.is_on is None else choice.is_on,
        stops=before.stops if choice.stops is None else choice.stops,
        severity=severity,
        thresholds=_thresholds(rule, {**before.thresholds, **(choice.thresholds or {})}, choice.thresholds or {}),
    )


def check_own_rule(own: OwnRule) -> OwnRule:
    """Return an own rule with its texts trimmed.

    Raises:
        InvalidInput: Something of it cannot be; the message says what was given and what it takes.
    """
    slug = own.id.removeprefix("own:")
    if not _SLUG.fullmatch(slug):
        raise InvalidInput(
            f"Name of a rule: {quote(slug)} was given; it takes 1 to 64 of a-z, 0-9 and -, with - inside only."
        )
    title, metric = (without_controls(text).strip() for text in (own.title, own.metric))
    if not 1 <= len(title) <= MAX_TITLE_CHARS:
        raise InvalidInput(f"Title: {len(title)} characters were given; it takes 1 to {MAX_TITLE_CHARS}.")
    if not 1 <= len(metric) <= MAX_NAME_CHARS or "*" in metric[:-1] or metric == "*":
        raise InvalidInput(
            f"Metric: {quote(metric)} was given; it takes a metric's name of at most {MAX_NAME_CHARS} characters, or "
            "the beginning of one followed by `*`."
        )
    if not math.isfinite(own.value):
        raise InvalidInput(f"Value: {own.value} was given; it takes a finite number.")
    if not 1 <= own.epochs <= MAX_EPOCHS:
        raise InvalidInput(f"Epochs: {own.epochs} was given; it takes 1 to {MAX_EPOCHS:,}.")
    _one_of(own.comparison, COMPARISONS, "Comparison")
    _one_of(own.severity, SEVERITIES, "Severity")
    return replace(own, title=title, metric=metric)


def _thresholds(rule: Rule, chosen: Mapping[str, float | None], given: Mapping[str, float | None]) -> dict[str, float]:
    """Check what is given; what an older version stored and this one would refuse is let go."""
    for name, value in given.items():
        if name not in rule.thresholds:
            has = ", ".join(rule.thresholds) or "none"
            raise InvalidInput(f"Rule {rule.id} has no threshold {quote(name)}; it has: {has}.")
        if value is not None:
            _check(rule, name, rule.thresholds[name], value)
    return {
        name: float(value)
        for name, value in chosen.items()
        if name in rule.thresholds and value is not None and _is_worth_keeping(rule.thresholds[name], value)
    }


def _is_worth_keeping(threshold: Threshold, value: float) -> bool:
    return value != threshold.default and threshold.low <= value <= threshold.high


def _check(rule: Rule, name: str, threshold: Threshold, value: float) -> None:
    if not threshold.low <= value <= threshold.high:
        unit = f" {threshold.unit}" if threshold.unit else ""
        raise InvalidInput(
            f"Threshold {name} of rule {rule.id} ({threshold.meaning}): {value:g} was given; it takes "
            f"{threshold.low:g} to {threshold.high:g}{unit}, {threshold.default:g} by default."
        )


def _one_of(given: str, allowed: Sequence[str], what: str) -> str:
    if given not in allowed:
        raise InvalidInput(f"{what}: {quote(given)} was given; it takes {', '.join(allowed)}.")
    return given
