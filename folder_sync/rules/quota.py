"""Counting requests against the windows of a key.

Whether the server counts in fixed or in sliding windows, and whether at a request's beginning or end, is not
documented. So a request takes its place from the moment it is sent until a window's length after its answer: then no
stretch of a window's length, wherever it begins, holds more than the limit on the server's side either.

What the server says is left is obeyed too, less what is under way. What it misses beyond our own requests somebody
else has used: so much is left to them for a window's length more, for they will go on.

Where several machines share the key, what the others have spent takes its place in the same way (``Elsewhere``): they
are no strangers to whom something has to be left.
Times are seconds on one clock that never goes back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

MARGIN: Final = 0.005
"""This share of a window is added to it: the server's clock may run differently, and may count in whole ticks."""

PACED_SHORT: Final = 0.5
"""When less than this share of a window is left, the rest goes at the pace that the window can sustain: a burst would
come again with every window, and in between neither would others get a turn nor would they be noticed."""

PACED_LONG: Final = 0.02
"""The same for windows longer than an hour: nobody should wait for a day's share while there is plenty."""

RESERVE: Final = 0.05
"""This share of a window is kept free when somebody else uses the key, who may come in between, or want more."""

OTHERS_MOST: Final = 0.5
"""At most this share of a window is left to others, however much they use: a greedy one must not stop the photos."""

ANSWER_SECONDS: Final = 1.0
"""When everything is taken by requests under way: how long to wait before looking again whether one has ended."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` requests in ``seconds`` seconds."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class WindowUsage:
    """What is left of a window, and when the next request of it becomes free."""

    window: Window
    remaining: int
    resets_at: float


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other machines that share the key have spent. ``ended``: (time, requests) of those that are over and were
    not reported yet; ``under_way``: how many are not."""

    ended: Sequence[tuple[float, int]] = ()
    under_way: int = 0


class Meter:
    """One window."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._length = window.seconds * (1.0 + MARGIN)
        self._paced_from = (PACED_SHORT if window.seconds <= 3600 else PACED_LONG) * window.limit
        self._ended: deque[float] = deque()
        self._under_way = 0
        self._elsewhere = 0
        self._pace = self._length / window.limit
        self._slot = 0.0
        self._told: int | None = None
        self._told_until = 0.0
        self._others = 0
        self._others_until = 0.0

    def restore(self, at: float, requests: int) -> None:
        """Requests that are over: of an earlier run, or of another machine. Takes them for no older than what is known
        already."""
        self._ended.extend([max(at, self._ended[-1]) if self._ended else at] * requests)

    def learn(self, elsewhere: Elsewhere) -> None:
        """What other machines have done since this was called last."""
        over = sum(requests for _, requests in elsewhere.ended)
        if self._told is not None:
            self._told -= max(over + elsewhere.under_way - self._elsewhere, 0)
        for at, requests in elsewhere.ended:
            self.restore(at, requests)
        self._elsewhere = elsewhere.under_way

    def begin(self, now: float) -> None:
        """A request is sent."""
        self._under_way += 1
        # Slots lie on a grid: being woken a little late must not add up to a slower pace.
        following = self._slot + self._pace
        self._slot = following if 0.0 <= now - following < self._pace else now
        if self._told is not None:
            self._told -= 1

    def end(self, now: float) -> None:
        """It was answered, or never will be."""
        self._under_way -= 1
        self._ended.append(now)

    def cancel(self) -> None:
        """It was not sent after all."""
        self._under_way -= 1
        self._slot -= self._pace
        if self._told is not None:
            self._told += 1

    def told(self, now: float, remaining: int, reset_seconds: float) -> None:
        """What an answer said is left until the window resets. Requests under way may not be counted in it yet."""
        others = min(self.missing(now, remaining), int(OTHERS_MOST * self.window.limit))
        if others >= self._left_to_others(now):
            self._others = others
            self._others_until = now + self._length
        if others <= 0:
            self._told = None  # our own count is the stricter one, and knows to the instant when more is free
            return
        # The request that was just answered is still under way here, but surely counted there.
        told = remaining - max(self._under_way - 1, 0) - self._elsewhere
        until = now + min(max(reset_seconds, 0.0), float(self.window.seconds))
        # Servers round the seconds up, so of what is said during one window the earliest end is the nearest to true.
        same_window = self._told is not None and now < self._told_until and told <= self._told
        self._told_until = min(self._told_until, until) if same_window else until
        self._told = told

    def missing(self, now: float, remaining: int) -> int:
        """How many requests an answer that says that so many are left has counted beyond ours."""
        return self.window.limit - remaining - self._taken(now)

    def remaining(self, now: float) -> int:
        return max(self._free(now), 0)

    def delay(self, now: float) -> float:
        """Seconds until one more request may be sent; 0 where it may go now."""
        free = self._free(now)
        if free <= 0:
            return max(self._until_more(now), 0.001)
        if free > self._paced_from:
            return 0.0
        return max(self._slot + self._pace - now, 0.0)

    def short(self, now: float) -> bool:
        """Whether the rest goes at the sustainable pace only."""
        return self._free(now) <= self._paced_from

    def standing(self, now: float) -> WindowUsage:
        return WindowUsage(self.window, self.remaining(now), now + self._until_more(now))

    def clears_in(self, now: float, backlog: int) -> float:
        """Seconds until ``backlog`` more requests could all have been sent."""
        beyond = backlog - self.remaining(now)
        if beyond <= 0:
            return 0.0
        # Where nothing is taken, what is taken now becomes free in a whole window.
        first = self._until_more(now) if self._taken(now) else self._length
        return first + (beyond - 1) // self.window.limit * self._length

    def _free(self, now: float) -> int:
        others = self._left_to_others(now)
        reserve = int(RESERVE * self.window.limit) + 1 if others else 0
        free = self.window.limit - others - self._taken(now)
        if self._told is not None and now < self._told_until:
            free = min(free, self._told)
        return free - reserve

    def _left_to_others(self, now: float) -> int:
        return self._others if now < self._others_until else 0

    def _taken(self, now: float) -> int:
        while self._ended and self._ended[0] + self._length <= now:
            self._ended.popleft()
        return len(self._ended) + self._under_way + self._elsewhere

    def _until_more(self, now: float) -> float:
        """Until the oldest place becomes free, or the server's word runs out where that is the tighter one."""
        taken = self._taken(now)
        others = self._left_to_others(now)
        if self._told is not None and now < self._told_until and self._told < self.window.limit - others - taken:
            return self._told_until - now
        if self._ended:
            return self._ended[0] + self._length - now
        if others:
            return self._others_until - now
        return ANSWER_SECONDS if taken else 0.0


