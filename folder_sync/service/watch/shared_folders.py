"""Folders that several machines have at the same path: which of them this one takes in.

Of the machines on one store one at a time takes in a shared folder, and all that have it there send its photos. What
one takes in is settled at the start of a run; where that should be another machine by now, the run ends as on a reload,
and the next one settles it anew.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from folder_sync.errors import StoreUnavailable, WatchUnavailable
from folder_sync.files.scanning import root_identity
from folder_sync.files.timeouts import ANSWER_SECONDS, call_with_timeout
from folder_sync.service import store_trouble
from folder_sync.service.folders import Folder
from folder_sync.service.housekeeping import GivenUp
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import Expected, FolderAvailability
from folder_sync.service.watch.folder_pauses import FolderPauses, does_not_answer, is_empty
from folder_sync.store.ports import Lease
from folder_sync.store.service_state import ServiceState

log = structlog.get_logger()

LOOK_SECONDS: Final = 5.0
"""How often to look whether a folder is there, and whether anybody takes it in."""

AWAY_SECONDS: Final = 20.0
"""For how long a folder has to be away from here until another machine may have it."""

TELL_SECONDS: Final = 50.0
"""For how long one that this machine does not take in has to be wrong: a share may show late what is new there. No
longer, for what was told of the run before would be taken for over.
"""

SILENT_SECONDS: Final = 60.0
"""How long not to ask a folder again that did not answer: each question is a thread that waits."""


class SharedFolders:
    """``folders``: all that are shared, as the configuration has them; ``expected``: the photos that should be there.

    A chore: it looks whether what was settled still holds, and says so where a folder that others take in is not there.
    """

    def __init__(
        self,
        folders: Sequence[Folder],
        lease: Lease,
        expected: Expected,
        service_state: ServiceState,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lease = lease
        self._expected = expected
        self._pauses = FolderPauses(service_state)
        self._answer_seconds = answer_seconds
        self._clock = clock
        self._due_at = clock() + LOOK_SECONDS
        self._not_before: dict[bytes, float] = {}
        self._away_since: dict[bytes, float] = {}
        self._wrong_since: dict[bytes, float] = {}
        self._told: dict[bytes, str] = {}
        self._folders = list(folders)
        self._ours: frozenset[bytes] = frozenset()
        self._unannounced: frozenset[bytes] = frozenset()
        self._silent: frozenset[bytes] = frozenset()
        self.away: frozenset[bytes] = frozenset()
        """Those that another machine takes in, and of which nothing is sent from here now: they are not there, or it is
        not known yet what has to be looked up first."""
        self.has_changed = False
        """Whether another machine should take in what this one does, or this one what nobody does."""

    def settle(self) -> frozenset[bytes]:
        """At the start of a run: which of them are this machine's to take in. Raises StoreUnavailable."""
        for folder in self._folders:
            if wrong := self._wrong(folder):
                self._wrong_since[folder.root] = self._clock()
            if not wrong and self._lease.take_in(folder.root):
                self._ours |= {folder.root}
                log.info("shared_folder_taken_in", folder=folder.root)
            else:
                self._lease.leave(folder.root)
                self.away |= {folder.root}  # until the first look
                log.info("shared_folder_left_to_others", folder=folder.root)
        return self._ours

    def announce(self) -> None:
        """The folders that this machine takes in have said what may have to be looked up first. While the records can't
        be reached others wait for that.
        """
        self._unannounced = self._ours
        try:
            self._announce()
        except StoreUnavailable as error:  # of a service that works already
            store_trouble.tell(error)

    def _announce(self) -> None:
        for root in self._unannounced:
            self._lease.settle(root)
        self._unannounced = frozenset()

    def do(self, _given_up: GivenUp) -> None:
        now = self._clock()
        if now < self._due_at:
            return
        self._due_at = now + LOOK_SECONDS
        self._announce()
        for folder in self._folders:
            if folder.root not in self._ours:
                is_settled = self._lease.is_taken_in(folder.root)
                wrong = self._wrong(folder, is_taken_in=bool(is_settled))
                self.away = self.away - {folder.root} if is_settled and not wrong else self.away | {folder.root}
                self.has_changed |= is_settled is None and not wrong
                self._tell(folder, wrong, now)
            elif not self._wrong(folder, is_ours=True):
                self._away_since.pop(folder.root, None)
            else:
                since = self._away_since.setdefault(folder.root, now)
                self.has_changed |= now - since >= AWAY_SECONDS

    @property
    def silent(self) -> frozenset[bytes]:
        """Those that another machine takes in, and that do not answer here: whoever reads there waits until they do."""
        return self._silent - self._ours

    @property
    def sends_for_others(self) -> bool:
        """Whether there is one whose photos can be sent from here, and which another machine takes in."""
        return any(folder.root not in self._ours | self.away for folder in self._folders)

    def _wrong(self, folder: Folder, *, is_ours: bool = False, is_taken_in: bool = False) -> str:
        """Why what stands there is not the folder, but a place at which it should be mounted, say; empty where it is.

        Who takes it in, as another machine does where ``is_taken_in``, leaves a mark in it. A mark may also stand where
        a machine took the place for the folder, before there were photos.
        """
        if self._clock() < self._not_before.get(folder.root, 0.0):
            return does_not_answer(folder.name)
        is_new = not self._expected.some_below(folder.root, 1)

        def look() -> str:
            try:
                root_identity(folder.root)
            except WatchUnavailable as error:
                return str(error)
            if not os.path.lexists(folder.mark):
                lacks = (
                    f"{folder.name} lacks the mark of those that have taken it in."
                    " Is it mounted, on this machine and on theirs?"
                )
                return "" if is_new and not is_taken_in else lacks
            if is_new or is_ours or not _is_bare(folder.root):
                return ""
            return is_empty(folder.name)

        try:
            wrong = call_with_timeout(look, self._answer_seconds)
        except TimeoutError:
            self._not_before[folder.root] = self._clock() + SILENT_SECONDS
            self._silent |= {folder.root}
            return does_not_answer(folder.name)
        self._silent -= {folder.root}
        return wrong

    def _tell(self, folder: Folder, wrong: str, now: float) -> None:
        """A pause is recorded of one that others take in, as it is of one that this machine does."""
        if not wrong:
            self._wrong_since.pop(folder.root, None)
            if self._told.pop(folder.root, ""):
                self._pauses.resume(folder.root)
            return
        since = self._wrong_since.setdefault(folder.root, now)
        if now - since >= TELL_SECONDS and self._told.get(folder.root) != wrong:
            self._pauses.pause(folder.root, wrong)
            self._told[folder.root] = wrong


def _is_bare(root: bytes) -> bool:
    """Whether nothing is mounted there, and nothing to be seen."""
    try:
        with os.scandir(root) as entries:
            is_empty = all(entry.name.startswith(b".") for entry in entries)
        return is_empty and os.stat(root).st_dev == os.stat(os.path.dirname(root)).st_dev
    except OSError:
        return False  # whoever watches it says what is wrong


class Reachable:
    """As ``watch.availability``, for whoever sends: ``away``: also shared folders that another machine takes in."""

    def __init__(self, watched: FolderAvailability, shared: SharedFolders) -> None:
        self._watched = watched
        self._shared = shared

    @property
    def away(self) -> frozenset[bytes]:
        return self._watched.away | self._shared.away


class SendingForOthers:
    """Has the workers look for photos that another machine has taken in: nobody else tells of them."""

    def __init__(self, shared: SharedFolders, wakeup: Wakeup) -> None:
        self._shared = shared
        self._wakeup = wakeup

    def do(self, _given_up: GivenUp) -> None:
        if self._shared.sends_for_others:
            self._wakeup.ring_all()
