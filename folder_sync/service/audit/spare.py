"""What of a key's quota audits may spend: what the uploads leave, and a share of that."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

from folder_sync.rules.quota import Meters, Window
from folder_sync.service.delivery.rate_limiter import RateLimiter, load_meters
from folder_sync.store.audit import Audits
from folder_sync.store.quota import QuotaBook

SHORT_SECONDS: Final = 5.0
"""How long to wait before looking again while the quota is short."""


class Spare:
    """What may be spent of a key: never while it is short, and at most ``share`` of each window."""

    def __init__(
        self,
        account: str,
        rate_limiter: RateLimiter,
        book: QuotaBook,
        audits: Audits,
        configured: Sequence[Window],
        share: float,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._rate_limiter = rate_limiter
        self._book = book
        self._audits = audits
        self._configured = configured
        self._share = share
        self._wall = wall
        self._clock = clock

    def delay(self) -> float:
        """Seconds until one request may be made; 0: now."""
        self._rate_limiter.look()
        wall, now = self._wall(), self._clock()
        # What the service beside us has used meanwhile is in the records only.
        all_ = load_meters(self._book, self._account, self._configured, wall=wall, now=now)
        own = self._own(all_.windows, wall, now)
        if all_.short(now) or self._rate_limiter.short():
            return max(SHORT_SECONDS, own.delay(now))
        return max(all_.delay(now), own.delay(now), self._rate_limiter.delay())

    def take(self) -> bool:
        """Take one request; False if somebody else took it first."""
        known = self._rate_limiter.known
        if self._rate_limiter.reserve() > 0:
            return False
        if not self._rate_limiter.record(known):
            self._rate_limiter.refund()
            return False
        self._audits.spend(self._account, self._wall())
        return True

    def done(self) -> None:
        """The request ended, with or without an answer."""
        self._rate_limiter.end()
        self._rate_limiter.save()

    def seconds_for(self, products: int) -> float:
        """About how long so many take, a request each, at least."""
        wall, now = self._wall(), self._clock()
        windows = self._book.windows(self._account) or self._configured
        return self._own(windows, wall, now).clears_in(now, products)

    def _own(self, windows: Sequence[Window], wall: float, now: float) -> Meters:
        shares = [_share(window, self._share) for window in windows]
        used = self._audits.used(self._account, wall - max(share.seconds for share in shares))
        return Meters(shares, [(now - max(wall - second - 1, 0.0), requests) for second, requests in used])


def _share(window: Window, share: float) -> Window:
    """In a small window that is less than one request: then one in several windows."""
    limit = window.limit * share
    return Window(int(limit), window.seconds) if limit >= 1 else Window(1, math.ceil(window.seconds / limit))
