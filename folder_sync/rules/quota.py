"""Counting requests against the windows of a key.

Whether the server counts in fixed or in sliding windows is not documented. A trailing count is right for both:
when no stretch of a window's length holds more than its limit, no fixed window does either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MARGIN_SECONDS = 0.5
"""Requests take differently long to arrive, so the server's stretch is not quite ours: each use is held this much
longer than its window."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` requests in ``seconds`` seconds."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a window, and when the next request of it becomes free (Unix time)."""

    window: Window
    remaining: int
    resets_at: float


class Meter:
    """One window's uses, at most a row a second; times are Unix seconds and may jump with the clock."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._uses: deque[tuple[float, int]] = deque()
        self._total = 0
        self._foreign = 0
        self._foreign_until = 0.0

    def spend(self, now: float, requests: int = 1) -> None:
        """``requests`` sent at ``now``."""
        if self._uses and int(self._uses[-1][0]) == int(now):
            # Kept at the latest moment of its second: freeing a little late is safe, early is not.
            last, count = self._uses.pop()
            self._uses.append((max(last, now), count + requests))
        else:
            self._uses.append((now, requests))
        self._total += requests

    def yield_to(self, now: float, remaining: int, reset_seconds: float) -> None:
        """The server has only ``remaining`` left until it resets: what we did not use, somebody else did."""
        self._expire(now)
        self._foreign = max(self.window.limit - self._total - remaining, 0)
        self._foreign_until = now + min(reset_seconds, float(self.window.seconds))

    def remaining(self, now: float) -> int:
        self._expire(now)
        return max(self.window.limit - self._total - self._foreign, 0)

    def delay(self, now: float) -> float:
        """Seconds until one more request may be sent; 0 where it may go now."""
        self._expire(now)
        excess = self._total + self._foreign - self.window.limit + 1
        for at, count in self._uses:
            if excess <= 0:
                break
            excess -= count
            if excess <= 0:
                return max(at + self.window.seconds + MARGIN_SECONDS - now, 0.001)
        return max(self._foreign_until - now, 0.001) if excess > 0 else 0.0

    def standing(self, now: float) -> Standing:
        remaining = self.remaining(now)
        oldest = self._uses[0][0] if self._uses else now - self.window.seconds
        return Standing(self.window, remaining, oldest + self.window.seconds)

    def _expire(self, now: float) -> None:
        horizon = now - self.window.seconds - MARGIN_SECONDS
        # A use in the future means that the clock was set back: it counts as of now, or it would count for ever.
        while self._uses and self._uses[-1][0] > now + 1.0:
            _, count = self._uses.pop()
            self._total -= count
            self.spend(now, count)
        while self._uses and self._uses[0][0] <= horizon:
            self._total -= self._uses.popleft()[1]
        if now >= self._foreign_until:
            self._foreign = 0


class Meters:
    """All windows of a key together."""

    def __init__(self, windows: Sequence[Window], used: Iterable[tuple[float, int]] = ()) -> None:
        self._meters = [Meter(window) for window in windows]
        for at, requests in used:
            for meter in self._meters:
                meter.spend(at, requests)

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(meter.window for meter in self._meters)

    def spend(self, now: float, requests: int = 1) -> None:
        for meter in self._meters:
            meter.spend(now, requests)

    def delay(self, now: float) -> float:
        return max((meter.delay(now) for meter in self._meters), default=0.0)

    def yield_to(self, now: float, limit: int, remaining: int, reset_seconds: float | None) -> None:
        """What the server says of its tightest window, known by its limit."""
        for meter in self._meters:
            if meter.window.limit == limit:
                meter.yield_to(now, remaining, meter.window.seconds if reset_seconds is None else reset_seconds)

    def standings(self, now: float) -> list[Standing]:
        return [meter.standing(now) for meter in self._meters]

    def backlog_clears_at(self, now: float, backlog: int) -> float:
        """When ``backlog`` more requests could all have been sent, if nobody else used the key."""
        return now + max((_clearing(meter, now, backlog) for meter in self._meters), default=0.0)


def _clearing(meter: Meter, now: float, backlog: int) -> float:
    beyond = backlog - meter.remaining(now)
    if beyond <= 0:
        return 0.0
    window = meter.window
    whole_windows = (beyond - 1) // window.limit
    return max(meter.standing(now).resets_at - now, 0.0) + whole_windows * float(window.seconds)
