"""Whose a path is: one machine's, or that of a folder that several machines have at the same path."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from folder_sync.text import path_text


def shared_name(root: bytes) -> str:
    """The watcher of a shared folder, where machines have theirs. No machine may be called so (``store.machine``)."""
    return f"shared {path_text(root)}"


@dataclass(frozen=True, slots=True)
class Whose:
    """``machine``: this one; empty where all paths are one machine's. ``shared``: the folders that it shares."""

    machine: str
    shared: frozenset[bytes] = frozenset()

    def of(self, path: bytes) -> str:
        root = max((root for root in self.shared if _is_in(path, root)), key=len, default=None)
        return self.machine if root is None else shared_name(root)

    def names(self, roots: Collection[bytes]) -> tuple[str, ...]:
        """This machine, and of the shared folders these."""
        return (self.machine, *(shared_name(root) for root in sorted(self.shared) if root in roots))


def _is_in(path: bytes, root: bytes) -> bool:
    return path == root or path.startswith(root.rstrip(b"/") + b"/")
