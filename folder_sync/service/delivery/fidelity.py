"""Holding the bytes behind an image's URL against a photo's; and what such bytes tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from folder_sync.closient.fetching import Fetcher
from folder_sync.photo import Format, Image, Record
from folder_sync.store.service_state import ServiceState

GOOD_FOR_SECONDS: Final = 86_400.0
"""Servers change. What they were seen to do is believed for so long."""

TRY_AGAIN_SECONDS: Final = 3600.0
"""How long nobody tries to learn once more where the bytes can't be had: that may cost a time-out each time."""


class ByteFidelity:
    """What one account's catalogue serves. Thread-safe: at worst something is written or learned twice."""

    def __init__(
        self,
        account: str,
        base_url: str,
        fetcher: Fetcher,
        service_state: ServiceState,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._base_url = base_url
        self._fetcher = fetcher
        self._service_state = service_state
        self._clock = clock
        self._monotonic = monotonic
        self._seen: dict[Format, tuple[bool, float]] = {}
        self._tried: dict[Format, float] = {}
        for format_, same, at in service_state.serves_unchanged(account, base_url):
            age = max(clock() - at, 0.0)
            self._seen[format_] = same, monotonic() - age

    def digest(self, image: Image, photo: Record) -> str | None:
        """The SHA-256 of what the server serves for this image; None where it can't be had. Equal bytes teach."""
        if image.image_url is None:
            return None
        served = self._fetcher.digest(image.image_url, photo.size)
        if served == photo.sha256:
            self._saw(photo, same=True)
        return served

    def serves_unchanged(self, photo: Record) -> bool | None:
        """Whether the server was seen to serve photos of this format byte for byte, or not to; None: not known now.

        Of each format by itself, for a server may re-encode JPEG and leave PNG alone.
        """
        seen = self._seen.get(photo.format) if photo.format else None
        if seen is None or self._monotonic() - seen[1] > GOOD_FOR_SECONDS:
            return None
        return seen[0]

    def learn(self, photo: Record, image: Image, *, eager: Callable[[], bool]) -> None:
        """From a photo that the server has just taken. ``eager``: asked whether others wait for the answer."""
        now = self._monotonic()
        if photo.format is None or image.image_url is None or self.serves_unchanged(photo) is not None:
            return
        if now - self._tried.get(photo.format, -TRY_AGAIN_SECONDS) < TRY_AGAIN_SECONDS and not eager():
            return
        self._tried[photo.format] = now
        served = self.digest(image, photo)
        if served not in (None, photo.sha256):
            self._saw(photo, same=False)

    def _saw(self, photo: Record, *, same: bool) -> None:
        if photo.format is not None and self.serves_unchanged(photo) is not same:
            self._seen[photo.format] = same, self._monotonic()
            self._service_state.set_serves_unchanged(
                self._account, self._base_url, photo.format, self._clock(), same=same
            )
