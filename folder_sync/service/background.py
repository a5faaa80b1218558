"""Work on a thread of its own, for as long as the service runs."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod


class BackgroundWork(ABC):
    """A daemon: a disk or a server that does not answer must not keep the service from ending."""

    def __init__(self, name: str, stop_seconds: float) -> None:
        self._stop_seconds = stop_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Start nothing new, and give up what is under way where that can be."""
        self._stopping.set()

    def stop(self) -> None:
        """Leave, and wait a little. Also where it was never started."""
        self.leave()
        self._join()

    def _join(self) -> None:
        if self._thread.ident is not None:
            self._thread.join(self._stop_seconds)

    @abstractmethod
    def _work(self) -> None:
        """Until ``_stopping`` is set. Raises nothing."""
