"""Gotify, a server of one's own."""

import re
from collections.abc import Mapping

from epochwatch_server.notify.address_parts import web_address
from epochwatch_server.notify.kind import Field, Kind, RefusedDestination


def _build(given: Mapping[str, str]) -> str:
    address = web_address(given["server"], "The address of a Gotify server")
    token = given["token"].strip()
    if not re.fullmatch(r"[\w.\-]{8,64}", token):
        raise RefusedDestination("An application's token is a word of letters, digits, dots and hyphens.")
    return f"{'gotifys' if address.is_secure else 'gotify'}://{address.place}{address.path}/{token}"


KIND = Kind(
    id="gotify",
    title="Gotify",
    about="Phones and desktops that follow a Gotify server of your own.",
    fields=(
        Field("server", "Server", "address", "https://gotify.example.com"),
        Field("token", "Application token", "secret"),
    ),
    schemas=("gotify", "gotifys"),
    plugin="apprise.plugins.gotify:NotifyGotify",
    build=_build,
    options=frozenset({"priority"}),
    chooses_host=True,
)
