"""E-mail, by a mail server that takes it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from epochwatch_server.notify.address_parts import part, with_query
from epochwatch_server.notify.kind import Field, Kind, Message, RefusedDestination

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_SECURITY = ("starttls", "ssl", "insecure")
_MAX_RECIPIENTS = 20


def _build(given: Mapping[str, str]) -> str:
    recipients = [one for one in re.split(r"[,;\s]+", given["to"]) if one]
    sender = given["sender"].strip()
    for one in (sender, *recipients):
        if not _ADDRESS.fullmatch(one):
            raise RefusedDestination(f"{one[:80]!r} is not an e-mail address.")
    if not 1 <= len(recipients) <= _MAX_RECIPIENTS:
        raise RefusedDestination(f"{len(recipients)} recipients were given; 1 to {_MAX_RECIPIENTS} are possible.")
    server, security = given["server"].strip(), given.get("security") or _SECURITY[0]
    if not re.fullmatch(r"[\w.\-]+|\[[\da-fA-F:.]+\]", server) or security not in _SECURITY:
        raise RefusedDestination(f"{server[:80]!r} is not the name of a mail server.")
    port = given.get("port", "").strip()
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise RefusedDestination(f"The port {port[:20]!r} is not a number from 1 to 65535.")
    user = given.get("user", "").strip()
    password = given.get("password", "")
    account = f"{part(user)}:{part(password)}@" if user and password else ""
    scheme = "mailto" if security == "insecure" else "mailtos"
    query = {
        "smtp": server,
        "from": sender,
        "to": ",".join(recipients),
        "mode": security,
        "format": "text",
    }
    return with_query(f"{scheme}://{account}{server}{':' + port if port else ''}", query)


def _prepare(sender: Any, message: Message) -> None:
    sender.headers["X-Epochwatch-Notification"] = message.id


KIND = Kind(
    id="email",
    title="E-mail",
    about="One or more people, by a mail server that takes messages from this machine.",
    fields=(
        Field("to", "To", hint="One or more addresses, separated by commas"),
        Field("sender", "From", hint="epochwatch@example.com"),
        Field("server", "Mail server", hint="smtp.example.com"),
        Field("port", "Port", "number", "587, 465 or 25 by the way of securing", is_required=False),
        Field("security", "Secured by", "choice", default="starttls", choices=_SECURITY, is_required=False),
        Field("user", "User", is_required=False),
        Field("password", "Password", "secret", is_required=False),
    ),
    schemas=("mailto", "mailtos"),
    plugin="apprise.plugins.email.base:NotifyEmail",
    build=_build,
    options=frozenset({"smtp", "from", "to", "cc", "bcc", "reply", "mode", "format", "user", "pass", "name"}),
    wire="smtp",
    prepare=_prepare,
    chooses_host=True,
    host_of=lambda sender: str(sender.smtp_host),
    shown=lambda address: dict(parse_qsl(urlsplit(address).query)).get("to", "").replace(",", ", "),
)
