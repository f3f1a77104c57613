"""The live stream: server-sent events, encoded once for all viewers, ended at once when the server stops."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from epochwatch_server.web.keyring import Keyring
from epochwatch_server.web.services import ServicesDep

router = APIRouter(tags=["stream"])

MAX_RUNS = 64
SEND_SECONDS = 30.0  # a viewer that takes nothing for this long is gone, or might as well be
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """Sends chunks as they come, until they end, the viewer leaves, or takes nothing any more."""

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until it is over."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_wait_until_gone(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._chunks.aclose()

    async def _send(self, send: Send) -> None:
        async for chunk in self._chunks:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@router.get("/api/stream", response_class=StreamingResponse)
async def open_stream(
    request: Request,
    services: ServicesDep,
    runs: Annotated[str, Query(max_length=MAX_RUNS * 65)] = "",
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Follow all rows and, in full, the runs named (comma-separated); resumes after `Last-Event-ID`."""
    wanted = frozenset(name for name in runs.split(",")[:MAX_RUNS] if name)
    last_id = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 19 else None
    chunks = services.hub.subscribe(wanted, last_id)
    session = request.scope["state"].get("session")
    return EventStream(chunks if session is None else _while_allowed(chunks, services.keyring, session))


async def _while_allowed(
    chunks: AsyncGenerator[bytes, None], keyring: Keyring, session: str
) -> AsyncGenerator[bytes, None]:
    """End a stream with the first event after its session ended; on a silent one the next ping is that event.

    The store is asked only when nobody knows any more, every half minute: another server may have ended the session.
    """
    try:
        async for chunk in chunks:
            if not keyring.knows_session(session) and not await run_in_threadpool(keyring.has_session, session):
                return
            yield chunk
    finally:
        await chunks.aclose()


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
