"""Plain output of a training as a run: lines of forms that are known are read, all others are counted."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.epochs import with_epochs
from epochwatch_server.importers.file_names import file_key, run_name
from epochwatch_server.importers.format import Format, Mood
from epochwatch_server.importers.imported import ImportedRun, Item, Pause, Row
from epochwatch_server.importers.lines import Line, count_lines, lines_of
from epochwatch_server.importers.losses import LossList
from epochwatch_server.importers.terminal_lines import pieces_of
from epochwatch_server.importers.text_patterns import blocks, hugging_face, keras, lightning, pairs
from epochwatch_server.importers.text_patterns.found import Found, Pattern
from epochwatch_server.importers.text_patterns.tracebacks import TracebackReader
from epochwatch_server.importers.times import LineClock, read_time

PATTERNS: tuple[Pattern, ...] = (keras.PATTERN, lightning.PATTERN, hugging_face.PATTERN, blocks.PATTERN, pairs.PATTERN)
SUFFIXES = (".log", ".txt", ".out", ".log.gz", ".txt.gz", ".out.gz")
_MAX_LINE_BYTES = 8 << 20  # a progress bar may rewrite one line for hours
_HEAD_LINES = 400
_SHOWN_CHARS = 100
_SHOWN_UNKNOWN = 5
_STAMP = re.compile(r"^\[?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)\]?[\s,:|-]*")


def looks_like(path: Path) -> bool:
    """Say whether a file is a log by its name and something at its beginning is recognised."""
    if not path.is_file() or not path.name.endswith(SUFFIXES):
        return False
    return _is_any_known(path, _HEAD_LINES)


def _is_any_known(path: Path, limit: int | None = None) -> bool:
    reader = _Reader()
    lines = lines_of(path, Mood.WHOLE, LossList(), max_bytes=_MAX_LINE_BYTES)
    for line in islice(lines, limit):
        if isinstance(line, Line):
            list(reader.read(line))
            if reader.counts:
                return True
    return False


def read(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    """Read a run from a log.

    Raises:
        InvalidInput: It is no file, or nothing in it is recognised.
    """
    if not path.is_file():
        raise InvalidInput(f"{path} is no file; expected the output of one training")
    still = Mood.GROWING if mood is Mood.LIVE else mood
    first = next((line for line in lines_of(path, still, LossList()) if isinstance(line, Line)), None)
    if first is None:
        return
    if mood is Mood.WHOLE and not _is_any_known(path):
        raise InvalidInput(f"{path}: no line has a form that is known; docs/import.md names those that are")
    losses, reader = LossList(), _Reader()
    planned = _planned(path, still)
    clock = LineClock(path, count_lines(path))
    remarks, ending = list[str](), dict[str, Any]()
    rows = _rows(path, mood, reader, clock, losses, lambda: _conclude(reader, remarks, ending))
    name, project = run_name(path, SUFFIXES)
    yield ImportedRun(
        key=file_key(path, first.data[:4096]),
        name=name,
        project=project,
        created=clock.at(0, reader.time),
        items=with_epochs(rows, is_whole=mood is Mood.WHOLE),
        planned_epochs=planned,
        end="finished",
        end_fields=ending,
        losses=losses,
        remarks=remarks,
    )


def recognised(path: Path) -> Iterator[str]:
    """Say which lines are understood, and as what."""
    reader = _Reader()
    unknown: list[str] = []
    for line in lines_of(path, Mood.WHOLE, LossList(), max_bytes=_MAX_LINE_BYTES):
        if isinstance(line, Line):
            before = reader.unknown
            list(reader.read(line))
            if reader.unknown > before and len(unknown) < _SHOWN_UNKNOWN:
                unknown.append(f"    line {line.number}: {line.text.strip()[:_SHOWN_CHARS]}")
    for pattern in PATTERNS:
        if reader.counts[pattern.name]:
            yield f"  {pattern.title}: {reader.counts[pattern.name]:,} lines"
            yield from reader.examples[pattern.name]
    if reader.tracebacks.text:
        yield f"  a traceback at the end: {reader.tracebacks.lines[-1].strip()[:_SHOWN_CHARS]}"
    if reader.unknown:
        yield f"  not recognised: {reader.unknown:,} lines"
        yield from unknown


@dataclass(slots=True)
class _Reader:
    """Follows a log line by line. One thread.

    counts: recognised lines by pattern. unknown: lines of no known form. time: what the last line said, if anything.
    """

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    unknown: int = 0
    time: float | None = None
    end: str | None = None
    tracebacks: TracebackReader = field(default_factory=TracebackReader)
    _before: Found | None = None
    _waiting: Found | None = None  # progress that may be told again
    _epoch: int | None = None
    _counts_from: int | None = None
    _step: int | None = None
    _events: int = -1

    def read(self, line: Line) -> Iterator[Row]:
        """Yield what a line makes certain."""
        is_known = is_any = False
        for piece in pieces_of(line.text):
            is_any = True
            stamp = _STAMP.match(piece)
            self.time = (read_time(stamp[1].replace(",", ".")) if stamp else None) or self.time
            text = piece[stamp.end() :] if stamp else piece
            if self.tracebacks.take(text):
                is_known = True
                continue
            name, found = next(
                ((one.name, told) for one in PATTERNS if (told := one.find(text, self._before))), ("", None)
            )
            self._before = found
            if found is None:
                continue
            if not is_known:
                self.counts[name] += 1
                shown = self.examples.setdefault(name, [])
                if len(shown) < 3 and found.metrics:
                    shown.append(f"    line {line.number}: {text.strip()[:_SHOWN_CHARS]}")
            is_known = True
            yield from self._take(found)
        self.unknown += is_any and not is_known

    def finish(self) -> Iterator[Row]:
        """The log is over: what was told last stays."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.is_done:
            yield self._row(waiting)

    def _take(self, found: Found) -> Iterator[Row]:
        epoch = self._epoch_of(found)
        if self._waiting is not None and not (found.is_progress and epoch == self._epoch):
            if found.metrics or epoch != self._epoch:
                yield from self.finish()
        elif self._waiting is not None and not found.is_done and self._waiting.is_done:
            return  # a bar of something else within the epoch
        self._epoch = epoch
        self._step = found.step if found.step is not None else self._step
        self.end = found.end or (None if found.metrics else self.end)
        if found.metrics:
            self.tracebacks.forget()
        if found.is_progress:
            self._waiting = replace(found, epoch=epoch)
        elif found.metrics:
            yield self._row(found)

    def _epoch_of(self, found: Found) -> int | None:
        """`k/N` counts from one, unless the log begins with `0/N`."""
        if found.epoch is None:
            return self._epoch
        if found.out_of is None:
            return found.epoch
        if self._counts_from is None:
            self._counts_from = min(found.epoch, 1)
        return max(0, found.epoch - self._counts_from)

    def _row(self, found: Found) -> Row:
        self._events += found.is_event
        if found.is_event:
            return Row(self._events, None, 0.0, found.metrics)
        step = self._step if self._step is not None else self._epoch
        return Row(step if step is not None else 0, self._epoch, 0.0, found.metrics)


