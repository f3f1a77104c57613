"""`epochwatch import --follow`: logs are held open, and what is added to them is sent as it comes."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from epochwatch.delivery import Delivery
from epochwatch.discovery import Place
from epochwatch.transport import Transport
from epochwatch_server.cli.delivering import deliver, send
from epochwatch_server.cli.importing import FOLDER, Brought, sizes, tell
from epochwatch_server.cli.interrupts import Interrupts
from epochwatch_server.cli.ls import printable
from epochwatch_server.cli.spooling import RunSpool
from epochwatch_server.domain.errors import EpochwatchError
from epochwatch_server.importers.catalogue import guess_format
from epochwatch_server.importers.format import Format, Mood, NothingThere
from epochwatch_server.importers.imported import ImportedRun, Item, Pause

_LOOK_EVERY_SECONDS = 1.0
_BEAT_EVERY_SECONDS = 10.0
_ALIVE_SECONDS = 600.0  # a log that said nothing for so long is no longer said to be alive
_FIND_EVERY_SECONDS = 5.0  # a file may be there before it says whose it is
_MOST_OF_THE_TIME = 10  # looking for runs anew takes a tenth of the time at most, however large the logs are
Sizes = dict[str, tuple[int, int]]


def follow(chosen: Format | None, path: Path, given: argparse.Namespace) -> Brought:
    """Import what is there, then what is added, until Ctrl-C; a log that is not there yet is waited for.

    Args:
        chosen: None for the first format that what comes looks like.

    Raises:
        InvalidInput: What is there cannot be read.
        OSError: A file cannot be read, or the spool cannot be written.
    """
    with Interrupts() as interrupts:
        follower = _Follower(chosen, path, given, interrupts.has_come)
        try:
            while not interrupts.has_come():
                follower.look()
                interrupts.wait(_LOOK_EVERY_SECONDS)
        except KeyboardInterrupt:  # asked twice: what was not sent yet waits in the spool
            return follower.close(is_sending=False)
        return follower.close()


@dataclass(slots=True)
class _Followed:
    """A run that is held open. is_ended: its log gives no more until it is read anew.

    heard_at: when its log last said something, unix seconds; 0 until its end was reached for the first time.
    """

    run: ImportedRun
    spool: RunSpool
    items: Iterator[Item]
    delivery: Delivery
    is_ended: bool = False
    problem: str = ""
    heard_at: float = 0.0
    beaten_at: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Say whether the log itself told its end."""
        return self.is_ended and "reason" in self.run.end_fields


class _Follower:
    """Holds the position in every log: a second look reads and sends what is new alone."""

    def __init__(
        self, chosen: Format | None, path: Path, given: argparse.Namespace, is_stopping: Callable[[], bool]
    ) -> None:
        self._chosen, self._path, self._given, self._is_stopping = chosen, path, given, is_stopping
        self._place = Place(data=given.data, server=given.server, token=given.token)
        self._transport = Transport(self._place)
        self._open: dict[str, _Followed] = {}
        self._found: Sizes | None = None  # the files when runs were last looked for
        self._found_at = -_FIND_EVERY_SECONDS
        self._find_seconds = 0.0
        self._told: set[str] = set()

    def look(self) -> None:
        """Read and send what is new; files that are new, and from time to time all others, are looked into."""
        now = sizes(self._path)
        for followed in self._open.values():
            if not followed.is_ended and not self._is_stopping():
                self._go_on(followed)
        if now != self._found and self._is_time_to_find(now) and not self._is_stopping():
            self._found, begun = now, time.monotonic()
            self._find()
            self._found_at, self._find_seconds = time.monotonic(), time.monotonic() - begun

    def close(self, *, is_sending: bool = True) -> Brought:
        """Let everything go and say what came of it."""
        done = Brought()
        for followed in self._open.values():
            if not followed.is_ended:
                self._end(followed, is_over="reason" in followed.run.end_fields, is_sending=is_sending)
            tell(
                done,
                followed.run,
                followed.spool,
                followed.problem,
                is_over=followed.is_ended,
                is_quiet=self._given.json,
            )
        if not self._open:
            done.errors.append(f"nothing to import came to {self._path}")
        self._transport.close()
        return done

    def _is_time_to_find(self, now: Sizes) -> bool:
        must_read_anew = any(one.is_ended and not one.is_over for one in self._open.values())
        is_new = self._found is None or now.keys() != self._found.keys()
        pause = 0.0 if is_new or must_read_anew else _FIND_EVERY_SECONDS
        return time.monotonic() - self._found_at >= max(pause, _MOST_OF_THE_TIME * self._find_seconds)

    def _find(self) -> None:
        try:
            chosen = self._chosen or (guess_format(self._path) if self._path.exists() else None)
            if chosen is None or not self._path.exists():
                raise NothingThere(f"{self._path} holds nothing that looks like a log")
            self._chosen = chosen
            for found in chosen.read(self._path, Mood.LIVE):
                self._take(chosen, found)
                if self._is_stopping():
                    return
        except NothingThere as nothing:
            self._tell("", f"waiting: {nothing}")
        except (EpochwatchError, OSError) as problem:
            if not self._open:
                raise
            self._tell(str(problem), f"not followed: {problem}")  # the others are

    def _take(self, chosen: Format, found: ImportedRun) -> None:
        known = self._open.get(found.key)
        if known is not None and (known.is_over or not known.is_ended):
            return
        run = replace(found, project=self._given.project) if self._given.project else found
        spool = RunSpool(self._place.spool_folder / FOLDER, chosen.name, str(self._path), run)
        followed = _Followed(run, spool, iter(run.items), spool.follow(self._transport))
        self._open[run.key] = followed
        self._go_on(followed)  # at once: a database is open only until the next run is asked for
        self._tell(run.key, f"following: {run.project}/{run.name}, run {spool.run_id}")

    def _tell(self, key: str, line: str) -> None:
        if key not in self._told and not self._given.json:
            self._told.add(key)
            print(printable(line), flush=True, file=sys.stdout if line.startswith("following") else sys.stderr)

    def _go_on(self, followed: _Followed) -> None:
        before = followed.spool.records
        try:
            for item in followed.items:
                if isinstance(item, Pause):
                    self._send(followed, has_news=followed.spool.records > before)
                    return
                followed.spool.write(item)
                if self._is_stopping():
                    return
        except EpochwatchError as problem:  # its file went away, or cannot be read any more
            followed.run.losses.append(str(problem))
        self._end(followed, is_over=followed.run.is_over is True or "reason" in followed.run.end_fields)

    def _send(self, followed: _Followed, *, has_news: bool) -> None:
        if has_news or not followed.heard_at:  # what was there before was not said just now
            followed.heard_at = time.time() if followed.heard_at else followed.spool.last_time
        if has_news or followed.delivery.has_unsent:
            followed.problem = send(followed.delivery, lambda sent: None)
        now = time.monotonic()
        is_due = has_news or now - followed.beaten_at >= _BEAT_EVERY_SECONDS
        # What is sent says when it was logged, which may be minutes ago; a heartbeat says that somebody logs now.
        if is_due and not followed.problem and time.time() - followed.heard_at < _ALIVE_SECONDS:
            followed.delivery.beat()
            followed.beaten_at = now

    def _end(self, followed: _Followed, *, is_over: bool, is_sending: bool = True) -> None:
        followed.is_ended = True
        followed.delivery.reader.close()
        followed.spool.close(is_whole=is_over)
        if is_sending:
            followed.problem = deliver(followed.spool, self._transport, lambda sent: None)
        elif followed.delivery.has_unsent:
            followed.problem = "it was interrupted, and something waits in the spool; import again"
