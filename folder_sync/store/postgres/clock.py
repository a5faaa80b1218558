"""The database's clock, by which everything in the records is dated that machines compare: theirs may be wrong.

It is asked at times. In between this machine's own goes on from there, but not the one that people set.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

NOW: Final = "extract(epoch from clock_timestamp())::float8"
"""In SQL, in Unix seconds."""


def boottime() -> float:
    """Goes on while the machine sleeps, unlike ``time.monotonic``."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """Called, it says the Unix time. Not before it was set once."""

    def __init__(self, clock: Callable[[], float] = boottime) -> None:
        self._clock = clock
        self._offset: float | None = None

    def set(self, moment: float, begun: float) -> None:
        """Asked for at ``begun`` on this machine's clock, the answer that is here now says ``moment``.

        That was some time in between, nobody knows when. So it is corrected only as far as it is surely wrong: a slow
        answer must not make it jump.
        """
        earliest, latest = moment - self._clock(), moment - begun
        known = (earliest + latest) / 2 if self._offset is None else self._offset
        self._offset = min(max(known, earliest), latest)

    def __call__(self) -> float:
        if self._offset is None:
            raise AssertionError("nobody has asked the database for the time")
        return self._clock() + self._offset
