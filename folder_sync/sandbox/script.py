"""The faults that are not used up yet, in the order in which they were added."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from folder_sync.sandbox.clock import Clock
from folder_sync.sandbox.faults import Fault


@dataclass(frozen=True, slots=True)
class _Entry:
    fault: Fault
    left: float
    """How many requests it still meets."""
    until: float
    """Seconds, by the true clock."""


class Faults:
    """The script. A request meets at most one fault: the first that fits, in the order of adding. Thread-safe."""

    def __init__(self, clock: Clock, latency: float = 0.0) -> None:
        self.latency = latency
        """Seconds that every request of the API takes longer."""
        self._clock = clock
        self._entries: list[_Entry] = []
        self._lock = Lock()

    def add(self, kind: str, **parameters: Any) -> Fault:
        """``faults.add("stall", route="upload", seconds=2)``; raises as :class:`Fault` does."""
        fault = Fault.from_json({"kind": kind, **parameters})
        self.append(fault)
        return fault

    def append(self, fault: Fault) -> None:
        until = math.inf if fault.lasting is None else self._clock.true() + fault.lasting
        with self._lock:
            self._entries.append(_Entry(fault, math.inf if fault.count is None else fault.count, until))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that are not used up, and whose time is not over."""
        with self._lock:
            self._forget_what_is_over()
            return tuple(entry.fault for entry in self._entries)

    def take(self, method: str, route: str, gtin: str | None) -> Fault | None:
        """The fault that this request meets, which is then used up by one."""
        with self._lock:
            self._forget_what_is_over()
            for index, entry in enumerate(self._entries):
                if entry.fault.meets(method, route, gtin):
                    self._entries[index] = replace(entry, left=entry.left - 1)
                    return entry.fault
            return None

    def _forget_what_is_over(self) -> None:
        now = self._clock.true()
        self._entries = [entry for entry in self._entries if entry.left and now < entry.until]
