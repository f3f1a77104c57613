"""One server for one SQLite file: the lock that a second one finds taken."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from epochwatch_server.domain.errors import DatabaseInUse

NAME = "server.lock"
_OPENING = "opening.lock"


class ServerLock:
    """Holds `server.lock` beside a database until it is released or the process ends, however it ends."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            DatabaseInUse: Another process, or another part of this one, holds it.
        """
        self._path = database.parent / NAME
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise DatabaseInUse(
                f"The database {database} is in use by another Epochwatch server, process {holder} "
                f"(it holds {self._path}). Stop that server first, or use another folder: --data DIR."
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let the next server in. The file stays: removing it would let two servers lock two files of one name."""
        os.close(self._descriptor)


@contextmanager
def opening(database: Path) -> Iterator[None]:
    """Let one process at a time prepare a SQLite file: wait for the others, then hold `opening.lock` beside it.

    SQLite does not wait by itself where a file turns to write-ahead logging: of two that start at once, one is refused.
    """
    descriptor = os.open(database.parent / _OPENING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
