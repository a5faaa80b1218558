"""One file of a product at a time, whichever folder it stands in, and its heroes in the order of their change times.

Of two heroes the one that was finished last has to be recorded last, for it is the one that the catalogue will show. In
which order they are found says little: a pass goes through one folder after the other, every watched folder has passes
of its own, and a photo that is written over in place has to be still for longer than a new one. So a hero is announced
as soon as it is seen, and later heroes of its product wait until it has been inspected. At the start, when everything
that came while the service was off is found at once, they wait until all folders have been scanned.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from folder_sync.files.mounts import is_at_or_below
from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder

Product = tuple[str, str]
"""Account and GTIN."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A file that is to be inspected, and its product."""

    product: Product
    is_hero: bool
    folder: Folder
    path: bytes
    fingerprint: Fingerprint


@dataclass(slots=True)
class _Line:
    """``current``: whose turn it is; None while none of those that wait may go yet. ``heroes``: those announced."""

    current: Turn | None = None
    waiting: dict[bytes, Turn] = field(default_factory=dict)
    heroes: dict[bytes, Turn] = field(default_factory=dict)


class PerProductQueue:
    """Shared by the intakes of all folders. Passive: whoever changes something tells those whose turn it is then.
    ``roots``: the watched folders, none of which has been scanned yet.
    """

    def __init__(self, roots: Iterable[bytes] = ()) -> None:
        self._lock = threading.Lock()
        self._lines: dict[Product, _Line] = {}
        self._unseen = set(roots)
        self._silent: frozenset[bytes] = frozenset()

    def announce(self, hero: Turn) -> list[Turn]:
        """A hero was seen that has not settled yet. If it was seen before and has changed since, its place is a later
        one. Returns whose turn it is now.
        """
        with self._lock:
            line = self._lines.setdefault(hero.product, _Line())
            is_new = hero.path not in line.heroes
            line.heroes[hero.path] = hero
            return [] if is_new else self._next(hero.product, line)

    def withdraw(self, product: Product, path: bytes) -> list[Turn]:
        """It is gone, or waits for something else. Returns whose turn it is now."""
        with self._lock:
            line = self._lines.get(product)
            if line is None or line.heroes.pop(path, None) is None:
                return []
            return self._next(product, line)

    def take(self, turn: Turn) -> list[Turn]:
        """Returns whose turn it is now; else this one's comes when those before it have all ended. An older version of
        the same file that waits is of no interest any more.
        """
        with self._lock:
            line = self._lines.setdefault(turn.product, _Line())
            line.waiting.pop(turn.path, None)
            line.waiting[turn.path] = turn
            if turn.is_hero:
                line.heroes[turn.path] = turn
            return self._next(turn.product, line)

    def end(self, turn: Turn, *, stays_announced: bool = False) -> list[Turn]:
        """Whose turn it is now. ``stays_announced``: this one comes once more before others of a later time."""
        with self._lock:
            line = self._lines.get(turn.product)
            if line is None:
                return []
            if not stays_announced:
                line.heroes.pop(turn.path, None)
            if line.current is turn:  # else it had been left behind
                line.current = None
            return self._next(turn.product, line)

    def looked_through(self, root: bytes) -> list[Turn]:
        """Everything that stood in a folder at the start has been seen. Returns whose turn it is now."""
        with self._lock:
            self._unseen.discard(root)
            return self._all_next()

    def leave_behind(self, silent: Collection[bytes], away: Collection[bytes] = ()) -> list[Turn]:
        """Files in folders that don't answer hold nobody up, and nobody waits for other folders that are away. Called
        again and again: once a folder answers again, its files get their turns. Returns whose turn it is now.
        """
        with self._lock:
            absent = {root for root in self._unseen if any(is_at_or_below(root, place) for place in (*silent, *away))}
            if not silent and not self._silent and not absent:
                return []
            self._unseen -= absent
            self._silent = frozenset(silent)
            for line in self._lines.values():
                if line.current is not None and line.current.folder.root in self._silent:
                    line.current = None
            return self._all_next()

    def _all_next(self) -> list[Turn]:
        return [turn for product, line in list(self._lines.items()) for turn in self._next(product, line)]

    def _next(self, product: Product, line: _Line) -> list[Turn]:
        if line.current is not None:
            return []
        for turn in line.waiting.values():
            if self._may_go(turn, line):
                del line.waiting[turn.path]
                line.current = turn
                return [turn]
        if not line.waiting and not line.heroes:
            del self._lines[product]
        return []

    def _may_go(self, turn: Turn, line: _Line) -> bool:
        if turn.folder.root in self._silent:
            return False
        if not turn.is_hero:
            return True
        return not self._unseen and not any(self._comes_before(hero, turn) for hero in line.heroes.values())

    def _comes_before(self, hero: Turn, turn: Turn) -> bool:
        return (
            hero.path != turn.path
            and hero.folder.root not in self._silent
            and hero.fingerprint.ctime_ns < turn.fingerprint.ctime_ns
        )
