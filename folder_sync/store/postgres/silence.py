"""Which machines have said nothing for as long as a lease, by the clock of the one that listens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from folder_sync.store.postgres.workers import LEASE_SECONDS

APART_SECONDS: Final = LEASE_SECONDS / 2
"""Who has not looked for longer than that can't tell: perhaps nobody could renew a lease meanwhile."""


class Silence:
    """The database's clock does not count: a host that is resumed sets it forward, and every lease on it seems to have
    lapsed, though whoever lives renews its own within seconds.
    """

    def __init__(self) -> None:
        self._since: dict[str, tuple[float, float]] = {}
        self._looked_at = float("-inf")

    def look(self, seen: Mapping[str, float], now: float) -> None:
        """``seen``: when each machine renewed its lease, on any clock. ``now``: seconds on one that never steps."""
        before = self._since if now - self._looked_at <= APART_SECONDS else {}
        self._since = {
            machine: before[machine] if machine in before and before[machine][0] == at else (at, now)
            for machine, at in seen.items()
        }
        self._looked_at = now

    def seen_at(self, machine: str) -> float | None:
        return self._since[machine][0] if machine in self._since else None

    def lasts(self, machine: str) -> bool:
        return machine in self._since and self._looked_at - self._since[machine][1] >= LEASE_SECONDS
