"""What failed, and how often in a row: the more often, the later its next try."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass

from folder_sync.photo import Record
from folder_sync.rules.outcome import REFUSED_ON_THE_WAY
from folder_sync.service.delivery.channel import Channel


class VainTries:
    """Thread-safe. Forgotten with the process: a restart or a reload tries everything again soon."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row: dict[Hashable, int] = {}

    def count(self, thing: Hashable) -> int:
        return self._in_a_row.get(thing, 0)

    def failed(self, thing: Hashable) -> int:
        """Once more. Returns how often in a row by now."""
        with self._lock:
            self._in_a_row[thing] = self._in_a_row.get(thing, 0) + 1
            return self._in_a_row[thing]

    def worked(self, thing: Hashable) -> None:
        with self._lock:
            self._in_a_row.pop(thing, None)


@dataclass(slots=True)
class _Refusals:
    status: int
    times: int
    accepted: int
    """How many photos had been accepted when it was refused the last time."""


class Refusals:
    """Photos that something between here and Closient refuses. Thread-safe, and forgotten with the process. Something
    that refuses everything is no reason to reject a photo: only refusals while others went through count.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[int, _Refusals] = {}

    def refused(self, channel: Channel, photo: Record, status: int) -> None:
        with self._lock:
            accepted = channel.accepted_photos
            before = self._of.get(photo.id)
            if before is None or before.status != status:
                self._of[photo.id] = _Refusals(status, 1, accepted)
            elif accepted > before.accepted:
                self._of[photo.id] = _Refusals(status, before.times + 1, accepted)

    def forget(self, photo: Record) -> None:
        with self._lock:
            self._of.pop(photo.id, None)

    def hopeless(self, photo: Record) -> int | None:
        """The status with which it was refused often enough; None where it may still go."""
        found = self._of.get(photo.id)
        return found.status if found is not None and found.times >= REFUSED_ON_THE_WAY else None
