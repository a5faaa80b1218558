from __future__ import annotations

import pytest

from folder_sync.closient.addresses import is_loopback, is_public


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1"),
        *("100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.1"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fd00::1", "fec0::1", "ff02::1", "ff0e::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:224.0.0.1", "::10.0.0.1", "::8.8.8.8"),
        *("2001:db8::1", "3fff::1", "2001:0:1::1", "2002:a00:1::1", "2002:7f00:1::", "5f00::1", "4000::1"),
        *("64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1"),
    ],
)
def test_what_is_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"),
        *("::ffff:1.1.1.1", "2002:101:101::1", "64:ff9b::101:101"),
    ],
)
def test_what_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["localhost", "", "1.2.3", "0x7f.1", "127.1", "[::1]"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        is_public(text)


def test_loopback() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.9.9.9", "::1", "10.0.0.1", "example.com")] == [
        *(True, True, True, False, False)
    ]
