"""Delivers what ended processes left in the spool, and says what waits there."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from epochwatch.backoff import Backoff
from epochwatch.delivery import Delivery, Outcome
from epochwatch.discovery import Place
from epochwatch.leftovers import find_spools, is_held, put_away, split_name, take
from epochwatch.mark import read_mark
from epochwatch.sender import MAX_CUTS
from epochwatch.spool import EVENT
from epochwatch.spool_reader import NotASpool, SpoolReader
from epochwatch.transport import Transport

DEFAULT_TIMEOUT_SECONDS = 600.0
MAX_FAILURES = 5  # in a row on one spool: about six seconds in which a server may come back


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What came of a delivery.

    runs: ids of the runs of which everything is on the server now. records: how many were confirmed. waiting: spools
    that still hold something. refused: packets that the server could not take. errors: one line for each trouble.
    """

    runs: tuple[str, ...] = ()
    records: int = 0
    waiting: int = 0
    refused: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingSpool:
    """One spool that is not confirmed whole. project, name: empty when its start is not in it any more.

    records: unconfirmed ones. nbytes: what they take. is_held: a process still writes or delivers it.
    """

    path: Path
    run: str
    writer: str
    project: str
    name: str
    records: int
    nbytes: int
    is_held: bool


@dataclass(slots=True)
class _Tally:
    runs: list[str] = field(default_factory=list)
    records: int = 0
    waiting: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)


def deliver(
    spool_dir: str | PathLike[str] | None = None,
    server: str | None = None,
    token: str | None = None,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    progress: Callable[[str, int], None] | None = None,
) -> SyncResult:
    """Send every spool that no process holds; what is confirmed whole is deleted.

    A run whose process was killed has no end, and gets none here: the server shows it as lost.

    Args:
        spool_dir: a folder of spools; else the usual ones.
        server, token: where to; else found as the hook finds them.
        timeout_seconds: when to give up what is not delivered by then.
        progress: called with run id and records confirmed so far, after each packet.
    """
    place = Place(spool=None if spool_dir is None else str(spool_dir), server=server, token=token)
    transport = Transport(place)
    tally = _Tally()
    deadline = time.monotonic() + timeout_seconds
    for spool in find_spools(_folders(place)):
        delivery = take(spool, transport)
        if delivery is None:
            tally.waiting += spool.exists()
            continue
        if tally.errors and not transport.is_connected:  # a server that is away is not tried for each of a thousand
            tally.waiting += 1
            delivery.reader.close()
            continue
        _deliver_one(delivery, tally, deadline, progress or (lambda run, records: None))
    transport.close()
    return SyncResult(
        tuple(dict.fromkeys(tally.runs)), tally.records, tally.waiting, tally.refused, tuple(tally.errors)
    )


def waiting(spool_dir: str | PathLike[str] | None = None) -> list[WaitingSpool]:
    """List the spools that are not confirmed whole, the oldest first."""
    place = Place(spool=None if spool_dir is None else str(spool_dir))
    found = [_describe(spool) for spool in find_spools(_folders(place))]
    return [one for one in found if one is not None and (one.records or one.is_held)]


def _deliver_one(delivery: Delivery, tally: _Tally, deadline: float, progress: Callable[[str, int], None]) -> None:
    backoff, cuts, confirmed = Backoff(), 0, 0
    problem = ""
    while delivery.has_unsent and not problem:
        made = delivery.deliver()
        cuts = cuts + 1 if made.outcome is Outcome.CUT_AGAIN else 0
        if made.outcome is Outcome.DELIVERED:
            backoff.succeed()
            confirmed += made.records
            progress(delivery.run, confirmed)
        elif made.outcome is Outcome.FAILED or cuts > MAX_CUTS:
            now = time.monotonic()
            backoff.fail(now, made.retry_after)
            if backoff.failures >= MAX_FAILURES or backoff.not_before > deadline:
                problem = made.problem or "the server asks for the same records again and again"
            else:
                time.sleep(backoff.not_before - now)
        if time.monotonic() > deadline and delivery.has_unsent:
            problem = problem or "time is up"
    tally.records += confirmed
    tally.refused += delivery.refused
    if problem:
        tally.errors.append(f"run {delivery.run}: {problem}")
        tally.waiting += 1
        delivery.mark(is_urgent=True)
        delivery.reader.close()
        return
    tally.runs.append(delivery.run)
    put_away(delivery)


def _describe(spool: Path) -> WaitingSpool | None:
    run, writer = split_name(spool)
    try:
        held = is_held(spool)
        with spool.open("rb", buffering=0) as file:
            reader = SpoolReader(file.fileno(), is_live=held)
            project, name = _read_start(reader)
            reader.go_to(read_mark(spool).confirmed)
            before, offset = reader.number, reader.offset
            while reader.read() is not None:
                pass
            return WaitingSpool(spool, run, writer, project, name, reader.number - before, reader.offset - offset, held)
    except (OSError, ValueError, NotASpool):
        return None


def _read_start(reader: SpoolReader) -> tuple[str, str]:
    """Read project and name from the first record; a spool that was shortened has them no more."""
    record = reader.read()
    if record is None or record.kind != EVENT:
        return "", ""
    try:
        event = json.loads(record.body)
    except ValueError:
        return "", ""
    return str(event.get("project", "")), str(event.get("name", ""))


def _folders(place: Place) -> tuple[Path, ...]:
    return (place.spool_folder,) if place.spool is not None else place.spool_folders
