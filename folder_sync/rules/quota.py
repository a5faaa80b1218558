"""Counting requests against the windows of a key.

Whether the server counts in fixed or in sliding windows, and whether at a request's beginning or end, is not
documented. So a request takes its place from the moment it is sent until a window's length after its answer: then no
stretch of a window's length, wherever it begins, holds more than the limit on the server's side either.

What the server says is left is obeyed too, less what is under way: that is how another user of the key is noticed.
Times are seconds on one clock that never goes back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

MARGIN: Final = 0.005
"""This share of a window is added to it: the server's clock may run differently, and may count in whole ticks."""

SCARCE: Final = 0.1
"""When less than this share of a window is left, the rest is spread evenly over the time until more is free."""

RESERVE: Final = 0.02
"""This share of a window is left alone when somebody else is seen to use the key."""

ANSWER_SECONDS: Final = 1.0
"""When everything is taken by requests under way: how long to wait before looking again whether one has ended."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` requests in ``seconds`` seconds."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a window, and when the next request of it becomes free."""

    window: Window
    remaining: int
    resets_at: float


class Meter:
    """One window."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._length = window.seconds * (1.0 + MARGIN)
        self._ended: deque[float] = deque()
        self._under_way = 0
        self._last_sent = 0.0
        self._told: int | None = None
        self._told_until = 0.0
        self._shared = False

    def restore(self, at: float, requests: int) -> None:
        """Requests of an earlier run; oldest first, before anything else."""
        self._ended.extend([at] * requests)

    def begin(self, now: float) -> None:
        """A request is sent."""
        self._under_way += 1
        self._last_sent = now
        if self._told is not None:
            self._told -= 1

    def end(self, now: float) -> None:
        """It was answered, or never will be."""
        self._under_way -= 1
        self._ended.append(now)

    def told(self, now: float, remaining: int, reset_seconds: float) -> None:
        """What an answer said is left until the window resets. Requests under way may not be counted in it yet."""
        # The request that was just answered is still under way here, but surely counted there.
        told = remaining - max(self._under_way - 1, 0)
        self._shared = told < self.window.limit - self._taken(now)
        self._told = told
        self._told_until = now + min(max(reset_seconds, 0.0), float(self.window.seconds))

    def remaining(self, now: float) -> int:
        return max(self._free(now), 0)

    def delay(self, now: float) -> float:
        """Seconds until one more request may be sent; 0 where it may go now."""
        free = self._free(now) - (int(RESERVE * self.window.limit) + 1 if self._is_shared(now) else 0)
        if free <= 0:
            return max(self._until_more(now), 0.001)
        if free > SCARCE * self.window.limit:
            return 0.0
        return max(self._last_sent + self._until_more(now) / (free + 1) - now, 0.0)

    def standing(self, now: float) -> Standing:
        return Standing(self.window, self.remaining(now), now + self._until_more(now))

    def clears_in(self, now: float, backlog: int) -> float:
        """Seconds until ``backlog`` more requests could all have been sent."""
        beyond = backlog - self.remaining(now)
        if beyond <= 0:
            return 0.0
        return self._until_more(now) + (beyond - 1) // self.window.limit * self._length

    def _is_shared(self, now: float) -> bool:
        return self._shared and now < self._told_until

    def _free(self, now: float) -> int:
        free = self.window.limit - self._taken(now)
        return min(free, self._told) if self._told is not None and now < self._told_until else free

    def _taken(self, now: float) -> int:
        while self._ended and self._ended[0] + self._length <= now:
            self._ended.popleft()
        return len(self._ended) + self._under_way

    def _until_more(self, now: float) -> float:
        """Until the oldest place becomes free, or the server's word runs out where that is the tighter one."""
        taken = self._taken(now)
        if self._told is not None and now < self._told_until and self._told < self.window.limit - taken:
            return self._told_until - now
        if self._ended:
            return self._ended[0] + self._length - now
        return ANSWER_SECONDS if taken else 0.0


class Meters:
    """All windows of a key together. ``used``: (time, requests) of an earlier run, oldest first."""

    def __init__(self, windows: Sequence[Window], used: Iterable[tuple[float, int]] = ()) -> None:
        self._meters = [Meter(window) for window in windows]
        for at, requests in used:
            for meter in self._meters:
                meter.restore(at, requests)

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(meter.window for meter in self._meters)

    def begin(self, now: float) -> None:
        for meter in self._meters:
            meter.begin(now)

    def end(self, now: float) -> None:
        for meter in self._meters:
            meter.end(now)

    def told(self, now: float, limit: int, remaining: int, reset_seconds: float | None) -> None:
        """What an answer said of the tightest window, which is known by its limit."""
        for meter in self._meters:
            if meter.window.limit == limit:
                meter.told(now, remaining, meter.window.seconds if reset_seconds is None else reset_seconds)

    def delay(self, now: float) -> float:
        return max((meter.delay(now) for meter in self._meters), default=0.0)

    def standings(self, now: float) -> list[Standing]:
        return [meter.standing(now) for meter in self._meters]

    def clears_in(self, now: float, backlog: int) -> float:
        return max((meter.clears_in(now, backlog) for meter in self._meters), default=0.0)
