"""Whether files still stand at other paths, where that matters for an arriving one, on disks that may never answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from folder_sync.files.opening import are_alike, is_listed, look
from folder_sync.files.timeouts import call_with_timeout
from folder_sync.service.folders import Folder
from folder_sync.service.watch.availability import FolderAvailability

OCCUPIED_SECONDS: Final = 1.0
"""How long a share may take to answer. Then it is asked again later; by then, the folder may be known to be away."""


class OtherPaths:
    """``folders``: all watched folders; files anywhere else do not count."""

    def __init__(
        self,
        folders: Sequence[Folder],
        availability: FolderAvailability,
        *,
        answer_seconds: float = OCCUPIED_SECONDS,
    ) -> None:
        self._folders = list(folders)
        self._availability = availability
        self._answer_seconds = answer_seconds

    def occupied(self, paths: Iterable[bytes], *, beside: bytes) -> dict[bytes, bool]:
        """For each path, whether another file than the one ``beside`` it is there, or may be, in a folder that is away.

        Raises TimeoutError where a share does not answer. Must be called with no lock held, for it may take a while.
        """
        return {path: self._is_occupied(path, beside) for path in paths}

    def _is_occupied(self, path: bytes, beside: bytes) -> bool:
        folder = next((folder for folder in self._folders if folder.holds(path)), None)
        if folder is None:
            return False
        root = folder.root
        if self._availability.is_away(path):
            return True

        def stands() -> bool:
            if look(path) is None:
                return not self._availability.absence_is_conclusive(root, path)
            return not are_alike(path, beside) or is_listed(path)

        try:
            may_wait = self._availability.may_fall_silent(root)
            return call_with_timeout(stands, self._answer_seconds) if may_wait else stands()
        except TimeoutError:
            raise
        except OSError:
            return True


def is_gone(path: bytes) -> bool:
    """For certain: what can't be reached is not gone. The exact name counts, for shares find a file under other
    spellings, too.
    """
    try:
        return look(path) is None or not is_listed(path)
    except OSError:
        return False
