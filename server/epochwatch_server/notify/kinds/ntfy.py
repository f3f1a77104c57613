"""Ntfy, of its makers or of one's own."""

import re
from collections.abc import Mapping

from epochwatch_server.notify.address_parts import part, web_address, with_query
from epochwatch_server.notify.kind import Field, Kind, RefusedDestination


def _build(given: Mapping[str, str]) -> str:
    address = web_address(given.get("server") or "https://ntfy.sh", "The address of an ntfy server")
    topic, token = given["topic"].strip(), given.get("token", "").strip()
    if address.path or address.query:
        raise RefusedDestination("The address of an ntfy server ends with its host; the topic has a field of its own.")
    if not re.fullmatch(r"[\w-]{1,64}", topic):
        raise RefusedDestination("A topic is made of letters, digits, _ and -, 64 at most.")
    scheme = "ntfys" if address.is_secure else "ntfy"
    account = f"{part(token)}@" if token else ""
    query = {"auth": "token" if token else "", "mode": "private", "image": "no"}
    return with_query(f"{scheme}://{account}{address.place}/{topic}", query)


KIND = Kind(
    id="ntfy",
    title="ntfy",
    about="Phones and desktops that follow a topic.",
    fields=(
        Field("topic", "Topic", "secret", "Who knows it can read it: make it hard to guess"),
        Field("server", "Server", "address", "https://ntfy.sh, or your own", default="https://ntfy.sh"),
        Field("token", "Access token", "secret", "tk_…, if the topic asks for one", is_required=False),
    ),
    schemas=("ntfy", "ntfys"),
    plugin="apprise.plugins.ntfy:NotifyNtfy",
    build=_build,
    options=frozenset({"auth", "mode", "image", "priority", "token", "to"}),
    chooses_host=True,
)
