"""The hub: every viewer gets what concerns it, in order, and nobody's slowness costs anything."""

import asyncio
import json
import math
import threading
import time
from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Any

from epochwatch_server.live.hub import MAX_BEHIND, RING_EVENTS, Event, Hub


def parse(text: bytes) -> list[tuple[str, int, Any]]:
    """Read events off a piece of the stream; comments and lone ids are no events."""
    events = []
    for block in text.decode().split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.split("\n") if line)
        if "event" in fields:
            events.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return events


async def take(stream: AsyncGenerator[bytes, None], count: int) -> list[tuple[str, int, Any]]:
    """Read until there are so many events."""
    found: list[tuple[str, int, Any]] = []
    async with asyncio.timeout(5):
        while len(found) < count:
            found += parse(await anext(stream))
    return found


async def opened(hub: Hub, runs: set[str] | None = None, last_id: int | None = None) -> AsyncGenerator[bytes, None]:
    stream = hub.subscribe(frozenset(runs) if runs is not None else None, last_id, ping_seconds=0.05)
    await anext(stream)  # its first chunk gives the browser a cursor
    return stream


def test_events_arrive_in_order_with_ids_that_rise_by_one() -> None:
    async def follow() -> None:
        hub = Hub()
        stream = await opened(hub)
        for number in range(20):
            hub.publish(Event("run", {"n": number}))
        events = await take(stream, 20)
        assert [data["n"] for _, _, data in events] == list(range(20))
        assert [b[1] - a[1] for a, b in pairwise(events)] == [1] * 19

    asyncio.run(follow())


def test_points_go_only_to_streams_that_asked_for_their_run() -> None:
    async def follow() -> None:
        hub = Hub()
        one, all_rows = await opened(hub, {"a"}), await opened(hub)
        for run in ("a", "b", "a"):
            hub.publish(Event("points", {"of": run}, run))
        hub.publish(Event("run", {"of": "everyone"}))
        assert [data["of"] for _, _, data in await take(one, 3)] == ["a", "a", "everyone"]
        assert [data["of"] for _, _, data in await take(all_rows, 1)] == ["everyone"]

    asyncio.run(follow())


def test_publishing_from_many_threads_reaches_every_viewer() -> None:
    async def follow() -> None:
        hub = Hub()
        streams = [await opened(hub) for _ in range(5)]

        def publish() -> None:
            for _ in range(40):
                hub.publish(Event("run", {}))

        threads = [threading.Thread(target=publish) for _ in range(4)]
        for thread in threads:
            thread.start()
        for stream in streams:
            ids = [number for _, number, _ in await take(stream, 160)]
            assert ids == list(range(ids[0], ids[0] + 160))
        for thread in threads:
            thread.join()

    asyncio.run(follow())


def test_a_viewer_resumes_after_its_last_event() -> None:
    async def follow() -> None:
        hub = Hub()
        first = await opened(hub, {"a"})
        hub.publish(Event("points", {"n": 0}, "a"))
        ((_, last, _),) = await take(first, 1)
        await first.aclose()
        for number in range(1, RING_EVENTS):
            hub.publish(Event("points", {"n": number}, "a"))
        again = await opened(hub, {"a"}, last)
        assert [data["n"] for _, _, data in await take(again, RING_EVENTS - 1)] == list(range(1, RING_EVENTS))

    asyncio.run(follow())


def test_a_cursor_that_is_too_old_or_of_another_server_gets_a_reset() -> None:
    async def follow() -> None:
        hub = Hub()
        for _ in range(RING_EVENTS + 10):
            hub.publish(Event("run", {}))
        newest = hub._newest
        for cursor in (newest - RING_EVENTS - 1, 5, newest + 1000):
            ((name, number, _),) = await take(await opened(hub, None, cursor), 1)
            assert (name, number) == ("reset", newest)
        ((name, _, _),) = [(await take(await opened(hub, None, newest - 1), 1))[0]]
        assert name == "run"

    asyncio.run(follow())


def test_a_viewer_that_fell_behind_gets_one_reset_and_then_goes_on() -> None:
    async def follow() -> None:
        hub = Hub()
        stream = await opened(hub)
        hub.publish(Event("run", {}))
        await take(stream, 1)
        for _ in range(MAX_BEHIND + 1):
            hub.publish(Event("run", {}))
        assert [name for name, _, _ in await take(stream, 1)] == ["reset"]
        hub.publish(Event("run", {"n": "next"}))
        assert [data for _, _, data in await take(stream, 1)] == [{"n": "next"}]

    asyncio.run(follow())


def test_what_nobody_reads_does_not_pile_up() -> None:
    async def follow() -> None:
        hub = Hub()
        streams = [await opened(hub) for _ in range(50)]
        payload = {"text": "x" * 100_000}
        for _ in range(1_000):
            hub.publish(Event("run", payload))
        assert hub._ring_bytes < 33 * 2**20
        assert sum(len(frame.text) for frame in hub._ring) == hub._ring_bytes
        for stream in streams:
            await stream.aclose()
        assert hub.viewers == 0

    asyncio.run(follow())


def test_a_silent_stream_pings() -> None:
    async def follow() -> None:
        stream = await opened(Hub())
        assert await anext(stream) == b": ping\n\n"

    asyncio.run(follow())


def test_closing_says_bye_and_ends_every_stream() -> None:
    async def follow() -> None:
        hub = Hub()
        stream = await opened(hub)
        waiting = asyncio.create_task(take(stream, 1))
        await asyncio.sleep(0.01)
        threading.Thread(target=hub.close).start()
        assert [name for name, _, _ in await waiting] == ["bye"]
        assert [chunk async for chunk in stream] == []
        hub.publish(Event("run", {}))  # too late, and harmless
        late = [chunk async for chunk in hub.subscribe(None, None)]
        assert len(late) == 2
        assert late[1].startswith(b"event: bye")  # a stream that was just being opened ends as politely

    asyncio.run(follow())


def test_non_finite_values_are_strings_and_names_cannot_leave_their_line() -> None:
    async def follow() -> None:
        hub = Hub()
        stream = await opened(hub)
        values = [math.nan, math.inf, -math.inf, 1.5]
        hub.publish(Event("run", {"values": values, "name": "a\n\nevent: bye\ndata: x\r\u2028"}))
        ((name, _, data),) = await take(stream, 1)
        assert name == "run"
        assert data == {"values": ["NaN", "Infinity", "-Infinity", 1.5], "name": "a\n\nevent: bye\ndata: x\r\u2028"}

    asyncio.run(follow())


def test_a_thousand_viewers_cost_the_publisher_little() -> None:
    async def follow() -> None:
        hub = Hub()
        streams = [await opened(hub, {f"run{number}"}) for number in range(1_000)]
        began = time.thread_time()
        for _ in range(200):
            hub.publish(Event("points", {"values": [1.0] * 100}, "run7"))
        assert (time.thread_time() - began) / 200 < 0.005
        assert len(await take(streams[7], 200)) == 200

    asyncio.run(follow())


def test_ids_of_a_restarted_server_are_above_those_before() -> None:
    before, after = Hub(lambda: 1000.0), Hub(lambda: 1002.0)
    for _ in range(1_500):
        before.publish(Event("run", {}))
    assert before._newest < after._floor
