"""What is skipped without a record; the watcher and the scanner ask in the same way."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from folder_sync.rules.names.convention import ignored_file, is_ignored_folder

if TYPE_CHECKING:
    from folder_sync.rules.names.patterns import Patterns

COUNTED_MAX: Final = 1_000_000
"""How many entries to look at to tell what the patterns match: some seconds' worth."""


@dataclass(frozen=True)
class IgnoreRules:
    """Judges one directory entry at a time: whoever asks has not descended into an ignored folder.

    ``root``: the watched folder, absolute. ``folders``: the service's own folders, relative to it. ``files``: its own
    files, absolute, wherever they are. ``database``: another, whose log, copies and the like begin with its name.
    ``patterns``: the configured ones; a folder that matches is passed over with everything in it. ``is_ignored``: why
    a file of a name is passed over.
    """

    root: bytes
    folders: tuple[bytes, ...] = ()
    patterns: tuple[str, ...] = ()
    is_ignored: Callable[[str], str | None] = field(default=ignored_file, compare=False)
    files: frozenset[bytes] = frozenset()
    database: bytes = b""
    _own: frozenset[bytes] = field(init=False, repr=False, compare=False)
    _prefix: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = (os.path.normpath(os.path.join(self.root, folder)) for folder in self.folders)
        object.__setattr__(self, "_own", frozenset(own))
        object.__setattr__(self, "_prefix", len(self.root.rstrip(b"/")) + 1)

    def file(self, path: bytes) -> bool:
        """``path``: a file somewhere below ``root``."""
        if self.is_ignored(os.fsdecode(os.path.basename(path))) is not None or self._is_kept_here(path):
            return True
        return bool(self.patterns) and self._compiled.match(self._below_root(path))

    def folder(self, path: bytes) -> bool:
        """``path``: a folder somewhere below ``root``."""
        if (
            path in self._own
            or self._is_kept_here(path)
            or is_ignored_folder(os.fsdecode(os.path.basename(path)))
            or self._is_own(path)
        ):
            return True
        return bool(self.patterns) and self._compiled.match(self._below_root(path) + "/")

    def _is_kept_here(self, path: bytes) -> bool:
        return path in self.files or (bool(self.database) and path.startswith(self.database))

    def _is_own(self, path: bytes) -> bool:
        """However the service's own folders are spelt or linked. Asked of the disk each time, for they come and go."""
        try:
            itself = os.stat(path)
        except OSError:
            return False
        for own in self._own:
            with suppress(OSError):
                if os.path.samestat(itself, os.stat(own)):
                    return True
        return False

    @cached_property
    def _compiled(self) -> Patterns:
        from folder_sync.rules.names.patterns import Patterns  # noqa: PLC0415 -- slow to load, and rarely needed

        return Patterns(self.patterns)

    def _below_root(self, path: bytes) -> str:
        return os.fsdecode(path[self._prefix :])


def count_matches(root: bytes, patterns: Sequence[str]) -> Mapping[str, int]:
    """How many of the files below a folder each pattern matches; hidden ones count too. Raises OSError for the root."""
    from folder_sync.rules.names.patterns import Patterns  # noqa: PLC0415 -- likewise

    counts = dict.fromkeys(patterns, 0)
    compiled = {pattern: Patterns([pattern]) for pattern in counts}
    left = COUNTED_MAX
    pending = [root]
    while pending and left > 0:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    left -= 1
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                        continue
                    below = os.fsdecode(os.path.relpath(entry.path, root))
                    for pattern, rules in compiled.items():
                        counts[pattern] += rules.match(below)
        except OSError:
            if folder == root:
                raise
    return counts
