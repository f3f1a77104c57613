"""Pushover, on phones."""

import re
from collections.abc import Mapping

from epochwatch_server.notify.kind import Field, Kind, RefusedDestination


def _build(given: Mapping[str, str]) -> str:
    user, token = given["user"].strip(), given["token"].strip()
    if not (re.fullmatch(r"\w{30}", user) and re.fullmatch(r"\w{30}", token)):
        raise RefusedDestination("User key and application token have 30 letters and digits each.")
    return f"pover://{user}@{token}"


KIND = Kind(
    id="pushover",
    title="Pushover",
    about="Phones and desktops of a Pushover account.",
    fields=(Field("user", "User or group key", "secret"), Field("token", "Application token", "secret")),
    schemas=("pover",),
    plugin="apprise.plugins.pushover:NotifyPushover",
    build=_build,
    options=frozenset({"priority", "sound"}),
    host_of=lambda _sender: "api.pushover.net",
    shown=lambda _address: "api.pushover.net",
)
