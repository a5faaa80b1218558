"""The server's clock: can be replaced, and can be wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Seconds since the Unix epoch. ``skew`` (seconds) is how far the server's clock is ahead of the true one.

    Quota windows and the ledger use :meth:`true`; whatever a client gets to see uses :meth:`shown`.
    """

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self.skew = 0.0

    def true(self) -> float:
        return self._source()

    def shown(self) -> float:
        return self._source() + self.skew


def iso_utc(at: float) -> str:
    """A time as the API writes it, for example ``2026-01-31T08:30:00.250000Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
