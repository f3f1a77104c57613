"""From `log` to the spool: names packed once, the automatic step, and the epoch's statistics folded on the way."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import time
from typing import Any
from zlib import crc32

from epochwatch.copies import Copies, Placed
from epochwatch.epoch_statistics import EpochStatistics
from epochwatch.layouts import Layout, LayoutTable
from epochwatch.spool import CRC_OFFSET, NO_EPOCH, ROW_OFFSET, SpoolWriter
from epochwatch.values import MAX_STEP, Reader, as_step

_PLAIN = frozenset({float, int, bool})


class Recorder:
    """Writes what is logged. Any thread may call it, and so may a signal handler in the middle of a call.

    idle: set by the sender when it has nothing to do; the next record then calls `wake`.
    """

    __slots__ = (
        "_busy", "_by_keys", "_catch_up_lock", "_in_step", "_is_catching_up", "_lock", "_table", "_todo", "_wake",
        "copies", "epoch", "idle", "reader", "spool", "statistics", "step",
    )  # fmt: skip

    def __init__(self, spool: SpoolWriter, wake: Callable[[], None]) -> None:
        self.spool = spool
        self.step = 0
        self.epoch = NO_EPOCH
        self.idle = False
        self.reader = Reader()
        self.copies = Copies()
        self.statistics: dict[str, EpochStatistics] = {}
        self._wake = wake
        self._lock = threading.RLock()
        self._busy = False
        self._catch_up_lock = threading.RLock()
        self._is_catching_up = False
        self._todo: deque[Callable[[], object]] = deque()  # what the next call does first
        self._table = LayoutTable(spool)
        self._by_keys = self._table.by_keys
        self._in_step: set[int] = set()  # ids of the layouts logged in this step

    def log(self, data: Any, step: Any = None) -> None:
        """Append one row. The hot path is a dictionary of plain numbers whose names came before.

        After a training step nothing of this is in the processor's caches: each function and object on the way costs
        more than its instructions, which is why the step is decided and the row packed right here.
        """
        if self._todo:
            self.catch_up()
        layout = self._by_keys.get(tuple(data)) if type(data) is dict else None
        row: Sequence[float] = () if layout is None else tuple(data.values())
        if (
            layout is None
            or list(map(type, row)) != layout.types
            or not (step is None or (type(step) is int and -MAX_STEP <= step <= MAX_STEP))
        ):
            prepared = self._prepare(data, step)
            if prepared is None:
                return
            layout, row, step = prepared
        with self._lock:
            if self._busy:  # a signal handler in the middle of a call
                self.do_next(partial(self.log, data, step))
                return
            try:
                self._busy = True
                if step is None:
                    step = self.step if layout.overlaps.isdisjoint(self._in_step) else self.step + 1
                if step == self.step:
                    self._in_step.add(layout.id)
                else:
                    self.step = step
                    self._in_step = {layout.id}
                layout.pack(
                    layout.buffer, ROW_OFFSET, self.spool.number, layout.id, self.step, self.epoch, time(), *row
                )
                layout.crc(layout.buffer, CRC_OFFSET, crc32(layout.payload))
                self.spool.write(layout.buffer, len(row))
                if self.epoch >= 0:
                    layout.pending.append(row)
                    if len(layout.pending) >= layout.fold_at:
                        layout.fold(self.statistics)
            finally:
                self._busy = False
        if self.idle:
            self._wake_sender()

    def log_here(self, data: Mapping[str, float]) -> None:
        """Append values at the current step, whether or not their names came in it before."""
        self.log(dict(data), self.step)

    def log_in_epoch(self, data: Any, step: Any, epoch: int) -> None:
        """Append values of an epoch that is not the current one; they are no part of this one's statistics."""
        names, values, _ = self.reader.read(data)
        if names:
            at = None if step is None else as_step(step)
            self._locked(partial(self._write_any, tuple(names), values, at, epoch))

    def event(self, kind: str, **fields: object) -> bool:
        """Append an event with the time, and the current step and epoch unless it names its own."""
        event: dict[str, object] = {"type": kind, "time": time(), "step": self.step}
        if self.epoch != NO_EPOCH:
            event["epoch"] = self.epoch
        event.update(fields)
        return bool(self._locked(partial(self.spool.append_event, event)))

    def image(self, key: bytes, shape: tuple[int, int, int] | None, data: bytes | memoryview) -> bool:
        """Append an image; False when it had to be dropped."""
        return bool(self._locked(partial(self.spool.append_image, key, shape, data)))

    def shorten_spool(self, confirmed: int, confirmed_bytes: int, layouts: Mapping[int, Sequence[str]]) -> bool:
        """Start a fresh spool file behind what is confirmed."""
        return bool(self._locked(partial(self.spool.shorten, confirmed, confirmed_bytes, layouts)))

    def close_spool(self, *, remove: bool) -> None:
        """Close the spool, and delete it when all of it is on the server; what is logged later is dropped."""
        self._locked(self.spool.remove if remove else self.spool.close)

    def tell_dropped(self) -> bool:
        """Write down how much was dropped since the last time, as soon as there is room; False while there is none."""
        count = self.spool.dropped_untold
        if count and not self.event("dropped", n=count, reason=self.spool.drop_reason[:500]):
            self.spool.dropped_untold -= 1  # this try was no loss
            return False
        self.spool.dropped_untold -= count
        return True

    def fold(self) -> dict[str, EpochStatistics]:
        """Return the statistics of this epoch so far, by name."""
        self._locked(partial(self._table.fold, self.statistics))
        return self.statistics

    def settle(self, timeout_seconds: float = 0.0) -> bool:
        """Write the values that have arrived from devices; True when none is under way any more."""
        self.copies.collect(self._write_arrived, timeout_seconds)
        return not self.copies

    def turn_to(self, epoch: int) -> None:
        """Forget the statistics so far; what comes from now on belongs to `epoch`."""
        self.fold()
        self.statistics = {}
        self.epoch = epoch

    def do_next(self, action: Callable[[], object]) -> None:
        """Leave something to be done at the start of the next call."""
        self._todo.append(action)

    def catch_up(self) -> None:
        """Do what was left for this moment."""
        if self.is_interrupted():
            return
        with self._catch_up_lock:  # not the lock that the sender needs: what is left to do may wait for the sender
            if self._is_catching_up:
                return
            try:
                self._is_catching_up = True
                while self._todo:  # forgotten when it is done: an interrupt may come in between
                    self._todo[0]()
                    self._todo.popleft()
            finally:
                self._is_catching_up = False

    def is_interrupted(self) -> bool:
        """Say whether this is a signal handler's call in the middle of another call of the same thread."""
        with self._lock:
            return self._busy

    def forget_locks(self) -> None:
        """In a forked child: the lock may have been held by a thread that does not exist here."""
        self._lock = threading.RLock()
        self._catch_up_lock = threading.RLock()
        self._busy = self._is_catching_up = False

    def _place(self, layout: Layout, step: int | None) -> None:
        """Decide which step a row belongs to: a name that comes again begins the next one."""
        if step is None:
            step = self.step if layout.overlaps.isdisjoint(self._in_step) else self.step + 1
        if step == self.step:
            self._in_step.add(layout.id)
        elif -MAX_STEP <= step <= MAX_STEP:
            self.step = step
            self._in_step = {layout.id}
        else:
            as_step(step)  # which tells

    def _prepare(self, data: object, step: object) -> tuple[Layout, Sequence[float], int | None] | None:
        """Make of anything what the hot path takes; None when there is nothing left for it to do."""
        names, values, on_device = self.reader.read(data)
        if not names:
            return None
        at = None if step is None else as_step(step)
        if on_device:
            self._locked(partial(self._start_copy, tuple(names), values, at))
            self.settle()
            return None
        layout = self._locked(partial(self._table.find, tuple(names), self.statistics))
        if not isinstance(layout, Layout) or not layout.is_written:
            self._locked(partial(self._write_any, tuple(names), values, at, self.epoch))
            return None
        if type(data) is dict and list(data) == names:
            types = list(map(type, data.values()))
            # numpy's float64 is a float; its other scalars would be summed up in their own narrow type
            if all(kind in _PLAIN or issubclass(kind, float) for kind in types):
                self._locked(partial(self._table.learn, layout, types))
        return layout, values, at

    def _write_any(self, names: tuple[str, ...], values: list[float], step: int | None, epoch: int) -> None:
        self._write_placed(self._placed(self._table.find(names, self.statistics), step, epoch), values)

    def _start_copy(self, names: tuple[str, ...], values: list[Any], step: int | None) -> None:
        self.copies.start(self._placed(self._table.find(names, self.statistics), step, self.epoch), values)

    def _placed(self, layout: Layout, step: int | None, epoch: int) -> Placed:
        self._place(layout, step)
        return Placed(layout.names, self.step, epoch, time())

    def _write_arrived(self, placed: Placed, values: list[float]) -> None:
        self._locked(partial(self._write_placed, placed, values))

    def _write_placed(self, placed: Placed, values: Sequence[float]) -> None:
        layout = self._table.find(placed.names, self.statistics)
        if layout.is_written:
            row = layout.fill(self.spool.number, placed.step, placed.epoch, placed.time, values)
            self.spool.write(row, len(values))
        else:
            self.spool.drop_points(len(values))
        if placed.epoch == self.epoch != NO_EPOCH:  # its statistics go on, whatever becomes of the points
            layout.pending.append(values)
            if len(layout.pending) >= layout.fold_at:
                layout.fold(self.statistics)

    def _locked(self, action: Callable[[], object]) -> object:
        """Run an action that writes; the answer of one that has to wait for an interrupted call is None."""
        with self._lock:
            if self._busy:
                self.do_next(partial(self._locked, action))
                return None
            try:
                self._busy = True
                answer = action()
            finally:
                self._busy = False
        if self.idle:
            self._wake_sender()
        return answer

    def _wake_sender(self) -> None:
        self.idle = False
        self._wake()
