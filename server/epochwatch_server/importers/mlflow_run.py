"""A run as MLflow's stores hold it, whichever of the two it is."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from epochwatch_server.importers.imported import Row
from epochwatch_server.importers.losses import LossList

Value = tuple[str, float, int, int]  # metric, value, step, milliseconds since 1970
_MAX_STEP = 2**53
_FLAGS = {"True": True, "False": False}


def plain(text: str) -> str | int | float | bool:
    """Read a parameter, which MLflow keeps as text, as what it was where no other value is written like this.

    `0.05` was a number, for so Python writes one; `5e-5` was a text, for Python writes that number otherwise.
    """
    if text in _FLAGS:
        return _FLAGS[text]
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if repr(value) == text and math.isfinite(value):
            return value
    return text


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run. values: read anew with each call, in the order in which they were logged. status: MLflow's word.

    params: as text, which is how MLflow keeps them; `plain` reads it.
    """

    id: str
    name: str
    experiment: str
    begun: float
    status: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    values: Callable[[], Iterable[Value]]
    losses: LossList = field(default_factory=LossList)

    def rows(self) -> Iterator[Row]:
        """Put values together that were logged for the same step at the same moment.

        Of a run that goes on the newest moment is held back: it may not be whole.
        """
        place: tuple[int, int] | None = None
        metrics: dict[str, float] = {}
        for metric, value, step, moment in self.values():
            if place is not None and ((step, moment) != place or metric in metrics):
                yield Row(place[0], None, place[1] / 1000, metrics)
                metrics = {}
            place = step, moment
            if abs(step) <= _MAX_STEP:
                metrics[metric] = value
        if place is not None and metrics and self.status != "RUNNING":
            yield Row(place[0], None, place[1] / 1000, metrics)
