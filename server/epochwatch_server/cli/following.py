"""`epochwatch import --follow`: logs are held open, and what is added to them is sent as it comes."""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from epochwatch.delivery import Delivery
from epochwatch.discovery import Place
from epochwatch.transport import Transport
from epochwatch_server.cli.delivering import deliver, send
from epochwatch_server.cli.importing import FOLDER, Brought, sizes, tell
from epochwatch_server.cli.ls import printable
from epochwatch_server.cli.spooling import RunSpool
from epochwatch_server.importers.format import Format, Mood
from epochwatch_server.importers.imported import ImportedRun, Item, Pause

_LOOK_EVERY_SECONDS = 1.0
_BEAT_EVERY_SECONDS = 10.0
Sizes = dict[str, tuple[int, int]]


def follow(chosen: Format, path: Path, given: argparse.Namespace) -> Brought:
    """Import what is there, then what is added, until Ctrl-C.

    Raises:
        InvalidInput: There is nothing to import.
        OSError: A file cannot be read, or the spool cannot be written.
    """
    follower = _Follower(chosen, path, given)
    try:
        while True:
            follower.look()
            time.sleep(_LOOK_EVERY_SECONDS)
    except KeyboardInterrupt:
        return follower.close()


@dataclass(slots=True)
class _Followed:
    """A run that is held open. is_ended: its log gives no more until it is read anew."""

    run: ImportedRun
    spool: RunSpool
    items: Iterator[Item]
    delivery: Delivery
    is_ended: bool = False
    problem: str = ""
    beaten_at: float = field(default_factory=time.monotonic)


class _Follower:
    """Holds the position in every log: a second look reads and sends what is new alone."""

    def __init__(self, chosen: Format, path: Path, given: argparse.Namespace) -> None:
        self._chosen, self._path, self._given = chosen, path, given
        self._place = Place(data=given.data, server=given.server, token=given.token)
        self._transport = Transport(self._place)
        self._open: dict[str, _Followed] = {}
        self._sizes: Sizes = {}
        self._told: set[str] = set()

    def look(self) -> None:
        """Read and send what is new; files that are new are looked into."""
        now = sizes(self._path)
        is_new = now.keys() != self._sizes.keys()
        must_read_anew = now != self._sizes and any(one.is_ended for one in self._open.values())
        self._sizes = now
        for followed in self._open.values():
            if not followed.is_ended:
                self._go_on(followed)
        if is_new or must_read_anew:
            self._find()

    def close(self) -> Brought:
        """Let everything go and say what came of it."""
        done = Brought()
        for followed in self._open.values():
            if not followed.is_ended:
                self._end(followed, is_over=False)
            tell(done, followed.run, followed.spool, followed.problem, is_quiet=self._given.json)
        self._transport.close()
        return done

    def _find(self) -> None:
        for found in self._chosen.read(self._path, Mood.LIVE):
            known = self._open.get(found.key)
            if known is not None and not known.is_ended:
                continue
            run = replace(found, project=self._given.project) if self._given.project else found
            spool = RunSpool(self._place.spool_folder / FOLDER, self._chosen.name, str(self._path), run)
            followed = _Followed(run, spool, iter(run.items), spool.follow(self._transport))
            self._open[run.key] = followed
            self._go_on(followed)  # at once: a database is open only until the next run is asked for
            if run.key not in self._told and not self._given.json:
                self._told.add(run.key)
                print(printable(f"following: {run.project}/{run.name}, run {spool.run_id}"), flush=True)

    def _go_on(self, followed: _Followed) -> None:
        before = followed.spool.records
        for item in followed.items:
            if isinstance(item, Pause):
                self._send(followed, has_news=followed.spool.records > before)
                return
            followed.spool.write(item)
        self._end(followed, is_over=followed.run.is_over is True)

    def _send(self, followed: _Followed, *, has_news: bool) -> None:
        now = time.monotonic()
        if has_news or followed.delivery.has_unsent:
            followed.problem = send(followed.delivery, lambda sent: None)
            followed.beaten_at = now
        elif now - followed.beaten_at >= _BEAT_EVERY_SECONDS:
            followed.delivery.beat()
            followed.beaten_at = now

    def _end(self, followed: _Followed, *, is_over: bool) -> None:
        followed.is_ended = True
        followed.delivery.reader.close()
        followed.spool.close(is_whole=is_over)
        followed.problem = deliver(followed.spool, self._transport, lambda sent: None)
