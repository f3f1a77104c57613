"""Mattermost, by an incoming webhook."""

from collections.abc import Mapping

from epochwatch_server.notify.address_parts import web_address
from epochwatch_server.notify.kind import Field, Kind, RefusedDestination
from epochwatch_server.notify.plain_text import for_markdown


def _build(given: Mapping[str, str]) -> str:
    address = web_address(given["webhook"], "The address of a Mattermost webhook")
    before, found, token = address.path.rpartition("/hooks/")
    if not found or not token.isalnum():
        raise RefusedDestination("A Mattermost webhook reads https://…/hooks/….")
    return f"{'mmosts' if address.is_secure else 'mmost'}://{address.place}{before}/{token}?image=no"


KIND = Kind(
    id="mattermost",
    title="Mattermost",
    about="A channel, by an incoming webhook of your server.",
    fields=(Field("webhook", "Webhook address", "secret", "https://chat.example.com/hooks/…"),),
    schemas=("mmost", "mmosts"),
    plugin="apprise.plugins.mattermost:NotifyMattermost",
    build=_build,
    options=frozenset({"image", "channel", "to"}),
    speaks="markdown",
    quiet=for_markdown,
    chooses_host=True,
)
