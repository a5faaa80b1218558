"""Which watched folders are there right now. What seems to have vanished from one that is not, has not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from folder_sync.errors import WatchUnavailable
from folder_sync.files.mounts import mounted_below
from folder_sync.files.scanning import root_identity

MANY: Final = 100
"""A folder in which so many photos should stand, and which shows nothing at all, was not cleared up: something is
wrong with it. If it is not the folder that was trusted before, it is a mount point without its mount, and one photo
that should stand there is enough to doubt it."""


class Memory(Protocol):
    """Which folders were trusted, over restarts: device and inode of each (``store.notes``)."""

    def identities(self) -> Mapping[bytes, tuple[int, int]]: ...

    def identify(self, folder: bytes, identity: tuple[int, int]) -> None: ...


class Presence:
    """``photos_below`` counts the photos that should stand in a folder. Used from several threads: reads only swap."""

    def __init__(self, photos_below: Callable[[bytes], int], memory: Memory) -> None:
        self._photos_below = photos_below
        self._memory = memory
        self._trusted = dict(memory.identities())
        self._identities: dict[bytes, tuple[int, int]] = {}
        self._mounts: dict[bytes, frozenset[bytes]] = {}
        self._roots_away: frozenset[bytes] = frozenset()
        self.unmounted: frozenset[bytes] = frozenset()
        """Places inside watched folders at which something was mounted that is not mounted any more."""

    @property
    def away(self) -> frozenset[bytes]:
        """Nothing that should stand in one of these folders can be read now."""
        return self._roots_away | self.unmounted

    def came(self, root: bytes) -> None:
        """The folder is watched, as it stands there now. Raises WatchUnavailable."""
        self._identities[root] = root_identity(root)
        self._roots_away -= {root}

    def left(self, root: bytes) -> None:
        self._roots_away |= {root}

    def mounts_changed(self, root: bytes) -> bool:
        """Whether something was mounted or unmounted inside a folder since this was last asked."""
        before, now = self._mounts.get(root), mounted_below(root)
        if now == before:
            return False
        self._mounts[root] = now
        self.unmounted = (self.unmounted | (before or frozenset())) - now
        return before is not None

    def is_there(self, root: bytes, path: bytes) -> bool:
        """Whether it tells anything that ``path``, below ``root``, is not there.

        Asked of the disk, not of memory: between an unmount and its being noticed lies a moment.
        """
        if root in self._roots_away:
            return False
        try:
            if self.is_suspiciously_empty(root) or self._identities.get(root) != root_identity(root):
                return False
            gone = self.unmounted
            if before := self._mounts.get(root):
                gone |= before - mounted_below(root)
        except (WatchUnavailable, OSError):
            return False
        return not any(path.startswith(place + b"/") for place in gone)

    def is_suspiciously_empty(self, root: bytes) -> bool:
        """Raises OSError where the folder can't be listed."""
        identity = self._identities.get(root)
        with os.scandir(root) as entries:
            shows_something = any(not entry.name.startswith(b".") for entry in entries)
        trusted = identity is not None and self._trusted.get(root) == identity
        if not shows_something and self._photos_below(root) >= (MANY if trusted else 1):
            return True
        if not trusted and identity is not None:
            self._trusted[root] = identity
            self._memory.identify(root, identity)
        return False
