"""What routes work with: built once by `create_app`, reached through the request."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from epochwatch_server.flows.alerts import Alerts
from epochwatch_server.flows.comparing import Comparing
from epochwatch_server.flows.control import Control
from epochwatch_server.flows.ingest import Ingest
from epochwatch_server.flows.notifiers import Notifiers
from epochwatch_server.flows.rule_book import RuleBook
from epochwatch_server.flows.rules import Rules
from epochwatch_server.flows.run_rows import RunRows
from epochwatch_server.flows.views import Views
from epochwatch_server.live.hub import Hub
from epochwatch_server.settings import Settings
from epochwatch_server.store.database import Database
from epochwatch_server.web.keyring import Keyring
from epochwatch_server.web.templating import Templates


@dataclass(frozen=True, slots=True)
class Services:
    """The server's parts. Read with `with services.database.read() as connection:`; write through the flows only."""

    settings: Settings
    database: Database
    hub: Hub
    ingest: Ingest
    control: Control
    rows: RunRows
    book: RuleBook
    alerts: Alerts
    rules: Rules
    notifiers: Notifiers
    comparing: Comparing
    views: Views
    keyring: Keyring
    templates: Templates
    packet_threads: CapacityLimiter


def services_of(request: Request) -> Services:
    """Find the services of the app that serves this request."""
    found = request.app.state.services
    assert isinstance(found, Services)  # noqa: S101 - create_app puts them there; tells mypy
    return found


ServicesDep = Annotated[Services, Depends(services_of)]
