"""When each worker last made progress: a chunk of a photo sent, bytes of an image read, a wait for its turn ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Progress:
    """Thread-safe. Passive: noted by whatever makes bytes flow, read by whoever feeds the watchdog."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at: dict[int, float] = {}

    def note(self) -> None:
        """The calling thread made progress."""
        self._at[threading.get_ident()] = self._clock()

    def seconds_since(self, thread: threading.Thread) -> float:
        """Seconds since that thread last did; 0 where it never began anything."""
        at = self._at.get(thread.ident or 0)
        return 0.0 if at is None else self._clock() - at
