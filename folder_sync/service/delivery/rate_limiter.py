"""One key's quota: counted here, in the database too, and corrected by what the server says.

Everything that uses the key asks here first, every GET included. The count lives on the monotonic clock, so that
setting a clock changes nothing; only what the database remembers is in Unix time.

Where several machines share the records they share the key: whoever is about to spend looks at what the others have
spent, asks its meters, and spends on the condition that the others have spent nothing more since (``known``).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from folder_sync.closient.headers import Heard
from folder_sync.rules.quota import Meters, Window
from folder_sync.service.delivery.other_machines import OtherMachines, end_of
from folder_sync.store.quota import Ledger, QuotaBook

IDLE_SHARE: Final = 0.2
"""At most this share of each window goes to questions that nobody waits for: 417 products that are not in the catalogue
yet, looked up every hour, were the whole day's quota."""

LOOK_SECONDS: Final = 1.0
"""While nothing may be spent: how often to look whether requests of other machines have ended."""


def load_meters(book: QuotaBook, account: str, configured: Sequence[Window], *, wall: float, now: float) -> Meters:
    """The meters as whoever looks from outside sees them; the server's windows where it told them, else the configured
    ones. ``wall`` is the Unix time of ``now``, the meters' clock."""
    windows = book.windows(account) or tuple(configured)
    ledger = book.look(account, wall - max(window.seconds for window in windows))
    return Meters(windows, [*_ended(ledger, wall, now), (now, sum(ledger.under_way.values()))])


def _ended(ledger: Ledger, wall: float, now: float) -> list[tuple[float, int]]:
    return [(end_of(second, wall, now), requests) for _, second, requests in ledger.used]


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
        self._others = OtherMachines(book.watcher)
        self._looked_at = -math.inf
        self._unsaved: tuple[Window, ...] = ()
        self._unsaved_hold = 0.0
        self._under_way = 0
        self._held_until = -math.inf
        self._looking = threading.Lock()  # comes before the other one
        self._lock = threading.Lock()
        self._meters = Meters(())
        earlier = self._load(book.windows(account) or tuple(configured))
        self._meters.restore(clock(), earlier)  # this machine was sending them when its last run ended
        self._idle = _share(self._meters.windows)

    @property
    def known(self) -> int | None:
        """How often other machines have spent, as far as this one knows; None: there are none."""
        return self._others.times if self._book.is_shared else None

    def delay(self) -> float:
        """Seconds until one request may be sent; 0: now."""
        with self._lock:
            return self._delay()

    def short(self) -> bool:
        """Whether so little is left of a window that it matters who goes first."""
        with self._lock:
            return self._meters.short(self._clock())

    def look(self) -> None:
        """Learn what other machines have spent, where that may matter now. Raises StoreUnavailable."""
        if not self._book.is_shared:
            return
        with self._looking:
            with self._lock:
                if self._clock() - self._looked_at < LOOK_SECONDS and self._delay() > 0:
                    return
            self._look()

    def is_behind(self, known: int | None) -> bool:
        """Whether other machines have spent more often than that. Raises StoreUnavailable."""
        if known is None:
            return False
        with self._looking:
            self._look()
            return self.known != known

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

    def record(self, known: int | None = None) -> bool:
        """Count a reserved request in the database too. A claim has done so itself.

        False: refused, since other machines have spent more often than ``known``, which was read before the request was
        reserved. Raises StoreUnavailable.
        """
        return self._book.spend(self._account, self._wall(), known)

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
            if self._book.is_shared and moment > self._held_until:
                self._unsaved_hold = self._wall() + moment - self._clock()
            self._held_until = max(self._held_until, moment)

    def heard(self, heard: Heard) -> None:
        """What a response said about the windows. Raises StoreUnavailable where they changed, and can't be counted, or
        where it can't be known what other machines have used of them."""
        with self._looking:
            with self._lock:
                # A gateway's page of error may name windows of its own, by which nothing would be asked for a day.
                if heard.policy and heard.status < 300 and heard.policy != self._meters.windows:
                    self._change_windows(heard.policy)
                    self._unsaved = heard.policy
            if heard.limit is None or heard.remaining is None:
                return
            if self._book.is_shared and self._misses(heard.limit, heard.remaining):
                self._look()
            with self._lock:
                self._meters.told(self._clock(), heard.limit, heard.remaining, heard.reset_seconds)

    def _misses(self, limit: int, remaining: int) -> bool:
        """Whether requests were counted that are not known here: a stranger's, or of a machine that has made them
        since the last look."""
        with self._lock:
            return self._meters.missing(self._clock(), limit, remaining) > 0

    def save(self) -> None:
        """Remember the windows that the server named, for the next run, and tell other machines, also of a 429."""
        with self._lock:
            windows, hold = self._unsaved, self._unsaved_hold
        if windows:
            self._book.set_windows(self._account, windows)
            with self._lock:
                if self._unsaved == windows:
                    self._unsaved = ()
        if hold:
            self._book.hold(self._account, hold)
            with self._lock:
                if self._unsaved_hold == hold:
                    self._unsaved_hold = 0.0

    def _delay(self) -> float:
        now = self._clock()
        return max(self._meters.delay(now), self._held_until - now, 0.0)

    def _load(self, windows: Sequence[Window]) -> int:
        """Count anew what was used of these windows. Returns how many requests of this machine are under way, which are
        not counted by that."""
        ledger = self._book.look(self._account, self._wall() - max(window.seconds for window in windows))
        wall, now = self._wall(), self._clock()  # whatever the records say has happened by now
        self._meters = Meters(windows, _ended(ledger, wall, now))
        self._meters.learn(self._others.begin(ledger, wall, now))
        self._take_hold(ledger, wall, now)
        return ledger.under_way.get(self._book.watcher, 0)

    def _change_windows(self, windows: tuple[Window, ...]) -> None:
        self._load(windows)
        self._idle = _share(windows)
        for _ in range(self._under_way):
            self._meters.begin(self._clock())

    def _look(self) -> None:
        ledger = self._book.look(self._account, self._others.since(self._wall()))
        with self._lock:
            wall, now = self._wall(), self._clock()
            self._looked_at = now
            if ledger.windows and ledger.windows != self._meters.windows and not self._unsaved:
                self._change_windows(ledger.windows)
                return
            self._meters.learn(self._others.learn(ledger, wall, now))
            self._take_hold(ledger, wall, now)

    def _take_hold(self, ledger: Ledger, wall: float, now: float) -> None:
        """Another machine was told to wait."""
        if ledger.held_until > wall:
            self._held_until = max(self._held_until, now + ledger.held_until - wall)
