"""One key's quota: counted here, in the database too, and corrected by what the server says.

Everything that uses the key asks here first, every GET included. The count lives on the monotonic clock, so that
setting the machine's clock changes nothing; only what the database remembers is in Unix time.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from folder_sync.closient.headers import Heard
from folder_sync.rules.quota import Meters, Window
from folder_sync.store.quota import QuotaBook

IDLE_SHARE: Final = 0.2
"""At most this share of each window goes to questions that nobody waits for: 417 products that are not in the catalogue
yet, looked up every hour, were the whole day's quota."""


def load_meters(book: QuotaBook, account: str, configured: Sequence[Window], *, wall: float, now: float) -> Meters:
    """The meters as the last run left them; the server's windows where it told them, else the configured ones."""
    return _meters(book, account, book.windows(account) or tuple(configured), wall=wall, now=now)


def _meters(book: QuotaBook, account: str, windows: Sequence[Window], *, wall: float, now: float) -> Meters:
    """Meters of these windows, with what was used of them. ``wall`` is the Unix time of ``now``, the meters' clock."""
    longest = max(window.seconds for window in windows)
    # A whole second is remembered by its end; what lies in the future was sent before the clock was set back.
    used = [(now - max(wall - second - 1, 0.0), requests) for second, requests in book.used(account, wall - longest)]
    return Meters(windows, used)


def _share(windows: Sequence[Window]) -> Meters:
    return Meters([Window(max(int(window.limit * IDLE_SHARE), 1), window.seconds) for window in windows])


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
        self._idle = _share(self._meters.windows)
        self._unsaved: tuple[Window, ...] = ()
        self._under_way = 0
        self._held_until = -math.inf
        self._lock = threading.Lock()

    def delay(self) -> float:
        """Seconds until one request may be sent; 0: now."""
        with self._lock:
            return self._delay()

    def short(self) -> bool:
        """Whether so little is left of a window that it matters who goes first."""
        with self._lock:
            return self._meters.short(self._clock())

    def reserve(self) -> float:
        """Take one request if it may be sent now: 0. Else nothing is taken, and it is the seconds until one may.

        Asking and taking are one step: two that need the last request of a window would both find it free.
        """
        with self._lock:
            delay = self._delay()
            if delay == 0:
                self._under_way += 1
                self._meters.begin(self._clock())
            return delay

    def record(self) -> None:
        """Count a reserved request in the database too. A claim has done so itself."""
        self._book.spend(self._account, self._wall())

    def end(self) -> None:
        """A reserved request is over."""
        with self._lock:
            self._under_way -= 1
            self._meters.end(self._clock())

    def refund(self) -> None:
        """A reserved request was not made after all: nothing was used."""
        with self._lock:
            self._under_way -= 1
            self._meters.cancel()

    def idle_delay(self) -> float:
        """Seconds until a request may be spent on what nobody waits for."""
        with self._lock:
            return self._idle.delay(self._clock())

    def spend_idly(self) -> None:
        """A request is spent on such a question."""
        with self._lock:
            now = self._clock()
            self._idle.begin(now)
            self._idle.end(now)

    def hold_until(self, moment: float) -> None:
        """429: nothing goes before that moment, on this limiter's clock."""
        with self._lock:
            self._held_until = max(self._held_until, moment)

    def heard(self, heard: Heard) -> None:
        """What a response said about the windows. Raises StoreUnavailable where they changed, and can't be counted."""
        with self._lock:
            now = self._clock()
            changed = bool(heard.policy) and heard.policy != self._meters.windows
            if changed:
                self._meters = _meters(self._book, self._account, heard.policy, wall=self._wall(), now=now)
                self._unsaved = heard.policy
                self._idle = _share(heard.policy)
                for _ in range(self._under_way):
                    self._meters.begin(now)
            if heard.limit is not None and heard.remaining is not None:
                self._meters.told(now, heard.limit, heard.remaining, heard.reset_seconds)

    def save(self) -> None:
        """Remember the windows that the server named, for the next run."""
        with self._lock:
            windows = self._unsaved
        if windows:
            self._book.set_windows(self._account, windows)
            with self._lock:
                if self._unsaved == windows:
                    self._unsaved = ()

    def _delay(self) -> float:
        now = self._clock()
        return max(self._meters.delay(now), self._held_until - now, 0.0)
