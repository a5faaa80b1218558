"""One file of a product at a time, whichever folder it stands in: the order in which they were finished is recorded."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field

from folder_sync.photo import Fingerprint
from folder_sync.service.folders import Folder

Product = tuple[str, str]
"""Account and GTIN."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A file of a product that is to be looked into."""

    product: Product
    folder: Folder
    path: bytes
    fingerprint: Fingerprint


@dataclass(slots=True)
class _Line:
    """``current``: whose turn it is; None while all who wait stand in folders that don't answer."""

    current: Turn | None = None
    waiting: list[Turn] = field(default_factory=list)


class PerProductQueue:
    """Shared by the intakes of all folders. Passive: whoever ends a turn tells those whose turn it is then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[Product, _Line] = {}
        self._silent: frozenset[bytes] = frozenset()

    def take(self, turn: Turn) -> bool:
        """Whether it is its turn at once; else it comes when those before it have all ended."""
        with self._lock:
            line = self._lines.setdefault(turn.product, _Line())
            if line.current is None:
                line.current = turn
                return True
            line.waiting.append(turn)
            return False

    def end(self, turn: Turn) -> list[Turn]:
        """Whose turn it is now. Nobody's where this one had been left behind."""
        with self._lock:
            line = self._lines.get(turn.product)
            if line is None or line.current is not turn:
                return []
            line.current = None
            return self._next(turn.product, line)

    def leave_behind(self, silent: Collection[bytes]) -> list[Turn]:
        """The files in these folders, which don't answer, hold nobody up. Returns those whose turn it is now.

        Asked again and again: what waits in a folder that answers again comes to its turn then.
        """
        with self._lock:
            if not silent and not self._silent:
                return []
            self._silent = frozenset(silent)
            turns: list[Turn] = []
            for product, line in list(self._lines.items()):
                if line.current is not None and line.current.folder.root in self._silent:
                    line.current = None
                if line.current is None:
                    turns += self._next(product, line)
            return turns

    def _next(self, product: Product, line: _Line) -> list[Turn]:
        for turn in line.waiting:
            if turn.folder.root not in self._silent:
                line.waiting.remove(turn)
                line.current = turn
                return [turn]
        if not line.waiting:
            del self._lines[product]
        return []
