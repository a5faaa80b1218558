"""The proof that watching works: the service creates a file of its own in the folder, and must hear of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

PROVE_SECONDS: Final = 30.0
"""How often to prove it."""

DEAF_SECONDS: Final = 5.0
"""An event that takes longer than this, while no others come either, will not come."""


class Canary:
    """One folder's. ``heard`` and ``other_event`` are called on a watcher's thread, the others on the monitor's.

    ``heard_at``: Unix seconds of the last proof. ``misses``: how often it was not heard since. ``problem``: why
    there can be no proof, as a sentence; else empty.
    """

    def __init__(
        self, path: bytes, *, wall: Callable[[], float] = time.time, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._wall = wall
        self._clock = clock
        self._made: float | None = None
        self._other_event_at = 0.0
        self._due = 0.0
        self.heard_at: float | None = None
        self.misses = 0
        self.problem = ""

    def heard(self) -> None:
        if self._made is not None:
            self._clear_away()  # first: what is proven has left nothing behind
            self._made, self.heard_at, self.misses = None, self._wall(), 0

    def other_event(self) -> None:
        """Something else was heard: the watcher is at work, if behind."""
        self._other_event_at = self._clock()

    def is_unheard(self) -> bool:
        """Whether the file was made too long ago, and neither it nor anything else was heard since."""
        return self._made is not None and self._clock() - max(self._made, self._other_event_at) >= DEAF_SECONDS

    def miss(self) -> None:
        """It was not heard."""
        self.misses += 1

    def make_when_due(self) -> None:
        """Begin the next proof, if it is due and the last one is over."""
        now = self._clock()
        if self._made is None and now >= self._due:
            self._due = now + PROVE_SECONDS
            self._make(now)

    def begin(self) -> None:
        """The folder is watched again, or no longer: the next proof is due at once."""
        if self._made is not None:
            self._clear_away()
        self._made, self._due = None, 0.0

    def _make(self, now: float) -> None:
        self._made, self.problem = now, ""
        try:
            # Not blocking: opening a pipe that somebody laid here would wait for its reader for ever.
            flags = os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            os.close(os.open(self._path, flags, 0o600))
        except OSError as error:
            self._made = None
            self.problem = f"Whether events are heard can't be proven: no file can be made here ({error.strerror})."

    def _clear_away(self) -> None:
        with suppress(OSError):
            os.unlink(self._path)
