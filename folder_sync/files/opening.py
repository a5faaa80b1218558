"""Opening a photo without being blocked, tricked or led out of the watched folder."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from typing import BinaryIO, Final

from folder_sync.errors import FolderSyncError
from folder_sync.files.mounts import is_at_or_below
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


class LeadsNowhere(Unreadable):
    """A link to none."""


class TryLater(NotOpened):
    """The disk, the network or this program is in trouble (out of descriptors, say): it tells nothing of the photo."""


def fingerprint(status: os.stat_result) -> Fingerprint:
    """Times that no database holds (a camera's year 2300, the 1601 of an empty NTFS time) count as the last one that it
    holds, or the first: nothing is lost by that, for times are compared and not believed."""
    return Fingerprint(status.st_size, _within_64_bits(status.st_mtime_ns), _within_64_bits(status.st_ctime_ns))


def _within_64_bits(nanoseconds: int) -> int:
    return min(max(nanoseconds, -(2**63)), 2**63 - 1)


def look(path: bytes) -> Fingerprint | None:
    """What stands at a path right now, as a scan would report it; None for nothing, or a folder.

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


def are_alike(one: bytes, other: bytes) -> bool:
    """Whether some file systems would take these two names for one: they differ in letter case or normal form."""
    return one != other and _folded(one) == _folded(other)


def _folded(path: bytes) -> str:
    return unicodedata.normalize("NFC", os.fsdecode(path)).casefold()


def is_listed(path: bytes) -> bool:
    """Whether the folder lists this very name. A file system that takes ``A.jpg`` for ``a.jpg``, or one normal form
    for the other, finds a file under names that nobody sees any more. Raises OSError where that can't be told.
    """
    folder, name = os.path.split(path)
    try:
        with os.scandir(folder) as entries:
            return any(entry.name == name for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return False


def first_hole(file: BinaryIO) -> int | None:
    """Where the first part of a file begins that takes no room on the disk; None where there is none.

    It may be room that was reserved for a copy still under way; or zeros that were left out, as ``cp --sparse`` does.
    The file system knows (lseek(2), ``SEEK_HOLE``); of one that can't tell there are none.
    """
    descriptor = file.fileno()
    size = os.fstat(descriptor).st_size
    try:
        hole = os.lseek(descriptor, 0, os.SEEK_HOLE) if size > 0 else size
    except OSError:
        return None
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)
    return hole if hole < size else None


def follow(path: bytes, root: bytes) -> None:
    """Raises what ``open_photo`` would raise about the way to a photo, and opens nothing for reading."""
    os.close(_locate(path, root)[0])


def open_photo(path: bytes, root: bytes) -> tuple[BinaryIO, Fingerprint]:
    """The photo, open for reading, and the fingerprint of what was opened. Raises a kind of NotOpened.

    The file is first opened as a mere place (``O_PATH``, open(2)), which asks nothing of a pipe or a device: opening
    those for reading may wait for ever, or start a watchdog. Only what turns out to be a regular file inside ``root``
    is opened for reading, through its descriptor, so that it can't be exchanged for another in between.
    """
    place, status = _locate(path, root)
    try:
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile(f"{_name(path)} is not a file.", "Remove it, or put the photo itself there.")
        photo = open(_descriptor(place), "rb")  # noqa: SIM115 -- the caller closes it
    except OSError as exc:
        raise _refused(path, exc) from exc
    finally:
        os.close(place)
    return photo, fingerprint(os.fstat(photo.fileno()))


def _locate(path: bytes, root: bytes) -> tuple[int, os.stat_result]:
    """A descriptor of the place, for the caller to close, and what is there. It lies inside ``root``; no folder."""
    try:
        place = os.open(path, os.O_PATH)
    except (FileNotFoundError, NotADirectoryError) as exc:
        if os.path.islink(path):
            raise LeadsNowhere(f"{_name(path)} is a link that leads nowhere.", "Put the photo itself there.") from exc
        raise Gone(f"{_name(path)} is not there any more.") from exc
    except OSError as exc:
        raise _refused(path, exc) from exc
    try:
        status = os.fstat(place)
        if status.st_nlink == 0:
            raise Gone(f"{_name(path)} is not there any more.")
        there = os.readlink(_descriptor(place))  # noqa: PTH115 -- bytes
        # The kernel names no links in its answer, so a root that it names has none in it either.
        if not (is_at_or_below(there, root) or is_at_or_below(there, os.path.realpath(root))):
            message = f"{_name(path)} is a link that leads out of the watched folder."
            raise OutsideFolder(message, "Put the photo itself there.")
        if stat.S_ISDIR(status.st_mode):
            raise IsFolder(f"{_name(path)} is a folder.")
    except OSError as exc:
        os.close(place)
        raise _refused(path, exc) from exc
    except NotOpened:
        os.close(place)
        raise
    return place, status


def _descriptor(number: int) -> bytes:
    return b"/proc/self/fd/%d" % number


def _refused(path: bytes, error: OSError) -> NotOpened:
    if error.errno in _PERMANENT:
        return Unreadable(
            f"{_name(path)} can't be read: {error.strerror}.", "Check the permissions of the file, or export it again."
        )
    return TryLater(f"{_name(path)} can't be read now: {error.strerror}.", "The service tries again by itself.")


def _name(path: bytes) -> str:
    return display(os.fsdecode(os.path.basename(path)))