def _rows(
    path: Path, mood: Mood, reader: _Reader, clock: LineClock, losses: LossList, conclude: Callable[[], None]
) -> Iterator[Item]:
    number = 0
    for line in lines_of(path, mood, losses, max_bytes=_MAX_LINE_BYTES):
        if isinstance(line, Pause):
            clock.go_live()
            conclude()
            yield line
            continue
        number = line.number
        for row in reader.read(line):
            yield replace(row, time=clock.at(number, reader.time))
    if mood is Mood.WHOLE:
        for row in reader.finish():
            yield replace(row, time=clock.at(number, reader.time))
    conclude()


def _conclude(reader: _Reader, remarks: list[str], ending: dict[str, Any]) -> None:
    told = [
        f"{pattern.title}: {reader.counts[pattern.name]:,} lines" for pattern in PATTERNS if reader.counts[pattern.name]
    ]
    remarks[:] = [*told, *([f"not recognised: {reader.unknown:,} lines"] if reader.unknown else [])]
    ending.clear()
    text = reader.tracebacks.text
    if text:
        is_interrupt = text.rsplit("\n", 1)[-1].startswith("KeyboardInterrupt")
        ending |= {"reason": "interrupted" if is_interrupt else "crashed", "traceback": text}
    elif reader.end is not None:
        ending["reason"] = reader.end


def _planned(path: Path, mood: Mood) -> int | None:
    """Read how many epochs were planned off the first `k/N`."""
    lines = lines_of(path, mood, LossList(), max_bytes=_MAX_LINE_BYTES)
    for line in islice(lines, _HEAD_LINES):
        for piece in pieces_of(line.text) if isinstance(line, Line) else ():
            for pattern in PATTERNS:
                found = pattern.find(_STAMP.sub("", piece), None)
                if found is not None and found.out_of:
                    return found.out_of
    return None


FORMAT = Format("log", "text logs", looks_like, read, recognised)
