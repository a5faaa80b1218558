"""Whether a file stands at a path, when another one makes it matter, on disks that may be away or never answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from folder_sync.files.opening import are_alike, is_listed, look
from folder_sync.files.timeouts import ask
from folder_sync.service.watch.availability import FolderAvailability

EXISTS_SECONDS: Final = 1.0
"""How long it is waited for what stands at another path. Then it is asked again; by then, the folder may be known to
be away."""


class OtherPaths:
    """``roots``: all watched folders; what stands anywhere else does not exist."""

    def __init__(self, roots: Collection[bytes], availability: FolderAvailability) -> None:
        self._roots = {root.rstrip(b"/") + b"/": root for root in roots}
        self._availability = availability

    def exists(self, path: bytes, *, beside: bytes) -> bool:
        """Whether another file stands at ``path`` than the one ``beside`` it, or may, in a folder that is away.

        Raises TimeoutError: the database waits meanwhile, and a disk may never answer.
        """
        root = next((root for prefix, root in self._roots.items() if path.startswith(prefix)), None)
        if root is None:
            return False
        if self._availability.is_away(path):
            return True

        def stands() -> bool:
            if look(path) is None:
                return not self._availability.absence_is_conclusive(root, path)
            return not are_alike(path, beside) or is_listed(path)

        try:
            return ask(stands, EXISTS_SECONDS) if self._availability.may_fall_silent(root) else stands()
        except TimeoutError:
            raise
        except OSError:
            return True


def is_gone(path: bytes) -> bool:
    """Surely: what can't be reached has not gone. The name counts, for shares find a file under others as well."""
    try:
        return look(path) is None or not is_listed(path)
    except OSError:
        return False
