"""The kernel's queue of inotify events, in small: its real size is the machine's, and may be a million."""

from __future__ import annotations

from typing import Any, Final

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD, WatchDescriptor

ROOM: Final = 100
BURST: Final = 10 * ROOM
"""So many events overflow it; and yet watchdog takes them out by one read."""


def make_it_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As inotify(7) has it: what comes while the queue is full is lost, and its last event says so."""
    read = InotifyFD.read_events

    def read_events(inotify: InotifyFD, **size: Any) -> list[InotifyEvent]:
        events = read(inotify, **size)
        if len(events) <= ROOM:
            return events
        return [*events[:ROOM], InotifyEvent(WatchDescriptor(-1), InotifyConstants.IN_Q_OVERFLOW, 0, b"")]

    monkeypatch.setattr(InotifyFD, "read_events", read_events)
