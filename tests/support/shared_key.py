"""Machines that share a key, on a clock that leaps: real rate limiters, records in memory, the sandbox's windows."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from folder_sync.closient.headers import Heard
from folder_sync.rules.quota import Window
from folder_sync.sandbox.clock import Clock
from folder_sync.sandbox.quota import Algorithm, Quota
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.store.ports import Database
from folder_sync.store.quota import Ledger, QuotaBook

START = 1_800_000_000.0


@dataclass
class Records:
    """What all machines read and write."""

    used: Counter[tuple[int, str]] = field(default_factory=Counter)
    under_way: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    held_until: float = 0.0
    windows: tuple[Window, ...] = ()


class Book(QuotaBook):
    """As one machine has it."""

    is_shared = True

    def __init__(self, database: Database | None, records: Records, machine: str) -> None:
        assert database is None
        self._records = records
        self._machine = machine

    @property
    def watcher(self) -> str:
        return self._machine

    def claim(self, known: int | None) -> bool:
        if self._others() != known:
            return False
        self._records.times[self._machine] += 1
        self._records.under_way[self._machine] += 1
        return True

    def ended(self, wall: float) -> None:
        self._records.under_way[self._machine] -= 1
        self._records.used[int(wall), self._machine] += 1

    def look(self, account: str, since: float) -> Ledger:
        records = self._records
        used = [(who, second, number) for (second, who), number in sorted(records.used.items()) if second >= int(since)]
        return Ledger(used, dict(records.under_way), self._others(), records.held_until, records.windows)

    def windows(self, account: str) -> tuple[Window, ...]:
        return self._records.windows

    def set_windows(self, account: str, windows: Iterable[Window]) -> None:
        self._records.windows = tuple(windows)
        self._records.times[self._machine] += 1

    def hold(self, account: str, until: float) -> None:
        self._records.held_until = max(self._records.held_until, until)
        self._records.times[self._machine] += 1

    def _others(self) -> int:
        return sum(times for machine, times in self._records.times.items() if machine != self._machine)


class SharedKey:
    """``latest``: how long a request takes at most, and a step of the store a fiftieth of that. ``taken``: when the
    server took requests; ``refused``: how many it did not take. ``step``: what the wall clock is wrong by.
    """

    def __init__(self, window: Window, algorithm: Algorithm, random: Random, latest: float) -> None:
        self.now = START
        self.step = 0.0
        self.taken: list[tuple[float, str]] = []
        self.refused = 0
        self._quota = Quota([(window.limit, window.seconds)], algorithm, Clock(lambda: self.now))
        self._windows = (window,)
        self._records = Records()
        self._random = random
        self._latest = latest
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def join(self, name: str, workers: int, *, rest: float = 0.0) -> None:
        """A machine begins now. ``rest``: how long each worker pauses at most after a request."""
        book = Book(None, self._records, name)
        limiter = RateLimiter("main", book, self._windows, wall=lambda: self.now + self.step, clock=lambda: self.now)
        for _ in range(workers):
            self._at(self._soon(), lambda: self._look(name, limiter, book, rest))

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self._events and self._events[0][0] <= until:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
        self.now = until

    def _at(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), happen))

    def _soon(self) -> float:
        return self._random.uniform(0.0, self._latest / 50)

    def _look(self, name: str, limiter: RateLimiter, book: Book, rest: float) -> None:
        limiter.look()
        known = limiter.known
        if (delay := limiter.reserve()) > 0:
            self._at(delay, lambda: self._look(name, limiter, book, rest))
        else:
            self._at(self._soon(), lambda: self._claim(name, limiter, book, rest, known))

    def _claim(self, name: str, limiter: RateLimiter, book: Book, rest: float, known: int | None) -> None:
        if not book.claim(known):
            limiter.refund()
            self._at(0.001, lambda: self._look(name, limiter, book, rest))
            return
        takes = self._random.uniform(0.0, self._latest)
        counted = self._random.uniform(0.0, takes)
        self._at(counted, lambda: self._count(name, limiter, book, rest, takes - counted))

    def _count(self, name: str, limiter: RateLimiter, book: Book, rest: float, left: float) -> None:
        verdict = self._quota.take("key")
        if verdict.allowed:
            self.taken.append((self.now, name))
        else:
            self.refused += 1
        heard = Heard(201, self._windows, verdict.limit, verdict.remaining, verdict.reset, None, None)
        self._at(left, lambda: self._answer(name, limiter, book, rest, heard))

    def _answer(self, name: str, limiter: RateLimiter, book: Book, rest: float, heard: Heard) -> None:
        limiter.heard(heard)
        self._at(self._soon(), lambda: self._end(name, limiter, book, rest))

    def _end(self, name: str, limiter: RateLimiter, book: Book, rest: float) -> None:
        book.ended(self.now + self.step)
        limiter.end()
        limiter.save()
        self._at(self._random.uniform(0.0, rest), lambda: self._look(name, limiter, book, rest))
