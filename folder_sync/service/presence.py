"""Which watched folders are there right now. What seems to have vanished from one that is not, has not."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from folder_sync.errors import WatchUnavailable
from folder_sync.files.scanning import root_identity

MANY: Final = 100
"""A folder in which so many photos should stand, and which shows nothing at all, was not cleared up: it is not
mounted, or something is wrong with it."""


class Presence:
    """``photos_below`` counts the photos that should stand in a folder. Used from several threads: reads only swap."""

    def __init__(self, photos_below: Callable[[bytes], int]) -> None:
        self._photos_below = photos_below
        self._identities: dict[bytes, tuple[int, int]] = {}
        self.away: frozenset[bytes] = frozenset()

    def came(self, root: bytes) -> None:
        """The folder is watched, as it stands there now. Raises WatchUnavailable."""
        self._identities[root] = root_identity(root)
        self.away -= {root}

    def left(self, root: bytes) -> None:
        self.away |= {root}

    def is_there(self, root: bytes) -> bool:
        """Asked of the disk, not of memory: between an unmount and its being noticed lies a moment."""
        try:
            return self._identities.get(root) == root_identity(root) and not self.is_suspiciously_empty(root)
        except (WatchUnavailable, OSError):
            return False

    def is_suspiciously_empty(self, root: bytes) -> bool:
        """Raises OSError where the folder can't be listed."""
        with os.scandir(root) as entries:
            shows_something = any(not entry.name.startswith(b".") for entry in entries)
        return not shows_something and self._photos_below(root) >= MANY
