"""Builds the server: every part once, handed to those who need it; starts the writer and the watch, and stops them."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.types import ASGIApp

from epochwatch_server import __version__
from epochwatch_server.flows.alerts import Alerts
from epochwatch_server.flows.announce import Announcer
from epochwatch_server.flows.comparing import Comparing
from epochwatch_server.flows.control import Control
from epochwatch_server.flows.deliver import Deliver
from epochwatch_server.flows.evaluation import Evaluation
from epochwatch_server.flows.health_changes import HealthChanges
from epochwatch_server.flows.ingest import Ingest
from epochwatch_server.flows.notifiers import Notifiers
from epochwatch_server.flows.pulse import Pulses
from epochwatch_server.flows.rule_book import RuleBook
from epochwatch_server.flows.rules import Rules
from epochwatch_server.flows.run_rows import RunRows
from epochwatch_server.flows.views import Views
from epochwatch_server.flows.watch import Watch
from epochwatch_server.live.hub import Hub
from epochwatch_server.notify.sender import Sender
from epochwatch_server.settings import Settings, assets_folder, own_url
from epochwatch_server.store.database import Database, open_database
from epochwatch_server.store.writer import Writer
from epochwatch_server.web import errors
from epochwatch_server.web.keyring import Keyring
from epochwatch_server.web.origins import origins_of
from epochwatch_server.web.routes import ROUTERS
from epochwatch_server.web.security import Doors
from epochwatch_server.web.services import Services
from epochwatch_server.web.static_files import StaticFiles
from epochwatch_server.web.templating import Templates

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
DEAF_MS = 5_000  # between two ticks: more is a clock that was set, or a server that heard nothing meanwhile
PACKET_THREADS = 32  # packets that wait for their commit at once; more wait in the network


class Application(FastAPI):
    """The app with its doors in front of everything, also of the answer to an error nobody expected."""

    def build_middleware_stack(self) -> ASGIApp:
        """Put the doors outermost."""
        services: Services = self.state.services
        return Doors(super().build_middleware_stack(), services.keyring, origins_of(services.settings))


def create_app(settings: Settings) -> FastAPI:
    """Build the server on an opened database; its loops run while the app's lifespan does.

    Raises:
        DatabaseInUse: Another server works on the same database file.
        InvalidInput: The database URL cannot be used.
    """
    database = open_database(settings.database_url)
    writer, hub, pulses, rows = Writer(database), Hub(), Pulses(_now_ms()), RunRows(_now_ms)
    announcer, book = Announcer(database, hub, rows), RuleBook(_now_ms)
    evaluation = Evaluation(database, writer, announcer, book, _now_ms)
    changes = HealthChanges(database, announcer, book)
    sender, base_url = Sender(allows_private=settings.notify_private), partial(own_url, settings)
    app = Application(
        title="Epochwatch",
        version=__version__,
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_lifespan(
            database,
            writer,
            hub,
            Watch(database, writer, announcer, pulses),
            evaluation,
            Deliver(database, writer, sender, base_url, _now_ms),
        ),
    )
    app.state.services = Services(
        settings=settings,
        database=database,
        hub=hub,
        ingest=Ingest(writer, announcer, pulses, _now_ms, evaluation),
        control=Control(writer, announcer, pulses, _now_ms),
        rows=rows,
        notifiers=Notifiers(database, writer, sender, base_url, _now_ms),
        book=book,
        alerts=Alerts(database, writer, book, changes, evaluation.look_again, _now_ms),
        rules=Rules(database, writer, book, changes, _now_ms),
        comparing=Comparing(),
        views=Views(writer, announcer, _now_ms),
        keyring=Keyring(settings.token, database, writer, time.monotonic),
        templates=Templates(assets_folder("templates"), StaticFiles(assets_folder("static"))),
        packet_threads=CapacityLimiter(PACKET_THREADS),
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _lifespan(
    database: Database, writer: Writer, hub: Hub, watch: Watch, evaluation: Evaluation, deliver: Deliver
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run_loops(_app: FastAPI) -> AsyncIterator[None]:
        writer.start()
        evaluation.start()
        deliver.start()
        ticking = asyncio.create_task(_tick(watch, evaluation))
        yield
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
        hub.close()
        await asyncio.to_thread(evaluation.stop)
        await asyncio.to_thread(deliver.stop)
        await asyncio.to_thread(writer.stop)
        database.close()

    return run_loops


async def _tick(watch: Watch, evaluation: Evaluation) -> None:
    before_ms = _now_ms()
    while True:
        now_ms = _now_ms()
        if not 0 <= now_ms - before_ms <= DEAF_MS:
            logger.warning("the clock jumped, or the server stood still, for %s s", (now_ms - before_ms) / 1000)
            evaluation.listen_from(now_ms)
            watch.listen_from(now_ms)
        before_ms = now_ms
        evaluation.tick(now_ms)
        try:
            await asyncio.to_thread(watch.tick, now_ms)
        except Exception:  # whatever one look ran into, silence must go on being noticed
            logger.exception("watching failed, next try in %s s", TICK_SECONDS)
        await asyncio.sleep(TICK_SECONDS)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
