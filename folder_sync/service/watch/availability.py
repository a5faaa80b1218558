"""Which watched folders are there right now. A photo that seems to have vanished from one that is not there has not
vanished.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

from folder_sync.errors import WatchUnavailable
from folder_sync.files.mounts import is_at_or_below, is_network, mounts_of
from folder_sync.files.scanning import root_identity
from folder_sync.service.wakeup import Wakeup

MANY: Final = 100
"""A folder that should hold this many photos and shows nothing at all was not cleared out: something is wrong with it.
If it is not the folder that was trusted before, it is a mount point without its mount, and one missing photo is enough
to doubt it.
"""

SAMPLE: Final = 20
"""A place that was a mount point, and is none any more, is believed only if more than half of this many photos that
should be there are: then they were copied there. Files hidden below a mount are not those photos.
"""


Identity = tuple[int, int]
"""Device and inode."""


class Expected(Protocol):
    """The photos that should stand in a folder and everything under it (``store.expected_files``)."""

    def some_below(self, folder: bytes, most: int) -> Collection[bytes]: ...


class Memory(Protocol):
    """Which folders were trusted, over restarts (``store.notes``), and the mounts that each depends on."""

    def identities(self) -> Mapping[bytes, Identity]: ...

    def identify(self, folder: bytes, identity: Identity) -> None: ...

    def mounts(self, folder: bytes) -> Mapping[bytes, Identity]: ...

    def remember_mounts(self, folder: bytes, mounts: Mapping[bytes, Identity]) -> None: ...


def _everywhere(_: bytes) -> bool:
    return True


class FolderAvailability:
    """Used from several threads: what is read is only ever replaced as a whole.

    ``wakeup`` rings whenever ``away`` changes, for whoever waits for a folder.
    """

    def __init__(self, expected: Expected, memory: Memory, wakeup: Wakeup) -> None:
        self._expected = expected
        self._memory = memory
        self._wakeup = wakeup
        self._trusted = dict(memory.identities())
        self._identities: dict[bytes, Identity] = {}
        self._belonging: dict[bytes, Mapping[bytes, Identity]] = {}
        self._mounts: dict[bytes, Mapping[bytes, str]] = {}
        self._remote: frozenset[bytes] = frozenset()
        self._lock = threading.Lock()
        self._unmounted: Mapping[bytes, frozenset[bytes]] = {}
        self._roots_away: frozenset[bytes] = frozenset()
        self.silent: frozenset[bytes] = frozenset()
        """Watched folders that don't answer: whoever looks at one waits until it does."""
        self.away: frozenset[bytes] = frozenset()
        """Nothing that should stand in one of these folders can be read now."""

    def mark_available(self, root: bytes) -> None:
        """It is watched, as it stands there now. Raises WatchUnavailable."""
        self._identities[root] = root_identity(root)
        with self._lock:
            self._roots_away -= {root}
            self._sum_up()

    def mark_away(self, root: bytes) -> None:
        with self._lock:
            self._roots_away |= {root}
            self._sum_up()

    def mark_silent(self, root: bytes) -> None:
        with self._lock:
            self.silent |= {root}
            self._sum_up()

    def mark_answering(self, root: bytes) -> None:
        with self._lock:
            self.silent -= {root}
            self._sum_up()

    def may_fall_silent(self, root: bytes) -> bool:
        """Whether it is on a network file system."""
        return root in self._remote

    def touch(self, root: bytes) -> None:
        """Returns, or raises OSError, once the folder answers, and everything that is mounted in it."""
        for place in {root, *self._mounts.get(root, ())}:
            os.stat(place)

    def mounts_changed(self, root: bytes, looks_into: Callable[[bytes], bool] = _everywhere) -> bool:
        """Whether something was mounted or unmounted at, above or below a folder since this was last asked.

        What was mounted there in an earlier run, and is not now, counts as unmounted since the start. ``looks_into``:
        whether photos are taken in from a folder below it; what was mounted where none are is not missed.
        """
        now = mounts_of(root)
        belonging = self._belonging.get(root)
        if belonging is None:
            belonging = self._memory.mounts(root)
        gone = frozenset(
            place
            for place in belonging.keys() - now
            if (is_at_or_below(root, place) or looks_into(place)) and self._is_missed(place, belonging[place], root)
        )
        belongs = {place: belonging[place] for place in gone} | {place: _identity(place) for place in now}
        if belongs != belonging:
            self._memory.remember_mounts(root, belongs)
        self._belonging[root] = belongs
        with self._lock:
            self._unmounted = {**self._unmounted, root: gone}
            self._remote = self._remote - {root} | {root for kind in now.values() if is_network(kind)}
            self._sum_up()
        before = self._mounts.get(root)
        self._mounts[root] = now
        return before is not None and before.keys() != now.keys()

    def unmounted(self, root: bytes) -> frozenset[bytes]:
        """The places at, above or below a folder at which something was mounted that is not mounted any more."""
        return self._unmounted.get(root, frozenset())

    def lost_mount(self, root: bytes) -> bytes | None:
        """The place without its mount that makes the whole folder another one."""
        return next((place for place in self.unmounted(root) if is_at_or_below(root, place)), None)

    def is_away(self, path: bytes) -> bool:
        """Whether a path lies in a place that is known to be away."""
        away = self.away
        return bool(away) and any(is_at_or_below(path, place) for place in away)

    def absence_is_conclusive(self, root: bytes, path: bytes) -> bool:
        """Whether the absence of ``path``, at or below ``root``, means anything. Asks the disk, not memory: an unmount
        is noticed only after a moment.
        """
        if self.is_away(path):
            return False
        try:
            if self.is_suspiciously_empty(root) or self._identities.get(root) != root_identity(root):
                return False
            before = self._mounts.get(root)
            gone = before.keys() - mounts_of(root) if before else ()
        except (WatchUnavailable, OSError):
            return False
        return not any(is_at_or_below(path, place) for place in gone)

    def is_suspiciously_empty(self, root: bytes) -> bool:
        """Raises OSError where the folder can't be listed."""
        with os.scandir(root) as entries:
            if any(not entry.name.startswith(b".") for entry in entries):
                return False
        few = MANY if self._is_trusted(root) else 1
        return len(self._expected.some_below(root, few)) == few

    def trust_what_it_shows(self, root: bytes) -> None:
        """The folder that stands there now is the right one: it may be cleared out, but not of many photos at once."""
        identity = self._identities.get(root)
        if identity is not None and not self._is_trusted(root):
            self._trusted[root] = identity
            self._memory.identify(root, identity)

    def _is_trusted(self, root: bytes) -> bool:
        identity = self._identities.get(root)
        return identity is not None and self._trusted.get(root) == identity

    def _is_missed(self, place: bytes, mounted: Identity, root: bytes) -> bool:
        """Whether it lacks its mount, and shows something else than what should stand there.

        Under systemd a folder may be mounted on itself (``ReadWritePaths=``): then it is the same with and without.
        """
        if _identity(place) == mounted:
            return False
        paths = self._expected.some_below(root if is_at_or_below(root, place) else place, SAMPLE)
        standing = sum(os.path.lexists(path) for path in paths)
        return len(paths) > 0 and standing * 2 <= len(paths)

    def _sum_up(self) -> None:
        away = self._roots_away.union(self.silent, *self._unmounted.values())
        if away != self.away:
            self.away = away
            self._wakeup.ring_all()


def _identity(place: bytes) -> Identity:
    """No folder has the one of a place that can't be reached."""
    try:
        return root_identity(place)
    except WatchUnavailable:
        return 0, 0
