"""Opening photos for sending, and nothing else: whatever stands at a path by now, it lies in a watched folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Collection

from folder_sync.errors import FileChanged
from folder_sync.files.mounts import is_below
from folder_sync.files.opening import NotOpened, TryLater, open_photo
from folder_sync.text import display


def opener(roots: Collection[bytes]) -> Callable[[bytes], int]:
    """What turns a path into a descriptor that its caller closes.

    That raises FileChanged where no photo of a watched folder stands there, and OSError where it can't be read now.
    """

    def opened(path: bytes) -> int:
        root = next((root for root in roots if is_below(path, root)), None)
        if root is None:
            name = display(os.fsdecode(os.path.basename(path)))
            raise FileChanged(f"{name} is not in a watched folder.", "Nothing was uploaded.")
        try:
            photo, _ = open_photo(path, root)
        except TryLater as exc:
            raise OSError(errno.EIO, exc.title) from exc
        except NotOpened as exc:
            raise FileChanged(exc.title, "Nothing was uploaded.") from exc
        with photo:
            return os.dup(photo.fileno())

    return opened