class Meters:
    """All windows of a key together. ``used``: (time, requests) of an earlier run, oldest first."""

    def __init__(self, windows: Sequence[Window], used: Iterable[tuple[float, int]] = ()) -> None:
        self._meters = [Meter(window) for window in windows]
        for at, requests in used:
            self.restore(at, requests)

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(meter.window for meter in self._meters)

    def begin(self, now: float) -> None:
        for meter in self._meters:
            meter.begin(now)

    def end(self, now: float) -> None:
        for meter in self._meters:
            meter.end(now)

    def cancel(self) -> None:
        for meter in self._meters:
            meter.cancel()

    def restore(self, at: float, requests: int) -> None:
        """Requests that are over, and that nobody here began."""
        for meter in self._meters:
            meter.restore(at, requests)

    def learn(self, elsewhere: Elsewhere) -> None:
        """What other machines have done since this was called last."""
        for meter in self._meters:
            meter.learn(elsewhere)

    def missing(self, now: float, limit: int, remaining: int) -> int:
        """How many requests the answer has counted beyond those that are known here."""
        return max((meter.missing(now, remaining) for meter in self._meters if meter.window.limit == limit), default=0)

    def told(self, now: float, limit: int, remaining: int, reset_seconds: float | None) -> None:
        """What an answer said of the tightest window, which is known by its limit."""
        for meter in self._meters:
            if meter.window.limit == limit:
                meter.told(now, remaining, meter.window.seconds if reset_seconds is None else reset_seconds)

    def delay(self, now: float) -> float:
        return max((meter.delay(now) for meter in self._meters), default=0.0)

    def short(self, now: float) -> bool:
        return any(meter.short(now) for meter in self._meters)

    def standings(self, now: float) -> list[WindowUsage]:
        return [meter.standing(now) for meter in self._meters]

    def clears_in(self, now: float, backlog: int) -> float:
        return max((meter.clears_in(now, backlog) for meter in self._meters), default=0.0)
