"""What a format is: how it is recognised, and how its runs are read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from epochwatch_server.importers.imported import ImportedRun


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
