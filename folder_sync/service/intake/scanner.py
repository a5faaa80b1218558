"""Passes over a watched folder, on a thread of their own: they find what events missed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Mapping
from queue import Empty, SimpleQueue
from typing import Final

import structlog

from folder_sync.errors import StoreUnavailable, WatchUnavailable
from folder_sync.files.mounts import is_at_or_below
from folder_sync.files.scanning import scan
from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder
from folder_sync.service.intake.inbox import Gone, Inbox, LookedThrough, Sighted
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_pauses import FolderPauses
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.service_state import ServiceState
from folder_sync.text import path_text

log = structlog.get_logger()

TOLD_APART: Final = 2.0
TOLD_SECONDS: Final = 0.1
"""How many times longer or shorter, and how much more, a pass must take than the last recorded one."""


AGAIN_SECONDS: Final = 2.0
"""When a pass that the records did not answer is tried again: the next full one may be minutes away."""


class Scanner:
    """One watched folder's. What a pass finds is posted to ``inbox``."""

    def __init__(
        self,
        folder: Folder,
        inbox: Inbox,
        expected: ExpectedFiles,
        availability: FolderAvailability,
        service_state: ServiceState,
    ) -> None:
        self._folder = folder
        self._inbox = inbox
        self._expected = expected
        self._availability = availability
        self._service_state = service_state
        self._pauses = FolderPauses(service_state)
        self._troubled: set[bytes] = set()
        self._wanted: SimpleQueue[bytes | None] = SimpleQueue()
        self._asked: set[bytes] = set()
        self._broken_off: set[bytes] = set()
        self._lock = threading.Lock()
        self._has_passed = False
        self._cost = 0.0
        self._told_seconds: float | None = None
        self._thread = threading.Thread(target=self._work, name="scanner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> None:
        self._wanted.put(None)
        self._thread.join(seconds)

    def pass_cost(self) -> float:
        """Processor seconds of the last full pass; 0 before the first."""
        return self._cost

    def ask(self, start: bytes) -> None:
        """Request a pass from ``start`` downwards. One that was requested before and has not begun serves both."""
        with self._lock:
            if start in self._asked:
                return
            self._asked.add(start)
        self._inbox.expect()
        self._wanted.put(start)

    def _work(self) -> None:
        while (start := self._next()) is not None:
            with self._lock:
                self._asked.discard(start)
            began, began_at = time.thread_time(), time.monotonic()
            try:
                self._pass(start)
                self._broken_off.discard(start)
                if start == self._folder.root:
                    self._cost = time.thread_time() - began
                    self._took(time.monotonic() - began_at)
            except WatchUnavailable as error:
                # The folder is away, and its watch pauses it: the next pass finds what this one did not.
                log.info("scan_broken_off", folder=self._folder.root, reason=str(error))
            except StoreUnavailable as error:
                if start not in self._broken_off:
                    log.info("scan_broken_off", folder=self._folder.root, reason=str(error))
                self._broken_off.add(start)
            except Exception:  # the top of a thread: a bug must not end the passes
                log.exception("scan_failed", folder=self._folder.root)
            finally:
                self._inbox.answer(LookedThrough(start))

    def _next(self) -> bytes | None:
        """From where the next pass starts; None: there is none any more."""
        while True:
            try:
                return self._wanted.get(timeout=AGAIN_SECONDS if self._broken_off else None)
            except Empty:
                for start in self._broken_off:
                    self.ask(start)

    def _took(self, seconds: float) -> None:
        """Written down where it is something else than before: polling makes a pass every few seconds."""
        told = self._told_seconds
        if told is None or not (told / TOLD_APART - TOLD_SECONDS <= seconds <= told * TOLD_APART + TOLD_SECONDS):
            self._service_state.set_pass_seconds(self._folder.root, seconds)
            self._told_seconds = seconds

    def _pass(self, start: bytes) -> None:
        folder, visited = self._folder, set[bytes]()
        closed: list[bytes] = []
        heroes: list[Sighted] = []
        troubled: set[bytes] = set()
        known = self._expected.fingerprints if self._has_passed else self._known_at_first
        for found in scan(folder.root, recursive=folder.recursive, ignore=folder.ignore, known=known, start=start):
            visited.add(found.path)
            for path, fingerprint in (*found.changed, *found.special, *found.outside):
                sighted = Sighted(path, fingerprint)
                if folder.names.is_hero(path):
                    heroes.append(sighted)
                else:
                    self._inbox.post(sighted)
            if found.path == folder.root and found.entries == 0 and not self._may_be_empty():
                return
            self._report_gone(found.vanished)
            closed += found.unreadable
            if found.unreadable:
                troubled.add(found.path)
        # Neither a listing nor the way through the folders says which of two heroes was finished last.
        for hero in sorted(heroes, key=lambda sighted: sighted.fingerprint.ctime_ns):
            self._inbox.post(hero)
        self._tell_of(troubled, start)
        self._report_gone(self._left_behind(start, visited, closed))
        self._has_passed |= start == folder.root

    def _known_at_first(self, inner: bytes) -> Mapping[bytes, Fingerprint]:
        """What is passed over may be something else than in the run before, and then it has gone. Later passes need not
        ask that again of every photo.
        """
        known = self._expected.fingerprints(inner)
        passed_over = {name for name in known if self._folder.ignore.file(os.path.join(inner, name))}
        self._report_gone(os.path.join(inner, name) for name in passed_over)
        return {name: known[name] for name in known.keys() - passed_over}

    def _tell_of(self, troubled: set[bytes], start: bytes) -> None:
        """Photos in a folder that is closed to the service appear in no list, so the folder itself is reported."""
        before = {path for path in self._troubled if is_at_or_below(path, start)}
        for path in sorted(troubled - before):
            reason = (
                f"Photos in {path_text(path)} can't be seen: the service may not read it."
                " Let its user read and enter it; it resumes by itself."
            )
            self._pauses.pause(self._place(path), reason)
        for path in before - troubled:
            self._pauses.resume(self._place(path))
        self._troubled = self._troubled - before | troubled

    def _place(self, path: bytes) -> bytes:
        """Spelt otherwise for the watched folder itself, which its watch pauses and resumes."""
        return path + b"/" if path == self._folder.root else path

    def _may_be_empty(self) -> bool:
        """Whether a folder that shows nothing at all may have been cleared out. Otherwise nothing is concluded from
        it.
        """
        return self._availability.absence_is_conclusive(self._folder.root, self._folder.root)

    def _left_behind(self, start: bytes, visited: set[bytes], closed: list[bytes]) -> list[bytes]:
        """Records below folders that are no longer there, or are passed over. Whatever lies below one that is closed to
        us may still be there.
        """
        prefixes = tuple(path + b"/" for path in closed)
        known = self._expected.folders_below(start)
        gone = [inner for inner in known if inner not in visited and not (inner + b"/").startswith(prefixes)]
        return [os.path.join(inner, name) for inner in gone for name in self._expected.fingerprints(inner)]

    def _report_gone(self, paths: Iterable[bytes]) -> None:
        for path in paths:
            self._inbox.post(Gone(path))
