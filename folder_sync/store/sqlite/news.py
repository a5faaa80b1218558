"""Hearing that another process may have written to a database, or works on it no longer, without asking again and
again: inotify(7)."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path
from typing import Final, Self

_MODIFIED: Final = 0x2 | 0x8 | 0x100 | 0x80  # IN_MODIFY, IN_CLOSE_WRITE, IN_CREATE, IN_MOVED_TO: sys/inotify.h
_HEAD: Final = struct.Struct("iIII")
_ROOM: Final = 64 * 1024


class News:
    """The file and its log are written before others can see what was written: whoever hears of it and finds nothing
    looks again a moment later.

    ``descriptor`` is readable when there is news; None where the limits of inotify allow no more, so that nothing is
    heard.
    """

    def __init__(self, database: Path) -> None:
        path = os.path.realpath(os.fsencode(database))
        folder, name = os.path.split(path)
        self._names = {name, name + b"-wal", name + b".lock"}  # the kernel closes the lock of whoever is killed
        self.descriptor: int | None = None
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if descriptor < 0:
            return
        # The folder, for the log is made anew, and so may be the file.
        if libc.inotify_add_watch(descriptor, folder, _MODIFIED) < 0:
            os.close(descriptor)
        else:
            self.descriptor = descriptor

    def heard(self) -> bool:
        """Whether what was reported since is about the database."""
        if self.descriptor is None:
            return False
        about = False
        while True:
            try:
                events = os.read(self.descriptor, _ROOM)
            except BlockingIOError:
                return about
            place = 0
            while place < len(events):
                *_, length = _HEAD.unpack_from(events, place)
                place += _HEAD.size + length
                # Without a name it is an overflow, say.
                about |= events[place - length : place].rstrip(b"\0") in {b"", *self._names}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
