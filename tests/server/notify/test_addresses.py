"""Addresses of this machine, its network and its cloud are told from those of the open internet."""

import pytest

from epochwatch_server.notify.addresses import AddressRefused, allowed_addresses, is_public

CLOSED = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1", "x",
    "fec0::1", "3fff::1", "192.88.99.1", "64:ff9b:1::7f00:1", "::127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_on_the_open_internet_is_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_the_open_internet_is_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_every_spelling_of_this_machine_is_refused_and_the_way_to_allow_it_told(host: str) -> None:
    with pytest.raises(AddressRefused, match="EPOCHWATCH_NOTIFY_PRIVATE=1"):
        allowed_addresses(host, 80, allows_private=False)
    assert allowed_addresses(host, 80, allows_private=True)


def test_a_name_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(OSError, match=r"'no-such-host\.invalid' cannot be looked up"):
        allowed_addresses("no-such-host.invalid", 80, allows_private=False)
