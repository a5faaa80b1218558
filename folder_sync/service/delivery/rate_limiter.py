"""One key's quota: counted here, in the database too, and corrected by what the server says.

Everything that uses the key asks here first, every GET included. The count lives on the monotonic clock, so that
setting the machine's clock changes nothing; only what the database remembers is in Unix time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from folder_sync.closient.headers import Heard
from folder_sync.rules.quota import Meters, Window
from folder_sync.store.quota import QuotaBook


def load_meters(book: QuotaBook, account: str, configured: Sequence[Window], *, wall: float, now: float) -> Meters:
    """The meters as the last run left them; the server's windows where it told them, else the configured ones.

    ``wall`` is the Unix time of ``now``, the meters' clock.
    """
    windows = book.windows(account) or tuple(configured)
    longest = max(window.seconds for window in windows)
    # A whole second is remembered by its end; what lies in the future was sent before the clock was set back.
    used = [(now - max(wall - second - 1, 0.0), requests) for second, requests in book.used(account, wall - longest)]
    return Meters(windows, used)


class RateLimiter:
    """Thread-safe."""

    def __init__(
        self,
        account: str,
        book: QuotaBook,
        configured: Sequence[Window],
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._book = book
        self._wall = wall
        self._clock = clock
        self._meters = load_meters(book, account, configured, wall=wall(), now=clock())
        self._under_way = 0
        self._spared = 0
        self._parked_until = 0.0
        self._lock = threading.Lock()

    def delay(self) -> float:
        """Seconds until one request may be sent; 0: now."""
        with self._lock:
            return self._delay()

    def short(self) -> bool:
        """Whether so little is left of a window that it matters who goes first."""
        with self._lock:
            return self._meters.short(self._clock())

    def begin(self, *, recorded: bool = False) -> None:
        """A request is about to go. ``recorded``: in the database already, by the claim that causes it."""
        if not recorded:
            self._book.spend(self._account, self._wall())
        with self._lock:
            self._under_way += 1
            self._meters.begin(self._clock())

    def end(self) -> None:
        """It is over."""
        with self._lock:
            self._under_way -= 1
            if self._spared:
                self._spared -= 1
                self._meters.cancel()
            else:
                self._meters.end(self._clock())

    def spare(self) -> None:
        """One of those under way was not made after all: when it ends, nothing was used. The database knows already."""
        with self._lock:
            self._spared += 1

    def park(self, seconds: float) -> None:
        """429: nothing goes for so long."""
        with self._lock:
            self._parked_until = max(self._parked_until, self._clock() + seconds)

    def heard(self, heard: Heard) -> None:
        """What a response said about the windows."""
        with self._lock:
            now = self._clock()
            changed = bool(heard.policy) and heard.policy != self._meters.windows
            if changed:
                self._book.set_windows(self._account, heard.policy)
                self._meters = load_meters(self._book, self._account, heard.policy, wall=self._wall(), now=now)
                for _ in range(self._under_way):
                    self._meters.begin(now)
            if heard.limit is not None and heard.remaining is not None:
                self._meters.told(now, heard.limit, heard.remaining, heard.reset_seconds)

    def _delay(self) -> float:
        now = self._clock()
        return max(self._meters.delay(now), self._parked_until - now, 0.0)
