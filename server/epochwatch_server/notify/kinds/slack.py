"""Slack, by an incoming webhook."""

import re
from collections.abc import Mapping

from epochwatch_server.notify.kind import Field, Kind, RefusedDestination
from epochwatch_server.notify.plain_text import for_plain

_HOOK = re.compile(r"https://hooks\.slack(?:-gov)?\.com/services/(\w+)/(\w+)/(\w+)/?")


def _build(given: Mapping[str, str]) -> str:
    found = _HOOK.fullmatch(given["webhook"].strip())
    if found is None:
        raise RefusedDestination("A Slack webhook reads https://hooks.slack.com/services/T…/B…/….")
    return "slack://{}/{}/{}?image=no&footer=no".format(*found.groups())


KIND = Kind(
    id="slack",
    title="Slack",
    about="A channel, by an incoming webhook of your workspace.",
    fields=(Field("webhook", "Webhook address", "secret", "https://hooks.slack.com/services/T…/B…/…"),),
    schemas=("slack",),
    plugin="apprise.plugins.slack:NotifySlack",
    build=_build,
    options=frozenset({"image", "footer", "to"}),
    quiet=for_plain,
    host_of=lambda _sender: "hooks.slack.com",
    shown=lambda _address: "hooks.slack.com",
)
