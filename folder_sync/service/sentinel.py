"""Keeps one folder watched: again after it was away, by polling where watching does not work, and says so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from folder_sync.errors import WatchLimit, WatchUnavailable
from folder_sync.files.watching import Kind, Watching, watch
from folder_sync.service.folders import Backend, Folder
from folder_sync.service.presence import Presence
from folder_sync.store.notes import Hearing, Notes

log = structlog.get_logger()

PROVE_SECONDS: Final = 30.0
"""How often the canary is touched."""

DEAF_SECONDS: Final = 5.0
"""An event that takes longer than this will not come."""

POLLING_SHARE: Final = 10.0
"""Passes take at most this fraction (one tenth) of a processor: the interval stretches with what a pass costs."""


class Sentinel:
    """Owned by the supervisor's thread; only ``_heard`` is called from a watcher's.

    ``on`` is told what happens in the folder, ``pass_cost`` tells the processor seconds of its last full pass.
    """

    def __init__(
        self,
        folder: Folder,
        *,
        presence: Presence,
        notes: Notes,
        on: Callable[[Folder, Kind, bytes], None],
        pass_cost: Callable[[Folder], float],
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._presence = presence
        self._notes = notes
        self._on = on
        self._pass_cost = pass_cost
        self._wall = wall
        self._clock = clock
        self._watching: Watching | None = None
        self._backend: Backend = "native"
        self._paused = ""
        self._remark = ""
        self._touched: float | None = None
        self._prove_at = 0.0
        self._deaf = 0

    @property
    def watching(self) -> bool:
        return self._watching is not None and not self._paused

    def check(self) -> None:
        """Begin to watch, or make sure that it still works. Cheap enough for every second."""
        if self._watching is None or not self._watching.alive():
            self._begin()
        if self._watching is None:
            return
        if self._is_empty_by_fault():
            self._pause(f"{self.folder.name} shows nothing, although photos should stand there. Is it mounted?")
        elif self._paused:
            self._resume()
        if self._backend == "native":
            self._prove()

    def stop(self) -> None:
        if self._watching is not None:
            self._watching.stop()
            self._watching = None
            with suppress(OSError):
                os.unlink(self.folder.canary)

    def _begin(self) -> None:
        self.stop()
        try:
            self._presence.came(self.folder.root)
            self._backend = "polling" if self._deaf > 1 else self.folder.chosen_backend()
            self._watching = self._watch(self._backend)
        except WatchLimit as error:
            if self.folder.backend != "auto":
                self._pause(str(error))
                return
            self._poll(f"{error} Until then it is looked through from time to time.")
        except (WatchUnavailable, OSError) as error:
            self._pause(str(error))
            return
        self._touched, self._prove_at = None, 0.0
        self._note(heard=False)
        # Whatever happened before the watch stood is found by looking.
        self._on(self.folder, Kind.LOST, self.folder.root)

    def _poll(self, remark: str) -> None:
        log.warning("watching_by_polling", folder=self.folder.root, reason=remark)
        self._backend, self._remark = "polling", remark
        self._watching = self._watch("polling")

    def _watch(self, backend: Backend) -> Watching:
        return watch(
            self.folder.root,
            recursive=self.folder.recursive,
            backend=backend,
            poll_seconds=self._poll_seconds,
            ignore=self.folder.ignore,
            on=self._heard,
            canary=self.folder.canary,
        )

    def _poll_seconds(self) -> float:
        return max(self.folder.poll_seconds, POLLING_SHARE * self._pass_cost(self.folder))

    def _is_empty_by_fault(self) -> bool:
        try:
            return self._presence.is_suspiciously_empty(self.folder.root)
        except OSError:
            return False  # away or closed: the watch notices

    def _prove(self) -> None:
        """Touch the canary from time to time; not heard, the watches are rebuilt, and then polling takes over."""
        now = self._clock()
        if self._touched is not None:
            if now - self._touched < DEAF_SECONDS:
                return
            self._deaf += 1
            self.stop()
            if self._deaf > 1 and self.folder.backend == "auto":
                self._poll("No events come although the folder is watched: it is looked through from time to time.")
                self._note(heard=False)
            log.warning("watching_deaf", folder=self.folder.root, times=self._deaf)
            self._touched = None
        elif now >= self._prove_at:
            self._prove_at = now + PROVE_SECONDS
            self._touched = now
            try:
                os.close(os.open(self.folder.canary, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
                os.utime(self.folder.canary)
            except OSError as error:
                self._touched = None
                self._remark = f"whether events are heard can't be proven: {error.strerror}"
                self._note(heard=False)

    def _heard(self, kind: Kind, path: bytes) -> None:
        if kind is not Kind.HEARD:
            self._on(self.folder, kind, path)
        elif self._touched is not None:
            self._touched, self._deaf, self._remark = None, 0, ""
            self._note(heard=True)

    def _note(self, *, heard: bool) -> None:
        polling = self._poll_seconds() if self._backend == "polling" else None
        heard_at = self._wall() if heard else None
        self._notes.hears(Hearing(self.folder.root, self._backend, heard_at, polling, self._remark))

    def _pause(self, reason: str) -> None:
        self._presence.left(self.folder.root)
        if self._paused != reason:
            self._paused = reason
            self._notes.pause(self._scope, reason, None)
            log.warning("service_paused", scope=self._scope, reason=reason)

    def _resume(self) -> None:
        self._paused = ""
        self._presence.came(self.folder.root)
        self._notes.resume(self._scope)
        log.info("service_resumed", scope=self._scope)
        self._on(self.folder, Kind.LOST, self.folder.root)

    @property
    def _scope(self) -> str:
        return f"folder:{self.folder.name}"
