"""Discord, by a channel's webhook."""

import re
from collections.abc import Mapping

from epochwatch_server.notify.kind import Field, Kind, RefusedDestination
from epochwatch_server.notify.plain_text import for_markdown

_HOOK = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(\d+)/([\w-]+)/?")


def _build(given: Mapping[str, str]) -> str:
    found = _HOOK.fullmatch(given["webhook"].strip())
    if found is None:
        raise RefusedDestination("A Discord webhook reads https://discord.com/api/webhooks/…/….")
    return "discord://{}/{}?avatar=no&image=no".format(*found.groups())


KIND = Kind(
    id="discord",
    title="Discord",
    about="A channel, by its webhook (channel settings, Integrations).",
    fields=(Field("webhook", "Webhook address", "secret", "https://discord.com/api/webhooks/…/…"),),
    schemas=("discord",),
    plugin="apprise.plugins.discord:NotifyDiscord",
    build=_build,
    options=frozenset({"avatar", "image", "thread"}),
    quiet=for_markdown,
    host_of=lambda _sender: "discord.com",
    shown=lambda _address: "discord.com",
)
