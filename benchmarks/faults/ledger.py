"""The books of a stand-in training: what it was about to log, what `log` returned for, and what a store has of it.

A value is a function of run, metric and step, so a wrong one is recognised without remembering any.
"""

import os
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Key = tuple[str, str, int]  # run, metric, step


def value_of(run: str, metric: str, step: int) -> float:
    """Return the value that belongs to a point."""
    return zlib.adler32(f"{step}:{metric}@{run}".encode()) / 1024


class Ledger:
    """Append-only books of one run. Each entry is one `write` to the file, so a killed process has written it whole."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def enter(self, mark: str, step: int) -> None:
        """Write down a step: mark "<" before it is logged, ">" once `log` has returned."""
        os.write(self._fd, f"{mark} {step}\n".encode())


@dataclass(frozen=True, slots=True)
class Verdict:
    """How books and store differ. lost: logged, not stored. invented: stored, never logged."""

    logged: int
    stored: int
    lost: int
    doubled: int
    wrong: int
    invented: int

    @property
    def is_clean(self) -> bool:
        """Say whether every point is there, once, as it was."""
        return not (self.lost or self.doubled or self.wrong or self.invented)


def last_step(path: Path) -> int:
    """Return the last step that was tried; -1 when none was."""
    return max((step for _, step in _entries(path)), default=-1)


def compare(books: Iterable[Path], metrics: Iterable[str], stored: Iterable[tuple[str, str, int, float]]) -> Verdict:
    """Compare the books, files named after their runs, with what is stored."""
    tried: set[Key] = set()
    logged: set[Key] = set()
    names = list(metrics)
    for path in books:
        for mark, step in _entries(path):
            (logged if mark == ">" else tried).update((path.stem, metric, step) for metric in names)
    seen: Counter[Key] = Counter()
    wrong = 0
    for run, metric, step, value in stored:
        seen[run, metric, step] += 1
        wrong += value != value_of(run, metric, step)
    return Verdict(
        logged=len(logged),
        stored=seen.total(),
        lost=len(logged - seen.keys()),
        doubled=seen.total() - len(seen),
        wrong=wrong,
        invented=len(seen.keys() - tried),
    )


def _entries(path: Path) -> list[tuple[str, int]]:
    if not path.exists():
        return []
    return [(line[0], int(line[2:])) for line in path.read_text().splitlines()]
