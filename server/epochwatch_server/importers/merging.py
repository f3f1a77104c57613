"""Several files of one log, put together in the order of time, the same whenever it is done."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from epochwatch_server.importers.imported import PAUSE, Pause

T = TypeVar("T")
_NOTHING = object()


@dataclass(slots=True)
class Source(Generic[T]):
    """One file's things with their times. may_grow: whether more can follow when it has no more for now."""

    things: Iterator[tuple[float, T] | Pause]
    may_grow: bool = False


def merged(sources: Sequence[Source[T]]) -> Iterator[T | Pause]:
    """Yield the earliest of what stands first in each source.

    Where one that may grow has nothing, the others wait: what it brings may belong before them. So what was given once
    stays where it was.
    """
    heads: list[object] = [_NOTHING for _ in sources]
    while True:
        for place, source in enumerate(sources):
            while heads[place] is _NOTHING or isinstance(heads[place], Pause):
                heads[place] = next(source.things, None)
                if isinstance(heads[place], Pause):
                    yield PAUSE
                elif heads[place] is None and source.may_grow:
                    return
        waiting = [(head[0], place) for place, head in enumerate(heads) if isinstance(head, tuple)]
        if not waiting:
            return
        _, place = min(waiting)
        head = heads[place]
        heads[place] = _NOTHING
        if isinstance(head, tuple):
            yield head[1]


def one_after_the_other(parts: Iterable[Iterator[T | Pause]]) -> Iterator[T | Pause]:
    """Yield the things of each part; a part that is followed by another is at its end when it pauses."""
    held = list(parts)
    for place, part in enumerate(held):
        for thing in part:
            if isinstance(thing, Pause) and place + 1 < len(held):
                break
            yield thing
