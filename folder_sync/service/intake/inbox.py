"""The messages to a folder's intake, and the inbox that they are put into.

An inbox is passive: it is made before those who write into it (a watcher, a pass, an inspector, delivery) and before
its reader.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from folder_sync.photo import Fingerprint
from folder_sync.rules.arrivals import Later
from folder_sync.service.folders import Folder
from folder_sync.service.intake.judging import Judgement
from folder_sync.service.intake.per_product import Turn


@dataclass(frozen=True, slots=True)
class Written:
    """Something happened at a path: look at it."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Sighted:
    """A pass found a file that differs from its record."""

    path: bytes
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Gone:
    """A file is said to be gone."""

    path: bytes


@dataclass(frozen=True, slots=True)
class FolderGone:
    """A folder is said to be gone, with everything in it."""

    path: bytes


@dataclass(frozen=True, slots=True)
class LookThrough:
    """Events may have been lost, or never come: a pass is needed, from here downwards."""

    start: bytes


@dataclass(frozen=True, slots=True)
class LookedThrough:
    """A pass from here downwards is over, and everything that it found has been posted."""

    start: bytes


@dataclass(frozen=True, slots=True)
class TurnCame:
    """The photos of the same product that came before have been dealt with."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Judged:
    """How looking into a file ended. ``fingerprint``: of what was read."""

    path: bytes
    turn: Turn | None
    fingerprint: Fingerprint
    end: Judgement | Later


Message = Written | Sighted | Gone | FolderGone | LookThrough | LookedThrough | TurnCame | Judged


class Inbox:
    """One watched folder's. Counts all that the folder's intake, its passes and its inspectors have yet to do.

    Every ``post`` and every ``expect`` needs one ``done``.
    """

    def __init__(self) -> None:
        self._messages: SimpleQueue[Message | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._outstanding = 0
        self._closed = False

    def post(self, message: Message) -> None:
        self.expect()
        self._messages.put(message)

    def expect(self) -> None:
        """Something has begun whose end will come by ``answer`` or ``done``."""
        with self._lock:
            self._outstanding += 1

    def answer(self, message: Message) -> None:
        """Post the end of what was expected."""
        self._messages.put(message)

    def receive(self, seconds: float | None) -> Message | None:
        """The next message; call ``done`` when it has been dealt with. None: none came in time (in seconds; None: for
        ever), or the inbox was closed.
        """
        try:
            return self._messages.get(timeout=seconds)
        except Empty:
            return None

    def done(self) -> None:
        with self._lock:
            self._outstanding -= 1

    def close(self) -> None:
        """Nothing more will be read; the next start finds what is left."""
        self._closed = True
        self._messages.put(None)

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def idle(self) -> bool:
        """Nothing was posted or begun that has not been dealt with."""
        return self._outstanding == 0


class Inboxes:
    """Those of all watched folders."""

    def __init__(self, folders: Iterable[Folder]) -> None:
        self._folders = list(folders)
        self._of = {folder.root: Inbox() for folder in self._folders}

    def of(self, folder: Folder) -> Inbox:
        return self._of[folder.root]

    def tell(self, turns: Iterable[Turn]) -> None:
        """Their turn has come."""
        for turn in turns:
            self.of(turn.folder).post(TurnCame(turn))

    def look_again(self, path: bytes) -> None:
        """The file at this path is not what it was thought to be."""
        for folder in self._folders:
            if folder.holds(path):
                self.of(folder).post(Written(path))
