"""What is passed over without a record, asked the same way by the watcher and the scanner."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from folder_sync.rules.names.ignored import ignored_file, is_ignored_folder, matches_globs


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Judges one directory entry at a time: whoever asks has not descended into an ignored folder.

    ``root``: the watched folder, absolute. ``folders``: the service's own folders, relative to it.
    ``globs``: the configured ones; a folder that matches is passed over with everything in it.
    """

    root: bytes
    folders: tuple[bytes, ...] = ()
    globs: tuple[str, ...] = ()
    _own: frozenset[bytes] = field(init=False, repr=False, compare=False)
    _prefix: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = (os.path.normpath(os.path.join(self.root, folder)) for folder in self.folders)
        object.__setattr__(self, "_own", frozenset(own))
        object.__setattr__(self, "_prefix", len(self.root.rstrip(b"/")) + 1)

    def file(self, path: bytes) -> bool:
        """``path``: a file somewhere below ``root``."""
        if ignored_file(os.fsdecode(os.path.basename(path))) is not None:
            return True
        return bool(self.globs) and matches_globs(self._below_root(path), self.globs)

    def folder(self, path: bytes) -> bool:
        """``path``: a folder somewhere below ``root``."""
        if path in self._own or is_ignored_folder(os.fsdecode(os.path.basename(path))):
            return True
        return bool(self.globs) and matches_globs(self._below_root(path), self.globs)

    def _below_root(self, path: bytes) -> str:
        return os.fsdecode(path[self._prefix :])
