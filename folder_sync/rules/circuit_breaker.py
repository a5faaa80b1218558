"""When to stop trying what fails, and when to try again: one probe at a time, and nothing but its end counts.

Every request carries the generation in which it was begun, and the generation changes whenever the breaker opens or
closes. So four requests that are refused in one instant are one failure, not four, and an old request that ends while
the probe is out lets nobody through beside it.

Times are seconds on any one clock that never goes back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

Wait = Callable[[int], float]
"""How long to wait after this many failures in a row (1, 2, …), in seconds."""


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """``until``: when it may be tried again; None: closed, everything goes. ``failures``: failed tries in a row.

    ``strikes``: failures in a row that were tolerated so far. ``probing``: the one try is under way.
    """

    generation: int = 0
    failures: int = 0
    strikes: int = 0
    until: float | None = None
    probing: bool = False

    @property
    def is_open(self) -> bool:
        return self.until is not None

    def delay(self, now: float) -> float:
        """Seconds until the next request may go; infinite while a probe is under way."""
        if self.until is None:
            return 0.0
        return math.inf if self.probing else max(self.until - now, 0.0)

    def begun(self) -> CircuitBreaker:
        """A request begins, in this generation: while the breaker is open, it is the probe."""
        return replace(self, probing=True) if self.is_open else self

    def failed(self, generation: int, now: float, wait: Wait, *, tolerated: int = 0) -> CircuitBreaker:
        """A request of that generation failed. While closed, so many failures in a row are tolerated."""
        if generation != self.generation:
            return self
        if not self.is_open and self.strikes < tolerated:
            return replace(self, strikes=self.strikes + 1)
        return self.opened(now, wait)

    def opened(self, now: float, wait: Wait) -> CircuitBreaker:
        """Nothing goes for a while, longer each time in a row."""
        failures = self.failures + 1
        return CircuitBreaker(self.generation + 1, failures, until=now + wait(failures))

    def succeeded(self, generation: int) -> CircuitBreaker:
        """A request of that generation got through: everything goes again."""
        if generation != self.generation:
            return self
        if self.is_open:
            return CircuitBreaker(self.generation + 1)
        return CircuitBreaker(self.generation) if self.failures or self.strikes else self

    def admitted(self, generation: int) -> CircuitBreaker:
        """The probe got through, but it was of another kind than what had failed: the next failure counts on."""
        if generation != self.generation or not self.is_open:
            return self
        return CircuitBreaker(self.generation + 1, self.failures)

    def released(self, generation: int) -> CircuitBreaker:
        """A request ended. Where it was the probe, and nothing was learned from it, the next one is."""
        return replace(self, probing=False) if self.probing and generation == self.generation else self
