"""Events in the life of a run, as its feed shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One line of a run's feed.

    type: start, resume, best, lr, note, alert, gradients, classes, command, dropped, state, end.
    data: what belongs to the type, e.g. {"metric", "value", "previous"} for best.
    """

    id: int
    run_id: str
    type: str
    epoch: int | None
    step: int | None
    time_ms: int
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """What the server asks of a run: for now `stop`. Asked, then seen by the hook, then done."""

    id: int
    run_id: str
    type: str
    reason: str
    actor: str
    asked_ms: int
    seen_ms: int | None = None
    done_ms: int | None = None
