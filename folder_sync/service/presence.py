"""Which watched folders are there right now. What seems to have vanished from one that is not, has not."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from folder_sync.errors import WatchUnavailable
from folder_sync.files.scanning import root_identity

MANY: Final = 100
"""A folder in which so many photos should stand, and which shows nothing at all, was not cleared up: something is
wrong with it. If it never showed anything since it is watched, it is a mount point without its mount, and one photo
that should stand there is enough to doubt it."""


class Presence:
    """``photos_below`` counts the photos that should stand in a folder. Used from several threads: reads only swap."""

    def __init__(self, photos_below: Callable[[bytes], int]) -> None:
        self._photos_below = photos_below
        self._identities: dict[bytes, tuple[int, int]] = {}
        self._showed_something: frozenset[bytes] = frozenset()
        self.away: frozenset[bytes] = frozenset()

    def came(self, root: bytes) -> None:
        """The folder is watched, as it stands there now. Raises WatchUnavailable."""
        identity = root_identity(root)
        if self._identities.get(root) != identity:
            self._showed_something -= {root}
        self._identities[root] = identity
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
        if shows_something:
            self._showed_something |= {root}
            return False
        return self._photos_below(root) >= (MANY if root in self._showed_something else 1)
