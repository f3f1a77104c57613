"""What a format is: how it is recognised, and how its runs are read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.imported import ImportedRun
from epochwatch_server.importers.losses import MAX_TOLD


class NothingThere(InvalidInput):
    """A path holds no log of a format, or none yet."""


class PartlyUnreadable(InvalidInput):
    """Of some of a log's files nothing could be read; raised behind the runs that the others gave."""


def tell_unreadable(problems: Sequence[str], *, is_any_read: bool) -> None:
    """Tell of files of which nothing could be read, once all the others were.

    Raises:
        InvalidInput: There are any; PartlyUnreadable where others could be read.
    """
    if problems:
        more = f"; {len(problems) - MAX_TOLD:,} more like these" if len(problems) > MAX_TOLD else ""
        raise (PartlyUnreadable if is_any_read else InvalidInput)("; ".join(problems[:MAX_TOLD]) + more)


class Mood(Enum):
    """How a log is read.

    WHOLE: to its end. GROWING: what can no longer change, for somebody still writes it. LIVE: the same, but instead of
    ending it pauses, and goes on when asked again.
    """

    WHOLE = "whole"
    GROWING = "growing"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Format:
    """A format. looks_like: whether a path seems to hold it, by its names and first bytes only.

    read: its runs, lazily. recognised: what a preview says beyond the runs, such as which lines were understood.
    """

    name: str
    title: str
    looks_like: Callable[[Path], bool]
    read: Callable[[Path, Mood], Iterator[ImportedRun]]
    recognised: Callable[[Path], Iterator[str]] | None = None
