"""Opening a photo without being blocked, tricked or led out of the watched folder."""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO, Final

from folder_sync.errors import FolderSyncError
from folder_sync.photo import Fingerprint
from folder_sync.text import display

LEADS_NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""What stat(2) says of a link that can't be followed to anything."""

_PERMANENT: Final = frozenset({errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG})


class NotOpened(FolderSyncError):
    """Base of the ways in which a path is not a photo to read; the sentences are for the photographer."""


class Gone(NotOpened):
    """Nothing is there any more."""


class OutsideFolder(NotOpened):
    """A link leads out of the watched folder (reason ``outside_folder``)."""


class IsFolder(NotOpened):
    """A folder, or a link to one, inside the watched folder: no photo at all. ``scanning`` looks into it."""


class NotAFile(NotOpened):
    """A pipe, socket or device (reason ``unreadable``)."""


class Unreadable(NotOpened):
    """A file closed to us, or a link to none (reason ``unreadable``)."""


class TryLater(NotOpened):
    """The disk, the network or this program is in trouble (out of descriptors, say): it tells nothing of the photo."""


def fingerprint(status: os.stat_result) -> Fingerprint:
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def look(path: bytes) -> Fingerprint | None:
    """What stands at a path right now, told the same way as a scan tells it; None where nothing does, or a folder.

    A link counts as the file it leads to, and as itself where it leads to none. Raises OSError where that can't be
    told: a photo out of reach for a moment has not gone.
    """
    try:
        itself = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISDIR(itself.st_mode):
        return None
    if stat.S_ISLNK(itself.st_mode):
        try:
            target = os.stat(path)
        except OSError as exc:
            if exc.errno not in LEADS_NOWHERE:
                raise
        else:
            if stat.S_ISREG(target.st_mode):
                return fingerprint(target)
    return fingerprint(itself)


def open_photo(path: bytes, root: bytes) -> tuple[BinaryIO, Fingerprint]:
    """The photo, open for reading, and the fingerprint of what was opened. Raises a kind of NotOpened.

    The file is first opened as a mere place (``O_PATH``, open(2)), which asks nothing of a pipe or a device: opening
    those for reading may wait for ever, or start a watchdog. Only what turns out to be a regular file inside ``root``
    is opened for reading, through its descriptor, so that it can't be exchanged for another in between.
    """
    name = display(os.fsdecode(os.path.basename(path)))
    try:
        place = os.open(path, os.O_PATH)
    except (FileNotFoundError, NotADirectoryError) as exc:
        if os.path.islink(path):
            raise Unreadable(f"{name} is a link that leads nowhere.", "Put the photo itself there.") from exc
        raise Gone(f"{name} is not there any more.") from exc
    except OSError as exc:
        raise _refused(name, exc) from exc
    try:
        status = os.fstat(place)
        if status.st_nlink == 0:
            raise Gone(f"{name} is not there any more.")
        descriptor = f"/proc/self/fd/{place}".encode()
        if not _is_inside(os.readlink(descriptor), os.path.realpath(root)):  # noqa: PTH115 -- bytes
            raise OutsideFolder(
                f"{name} is a link that leads out of the watched folder.", "Put the photo itself there."
            )
        if stat.S_ISDIR(status.st_mode):
            raise IsFolder(f"{name} is a folder.")
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile(f"{name} is not a file.", "Remove it, or put the photo itself there.")
        photo = open(descriptor, "rb")  # noqa: SIM115 -- the caller closes it
    except OSError as exc:
        raise _refused(name, exc) from exc
    finally:
        os.close(place)
    return photo, fingerprint(os.fstat(photo.fileno()))


def _is_inside(path: bytes, folder: bytes) -> bool:
    return path.startswith(folder.rstrip(b"/") + b"/")


def _refused(name: str, error: OSError) -> NotOpened:
    if error.errno in _PERMANENT:
        return Unreadable(
            f"{name} can't be read: {error.strerror}.", "Check the permissions of the file, or export it again."
        )
    return TryLater(f"{name} can't be read now: {error.strerror}.", "It is tried again.")
