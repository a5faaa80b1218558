"""One key's quota: counted here, in the database too, and corrected by what the server says.

Everything that uses the key asks here first, every GET included.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from folder_sync.closient.wire import Heard
from folder_sync.rules.quota import Meters, Standing, Window
from folder_sync.store.quota import QuotaBook


def load_meters(book: QuotaBook, account: str, configured: Sequence[Window], now: float) -> Meters:
    """The meters as the last run left them; the server's windows where it told them, else the configured ones."""
    windows = book.windows(account) or tuple(configured)
    longest = max(window.seconds for window in windows)
    return Meters(windows, book.used(account, now - longest))


class Governor:
    """Thread-safe. Times are Unix seconds."""

    def __init__(self, account: str, book: QuotaBook, configured: Sequence[Window], now: float) -> None:
        self._account = account
        self._book = book
        self._meters = load_meters(book, account, configured, now)
        self._parked_until = 0.0
        self._lock = threading.Lock()

    def delay(self, now: float) -> float:
        """Seconds until one request may be sent; 0: now."""
        with self._lock:
            return max(self._meters.delay(now), self._parked_until - now, 0.0)

    def spent(self, now: float) -> None:
        """A request was recorded by the claim that caused it."""
        with self._lock:
            self._meters.spend(now)

    def spend(self, now: float) -> None:
        """Record and count a request of another kind."""
        self._book.spend(self._account, now)
        self.spent(now)

    def park(self, until: float) -> None:
        """429: nothing goes before this time."""
        with self._lock:
            self._parked_until = max(self._parked_until, until)

    def unpark(self) -> None:
        with self._lock:
            self._parked_until = 0.0

    def heard(self, heard: Heard, now: float) -> None:
        """What a response said about the windows."""
        with self._lock:
            changed = bool(heard.policy) and heard.policy != self._meters.windows
            if changed:
                longest = max(window.seconds for window in heard.policy)
                self._meters = Meters(heard.policy, self._book.used(self._account, now - longest))
            if heard.limit is not None and heard.remaining is not None:
                self._meters.yield_to(now, heard.limit, heard.remaining, heard.reset_seconds)
        if changed:
            self._book.set_windows(self._account, heard.policy)

    def standings(self, now: float) -> list[Standing]:
        with self._lock:
            return self._meters.standings(now)
