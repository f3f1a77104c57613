"""Stretches of steps that stand for epochs in a run without any: each ends with an evaluation, or by its length."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from epochwatch_server.health.signals import read_signal

SHORTEST = 50  # step records in a stretch of a run that never validates
STRETCHES = 40  # about so many after the first; later ones are longer, so that a long run has hundreds and not more


@dataclass(slots=True)
class Stretch:
    """The step records since the last evaluation."""

    records: int = 0
    evaluations: int = 0
    _values: dict[str, list[float]] = field(default_factory=dict)
    _validated: dict[str, float] = field(default_factory=dict)

    def add(self, metrics: Mapping[str, float], seen: int, *, is_planned: bool) -> dict[str, float] | None:
        """Take one step's metrics in; return the stretch's own when it closes: means, and what validation measured.

        seen: step records in all. is_planned: epochs are planned, so that only evaluations close a stretch.
        """
        self.records += 1
        for metric, value in metrics.items():
            if read_signal(metric).split == "val":
                self._validated[metric] = value
            else:
                self._values.setdefault(metric, []).append(value)
        is_long = self.evaluations == 0 and not is_planned and self.records >= max(SHORTEST, seen // STRETCHES)
        if not self._validated and not is_long:
            return None
        self.evaluations += bool(self._validated)
        closed = {metric: sum(values) / len(values) for metric, values in self._values.items()} | self._validated
        self.records, self._values, self._validated = 0, {}, {}
        return closed
