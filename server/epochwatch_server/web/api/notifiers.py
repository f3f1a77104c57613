"""Notifiers and their deliveries: what was set up, tried and answered; never a destination's secrets."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.flows.notifiers import Target
from epochwatch_server.notify.catalogue import KINDS, find_kind
from epochwatch_server.notify.kind import RefusedDestination
from epochwatch_server.store import notifiers
from epochwatch_server.store.database import Connection
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.ids import IdInPath, IdInQuery
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api", tags=["notifiers"])

_COUNTED = 5_000  # deliveries looked through for a notifier's last outcome


class NotifierGiven(BaseModel):
    """A notifier to make, or what to change of one: what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str | None, Field(max_length=200)] = None
    kind: Annotated[str | None, Field(max_length=40)] = None
    fields: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=2_000)]] | None = None
    url: Annotated[str | None, Field(max_length=2_000)] = None  # an apprise address, instead of kind and fields
    severity: Annotated[str | None, Field(max_length=20)] = None
    projects: Annotated[list[Annotated[str, Field(max_length=256)]] | None, Field(max_length=200)] = None
    is_on: bool | None = None
    quiet_from: Annotated[str | None, Field(max_length=5)] = None
    quiet_until: Annotated[str | None, Field(max_length=5)] = None
    timezone: Annotated[str | None, Field(max_length=60)] = None
    quiet_holds_critical: bool | None = None
    cool_down_seconds: Annotated[int | None, Field(ge=0, le=86_400)] = None
    sends_resolved: bool | None = None

    def target(self) -> Target | None:
        """Read where to; None when nothing was said about it."""
        if self.url is not None:
            return Target(address=self.url)
        return None if self.kind is None else Target(self.kind, self.fields)

    def settings(self) -> dict[str, Any]:
        """Read everything else; quiet hours may be taken away with null."""
        given = self.model_dump(exclude_unset=True, exclude={"kind", "fields", "url"})
        found = {name: value for name, value in given.items() if value is not None or name.startswith("quiet_")}
        if found.get("quiet_holds_critical", True) is None:
            del found["quiet_holds_critical"]
        return found | ({"projects": tuple(found["projects"])} if "projects" in found else {})


@router.get("/notifiers/kinds")
def list_kinds() -> Response:
    """List the kinds of notifiers with the fields to fill in."""
    return json_answer({"kinds": kinds_json()})


@router.get("/notifiers")
def list_notifiers(services: ServicesDep) -> Response:
    """List notifiers, oldest first, each with its last outcome."""
    with services.database.read() as connection:
        return json_answer({"notifiers": notifiers_json(connection)})


@router.post("/notifiers", status_code=201)
def create_notifier(services: ServicesDep, given: NotifierGiven) -> Response:
    """Make a notifier; it is told of what happens from now on."""
    made = services.notifiers.create(given.target() or Target(), given.settings())
    return json_answer(notifier_json(made), 201)


@router.patch("/notifiers/{notifier_id}")
def change_notifier(services: ServicesDep, notifier_id: IdInPath, given: NotifierGiven) -> Response:
    """Change a notifier; what is left out stays, its destination too."""
    return json_answer(notifier_json(services.notifiers.change(notifier_id, given.target(), given.settings())))


@router.delete("/notifiers/{notifier_id}", status_code=204)
def delete_notifier(services: ServicesDep, notifier_id: IdInPath) -> Response:
    """Delete a notifier and what waits to be sent there."""
    services.notifiers.delete(notifier_id)
    return Response(status_code=204)


@router.post("/notifiers/{notifier_id}/test")
def test_notifier(services: ServicesDep, notifier_id: IdInPath) -> Response:
    """Send a test message now and tell what the receiver said."""
    outcome = services.notifiers.test(notifier_id)
    return json_answer({"ok": outcome.is_sent, "answer": outcome.answer})


@router.get("/notifications")
def list_notifications(
    services: ServicesDep, notifier: IdInQuery = None, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> Response:
    """List deliveries, newest first."""
    with services.database.read() as connection:
        found = notifiers.list_notifications(connection, notifier, limit)
    return json_answer({"notifications": [notification_json(one) for one in found]})


@router.post("/notifications/{notification_id}/retry", status_code=204)
def retry_notification(services: ServicesDep, notification_id: str) -> Response:
    """Give a delivery that was given up its tries back."""
    services.notifiers.retry(notification_id)
    return Response(status_code=204)


def kinds_json() -> list[dict[str, Any]]:
    """Describe every kind of notifier: its words, its fields, and the schemes of addresses that can be pasted."""
    return [
        {
            "id": kind.id,
            "title": kind.title,
            "about": kind.about,
            "schemas": kind.schemas,
            "fields": [asdict(field) | {"is_secret": field.is_secret} for field in kind.fields],
        }
        for kind in KINDS
    ]


def notifiers_json(connection: Connection) -> list[dict[str, Any]]:
    """Read all notifiers, each with its last outcome and how many deliveries wait or failed."""
    last: dict[int, Notification] = {}
    counts: dict[int, Counter[str]] = {}
    for one in notifiers.list_notifications(connection, None, _COUNTED):
        counts.setdefault(one.notifier_id, Counter())[one.state] += 1
        if one.state in ("sent", "failed") or (one.state == "waiting" and one.answer):
            last.setdefault(one.notifier_id, one)
    found = []
    for notifier in notifiers.list_notifiers(connection):
        count = counts.get(notifier.id, Counter())
        latest = last.get(notifier.id)
        outcome = None if latest is None else notification_json(latest)
        waiting = count["waiting"] + count["held"]
        found.append(notifier_json(notifier) | {"last": outcome, "waiting": waiting, "failed": count["failed"]})
    return found


def notifier_json(notifier: Notifier) -> dict[str, Any]:
    """Show a notifier; of its destination only what is no secret."""
    try:
        kind = find_kind(notifier.kind)
        title, where = kind.title, kind.shown(notifier.url)
    except RefusedDestination:  # kept by another version
        title, where = notifier.kind, ""
    names = (
        "id name kind severity projects is_on quiet_from quiet_until timezone quiet_holds_critical cool_down_seconds "
        "sends_resolved created_ms"
    )
    shown = {name: getattr(notifier, name) for name in names.split()}
    return shown | {"kind_title": title, "where": where, "url": f"{notifier.url.partition('://')[0]}://•••"}


def notification_json(one: Notification) -> dict[str, Any]:
    """Show a delivery."""
    return {
        "id": one.id,
        "notifier": one.notifier_id,
        "run": one.run_id,
        "title": one.title,
        "body": one.body,
        "state": one.state,
        "attempts": one.attempts,
        "due_ms": one.due_ms,
        "sent_ms": one.sent_ms,
        "answer": one.answer,
        "created_ms": one.created_ms,
        "alerts": len(one.transition_ids),
    }
