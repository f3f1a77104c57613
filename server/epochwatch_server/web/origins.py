"""Which names this server answers to, and which pages may ask it: pure checks of request headers."""

import socket
from collections.abc import Iterable

from starlette.datastructures import Headers

from epochwatch_server.domain.errors import EpochwatchError, Forbidden
from epochwatch_server.settings import Settings

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
_OWN_SITES = frozenset({"same-origin", "none"})  # none: typed, or opened from a bookmark


class Origins:
    """The allow-list of names. A page of another name cannot reach us through DNS (rebinding) or a form (CSRF)."""

    def __init__(self, names: Iterable[str], secure_names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._secure = frozenset(secure_names)  # served as https by a proxy in front of us

    def check_host(self, headers: Headers, local_address: str | None) -> str:
        """Return the Host header, `name` or `name:port`.

        Args:
            headers: Of the request.
            local_address: Our end of the connection: a name that is this very address cannot be a rebound one.

        Raises:
            EpochwatchError: There is no Host, or more than one (400).
            Forbidden: The name is not one of ours.
        """
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            raise EpochwatchError(f"A request carries one Host header, this one carried {len(hosts)}.")
        name = _name_of(hosts[0])
        if name in self._names or (name is not None and name.strip("[]") == local_address):
            return hosts[0]
        raise Forbidden(
            f"This server does not answer to the name {hosts[0][:100]!r}. If it should, start it with "
            "--allow-host NAME or EPOCHWATCH_ALLOWED_HOSTS=NAME."
        )

    def is_secure(self, host: str) -> bool:
        """Say whether browsers reach this name through a proxy with TLS."""
        return _name_of(host) in self._secure

    def check_asker(self, headers: Headers, host: str, scheme: str) -> None:
        """Refuse what a page of another origin asks.

        Raises:
            Forbidden: Origin or Sec-Fetch-Site names another site.
        """
        if headers.get("sec-fetch-site", "none") not in _OWN_SITES:
            raise Forbidden("A page of another site may not ask this server (Sec-Fetch-Site).")
        origins = headers.getlist("origin")
        schemes = {scheme, "https"} if self.is_secure(host) else {scheme}
        if any(origin.lower() not in {f"{one}://{host.lower()}" for one in schemes} for origin in origins):
            raise Forbidden(f"A page of {origins[0][:100]!r} may not ask this server (Origin).")


def origins_of(settings: Settings) -> Origins:
    """Collect the names a server answers to: loopback always, its own beyond loopback, and those configured."""
    names = set(_LOOPBACK)
    if settings.host not in _ANY_ADDRESS:
        names.add(f"[{settings.host}]" if ":" in settings.host else settings.host.lower())
    if not settings.is_loopback:
        names.add(socket.gethostname().lower())
    secure = set()
    for given in settings.allowed_hosts:
        scheme, found, rest = given.rpartition("://")
        name = _name_of(rest.split("/")[0]) or rest.lower()
        names.add(name)
        if found and scheme.lower() == "https":
            secure.add(name)
    return Origins(names, secure)


def _name_of(host: str) -> str | None:
    """Take the port off a Host; None when it is no `name`, `name:port` or `[address]:port`."""
    host = host.lower()
    if host.startswith("["):
        name, found, port = host.partition("]")
        return name + "]" if found and (not port or (port[0] == ":" and port[1:].isdecimal())) else None
    name, found, port = host.partition(":")
    return name if name and (not found or port.isdecimal()) else None
