"""Passes over the watched folders, on a thread of their own: what events missed is found here."""

from __future__ import annotations

import os
import threading
import time
from queue import SimpleQueue
from typing import Protocol

import structlog

from folder_sync.errors import StoreUnavailable, WatchUnavailable
from folder_sync.files.scanning import scan
from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder
from folder_sync.store.incoming import Incoming

log = structlog.get_logger()


class Findings(Protocol):
    """Who is told what a pass found; called on the scanner's thread."""

    def seen(self, folder: Folder, path: bytes, fingerprint: Fingerprint) -> None: ...

    def gone(self, folder: Folder, path: bytes) -> None: ...

    def believes(self, folder: Folder) -> bool:
        """Whether a folder that shows nothing at all may have been cleared up. Else nothing is concluded from it."""


class Scanner:
    def __init__(self, incoming: Incoming, findings: Findings) -> None:
        self._incoming = incoming
        self._findings = findings
        self._wanted: SimpleQueue[tuple[Folder, bytes] | None] = SimpleQueue()
        self._asked: set[tuple[bytes, bytes]] = set()
        self._lock = threading.Lock()
        self._outstanding = 0
        self.cost: dict[bytes, float] = {}
        """Processor seconds of the last full pass over each watched folder."""
        self._thread = threading.Thread(target=self._work, name="scanner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> None:
        self._wanted.put(None)
        self._thread.join(seconds)

    @property
    def idle(self) -> bool:
        return self._outstanding == 0

    def ask(self, folder: Folder, start: bytes) -> None:
        """A pass from ``start`` downwards. One that is asked for already, and has not begun, serves both."""
        with self._lock:
            if (folder.root, start) in self._asked:
                return
            self._asked.add((folder.root, start))
            self._outstanding += 1
        self._wanted.put((folder, start))

    def _work(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            folder, start = wanted
            with self._lock:
                self._asked.discard((folder.root, start))
            began = time.thread_time()
            try:
                self._pass(folder, start)
                if start == folder.root:
                    self.cost[folder.root] = time.thread_time() - began
            except (WatchUnavailable, StoreUnavailable) as error:
                # The folder is away (its sentinel pauses it) or the database is: the next pass finds what this did not.
                log.info("scan_broken_off", folder=folder.root, reason=str(error))
            except Exception:  # the top of a thread: a bug must not end the passes
                log.exception("scan_failed", folder=folder.root)
            finally:
                with self._lock:
                    self._outstanding -= 1

    def _pass(self, folder: Folder, start: bytes) -> None:
        visited: set[bytes] = set()
        closed: list[bytes] = []
        known = self._incoming.fingerprints
        for found in scan(folder.root, recursive=folder.recursive, ignore=folder.ignore, known=known, start=start):
            visited.add(found.path)
            # A listing has no order; of two heroes that came together the one that was finished last has to win.
            new = sorted((*found.changed, *found.special, *found.outside), key=lambda seen: seen[1].ctime_ns)
            for path, fingerprint in new:
                self._findings.seen(folder, path, fingerprint)
            if found.path == folder.root and found.entries == 0 and not self._findings.believes(folder):
                return
            self._report_gone(folder, found.vanished)
            closed += found.unreadable
        if closed:
            log.warning("scan_incomplete", folder=folder.root, unreadable=closed[:10], count=len(closed))
        self._report_gone(folder, self._left_behind(start, visited, closed))

    def _left_behind(self, start: bytes, visited: set[bytes], closed: list[bytes]) -> list[bytes]:
        """What is known of folders that are no longer there. What lies below one that is closed to us may be."""
        prefixes = tuple(path + b"/" for path in closed)
        known = self._incoming.folders_below(start)
        gone = [inner for inner in known if inner not in visited and not (inner + b"/").startswith(prefixes)]
        return [os.path.join(inner, name) for inner in gone for name in self._incoming.fingerprints(inner)]

    def _report_gone(self, folder: Folder, paths: list[bytes]) -> None:
        for path in paths:
            self._findings.gone(folder, path)
