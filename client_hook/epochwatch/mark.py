"""How far a spool is confirmed: a small file beside it, replaced whole. It may lag; the server's numbers decide."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from epochwatch.spool import mark_path

MAX_MARK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Mark:
    """confirmed: the next record the server wants. offset: where it begins. finished: the run's end is confirmed."""

    confirmed: int = 0
    offset: int = 0
    finished: bool = False


def read_mark(spool: Path) -> Mark:
    """Read the mark of a spool; what cannot be read means: nothing is known to be confirmed."""
    try:
        with mark_path(spool).open("rb") as file:
            raw = json.loads(file.read(MAX_MARK_BYTES))
        mark = Mark(raw["confirmed"], raw["offset"], raw["finished"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Mark()
    is_sound = type(mark.confirmed) is int and type(mark.offset) is int and mark.confirmed >= 0
    return mark if is_sound else Mark()


def write_mark(spool: Path, mark: Mark) -> None:
    """Replace the mark of a spool.

    Raises:
        OSError: The folder cannot be written.
    """
    path = mark_path(spool)
    scratch = path.with_suffix(".mark-new")
    scratch.write_text(json.dumps(asdict(mark)), encoding="ascii")
    scratch.replace(path)
