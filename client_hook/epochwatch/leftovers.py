"""Spools that ended processes left behind: found, locked so that only one process delivers them, and put away."""

import fcntl
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from epochwatch.delivery import Delivery
from epochwatch.guard import warn_once
from epochwatch.mark import read_mark
from epochwatch.spool import SUFFIX, mark_path
from epochwatch.spool_reader import NotASpool, SpoolReader
from epochwatch.transport import Transport

MAX_SPOOLS = 10_000  # looked at in one go


def find_spools(folders: Sequence[Path]) -> list[Path]:
    """List the spools in some folders, the oldest first."""
    found: list[tuple[float, Path]] = []
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(SUFFIX) and not entry.name.startswith(".") and len(found) < MAX_SPOOLS:
                        found.append((entry.stat().st_mtime, Path(entry.path)))
        except OSError:
            continue
    return [path for _, path in sorted(found)]


def split_name(spool: Path) -> tuple[str, str]:
    """Read run and writer from a spool's name; both empty when it is not named like one."""
    run, dot, writer = spool.name.removesuffix(SUFFIX).rpartition(".")
    return (run, writer) if dot and run and writer else ("", "")


def is_held(spool: Path) -> bool:
    """Say whether a process still writes or delivers a spool."""
    fd = _lock(spool)
    if fd is None:
        return spool.exists()
    os.close(fd)
    return False


def take(spool: Path, transport: Transport) -> Delivery | None:
    """Lock a spool that nobody holds and prepare its delivery; None when it is held, gone or no spool."""
    run, writer = split_name(spool)
    fd = _lock(spool) if run else None
    if fd is None:
        return None
    try:
        reader = SpoolReader(fd, is_live=False)
        confirmed = read_mark(spool).confirmed
        reader.go_to(confirmed)
    except NotASpool as error:
        set_aside(spool, str(error))
        os.close(fd)
        return None
    except (OSError, ValueError):
        os.close(fd)
        return None
    return Delivery(run, writer, spool, reader, transport, confirmed=confirmed)


def put_away(delivery: Delivery) -> None:
    """Delete a spool that is delivered whole; one that was damaged is kept aside."""
    if delivery.reader.damaged_bytes:
        set_aside(delivery.spool, f"{delivery.reader.damaged_bytes:,} bytes could not be read")
    for path in (delivery.spool, mark_path(delivery.spool)):
        path.unlink(missing_ok=True)
    delivery.reader.close()


def set_aside(spool: Path, problem: str) -> None:
    """Rename a spool that is damaged, so that nothing trips over it again, and say so."""
    aside = spool.with_name(spool.name + ".damaged")
    try:
        spool.rename(aside)
    except OSError:
        return
    warn_once(f"damaged {spool}", f"a spool was damaged ({problem}); all that could be read is delivered; see {aside}.")


class Leftovers:
    """The leftovers of one kind, delivered one packet at a time. For the sender's thread alone."""

    def __init__(self, transport: Transport, folders: Sequence[Path]) -> None:
        self._transport = transport
        self._folders = folders
        self._waiting: Iterator[Path] = iter(())
        self._current: Delivery | None = None
        self._is_looking = False

    @property
    def is_looking(self) -> bool:
        """Say whether the last list is not worked off yet."""
        return self._is_looking

    def look(self, *, only_run: str | None = None, but_not: Collection[Path] = ()) -> None:
        """List what is there now."""
        self._is_looking = True
        spools = find_spools(self._folders)
        self._waiting = iter(
            [path for path in spools if path not in but_not and only_run in (None, split_name(path)[0])]
        )

    def next_delivery(self) -> Delivery | None:
        """Return the delivery to go on with; None when nothing is left."""
        while self._current is None or not self._current.has_unsent:
            if self._current is not None:
                put_away(self._current)
                self._current = None
            spool = next(self._waiting, None)
            if spool is None:
                self._is_looking = False
                return None
            self._current = take(spool, self._transport)
        return self._current

    def abandon(self) -> None:
        """In a forked child: close the parent's handle, which would keep the spool locked for others."""
        if self._current is not None:
            self._current.reader.close()

    def close(self) -> None:
        """Give the current one back and forget the others."""
        current, self._current = self._current, None
        self._waiting, self._is_looking = iter(()), False
        if current is not None and not current.has_unsent:
            put_away(current)
        elif current is not None:
            current.mark(is_urgent=True)
            current.reader.close()


def _lock(spool: Path) -> int | None:
    """Open and lock a spool; None when that cannot be, or when it was deleted or replaced meanwhile."""
    try:
        fd = os.open(spool, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(fd), os.stat(spool)):
            return fd
    except OSError:
        pass
    os.close(fd)
    return None
