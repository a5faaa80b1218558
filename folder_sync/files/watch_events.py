"""What a watcher reports, whichever way it watches; and polling, the way that needs nothing of the system."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from folder_sync.errors import WatchUnavailable
from folder_sync.files.scanning import root_identity


class WatchEvent(Enum):
    """What happened at the path reported with it."""

    WRITTEN = auto()
    """A file was created, closed after writing, moved here, or its times or permissions were set."""
    GONE = auto()
    """A file was deleted or moved away."""
    FOLDER = auto()
    """A folder is new here, and watched from now on; what it already holds is not announced: scan it."""
    FOLDER_GONE = auto()
    """A folder was deleted or moved away, with all that was in it."""
    HEARD = auto()
    """The canary was heard: the service's own file was made, and that was noticed."""
    LOST = auto()
    """Events may have been lost, or this backend has none: scan everything. If ``alive`` says no, watch again."""


Report = Callable[[WatchEvent, bytes], None]
"""Called on the watcher's thread with a path below the root (``LOST``: the root). Must return at once."""


class Watching(Protocol):
    def alive(self) -> bool:
        """False if nothing more will be reported: the root is gone, was exchanged, or the watcher failed."""

    def stop(self) -> None:
        """No report is made after this returns. Must not be called from a report."""


class Polling:
    """Asks for a scan every so often. The scan compares with the database, so there is nothing to remember here."""

    def __init__(self, root: bytes, poll_seconds: Callable[[], float], on: Report) -> None:
        self._root = root
        self._identity = root_identity(root)
        self._poll_seconds = poll_seconds
        self._on = on
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folder-poll", daemon=True)
        self._thread.start()

    def alive(self) -> bool:
        return self._thread.is_alive() and is_still(self._root, self._identity)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._poll_seconds()):
            self._on(WatchEvent.LOST, self._root)


def is_still(root: bytes, identity: tuple[int, int]) -> bool:
    try:
        return root_identity(root) == identity
    except WatchUnavailable:
        return False
