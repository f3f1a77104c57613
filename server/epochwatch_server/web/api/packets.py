"""Where hooks send: one packet in, what is confirmed out."""

from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from epochwatch_server.flows.ingest import PacketAnswer
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.security import PACKET_TYPE
from epochwatch_server.web.services import ServicesDep

router = APIRouter(tags=["packets"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "`EWP1`, the header's length (uint32, little-endian), the header as JSON, then the sections it "
        "names: tables of float64 rows and image files. With `Content-Encoding: deflate` the whole is in zlib format.",
        "content": {PACKET_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/api/packets", openapi_extra=_BODY)
async def receive_packet(request: Request, services: ServicesDep) -> Response:
    """Store a packet durably, exactly once and in order, then confirm it."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    walk = partial(services.ingest.receive, await request.body(), encoding)
    # Threads of their own: hooks that wait for the disk must not take those in which pages are read.
    answer = await anyio.to_thread.run_sync(walk, limiter=services.packet_threads)
    return json_answer(_answer_json(answer))


def _answer_json(answer: PacketAnswer) -> dict[str, Any]:
    return {
        "confirmed": answer.confirmed,
        "run": f"/runs/{answer.run_id}",
        "commands": [
            {"id": command.id, "type": command.type, "reason": command.reason, "actor": command.actor}
            for command in answer.commands
        ],
        "rejected": [{"where": part.where, "given": part.given, "expected": part.expected} for part in answer.rejected],
        "alerts": list(answer.alerts),
    }
