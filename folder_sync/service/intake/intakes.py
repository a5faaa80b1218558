"""Every watched folder has an intake of its own: one that waits for a disk that does not answer holds up no other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from folder_sync.files.watching import Kind
from folder_sync.service.folders import Folder
from folder_sync.service.intake.folder_intake import Intake
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.store.incoming import Incoming


class Intakes:
    """``build`` makes the intake of a folder."""

    def __init__(
        self,
        folders: Sequence[Folder],
        build: Callable[[], Intake],
        *,
        incoming: Incoming,
        availability: FolderAvailability,
    ) -> None:
        self._folders = list(folders)
        self._of = {folder.root: build() for folder in folders}
        self._incoming = incoming
        self._availability = availability

    def start(self) -> None:
        for intake in self._of.values():
            intake.start()

    def stop(self, seconds: float) -> None:
        """What is being looked at is finished, for so long; what waits is found again by the next start's scan."""
        deadline = time.monotonic() + seconds
        for intake in self._of.values():
            intake.stop(max(deadline - time.monotonic(), 0.0))

    def leave_what_is_not_watched(self, now: float) -> None:
        """At start: photos of folders that were taken out of the configuration can't be read any more."""
        roots = tuple(root.rstrip(b"/") + b"/" for root in self._of)
        for inner in self._incoming.folders_below(b""):
            if not (inner + b"/").startswith(roots):
                for name in self._incoming.fingerprints(inner):
                    self._incoming.gone(os.path.join(inner, name), now)

    @property
    def idle(self) -> bool:
        """Nothing is being looked for, waited for or looked at, but for folders that don't answer."""
        return all(intake.idle for intake in self._answering())

    @property
    def held(self) -> int:
        """How many files may not be written to their end yet, or are being looked at, in folders that answer."""
        return sum(intake.held for intake in self._answering())

    def _answering(self) -> list[Intake]:
        return [intake for root, intake in self._of.items() if root not in self._availability.silent]

    def pass_cost(self, folder: Folder) -> float:
        """Processor seconds of the last full pass over a folder; 0 before the first."""
        return self._of[folder.root].pass_cost(folder)

    def hear(self, folder: Folder, kind: Kind, path: bytes) -> None:
        """What a watcher reports."""
        self._of[folder.root].hear(folder, kind, path)

    def look_again(self, path: bytes) -> None:
        """A file is not what it was thought to be."""
        for folder in self._folders:
            if path.startswith(folder.root.rstrip(b"/") + b"/"):
                self._of[folder.root].look_again(folder, path)
