"""The real service inside the test's own process: real folders, real inotify, real HTTP, and buttons for signals."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

from folder_sync.app import build_service
from folder_sync.service.intake.folder_intake import FolderIntake
from folder_sync.service.signals import End
from folder_sync.service.supervisor import Service
from folder_sync.store.sqlite.database import Database
from tests.support.studio import Studio
from tests.support.waiting import PATIENCE_SECONDS


class Buttons:
    """What an operator presses, where a process would get a signal."""

    def __init__(self) -> None:
        self._pressed: SimpleQueue[End] = SimpleQueue()

    def press(self, end: End) -> None:
        self._pressed.put(end)

    def wait(self, seconds: float) -> End | None:
        try:
            return self._pressed.get(timeout=seconds)
        except Empty:
            return None


class Running:
    """A service at work; ``stop`` ends it as TERM would."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._buttons = Buttons()
        self._ends: list[End] = []
        self._thread = threading.Thread(target=self._run, name="service")
        self._thread.start()

    def _run(self) -> None:
        self._ends.append(self.service.run(self._buttons))

    def stop(self, end: End = End.STOP) -> End:
        self._buttons.press(end)
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "the service did not stop"
        return self._ends[0]


def intake_of(running: Running, folder: Path) -> FolderIntake:
    """The intake of a watched folder, to look into."""
    return next(one for one in running.service._intake._intakes if one.folder.root == os.fsencode(folder))


@contextmanager
def running_service(studio: Studio, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """The service of a studio, as it is configured now, stopped at the end."""
    database = Database(studio.database, create=True)
    try:
        running = Running(build_service(studio.settings(), database, environ or {}, studio.timings))
        try:
            yield running
        finally:
            running.stop()
    finally:
        database.close()
