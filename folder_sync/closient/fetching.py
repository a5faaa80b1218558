"""Fetching the bytes of an image that the API described, to compare them with ours.

``image_url`` is a server's word, so it is not trusted: it gets no key, only https (plain http only where the API
itself is on loopback, as the sandbox is), no address of a private network, few redirects, and no more bytes and time
than the photo needs. The bytes are hashed and forgotten.
"""

from __future__ import annotations

import hashlib
import http.cookiejar
import ipaddress
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import httpx

from folder_sync.closient.addresses import is_loopback, is_public
from folder_sync.closient.connecting import public_addresses
from folder_sync.closient.transport import Transport, network_for
from folder_sync.rules.requests import Call, Ending

REDIRECTS: Final = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is at an address. ``sha256`` None: more than ``size`` bytes, and no more were read."""

    sha256: str | None
    size: int


class Fetcher:
    """Threads may share one. ``on_progress`` is called whenever bytes came, ``on_ended`` as in
    ``Client``. Raises ConfigInvalid as ``network_for``."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_seconds: float,
        read_seconds: float,
        on_progress: Callable[[], None] = lambda: None,
        on_ended: Callable[[Call, Ending, float], None] = lambda _call, _ending, _seconds: None,
    ) -> None:
        self._on_progress = on_progress
        self._on_ended = on_ended
        network = network_for(base_url)
        origin = httpx.URL(base_url)
        self._own = _place(origin) if is_loopback(origin.host) else None
        self._http = httpx.Client(
            transport=Transport(network, answer_seconds=read_seconds, find=self._addresses),
            trust_env=False,
            timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
            headers={"Accept-Encoding": "identity"},
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        )

    def close(self) -> None:
        self._http.close()

    def read(self, url: str, most: int) -> Fetched | None:
        """What is at ``url``, of which at most ``most`` bytes are read; None where it can't be had just now."""
        begun = time.monotonic()
        found = self._read(url, most)
        self._on_ended(Call.IMAGE, Ending.REFUSED if found is None else Ending.OK, time.monotonic() - begun)
        return found

    def _read(self, url: str, most: int) -> Fetched | None:
        try:
            target = httpx.URL(url)
            for _ in range(REDIRECTS + 1):
                if not self._allowed(target):
                    return None
                request = self._http.build_request("GET", target)
                with closing(self._http.send(request, stream=True, follow_redirects=False)) as response:
                    if response.next_request is None:
                        return self._hash(response, most)
                    target = response.next_request.url
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return None
        return None

    def _allowed(self, url: httpx.URL) -> bool:
        """Judged by the text of the address; what a name resolves to is checked when connecting."""
        if _place(url) == self._own:
            return True
        return url.scheme == "https" and (not _is_number(url.host) or is_public(url.host))

    def _hash(self, response: httpx.Response, most: int) -> Fetched | None:
        if response.status_code != 200 or response.headers.get("Content-Encoding", "identity") != "identity":
            return None  # compressed on its way, though we asked otherwise: these are not the bytes that are kept there
        digest, length = hashlib.sha256(), 0
        for part in response.iter_raw():
            digest.update(part)
            self._on_progress()
            length += len(part)
            if length > most:
                return Fetched(None, most)
        return Fetched(digest.hexdigest(), length)

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        if self._own is not None and (host, port) == self._own[1:]:
            return [host]
        return public_addresses(host, port)


def _place(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
