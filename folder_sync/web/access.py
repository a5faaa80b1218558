"""Whose requests are answered: by the host asked for, by where a form was sent from, and what a role may do. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

OPEN_PATHS: Final = frozenset({"/livez", "/healthz", "/sign-in", "/static"})
"""Paths that never need a password. ``/metrics`` needs none from this machine."""


class Role(IntEnum):
    """In ascending order: who may act may also look."""

    NOBODY = 0
    LOOK = 1
    ACT = 2


def host_of(header: str) -> str:
    """The host in a ``Host`` header, in lower case, without its port and brackets; empty where there is none."""
    try:
        return (urlsplit(f"//{header.strip()}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_asked_for(header: str, configured: str, allowed: Collection[str]) -> bool:
    """Whether the ``Host`` header names this page.

    Anything else is a page elsewhere whose name was made to point here (DNS rebinding), for which browsers would let
    its scripts read the answer.
    """
    host = host_of(header)
    return bool(host) and host in LOOPBACK_NAMES | {configured.lower()} | {host_of(name) for name in allowed}


def is_same_origin(host: str, origin: str | None, fetch_site: str | None) -> bool:
    """Whether a form was sent by a page of ours, or by no page at all (curl).

    ``Sec-Fetch-Site`` is set by the browser and by no page (Fetch Metadata, W3C). Another port is another site's page.
    """
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    if origin is None:
        return True
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def is_loopback(address: str) -> bool:
    """Whether a client is on this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def network_of(address: str) -> str:
    """Which addresses count as one client for failed sign-ins: an IPv6 host has 2**64 of its own."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
