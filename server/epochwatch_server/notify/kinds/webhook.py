"""Any program of one's own: a JSON document, posted to an address."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from epochwatch_server.notify.address_parts import part, web_address
from epochwatch_server.notify.kind import Field, Kind, Message


def _build(given: Mapping[str, str]) -> str:
    address = web_address(given["address"], "The address of a webhook")
    query = [f"-{part(name)}={part(value)}" for name, value in address.query]
    if given.get("authorization"):
        query.append(f"+Authorization={part(given['authorization'])}")
    scheme = "jsons" if address.is_secure else "json"
    return f"{scheme}://{address.place}{address.path or '/'}" + ("?" + "&".join(query) if query else "")


def _prepare(sender: Any, message: Message) -> None:
    sender.payload_extras.update({"id": message.id, "severity": message.severity, **message.facts})


KIND = Kind(
    id="webhook",
    title="Webhook",
    about="A JSON document posted to an address of your choice.",
    fields=(
        Field("address", "Address", "secret", "https://example.com/hooks/training"),
        Field("authorization", "Authorization header", "secret", "Such as: Bearer …", is_required=False),
    ),
    schemas=("json", "jsons"),
    plugin="apprise.plugins.custom_json:NotifyJSON",
    build=_build,
    options=frozenset({"+*", "-*", "method"}),
    prepare=_prepare,
    chooses_host=True,
    shown=lambda address: urlsplit(address).hostname or "",
)
