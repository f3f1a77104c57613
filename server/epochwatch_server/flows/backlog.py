"""What the rules have not looked at yet: packets by run, in memory that is bounded."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from epochwatch_server.domain.packet import Packet
from epochwatch_server.domain.run import Run

MAX_POINTS = 2_000_000  # of all packets that wait, about 64 MB; beyond it the store is read instead
MAX_PACKETS = 20_000


@dataclass(slots=True)
class Work:
    """What waits of one run. must_reload: packets were let go; the store has them. run: None: as the store has it."""

    run: Run | None
    since_ms: int
    packets: list[Packet] = field(default_factory=list)
    offset_ms: int | None = None  # the trainer's clock less the server's, at the newest packet
    must_reload: bool = False


class Backlog:
    """A queue by run. Safe to use from any thread; nothing in it ever waits for the one who works it off."""

    def __init__(self) -> None:
        self._works: OrderedDict[str, Work] = OrderedDict()
        self._points = 0
        self._packets = 0
        self._wake = threading.Condition()
        self._is_woken = False
        self.dropped = 0  # packets that were let go

    def add(self, packet: Packet, run: Run, now_ms: int) -> None:
        """Put a packet behind what waits of its run; when too much waits, let this run's packets go."""
        size = _size(packet)
        packet = replace(packet, images={}, samples=[])  # which no rule looks at, and may be large
        with self._wake:
            work = self._works.setdefault(run.id, Work(run, now_ms))
            work.run = run
            if packet.sent_ms:
                work.offset_ms = packet.sent_ms - now_ms
            if self._points + size > MAX_POINTS or self._packets >= MAX_PACKETS:
                self._let_go(work)
                self.dropped += 1
            elif not work.must_reload or not packet.count:
                work.packets.append(packet)
                self._points += size
                self._packets += 1
            self._wake.notify()

    def reload(self, run_id: str, now_ms: int) -> None:
        """Have a run read from the store."""
        with self._wake:
            work = self._works.setdefault(run_id, Work(None, now_ms))
            self._let_go(work)
            self._wake.notify()

    def wake(self) -> None:
        """End the wait of `take`."""
        with self._wake:
            self._is_woken = True
            self._wake.notify()

    def take(self, most: int, timeout_seconds: float) -> dict[str, Work]:
        """Wait for work, and take that of so many runs, the longest waiting first; none when there is none."""
        with self._wake:
            if not self._works and not self._is_woken:
                self._wake.wait(timeout_seconds)
            self._is_woken = False
            taken: dict[str, Work] = {}
            while self._works and len(taken) < most:
                run_id, work = self._works.popitem(last=False)
                self._points -= sum(map(_size, work.packets))
                self._packets -= len(work.packets)
                taken[run_id] = work
            return taken

    def _let_go(self, work: Work) -> None:
        self._points -= sum(map(_size, work.packets))
        self._packets -= len(work.packets)
        work.packets, work.must_reload = [], True


def _size(packet: Packet) -> int:
    return sum(map(len, packet.points.values())) + sum(map(len, packet.epoch_points.values()))
