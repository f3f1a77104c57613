"""Which addresses may be connected to: never this machine or its network, unless the operator said so."""

import ipaddress
import socket

HOW_TO_ALLOW = (
    "If a receiver of your own stands there, start the server with --notify-private or EPOCHWATCH_NOTIFY_PRIVATE=1."
)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Special addresses that look public to Python: services of clouds, what sites called their own, relays, examples.
_SPECIAL = tuple(
    map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20"))
)


class AddressRefused(OSError):
    """A connection that was not opened, because of where it would have led."""


def is_public(address: str) -> bool:
    """Say whether an address is one of the open internet, also when it is written inside another one."""
    try:
        found = _inner(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    is_special = found.is_multicast or found.is_reserved or any(found in network for network in _SPECIAL)
    return found.is_global and not is_special


def resolve(host: str, port: int) -> list[tuple[int, str]]:
    """Look a host up once.

    Returns: family and address, in the order in which to try them.

    Raises:
        OSError: There is no such name.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise OSError(f"The name {host!r} cannot be looked up.") from error
    return list(dict.fromkeys((int(family), str(address[0])) for family, _, _, _, address in found))


def allowed_addresses(host: str, port: int, *, allows_private: bool) -> list[tuple[int, str]]:
    """Look a host up and refuse it as a whole when one of its addresses is not public.

    Raises:
        AddressRefused: It leads to this machine, its network or a cloud's own services.
        OSError: There is no such name.
    """
    found = resolve(host, port)
    closed = [address for _, address in found if not is_public(address)]
    if closed and not allows_private:
        where = host if host == closed[0] else f"{host}, which is {closed[0]},"
        raise AddressRefused(f"{where} is not on the public internet. {HOW_TO_ALLOW}")
    return found


def _inner(address: _Address) -> _Address:
    """Unwrap an IPv4 address that travels inside an IPv6 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return inner or address
