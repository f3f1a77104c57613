"""Telegram, by a bot."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from epochwatch_server.notify.kind import Field, Kind, RefusedDestination
from epochwatch_server.notify.plain_text import for_html


def _build(given: Mapping[str, str]) -> str:
    token, chat = given["token"].strip(), given["chat"].strip()
    if not re.fullmatch(r"\d+:[\w-]{20,}", token):
        raise RefusedDestination("A bot's token reads 123456789:AbC…, as BotFather gave it.")
    if not re.fullmatch(r"-?\d+|@\w+", chat):
        raise RefusedDestination(f"A chat is a number or @name; {chat[:40]!r} was given.")
    return f"tgram://{token}/{chat}?image=no&detect=no"


KIND = Kind(
    id="telegram",
    title="Telegram",
    about="A chat or channel, by a bot that is in it.",
    fields=(
        Field("token", "Bot token", "secret", "123456789:AbC…, from BotFather"),
        Field("chat", "Chat", hint="Its number, such as -1001234567890, or @channel"),
    ),
    schemas=("tgram",),
    plugin="apprise.plugins.telegram:NotifyTelegram",
    build=_build,
    options=frozenset({"image", "detect", "silent", "thread", "topic"}),
    speaks="html",
    quiet=for_html,
    host_of=lambda _sender: "api.telegram.org",
    shown=lambda address: unquote(urlsplit(address).path.strip("/")),
)
