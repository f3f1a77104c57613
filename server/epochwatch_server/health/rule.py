"""What a rule is, what it says, and how its numbers may be set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from epochwatch_server.health.moment import Moment
from epochwatch_server.health.window import Window

HEADINGS = ("What it sees", "Why it matters", "How it decides", "What to do", "Source")


class Severity(StrEnum):
    """How bad: critical means the run cannot succeed, warning means act, info is never notified."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Order severities: info 0, warning 1, critical 2."""
        return ("info", "warning", "critical").index(self.value)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of a rule that a project may set, between `low` and `high`."""

    default: float
    low: float
    high: float
    unit: str
    meaning: str

    def checked(self, value: float) -> float:
        """Return the value, or raise ValueError naming what is allowed."""
        if not self.low <= value <= self.high:
            raise ValueError(f"{value:g} given; {self.meaning} must be between {self.low:g} and {self.high:g}")
        return float(value)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What made a finding true: numbers by name, the limit they crossed, and what to draw.

    since: epoch at which the trouble began; metrics: the series to draw.
    """

    values: Mapping[str, float | str] = field(default_factory=dict)
    threshold: str = ""
    since: int | None = None
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says at one evaluation about one subject ("" is the run as a whole)."""

    severity: Severity
    what: str
    evidence: Evidence = field(default_factory=Evidence)
    cause: str = ""
    recommendations: tuple[str, ...] = ()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A rule that cannot tell, and why: shown as such, never as healthy."""

    reason: str


Outcome = Sequence[Finding] | NotChecked
Limits = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """One check.

    hold: evaluations with new data for which a finding must last before it fires; clear: the same before it resolves
    (0: it never resolves). inhibits: rules whose findings are this one's symptoms.
    """

    id: str
    title: str
    check: Callable[[Window, Limits], Outcome]
    page: str
    severity: Severity = Severity.WARNING
    moments: frozenset[Moment] = frozenset({Moment.EPOCH})
    hold: int = 1
    clear: int = 2
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)

    @property
    def is_about_the_end(self) -> bool:
        """Say whether the rule judges a run only once it is over, whatever it says of the plan."""
        return Moment.END in self.moments and not self.moments & {Moment.STEP, Moment.EPOCH, Moment.CLOCK}

    def limits(self, chosen: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return every threshold of the rule, as chosen or by default. Raises ValueError for an unknown or wild one."""
        given = dict(chosen or {})
        unknown = sorted(given.keys() - self.thresholds.keys())
        if unknown:
            raise ValueError(
                f"rule {self.id} has no threshold {', '.join(unknown)}; it has {', '.join(self.thresholds)}"
            )
        return {
            name: threshold.checked(given.get(name, threshold.default)) for name, threshold in self.thresholds.items()
        }

    def sections(self) -> dict[str, str]:
        """Take the page apart into its headings, in order."""
        parts: dict[str, list[str]] = {}
        current = ""
        for line in self.page.splitlines():
            if line.strip() in HEADINGS:
                current = line.strip()
                parts[current] = []
            elif current:
                parts[current].append(line.strip())
        return {heading: "\n".join(lines).strip() for heading, lines in parts.items()}
