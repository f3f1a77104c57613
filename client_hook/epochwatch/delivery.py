"""Takes one spool to the server, packet by packet, each exactly once; what the answers say is done here."""

import enum
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from epochwatch.alerts import ServerAlert, one_line, read_alerts
from epochwatch.answer import Answer, Unreachable
from epochwatch.guard import warn_once
from epochwatch.mark import Mark, write_mark
from epochwatch.spool_reader import SpoolReader
from epochwatch.transport import Transport
from epochwatch.wire import Batch, Limits, cut, pack

PATH = "/api/packets"
MARK_EVERY_SECONDS = 1.0  # a mark may lag: the server knows what it has
MAX_COMMANDS = 16  # of one answer


class Outcome(enum.Enum):
    """What came of one attempt."""

    NOTHING = "nothing to send"
    DELIVERED = "delivered"
    CUT_AGAIN = "to be cut again"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Command:
    """What the server asks of the run: for now only `stop`."""

    id: int
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. retry_after: seconds that the server asks to wait, 0 when it says nothing."""

    outcome: Outcome
    records: int = 0
    is_full: bool = False
    retry_after: float = 0.0
    problem: str = ""
    commands: tuple[Command, ...] = ()
    alerts: tuple[ServerAlert, ...] = ()


@dataclass(slots=True)
class Delivery:
    """One spool on its way. One thread at a time.

    confirmed: the next record the server wants. has_end_confirmed: the run's end is among those it has.
    """

    run: str
    writer: str
    spool: Path
    reader: SpoolReader
    transport: Transport
    confirmed: int = 0
    has_end_confirmed: bool = False
    refused: int = 0
    limits: Limits = field(default_factory=Limits)
    _batch: Batch | None = None
    _body: bytes = b""
    _is_bare: bool = False  # the body holds numbers alone: the server refused what stood behind them
    _missing_from: int | None = None
    _marked_at: float = 0.0

    @property
    def has_unsent(self) -> bool:
        """Say whether something waits: records cut but not confirmed, or bytes not read."""
        return self._batch is not None or self.reader.has_more()

    @property
    def is_packed(self) -> bool:
        """Say whether records were cut that are not confirmed: those before the reader's place are still needed."""
        return self._batch is not None

    def deliver(self) -> Attempt:
        """Send the next packet, or the one that failed before, and do what the answer says."""
        if self._batch is None:
            self._batch = cut(self.reader, self.limits)
            if self._batch is None:
                return Attempt(Outcome.NOTHING)
            self._body = pack(self.run, self.writer, self._batch, missing_from=self._missing_from)
        return self._post(self._batch, self._body)

    def beat(self) -> Attempt:
        """Send a heartbeat: a packet without records."""
        batch = Batch(self.reader.number, self.reader.number)
        return self._post(batch, pack(self.run, self.writer, batch))

    def mark(self, *, is_urgent: bool = False) -> None:
        """Note beside the spool how much of it is confirmed, unless that was done a moment ago."""
        now = time.monotonic()
        if not is_urgent and now - self._marked_at < MARK_EVERY_SECONDS:
            return
        self._marked_at = now
        try:
            write_mark(self.spool, Mark(self.confirmed, self.reader.offset, self.has_end_confirmed))
        except OSError as error:
            warn_once(f"mark {self.spool}", f"cannot note beside {self.spool} what was delivered ({error}).")

    def _post(self, batch: Batch, body: bytes) -> Attempt:
        try:
            answer = self.transport.post(PATH, body)
        except Unreachable as error:
            return Attempt(Outcome.FAILED, problem=str(error))
        if answer.status == 200:
            return self._take_confirmation(batch, answer)
        if answer.status == 409:
            return self._cut_from(batch, answer)
        if answer.status == 413 and batch.count > 1:
            self.limits = self.limits.halved()
            return self._rewind(batch.first)
        is_refusal = answer.status == 413 or (answer.status == 422 and "error" in _read_json(answer.body))
        if is_refusal and batch.count and not self._is_bare:
            return self._set_aside(batch, body, answer)
        return self._fail(answer)

    def _take_confirmation(self, batch: Batch, answer: Answer) -> Attempt:
        said = _read_json(answer.body)
        confirmed = said.get("confirmed")
        if type(confirmed) is not int or confirmed < batch.next:
            return self._fail(answer)
        _tell_rejected(said.get("rejected"))
        heard = Attempt(
            Outcome.DELIVERED,
            batch.count,
            batch.is_full,
            commands=_read_commands(said, self.run),
            alerts=read_alerts(said, self.run),
        )
        if not batch.count:
            return heard
        self._let_go()
        self._missing_from = None
        self.confirmed = batch.next
        if confirmed > batch.next:  # it has more of this spool already: what it has is not sent again
            self.confirmed = confirmed
            self.reader.go_to(confirmed)
        self.has_end_confirmed = self.has_end_confirmed or batch.has_end
        self.mark()
        return heard

    def _cut_from(self, batch: Batch, answer: Answer) -> Attempt:
        expected = _read_json(answer.body).get("expected")
        if type(expected) is not int or expected < 0 or (expected == batch.first and self._missing_from is None):
            return self._fail(answer)
        attempt = self._rewind(expected)
        # What the server asks for may be gone from the spool: it lost data that it had confirmed.
        self._missing_from = expected if self.reader.base > expected else None
        return attempt

    def _rewind(self, number: int) -> Attempt:
        self._let_go()
        self.reader.go_to(number)
        return Attempt(Outcome.CUT_AGAIN)

    def _let_go(self) -> None:
        self._batch, self._body, self._is_bare = None, b"", False

    def _set_aside(self, batch: Batch, body: bytes, answer: Answer) -> Attempt:
        """Keep a packet that the server cannot take in a file, and send its numbers alone so that the rest goes on."""
        aside = self.spool.with_name(f"{self.spool.name}.refused-{batch.first}")
        detail = str(_read_json(answer.body).get("detail", ""))[:300]
        try:
            aside.write_bytes(body)
        except OSError:
            aside = Path("(it could not be kept)")
        warn_once(
            f"refused {self.run}",
            f"the server refused {batch.count} records with status {answer.status} ({detail}); kept in {aside}.",
        )
        self._body = pack(self.run, self.writer, batch, missing_from=self._missing_from, is_refused=True)
        self._is_bare = True
        self.refused += 1
        return Attempt(Outcome.CUT_AGAIN)

    def _fail(self, answer: Answer) -> Attempt:
        if answer.status in (401, 403):
            self.transport.close()  # the next connection reads the token and the address again
        detail = str(_read_json(answer.body).get("detail", ""))[:300]
        said = f"status {answer.status}" + (f" ({detail})" if detail else "")
        return Attempt(Outcome.FAILED, retry_after=answer.retry_after, problem=f"the server answered {said}")


def _read_json(body: bytes) -> Mapping[str, Any]:
    """Read an answer; one that is no JSON object says nothing."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _read_commands(said: Mapping[str, Any], run: str) -> tuple[Command, ...]:
    """Take the commands that are known and for this run; all others are none of its business."""
    given = said.get("commands")
    if not isinstance(given, list) or said.get("run") != f"/runs/{run}":
        return ()
    commands = []
    for item in given[:MAX_COMMANDS]:
        if isinstance(item, dict) and item.get("type") == "stop" and type(item.get("id")) is int:
            reason, actor = (one_line(item.get(key)) for key in ("reason", "actor"))
            commands.append(Command(item["id"], reason, actor))
    return tuple(commands)


def _tell_rejected(given: object) -> None:
    """Say once for each place and reason what the server did not take; the rest of the packet is stored."""
    if not isinstance(given, list):
        return
    for item in given[:MAX_COMMANDS]:
        if isinstance(item, dict):
            where, what, expected = (str(item.get(key, ""))[:200] for key in ("where", "given", "expected"))
            place = where.split("[")[0]
            warn_once(f"rejected {place} {expected}", f"the server refused {where}: given {what}, expected {expected}.")
