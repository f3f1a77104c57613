"""Predictions that the loop lets us observe, split by split, until the epoch's end."""

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from epochwatch.guard import attempt

if TYPE_CHECKING:
    from epochwatch.collectors.predictions import Observed, PredictionStream


@dataclass(frozen=True, slots=True)
class Findings:
    """What the epoch's predictions came to. classes, scatter: fields of one such event for each split that has any."""

    metrics: dict[str, float]
    classes: list[dict[str, Any]]
    scatter: list[dict[str, Any]]


class Observations:
    """One stream for each split. For the training thread alone."""

    def __init__(self) -> None:
        self._streams: dict[str, PredictionStream] = {}

    def observe(self, split: str, prediction: object, target: object) -> None:
        """Add a batch.

        Raises:
            TypeError, ValueError: prediction and target do not fit each other.
        """
        if split not in self._streams:
            from epochwatch.collectors.predictions import PredictionStream

            self._streams[split] = PredictionStream()
        self._streams[split].observe(prediction, target)

    def finish(self) -> Findings:
        """Work out what was observed since the last time, and begin anew."""
        return self._read(self._streams)

    def peek(self) -> Findings:
        """Work out what was observed so far, and go on."""
        # A stream forgets its sums by letting go of them, so a shallow copy can be finished in its place.
        return self._read({split: copy.copy(stream) for split, stream in self._streams.items()})

    def _read(self, streams: "dict[str, PredictionStream]") -> Findings:
        findings = Findings({}, [], [])
        for split, stream in streams.items():
            nothing: Observed | None = None
            observed = attempt(f"observe({split!r})", stream.finish, nothing)
            if observed is None:
                continue
            findings.metrics.update({f"{split}/{name}": value for name, value in observed.metrics.items()})
            if observed.classes is not None:
                findings.classes.append({"split": split, **observed.classes})
            if observed.scatter is not None:
                findings.scatter.append({"split": split, **observed.scatter})
        return findings
