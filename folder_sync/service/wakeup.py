"""Where workers wait when there is nothing to do. Passive: it is made before them, and before whoever has news."""

from __future__ import annotations

import threading


class Wakeup:
    """``rings`` only grows, so no news is missed between looking for something to do and waiting for it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        return self._rings

    def ring(self) -> None:
        """There is one more thing to do: wake one worker, and nobody else needlessly."""
        with self._condition:
            self._rings += 1
            self._condition.notify()

    def ring_all(self) -> None:
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, rings: int, seconds: float | None) -> None:
        """Until it rings, if it has not since ``rings`` was read; at most for so many seconds (None: for ever)."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != rings, seconds)
