"""Every route of the server: one line for each file that has any."""

from fastapi import APIRouter

from epochwatch_server.web import health, static_route
from epochwatch_server.web.api import (
    charts,
    epochs,
    events,
    export,
    images,
    packets,
    points,
    runs,
    samples,
    sessions,
    stream,
)
from epochwatch_server.web.pages import login
from epochwatch_server.web.pages import run as run_page
from epochwatch_server.web.pages import runs as runs_page

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    static_route.router,
    login.router,
    runs_page.router,
    run_page.router,
    packets.router,
    stream.router,
    runs.router,
    points.router,
    epochs.router,
    charts.router,
    events.router,
    samples.router,
    images.router,
    export.router,
    sessions.router,
)
