"""The hub: what happened, encoded once, handed to every viewer that asked for it."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

RING_EVENTS = 2_000  # what a reconnecting viewer can catch up on without asking the store
RING_BYTES = 32 * 2**20  # events with points are large; the ring may not grow with them
MAX_BEHIND = 500  # a viewer further behind is told to read afresh instead
MAX_CHUNK_BYTES = 8 * 2**20
PING_SECONDS = 10.0  # proxies and browsers drop streams that stay silent for longer
_PING = b": ping\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell viewers, named by its noun. `run` None goes to all, else only to streams that asked for it.

    data: what JSON can hold, pydantic models included; NaN and infinities become strings.
    """

    name: str
    data: Mapping[str, Any]
    run: str | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    id: int
    run: str | None
    text: bytes


@dataclass(slots=True, eq=False)
class _Viewer:
    runs: frozenset[str]
    loop: asyncio.AbstractEventLoop
    cursor: int  # the last event it has, or does not need
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_woken: bool = False


class Hub:
    """Fan-out with a short memory. `publish` and `close` may be called from any thread, `subscribe` in any event loop.

    There is no queue per viewer: all read one ring, each from its own cursor, so a viewer that never reads costs
    nothing, and one that fell behind gets a single `reset`.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        # Ids of a restarted server start above those of the one before, so an old cursor is told apart.
        self._newest = self._floor = int(clock() * 1000)
        self._ring: deque[_Frame] = deque()
        self._ring_bytes = 0
        self._viewers: set[_Viewer] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def viewers(self) -> int:
        """Count the open streams."""
        return len(self._viewers)

    def is_watched(self, run: str) -> bool:
        """Say whether a stream asked for this run."""
        with self._lock:
            return any(run in viewer.runs for viewer in self._viewers)

    def publish(self, event: Event) -> None:
        """Tell every viewer that the event concerns; never waits for any of them."""
        body = to_json(event.data, inf_nan_mode="strings", serialize_unknown=True)
        with self._lock:
            if self._is_closed:
                return
            self._append(event.name, event.run, body)
            woken = [viewer for viewer in self._viewers if _concerns(event.run, viewer)]
            self._wake(woken)

    def close(self) -> None:
        """Say `bye` and end every stream."""
        with self._lock:
            if self._is_closed:
                return
            self._append("bye", None, b"{}")
            self._is_closed = True
            self._wake(list(self._viewers))

    async def subscribe(
        self, runs: frozenset[str] | None, last_id: int | None, *, ping_seconds: float = PING_SECONDS
    ) -> AsyncGenerator[bytes, None]:
        """Yield ready text of an event stream until the hub closes.

        Args:
            runs: The runs whose points, samples and feed are wanted; None for the events about all runs only.
            last_id: The last event the viewer has: what came after is sent again, or a `reset` when it is too long ago.
            ping_seconds: How long the stream may stay silent.
        """
        viewer = self._admit(runs or frozenset(), last_id)
        limit = RING_EVENTS
        try:
            # An id without data is no event, but the browser keeps it as its cursor.
            yield b"retry: 1000\nid: %d\n\n" % viewer.cursor
            while True:
                text, is_last = self._take(viewer, limit)
                limit = MAX_BEHIND
                if text:
                    yield text
                if is_last:
                    return
                if not await _is_woken(viewer, ping_seconds):
                    yield _PING
        finally:
            with self._lock:
                self._viewers.discard(viewer)

    def _admit(self, runs: frozenset[str], last_id: int | None) -> _Viewer:
        with self._lock:
            newest = self._newest - 1 if self._is_closed else self._newest  # who comes too late still hears `bye`
            cursor = newest if last_id is None else last_id
            viewer = _Viewer(runs, asyncio.get_running_loop(), cursor)
            self._viewers.add(viewer)
            return viewer

    def _append(self, name: str, run: str | None, body: bytes) -> None:
        self._newest += 1
        frame = _Frame(self._newest, run, _frame(name, self._newest, body))
        self._ring.append(frame)
        self._ring_bytes += len(frame.text)
        while len(self._ring) > RING_EVENTS or (self._ring_bytes > RING_BYTES and len(self._ring) > 1):
            gone = self._ring.popleft()
            self._ring_bytes -= len(gone.text)
            self._floor = gone.id

    def _take(self, viewer: _Viewer, limit: int) -> tuple[bytes, bool]:
        """Collect what the viewer lacks, and say whether that was the last there is."""
        with self._lock:
            viewer.is_woken = False
            viewer.wake.clear()
            frames = self._after(viewer) if self._floor <= viewer.cursor <= self._newest else None
            viewer.cursor = self._newest
            if frames is None or len(frames) > limit or sum(map(len, frames)) > MAX_CHUNK_BYTES:
                frames = [_frame("reset", self._newest, b"{}")]
                if self._is_closed:
                    frames.append(self._ring[-1].text)
            return b"".join(frames), self._is_closed

    def _after(self, viewer: _Viewer) -> list[bytes]:
        frames = []
        for frame in reversed(self._ring):
            if frame.id <= viewer.cursor:
                break
            if _concerns(frame.run, viewer):
                frames.append(frame.text)
        frames.reverse()
        return frames

    def _wake(self, viewers: list[_Viewer]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Viewer]] = {}
        for viewer in viewers:
            if not viewer.is_woken:
                viewer.is_woken = True
                by_loop.setdefault(viewer.loop, []).append(viewer)
        for loop, sleepers in by_loop.items():
            try:
                loop.call_soon_threadsafe(_set_all, sleepers)
            except RuntimeError:  # the loop is gone, and its viewers with it
                self._viewers.difference_update(sleepers)


def _concerns(run: str | None, viewer: _Viewer) -> bool:
    return run is None or run in viewer.runs


def _frame(name: str, number: int, body: bytes) -> bytes:
    # JSON holds no raw newline, so no value can break out of its `data:` line.
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), number, body)


def _set_all(viewers: list[_Viewer]) -> None:
    for viewer in viewers:
        viewer.wake.set()


async def _is_woken(viewer: _Viewer, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await viewer.wake.wait()
    except TimeoutError:
        return False
    return True
