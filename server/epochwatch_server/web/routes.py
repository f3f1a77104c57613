"""Every route of the server: one line for each file that has any."""

from fastapi import APIRouter

from epochwatch_server.web import health, static_route
from epochwatch_server.web.api import (
    alert_charts,
    alerts,
    charts,
    compare,
    compare_projects,
    epochs,
    events,
    export,
    images,
    notes,
    notifiers,
    packets,
    points,
    recording,
    reports,
    roles,
    rules,
    runs,
    samples,
    sessions,
    stream,
    targets,
    views,
)
from epochwatch_server.web.pages import alerts as alerts_page
from epochwatch_server.web.pages import compare as compare_page
from epochwatch_server.web.pages import login
from epochwatch_server.web.pages import rules as rules_page
from epochwatch_server.web.pages import run as run_page
from epochwatch_server.web.pages import runs as runs_page
from epochwatch_server.web.pages import settings as settings_page

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    static_route.router,
    login.router,
    runs_page.router,
    run_page.router,
    compare_page.router,
    alerts_page.router,
    rules_page.router,
    settings_page.router,
    packets.router,
    stream.router,
    runs.router,
    points.router,
    epochs.router,
    charts.router,
    compare.router,
    compare_projects.router,
    notes.router,
    views.router,
    alert_charts.router,
    targets.router,
    alerts.router,
    rules.router,
    roles.router,
    events.router,
    samples.router,
    images.router,
    notifiers.router,
    export.router,
    recording.router,
    reports.router,
    sessions.router,
)
