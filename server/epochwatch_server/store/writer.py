"""The one thread that writes: waiting jobs share a transaction, so that one flush to the disk confirms many."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from epochwatch_server.domain.errors import StoreUnavailable
from epochwatch_server.store.database import Database, damage_of
from epochwatch_server.store.leftovers import tidy

logger = logging.getLogger(__name__)

T = TypeVar("T")

_GROUP_JOBS = 64
_GROUP_BYTES = 50 << 20
_WAITING_JOBS = 1_000  # beyond it the hook does better to wait in its spool than in our memory
_WAITING_BYTES = 256 << 20
_TIDY_EVERY_SECONDS = 0.2  # tidy this often though jobs wait, or hot rows would pile up under a lasting load
_TIDY_SECONDS = 0.05  # and then for so long
_REST_SECONDS = 5.0  # after tidying failed: a full disk is not less full at once


@dataclass(slots=True)
class _Job:
    work: Callable[[Connection], Any]
    size: int
    future: Future[Any]


class Writer:
    """Runs jobs on the connection that writes. `submit` may be called from any thread, `start` and `stop` by one.

    Jobs that wait are run one after the other in one transaction, each in a savepoint: one that raises fails alone.
    Their futures are resolved after the commit, so a result in hand is a result on the disk.
    """

    def __init__(self, database: Database, *, idle: Callable[[Connection], bool] = tidy) -> None:
        self._database = database
        self._idle = idle
        self._waiting: deque[_Job] = deque()
        self._waiting_bytes = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._connection: Connection | None = None
        self._tidy_at: float | None = 0.0  # when to do idle work next, by the monotonic clock; None: there is none
        self._thread = threading.Thread(target=self._run, name="epochwatch-writer", daemon=True)
        self.commits = 0  # transactions that carried jobs
        self.jobs = 0  # jobs that were committed

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more jobs, finish those that wait, end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, job: Callable[[Connection], T], *, size: int = 0) -> Future[T]:
        """Hand in a job; its future gives its result once that is durable.

        Args:
            size: about how many bytes the job carries.

        Raises:
            StoreUnavailable: Too much waits already, or the writer is stopping.
        """
        future: Future[T] = Future()
        with self._wake:
            if self._stopping:
                raise StoreUnavailable("The server is stopping: send again when it is back.")
            if len(self._waiting) >= _WAITING_JOBS or (self._waiting and self._waiting_bytes + size > _WAITING_BYTES):
                raise StoreUnavailable(
                    f"The database cannot keep up, {len(self._waiting)} writes wait: send again later."
                )
            self._waiting.append(_Job(job, size, future))
            self._waiting_bytes += size
            self._wake.notify()
        return future

    def _run(self) -> None:
        while True:
            group = self._take()
            if group:
                self._commit(group)
            elif self._stopping:
                break
            if self._tidy_at is not None and time.monotonic() >= self._tidy_at:
                self._tidy()
        self._drop_connection()

    def _take(self) -> list[_Job]:
        """Wait for jobs and take as many as fit into one transaction; none when idle work is due or at the end."""
        with self._wake:
            while not self._waiting and not self._stopping:
                rest = None if self._tidy_at is None else self._tidy_at - time.monotonic()
                if rest is not None and rest <= 0:
                    break
                self._wake.wait(rest)
            group: list[_Job] = []
            size = 0
            while (
                self._waiting
                and len(group) < _GROUP_JOBS
                and (not group or size + self._waiting[0].size <= _GROUP_BYTES)
            ):
                job = self._waiting.popleft()
                self._waiting_bytes -= job.size
                size += job.size
                group.append(job)
            return group

    def _commit(self, group: list[_Job]) -> None:
        running = [job for job in group if job.future.set_running_or_notify_cancel()]
        if not running:
            return
        try:
            outcomes = self._run_in_one_transaction(running)
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits must hear of it and the thread go on
            logger.warning("commit failed jobs=%s error=%s", len(running), error.__cause__ or error)
            self._drop_connection()
            said = damage_of(error) or StoreUnavailable("The database could not be written: send again later.")
            for job in running:
                job.future.set_exception(said)
            return
        self.commits += 1
        self.jobs += len(running)
        if self._tidy_at is None:
            self._tidy_at = time.monotonic() + _TIDY_EVERY_SECONDS
        for job, (result, failure) in zip(running, outcomes, strict=True):
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)

    def _run_in_one_transaction(self, group: list[_Job]) -> list[tuple[Any, BaseException | None]]:
        connection = self._connect()
        with connection.begin():
            return [_run_job(connection, job) for job in group]

    def _tidy(self) -> None:
        """Do idle work until a job waits, or for a moment although jobs wait."""
        until = time.monotonic() + _TIDY_SECONDS
        more = True
        try:
            connection = self._connect()
            while more and (not self._waiting or time.monotonic() < until):
                with connection.begin():
                    more = self._idle(connection)
            clean = self._database.checkpoint(connection, idle=not self._waiting)
            self._tidy_at = time.monotonic() + _TIDY_EVERY_SECONDS if more or not clean else None
        except Exception:
            logger.exception("tidying failed, next try in %s s", _REST_SECONDS)
            self._drop_connection()
            self._tidy_at = time.monotonic() + _REST_SECONDS

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.writer()
        return self._connection

    def _drop_connection(self) -> None:
        """Close the connection whatever state it is in; the next group opens a new one."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except SQLAlchemyError as error:
            logger.warning("closing the connection failed: %s", error)


def _run_job(connection: Connection, job: _Job) -> tuple[Any, BaseException | None]:
    """Run a job in a savepoint and give its result or what it raised.

    Raises:
        SQLAlchemyError: The transaction as a whole is lost.
    """
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = job.work(connection)
    except Exception as error:  # noqa: BLE001 - whoever asked gets it through the future
        # On a full disk SQLite ends the whole transaction by itself: then this raises, and the group fails.
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
        connection.exec_driver_sql("RELEASE SAVEPOINT job")
        return None, _explain(error)
    connection.exec_driver_sql("RELEASE SAVEPOINT job")
    return result, None


def _explain(error: Exception) -> Exception:
    """Tell a database that cannot write just now from a job that can never succeed."""
    if isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        logger.warning("a write failed: %s", error.orig)
        return StoreUnavailable("The database could not be written: send again later.")
    return damage_of(error) or error
