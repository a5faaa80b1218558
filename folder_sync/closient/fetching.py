"""Fetching the bytes of an image that the API described, to compare them with ours.

``image_url`` is a server's word, so it is not trusted: it gets no key, only https (plain http only where the API
itself is on loopback, as the sandbox is), no address of a private network, few redirects, and no more bytes than the
photo has. The bytes are hashed and forgotten.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import time
from contextlib import closing
from typing import Final

import httpx

REDIRECTS: Final = 3
DIFFERENT: Final = ""
"""A digest that equals none: the bytes are more than, or other than, the photo's."""


class Fetcher:
    """Threads may share one."""

    def __init__(self, base_url: str, *, connect_seconds: float, read_seconds: float) -> None:
        origin = httpx.URL(base_url)
        self._own_origin = (origin.scheme, origin.host, origin.port) if _is_loopback(origin.host) else None
        self._seconds = read_seconds
        self._http = httpx.Client(
            trust_env=origin.scheme == "https",
            timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
            headers={"Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        self._http.close()

    def digest(self, url: str, size: int) -> str | None:
        """SHA-256 of what is at ``url``; DIFFERENT where it is not ``size`` bytes; None where it can't be had."""
        try:
            target = httpx.URL(url)
            for _ in range(REDIRECTS + 1):
                if not self._allowed(target):
                    return None
                request = self._http.build_request("GET", target)
                with closing(self._http.send(request, stream=True, follow_redirects=False)) as response:
                    if response.next_request is None:
                        return self._hash(response, size)
                    target = response.next_request.url
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return None
        return None

    def _hash(self, response: httpx.Response, size: int) -> str | None:
        if response.status_code != 200:
            return None
        digest, length, deadline = hashlib.sha256(), 0, time.monotonic() + self._seconds
        for part in response.iter_raw():
            digest.update(part)
            length += len(part)
            if length > size:
                return DIFFERENT
            if time.monotonic() > deadline:
                return None
        return digest.hexdigest() if length == size else DIFFERENT

    def _allowed(self, url: httpx.URL) -> bool:
        if (url.scheme, url.host, url.port) == self._own_origin:
            return True
        return url.scheme == "https" and _is_public(url.host, url.port or 443)


def _is_public(host: str, port: int) -> bool:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return all(ipaddress.ip_address(address[4][0]).is_global for address in found)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
