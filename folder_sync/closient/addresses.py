"""Which addresses belong to the public internet, and to nobody's inner network."""

from __future__ import annotations

import ipaddress
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is handed out to the public (RFC 4291, 2.4). ``is_global`` says yes to much beside it."""

_DOCUMENTATION: Final = ipaddress.IPv6Network("3fff::/20")  # RFC 9637; unknown to older Pythons
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: how networks without IPv4 reach it; the last four bytes are an IPv4 address."""


def is_public(text: str) -> bool:
    """Whether a numeric address is one of the public internet. Raises ValueError where it is not an address."""
    return _is_public(ipaddress.ip_address(text))


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return _is_public(inner)
        return address in _UNICAST and address not in _DOCUMENTATION and address.is_global
    return address.is_global and not address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to this one end at."""
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour
