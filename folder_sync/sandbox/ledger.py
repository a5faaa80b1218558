"""What really arrived: the tests' witness for "exactly once"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock


@dataclass(frozen=True, slots=True)
class Arrival:
    """A POST whose body arrived in full, whatever happened to it afterwards."""

    at: float
    """When its last byte had come; true time, without the clock's skew."""
    organization_id: str
    gtin: str
    """As GTIN-14."""
    title: str
    is_primary: bool
    filename: str
    sha256: str
    size: int
    image_id: str | None = None
    """The image it created; None if it created none."""
    status: int | None = None
    """The status of the answer; None if none was sent, or not yet."""


@dataclass(frozen=True, slots=True)
class Call:
    """Any finished request to the API; ``status`` is None if the connection was dropped."""

    at: float
    method: str
    path: str
    status: int | None


class Ledger:
    """Append-only and thread-safe; the properties give snapshots, oldest first."""

    def __init__(self) -> None:
        self._arrivals: list[Arrival] = []
        self._calls: list[Call] = []
        self._lock = Lock()

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        with self._lock:
            return tuple(self._arrivals)

    @property
    def stored(self) -> tuple[Arrival, ...]:
        """The arrivals that became images, also those since deleted."""
        return tuple(arrival for arrival in self.arrivals if arrival.image_id is not None)

    @property
    def calls(self) -> tuple[Call, ...]:
        with self._lock:
            return tuple(self._calls)

    def arrived(self, arrival: Arrival) -> int:
        """Record an arrival; returns its number, for :meth:`became` and :meth:`answered`."""
        with self._lock:
            self._arrivals.append(arrival)
            return len(self._arrivals) - 1

    def became(self, number: int, image_id: str) -> None:
        with self._lock:
            self._arrivals[number] = replace(self._arrivals[number], image_id=image_id)

    def answered(self, number: int, status: int | None) -> None:
        with self._lock:
            self._arrivals[number] = replace(self._arrivals[number], status=status)

    def called(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)
