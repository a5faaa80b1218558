"""A watched folder as the service sees it: for whom, what is ignored, and whether it can be watched right now."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from folder_sync.errors import WatchUnavailable
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.watching import Kind, Watching, watch
from folder_sync.store.notes import Notes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Folder:
    """One ``[[watch]]`` of the configuration, resolved."""

    root: bytes
    account: str
    recursive: bool
    backend: Literal["native", "polling"]
    poll_seconds: float
    ignore: IgnoreRules


class Sentinel:
    """Keeps one folder watched: again after it was away, and says so when it is. Owned by the supervisor's thread."""

    def __init__(self, folder: Folder, notes: Notes, on: Callable[[Folder, Kind, bytes], None]) -> None:
        self.folder = folder
        self._notes = notes
        self._on = on
        self._watching: Watching | None = None
        self._paused = False

    @property
    def watching(self) -> bool:
        return self._watching is not None

    def check(self) -> None:
        """Begin to watch, or make sure that it still works. Cheap enough for every second."""
        if self._watching is not None and self._watching.alive():
            return
        self.stop()
        folder = self.folder
        try:
            self._watching = watch(
                folder.root,
                recursive=folder.recursive,
                backend=folder.backend,
                poll_seconds=folder.poll_seconds,
                ignore=folder.ignore,
                on=lambda kind, path: self._on(folder, kind, path),
            )
        except WatchUnavailable as error:
            self._pause(str(error))
            return
        if self._paused:
            self._paused = False
            self._notes.resume(self._scope)
            log.info("service_resumed", scope=self._scope)
        # Whatever happened before the watch stood is found by looking.
        self._on(folder, Kind.LOST, folder.root)

    def stop(self) -> None:
        if self._watching is not None:
            self._watching.stop()
            self._watching = None

    def _pause(self, reason: str) -> None:
        if not self._paused:
            self._paused = True
            self._notes.pause(self._scope, reason, None)
            log.warning("service_paused", scope=self._scope, reason=reason)

    @property
    def _scope(self) -> str:
        return "folder:" + os.fsencode(self.folder.root).decode("utf-8", "replace")
