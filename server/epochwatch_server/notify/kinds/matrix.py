"""Matrix, by an access token."""

import re
from collections.abc import Mapping

from epochwatch_server.notify.address_parts import part, web_address
from epochwatch_server.notify.kind import Field, Kind, RefusedDestination


def _build(given: Mapping[str, str]) -> str:
    address = web_address(given["server"], "The address of a Matrix server")
    room, token = given["room"].strip(), given["token"].strip()
    if not re.fullmatch(r"[!#][^\s/]+", room) or not token:
        raise RefusedDestination("A room reads !id:server or #name:server.")
    scheme = "matrixs" if address.is_secure else "matrix"
    return f"{scheme}://{part(token)}@{address.place}/{part(room)}?discovery=no&version=3&msgtype=text&image=no"


KIND = Kind(
    id="matrix",
    title="Matrix",
    about="A room, by the access token of an account that may write there.",
    fields=(
        Field("server", "Server", "address", "https://matrix.example.org"),
        Field("room", "Room", hint="!abc:example.org or #name:example.org"),
        Field("token", "Access token", "secret", "syt_…"),
    ),
    schemas=("matrix", "matrixs"),
    plugin="apprise.plugins.matrix.base:NotifyMatrix",
    build=_build,
    options=frozenset({"discovery", "version", "msgtype", "image", "token"}),
    chooses_host=True,
)
