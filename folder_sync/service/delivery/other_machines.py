"""What other machines that share a key have spent of it, one look at the records after another.

What is under way elsewhere counts as long as it is, and for a window's length after its end, as one's own does.
"""

from __future__ import annotations

import math
from typing import Final

from folder_sync.rules.quota import Elsewhere
from folder_sync.store.quota import Ledger

LATE_SECONDS: Final = 30.0
"""What another machine counts is in the records so much later at most: a transaction that waits for longer is given
up."""

STEP_SECONDS: Final = 1.0
"""A clock that differs by more from the monotonic one than it did before was set."""


def end_of(second: int, wall: float, now: float) -> float:
    """When what was counted in that second had ended. ``wall`` is the Unix time of ``now``.

    A whole second is remembered by its end; what lies in the future was sent before the clock was set back.
    """
    return now - max(wall - second - 1, 0.0)


class OtherMachines:
    """``me``: this one; ``times``: how often the others had spent at the last look."""

    def __init__(self, me: str) -> None:
        self.times = 0
        self._me = me
        self._under_way = 0
        self._seen: dict[tuple[str, int], int] = {}
        self._wall = math.inf
        self._offset = 0.0

    def since(self, wall: float) -> float:
        """How far the next look has to reach back (Unix time)."""
        return min(wall, self._wall) - LATE_SECONDS

    def begin(self, ledger: Ledger, wall: float, now: float) -> Elsewhere:
        """All that was used is counted already. ``wall`` is the Unix time of ``now``, after the look."""
        self._note(ledger, wall, now)
        return Elsewhere((), self._under_way)

    def learn(self, ledger: Ledger, wall: float, now: float) -> Elsewhere:
        """What is new since the last look. How many have ended can be told from how many were begun; when, from the
        seconds that they are counted in, unless the clock was set: then it was just now, for all that is known."""
        was_set = abs(wall - now - self._offset) > STEP_SECONDS
        over, seen = ledger.times - self.times + self._under_way, self._seen
        used = self._note(ledger, wall, now)
        over -= self._under_way
        ended: list[tuple[float, int]] = []
        if not was_set:
            for which, requests in used.items():
                if (new := requests - seen.get(which, 0)) > 0:
                    ended.append((end_of(which[1], wall, now), new))
                    over -= new
        if over > 0:
            ended.append((now, over))
        return Elsewhere(ended, self._under_way)

    def _note(self, ledger: Ledger, wall: float, now: float) -> dict[tuple[str, int], int]:
        """What the others have used, by machine and second."""
        used = {(machine, second): requests for machine, second, requests in ledger.used if machine != self._me}
        self.times = ledger.times
        self._under_way = sum(requests for machine, requests in ledger.under_way.items() if machine != self._me)
        self._wall, self._offset = wall, wall - now
        since = int(self.since(wall))
        self._seen = {which: requests for which, requests in used.items() if which[1] >= since}
        return used
