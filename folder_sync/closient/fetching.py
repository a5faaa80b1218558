"""Fetching the bytes of an image that the API described, to compare them with ours.

``image_url`` is a server's word, so it is not trusted: it gets no key, only https (plain http only where the API
itself is on loopback, as the sandbox is), no address of a private network, few redirects, and no more bytes and time
than the photo needs. The bytes are hashed and forgotten.

Images may be kept at a host that a firewall closes, while the API is open. One product may have a hundred of them, and
a worker that waits for a time-out at each of them sends no photo for hours.
"""

from __future__ import annotations

import hashlib
import http.cookiejar
import ipaddress
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from folder_sync.closient.addresses import is_loopback, is_public
from folder_sync.closient.connecting import public_addresses
from folder_sync.closient.transport import Transport, network_for
from folder_sync.rules.requests import Call, Ending

REDIRECTS: Final = 3

SLOWEST: Final = 32 * 1024
"""Bytes a second. At less, an image is given up; 60 s for any size were too few for 50 MB over 6 Mbit/s."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is at an address. ``sha256`` None: more than ``size`` bytes, and no more were read. ``is_whole``: False
    where nobody said where it ends, so that it may have been cut off: then other bytes prove nothing."""

    sha256: str | None
    size: int
    is_whole: bool = True


class Fetcher:
    """Threads may share one. ``on_progress`` is called for each request and whenever bytes came, ``on_ended`` as in
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
        self._read_seconds = read_seconds
        network = network_for(base_url)
        origin = httpx.URL(base_url)
        self._own = _place(origin) if is_loopback(origin.host) else None
        self._silent: dict[tuple[str, str, int], float] = {}  # until when nothing is asked there
        self._http = httpx.Client(
            transport=Transport(network, answer_seconds=read_seconds, slowest=SLOWEST, find=self._addresses),
            trust_env=False,
            timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
            headers={"Accept-Encoding": "identity"},
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        )

    def close(self) -> None:
        self._http.close()

    def read(self, url: str, most: int) -> Fetched | None:
        """What is at ``url``, of which at most ``most`` bytes are read; None where it can't be fetched just now."""
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
                with self._patiently(target), closing(self._answer(target)) as response:
                    if response.next_request is None:
                        return self._hash(response, most)
                    target = response.next_request.url
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return None
        return None

    def _answer(self, url: httpx.URL) -> httpx.Response:
        request = self._http.build_request("GET", url)
        return self._http.send(request, stream=True, follow_redirects=False)

    @contextmanager
    def _patiently(self, url: httpx.URL) -> Iterator[None]:
        """A place that has just kept us waiting in vain is left alone for about as long as that took."""
        place, begun = _place(url), time.monotonic()
        if begun < self._silent.get(place, 0.0):
            raise httpx.ConnectTimeout("it did not answer a moment ago")
        self._on_progress()  # whatever comes of it: a time-out is a step too, and there may be a hundred
        try:
            yield
        except httpx.TransportError:
            now = time.monotonic()
            silent = [(other, until) for other, until in list(self._silent.items()) if until > now]
            self._silent = dict(silent) | {place: now + min(now - begun, self._read_seconds)}
            raise

    def _allowed(self, url: httpx.URL) -> bool:
        """Judged by the text of the address; what a name resolves to is checked when connecting."""
        if _place(url) == self._own:
            return True
        return url.scheme == "https" and (not _is_number(url.host) or is_public(url.host))

    def _hash(self, response: httpx.Response, most: int) -> Fetched | None:
        if response.status_code != 200 or response.headers.get("Content-Encoding", "identity") != "identity":
            return None  # compressed on its way, though we asked otherwise: these are not the bytes that are kept there
        is_whole = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        digest, length = hashlib.sha256(), 0
        for part in response.iter_raw():
            digest.update(part)
            self._on_progress()
            length += len(part)
            if length > most:
                return Fetched(None, most)
        return Fetched(digest.hexdigest(), length, is_whole)

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
