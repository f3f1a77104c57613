"""What `epochwatch import` does; apart from the command, for it needs numpy and the bare hook has none."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from epochwatch.discovery import Place
from epochwatch.transport import Transport
from epochwatch_server.cli.delivering import deliver
from epochwatch_server.cli.ls import printable
from epochwatch_server.cli.spooling import RunSpool
from epochwatch_server.importers.format import Format, Mood, NothingThere, PartlyUnreadable
from epochwatch_server.importers.imported import (
    Closing,
    EpochRow,
    Happening,
    ImportedRun,
    Item,
    Pause,
    Picture,
    Row,
)
from epochwatch_server.importers.log_files import files_below

FOLDER = "import"  # below the spool's folder: `sync` must not take a spool away while it is being written
_TELL_EVERY_SECONDS = 0.5
_WRITTEN_SECONDS = 60.0  # a log that was written to so lately may go on
_GOES_ON = (
    "its log was written to a moment ago, so what is newest in it waits: import it again in a minute, follow it with "
    "--follow, or say --ended when nothing will be added"
)
_SHOWN_METRICS, _SHOWN_KEYS = 30, 20


@dataclass(slots=True)
class Brought:
    """What came of an import. runs: id, name, records of each; losses: what could not be read; errors: what waits."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Name everything as plain values."""
        return {"runs": self.runs, "losses": self.losses, "errors": self.errors}


def bring_in(chosen: Format, path: Path, given: argparse.Namespace) -> Brought:
    """Import every run of a log, one after the other.

    A log that was written to just now is taken to go on, unless `given.ended` says otherwise.

    Raises:
        InvalidInput: There is nothing to import.
        OSError: A file cannot be read, or the spool cannot be written.
    """
    place = Place(data=given.data, server=given.server, token=given.token)
    transport, done = Transport(place), Brought()
    bar = Bar(is_shown=sys.stderr.isatty() and not given.json)
    newest = max((written / 1e9 for _, written in sizes(path).values()), default=0.0)
    mood = Mood.WHOLE if given.ended or time.time() - newest > _WRITTEN_SECONDS else Mood.GROWING
    try:
        for found in chosen.read(path, mood):
            one = replace(found, project=given.project) if given.project else found
            spool = RunSpool(place.spool_folder / FOLDER, chosen.name, str(path), one)
            for item in one.items:
                if not isinstance(item, Pause):
                    spool.write(item)
                    bar.show(one.name, "read", spool.records)
            # A log that tells its own end is whole, however fresh it is.
            is_whole = mood is Mood.WHOLE or "reason" in one.end_fields
            is_over = is_whole if one.is_over is None else one.is_over
            spool.close(is_whole=is_over)
            problem = deliver(spool, transport, lambda n, name=one.name: bar.show(name, "sent", n))  # type: ignore[misc]
            bar.clear()
            tell(done, one, spool, problem, is_over=is_over, is_quiet=given.json)
    except PartlyUnreadable as unreadable:
        done.losses.append(str(unreadable))
    transport.close()
    if not done.runs:
        raise NothingThere(f"{path} holds nothing that can be imported" + ("" if mood is Mood.WHOLE else " yet"))
    return done


def tell(done: Brought, run: ImportedRun, spool: RunSpool, problem: str, *, is_over: bool, is_quiet: bool) -> None:
    """Note what became of a run, and say so."""
    found = {"run": spool.run_id, "name": run.name, "project": run.project, "records": spool.records}
    done.runs.append(found | {"is_over": is_over})
    done.losses += [f"{run.name}: {loss}" for loss in (*run.losses, *spool.losses)]
    done.errors += [f"{run.name}: {problem}"] if problem else []
    if not is_quiet:
        state = "waits in the spool" if problem else "imported"
        print(printable(f"{state}: {run.project}/{run.name}, {spool.records:,} records, run {spool.run_id}"))
        for remark in (*run.remarks, *spool.remarks, *([] if is_over else [_GOES_ON])):
            print(printable(f"  {remark}"))


def preview_of(run: ImportedRun, items: Sequence[Item]) -> Iterator[str]:
    """Say what was recognised of a run, from its first items."""
    items = [inner for item in items for inner in (item.items if isinstance(item, Closing) else (item,))]
    kinds = Counter(type(item).__name__ for item in items)
    metrics: dict[str, float] = {}
    for item in items:
        if isinstance(item, Row | EpochRow):
            values = {name: value[1] if isinstance(value, tuple) else value for name, value in item.metrics.items()}
            metrics |= {name: value for name, value in values.items() if name not in metrics}
    epochs = [item.epoch for item in items if isinstance(item, Row | EpochRow) and item.epoch is not None]
    yield printable(f"{run.project}/{run.name}")
    yield (
        f"  {kinds[Row.__name__]:,} steps, {kinds[EpochRow.__name__]:,} epochs, {kinds[Happening.__name__]:,} events, "
        f"{kinds[Picture.__name__]:,} images" + (f"; epochs {min(epochs)} to {max(epochs)}" if epochs else "")
    )
    for name, value in list(metrics.items())[:_SHOWN_METRICS]:
        yield printable(f"  {name:<40s} first {value:g}")
    if run.config:
        yield printable(f"  config: {', '.join(list(run.config)[:_SHOWN_KEYS])}")


def sizes(path: Path) -> dict[str, tuple[int, int]]:
    """Name the files below a path with their sizes and when they were written, in nanoseconds."""
    found = {}
    for file in files_below(path):
        try:
            stat = file.stat()
        except OSError:
            continue
        found[str(file)] = (stat.st_size, stat.st_mtime_ns)
    return found


class Bar:
    """One line on the terminal that says how far it is."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._told_at = 0.0

    def show(self, name: str, what: str, count: int) -> None:
        """Show how many records of a run were read or sent."""
        now = time.monotonic()
        if self._is_shown and now - self._told_at >= _TELL_EVERY_SECONDS:
            self._told_at = now
            print(f"\r\x1b[K{printable(name)[:60]}: {count:,} records {what}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
