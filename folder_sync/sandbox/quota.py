"""The two quota windows of a key, and the headers that speak of them (*Rate limits*).

Which algorithm the service uses is unknown, so both can be chosen. In both, a request that is answered 429
takes nothing from any window: that makes ``Retry-After`` true.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal, Protocol

from folder_sync.sandbox.clock import Clock

Algorithm = Literal["fixed", "sliding"]
Limits = Sequence[tuple[int, float]]
"""Requests and seconds, a pair for each window."""

DEFAULT_LIMITS: Final[Limits] = ((300, 60), (10_000, 86_400))


class _Window(Protocol):
    limit: int
    seconds: float

    def used(self, now: float) -> int: ...
    def count(self, now: float) -> None: ...
    def reset(self, now: float) -> float:
        """Seconds until room comes back."""


class _Fixed:
    """Starts with the first request after the last window's end, so tests don't depend on the time of day."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._ends = -math.inf
        self._used = 0

    def used(self, now: float) -> int:
        return self._used if now < self._ends else 0

    def count(self, now: float) -> None:
        if now >= self._ends:
            self._ends = now + self.seconds
            self._used = 0
        self._used += 1

    def reset(self, now: float) -> float:
        return self._ends - now if now < self._ends else self.seconds


class _Sliding:
    """Counts the requests of the last ``seconds``; room comes back when the oldest of them leaves."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._times: deque[float] = deque()

    def used(self, now: float) -> int:
        while self._times and self._times[0] + self.seconds <= now:
            self._times.popleft()
        return len(self._times)

    def count(self, now: float) -> None:
        self._times.append(now)

    def reset(self, now: float) -> float:
        return self._times[0] + self.seconds - now if self._times else self.seconds


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may proceed, and what the tightest window of its key then has left."""

    allowed: bool
    policy: str
    limit: int
    remaining: int
    reset: float
    """Seconds, relative."""

    def headers(self, now: float) -> dict[str, str]:
        """Every documented header; ``now`` is the server's time, for the legacy absolute reset."""
        reset = math.ceil(self.reset)
        headers = {
            "RateLimit-Policy": self.policy,
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(reset),
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(now + self.reset)),
        }
        return headers if self.allowed else headers | {"Retry-After": str(reset)}


class Quota:
    """Counts every request per key, whatever its answer. Thread-safe."""

    def __init__(self, limits: Limits, algorithm: Algorithm, clock: Clock) -> None:
        self._make = _Fixed if algorithm == "fixed" else _Sliding
        self._limits = tuple(limits)
        self._clock = clock
        self._windows: dict[str, list[_Window]] = {}
        self._refused = 0
        self._lock = Lock()

    @property
    def refused(self) -> int:
        """How many requests were over the quota, of all keys."""
        with self._lock:
            return self._refused

    def set_limits(self, key: str, limits: Limits) -> None:
        """Give one key its own limits; its counts start over."""
        with self._lock:
            self._windows[key] = [self._make(limit, seconds) for limit, seconds in limits]

    def take(self, key: str) -> Verdict:
        """Count one request of ``key`` if every window has room for it."""
        with self._lock:
            now = self._clock.true()
            windows = self._windows.setdefault(key, [self._make(limit, s) for limit, s in self._limits])
            allowed = all(window.used(now) < window.limit for window in windows)
            if allowed:
                for window in windows:
                    window.count(now)
            else:
                self._refused += 1
            tightest = min(windows, key=lambda window: (window.limit - window.used(now), -window.reset(now)))
            return Verdict(
                allowed=allowed,
                policy=", ".join(f"{window.limit};w={window.seconds:g}" for window in windows),
                limit=tightest.limit,
                remaining=tightest.limit - tightest.used(now),
                reset=tightest.reset(now),
            )
