"""Several files of one log, put together in the order of time, the same whenever it is done."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from epochwatch_server.importers.imported import PAUSE, Pause

T = TypeVar("T")
WRITE_OUT_SECONDS = 150.0  # loggers write out what they hold every two minutes at the latest


def _never() -> float:
    return math.inf


@dataclass(slots=True)
class Source(Generic[T]):
    """One file's things with their times.

    silent_until: asked when it has no more for now: before which time nothing more can come from it.
    """

    things: Iterator[tuple[float, T] | Pause]
    silent_until: Callable[[], float] = _never
    head: tuple[float, T] | None = None
    is_over: bool = False
    is_paused: bool = False
    bound: float = math.inf

    def look(self) -> None:
        """Take the next thing, if it is needed and there."""
        if self.head is not None or self.is_paused or self.is_over:
            return
        thing = next(self.things, None)
        self.head = thing if isinstance(thing, tuple) else None
        self.is_over, self.is_paused = thing is None, isinstance(thing, Pause)
        self.bound = math.inf if self.head is not None else self.silent_until()


def may_write_out() -> float:
    """Say before which time a file that is still written to will bring nothing more."""
    return time.time() - WRITE_OUT_SECONDS


def merged(sources: Sequence[Source[T]], more: Callable[[], Sequence[Source[T]]] = tuple) -> Iterator[T | Pause]:
    """Yield the earliest of what stands first in each source.

    Where one that may grow has nothing, what is younger than it may still bring waits. So what was given once stays
    where it was.

    Args:
        more: asked at each pause for sources that came since.
    """
    held = list(sources)
    while True:
        for source in held:
            source.look()
        bound = min((source.bound for source in held), default=math.inf)
        first = min((source for source in held if source.head is not None), key=_time_of, default=None)
        if first is not None and first.head is not None and first.head[0] <= bound:
            yield first.head[1]
            first.head = None
            continue
        if not any(source.is_paused for source in held):
            return
        yield PAUSE
        held += more()
        for source in held:
            source.is_paused = False


def _time_of(source: Source[T]) -> float:
    return math.inf if source.head is None else source.head[0]
