"""Alerts as the store keeps them, and what a user settles about rules: plain words, no deciding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert that fired at least once. All `*_ms` are UTC milliseconds; epochs as the script counts them.

    counts_steps: the run knows no epochs, so that these are steps.
    """

    id: int
    run_id: str
    project: str
    run_name: str
    rule: str
    subject: str
    phase: str  # firing or resolved
    severity: str  # info, warning or critical
    first_epoch: int  # at which the finding was first made
    fired_epoch: int
    fired_ms: int
    resolved_epoch: int | None
    resolved_ms: int | None
    finding: Mapping[str, Any]  # as `health/lifecycle.py` writes an alert
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    seen_ms: int | None = None  # when somebody first looked at it
    is_imported: bool = False  # the run was imported: this says what would have fired, and when
    counts_steps: bool = False

    @property
    def unit(self) -> str:
        """Say what its epochs are."""
        return "step" if self.counts_steps else "epoch"

    @property
    def is_firing(self) -> bool:
        """Say whether the trouble is still there."""
        return self.phase == "firing"


@dataclass(frozen=True, slots=True)
class StoredTransition:
    """A change of an alert. kind: firing, raised (its severity rose) or resolved."""

    id: int
    alert_id: int
    run_id: str
    kind: str
    severity: str
    epoch: int
    time_ms: int
    what: str  # what was found, in one sentence
    rule: str
    subject: str


@dataclass(frozen=True, slots=True)
class StoredHealth:
    """Where the rules stand with a run. state: as `health/engine.py` writes it; None before the first evaluation."""

    run_id: str
    state: Mapping[str, Any] | None
    paused: bool
    version: int  # rises by one with every write


@dataclass(frozen=True, slots=True)
class HealthSummary:
    """A run's health in three numbers; muted alerts do not count.

    worst: the worst severity of those that fire, None when none does. unread: those that fired and nobody has seen.
    """

    worst: str | None = None
    firing: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class FiringCounts:
    """How many alerts fire and are not muted, by severity, and how many of them nobody has seen."""

    critical: int = 0
    warning: int = 0
    info: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What a project wants of a rule, where it differs from the rule's own defaults."""

    project: str
    rule: str
    is_on: bool = True
    thresholds: Mapping[str, float] = field(default_factory=dict)
    severity: str | None = None  # None: as the rule says
    stops: bool = False  # a critical alert of it may stop the run


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule of the user's own: `metric` compared with `value` for `epochs` epochs in a row."""

    id: str  # "own:<slug>", unique within its project
    project: str
    title: str
    metric: str
    comparison: str  # <, <=, >, >=, == or !=
    value: float
    epochs: int
    severity: str
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence for a rule in a project: of one run when `run_id` is given, on one subject when `subject` is given."""

    id: int
    project: str
    run_id: str | None
    rule: str
    subject: str | None
    muted_ms: int
    muted_by: str

    def covers(self, alert: StoredAlert) -> bool:
        """Say whether this alert is to be kept quiet."""
        return (
            (self.project, self.rule) == (alert.project, alert.rule)
            and self.run_id in (None, alert.run_id)
            and self.subject in (None, alert.subject)
        )
