"""What a run told of itself, read into pins: changes of the learning rate, phases of a curriculum, new bests."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from epochwatch_server.charts.chart import Best
from epochwatch_server.charts.pins import Pin
from epochwatch_server.charts.wording import number
from epochwatch_server.domain.event import RunEvent
from epochwatch_server.domain.series import EpochPoint

LEAST_FACTOR = 1.4  # a schedule glides by less from one epoch to the next; a drop is more


def rate_pins(told: Iterable[RunEvent]) -> list[Pin]:
    """Make a pin of each `lr` event that is a jump, up or down."""
    return [pin for event in told if (pin := _rate_pin(event)) is not None]


def phase_pins(weights: Mapping[str, Sequence[EpochPoint]]) -> list[Pin]:
    """Make a pin of each epoch at which the weights of a curriculum begin to change, and of each jump.

    A weight that grows from epoch to epoch is one phase: its first and last epoch are told, not every one between.

    Args:
        weights: `weight/<component>` -> its epochs' points, in order.
    """
    changes: dict[int, list[tuple[str, EpochPoint, float]]] = {}
    for metric, points in weights.items():
        for point, was in _phase_changes(points):
            changes.setdefault(point.epoch, []).append((metric.rpartition("/")[2], point, was))
    return [_phase_pin(epoch, found) for epoch, found in sorted(changes.items())]


def bests_of(told: Iterable[RunEvent], metric: str) -> tuple[Best, ...]:
    """Read the `best` events of one metric; what is not finite is left out."""
    found = []
    for event in told:
        value = _finite(event.data.get("value"))
        if event.data.get("metric") == metric and value is not None:
            found.append(Best(value, event.epoch, event.step, event.time_ms))
    return tuple(found)


def _rate_pin(event: RunEvent) -> Pin | None:
    now, was = _finite(event.data.get("value")), _finite(event.data.get("previous"))
    if now is None or was is None or now <= 0 or was <= 0:
        return None
    size = abs(math.log(now / was))
    if size < math.log(LEAST_FACTOR):
        return None
    return Pin("lr", f"lr {now:.2g}", event.epoch, event.step, event.time_ms, size=size)


def _phase_changes(points: Sequence[EpochPoint]) -> list[tuple[EpochPoint, float]]:
    """Find where a weight leaves a plateau, and where it comes to rest on another; each with the value before."""
    changed = []
    moving = False
    for before, point in pairwise(points):
        moves = point.value != before.value
        if moves != moving and math.isfinite(point.value):
            changed.append((point if moves else before, before.value if moves else math.nan))
        moving = moves
    # A jump that rests at once is told where it jumped, not a second time.
    jumps = {point.epoch for point, was in changed if math.isfinite(was)}
    return [(point, was) for point, was in changed if math.isfinite(was) or point.epoch not in jumps]


def _phase_pin(epoch: int, found: Sequence[tuple[str, EpochPoint, float]]) -> Pin:
    words = [
        f"{name} {number(was)}→{number(point.value)}" if math.isfinite(was) else f"{name} {number(point.value)}"
        for name, point, was in found
    ]
    text = ", ".join(words[:2]) + (f" +{len(words) - 2}" if len(words) > 2 else "")
    point = found[0][1]
    return Pin("phase", text, epoch, point.step, point.time_ms, size=math.inf)


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
