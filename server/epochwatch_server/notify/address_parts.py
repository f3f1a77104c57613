"""Addresses taken apart and put together: what users paste, and what apprise is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from epochwatch_server.notify.kind import RefusedDestination


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An http or https address. place: host with its port as given; path: without the last slash."""

    is_secure: bool
    place: str
    path: str
    query: tuple[tuple[str, str], ...]


def web_address(given: str, what: str) -> WebAddress:
    """Take an http or https address apart.

    Raises:
        RefusedDestination: It is none, or holds a password.
    """
    parts = split(given, what)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RefusedDestination(f"{what} begins with https:// or http:// and names a host.")
    if parts.username or parts.password:
        raise RefusedDestination(f"{what} must not hold a password; there is a field for it.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    try:
        place = host if parts.port is None else f"{host}:{parts.port}"
    except ValueError:
        raise RefusedDestination(f"{what} names a port that is not a number from 0 to 65535.") from None
    return WebAddress(parts.scheme == "https", place, parts.path.rstrip("/"), tuple(parse_qsl(parts.query)))


def split(given: str, what: str) -> SplitResult:
    """Take any address apart.

    Raises:
        RefusedDestination: It is no address at all.
    """
    try:
        return urlsplit(given.strip())
    except ValueError:
        raise RefusedDestination(f"{what} is not an address that can be read.") from None


def part(text: str) -> str:
    """Quote one part of an address."""
    return quote(text.strip(), safe="")


def with_query(address: str, query: Mapping[str, str]) -> str:
    """Put values behind an address."""
    text = "&".join(f"{part(name)}={part(value)}" for name, value in query.items() if value)
    return f"{address}?{text}" if text else address
