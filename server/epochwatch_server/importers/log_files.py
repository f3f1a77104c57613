"""The files below a path, looked at within limits: a mistyped path may be a whole disk."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

MAX_LOOKED_AT = 50_000  # entries; more is no folder of logs
MAX_DEPTH = 12


def files_below(path: Path, *, limit: int = MAX_LOOKED_AT) -> Iterator[Path]:
    """Yield the files at or below a path, folder by folder, by name; links to folders are not followed.

    Args:
        limit: entries after which the search ends.
    """
    if path.is_file():
        yield path
        return
    count = itertools.count()
    for folder, folders, names in os.walk(path):
        inside = Path(folder)
        if len(inside.parts) - len(path.parts) >= MAX_DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        for name in sorted(names):
            if next(count) >= limit:
                return
            yield inside / name


def begins_with(path: Path, mark: bytes) -> bool:
    """Say whether a file can be read and begins with these bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(mark)) == mark
    except OSError:
        return False
