"""That a folder does not answer. Its own thread waits for it then, so others notice, record and log it."""

from __future__ import annotations

import threading

from folder_sync.service.folders import Folder
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_pauses import FolderPauses, does_not_answer


class Silence:
    """Thread-safe."""

    def __init__(self, folder: Folder, availability: FolderAvailability, pauses: FolderPauses) -> None:
        self._folder = folder
        self._availability = availability
        self._pauses = pauses
        self._telling = threading.Lock()
        self._is_told = False

    def begin(self) -> None:
        """Whoever looks at the folder waits in vain. Called by the supervisor, which does not wait for the database."""
        self._availability.mark_silent(self._folder.root)

    @property
    def is_untold(self) -> bool:
        return self._folder.root in self._availability.silent and not self._is_told

    def tell(self) -> None:
        """Called by the housekeeping. Raises StoreUnavailable."""
        with self._telling:
            if self.is_untold:
                self._pauses.pause(self._folder.root, does_not_answer(self._folder.name))
                self._is_told = True

    def end(self) -> None:
        """The folder answers again. The pause is left to whoever looks at it now: it ends, or has another reason."""
        with self._telling:  # a pause that is being recorded must not outlast the silence
            self._availability.mark_answering(self._folder.root)
            self._is_told = False
