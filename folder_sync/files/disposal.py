"""Moves a photo out of the way, or deletes it, once it has been dealt with: only ever the very file that was dealt
with.

The file is held open meanwhile, so that what is moved or deleted by name can be compared with it. A file that a program
has open, or that is only a link, is left alone.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Final

from folder_sync.errors import FileChanged, FolderSyncError
from folder_sync.files.opening import fingerprint
from folder_sync.files.writers import is_open_elsewhere
from folder_sync.photo import Fingerprint

NOTE_SUFFIX: Final = b".txt"
"""What is added to a rejected photo's name for the text beside it; such files are never taken for photos."""

NAME_MAX: Final = 255
"""The longest name of a file that Linux takes, in bytes."""


class IsLink(FolderSyncError):
    """A link stays where it is: moved, it might lead elsewhere, and its target belongs to somebody else."""


class FileInUse(OSError):
    """Somebody has the file open."""


def destination(path: bytes, root: bytes, folder: bytes, taken: Callable[[bytes], bool]) -> bytes:
    """Where a photo goes inside ``folder`` (relative to ``root``): to the same place below it, under its own name.

    If that place is taken, it goes into a folder beside it: under another name it would be another photo, should it be
    read again.
    """
    below = os.path.relpath(path, root)
    candidate, number = os.path.join(root, folder, below), 1
    while os.path.lexists(candidate) or taken(candidate):
        number += 1
        candidate = os.path.join(root, folder, b"again-%d" % number, below)
    return candidate


def move(path: bytes, to: bytes, expected: Fingerprint) -> None:
    """Raises FileChanged where the file is not the expected one, IsLink, FileInUse, and OSError where it can't be
    moved."""
    with _held(path, expected) as descriptor:
        os.makedirs(os.path.dirname(to), exist_ok=True)
        try:
            os.rename(path, to)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(path, to, descriptor, expected)
            return
        if not _is_it(to, descriptor) or _without_change_time(descriptor) != (expected.size, expected.mtime_ns):
            # Exchanged or written to in the last instant: it goes back, to be taken in as the new version that it is.
            if not os.path.lexists(path):
                os.rename(to, path)
            raise FileChanged("The file changed while it was being moved.")


def delete(path: bytes, expected: Fingerprint) -> None:
    """Raises FileChanged where the file is not the expected one, IsLink, FileInUse, and OSError where it can't be
    deleted."""
    with _held(path, expected) as descriptor:
        _unlink(path, descriptor, expected)


def trouble_with(folder: bytes) -> str | None:
    """Why nothing can be moved to a folder of the service's own; None where it can be, or has yet to be made."""
    if not os.path.lexists(folder):
        return None
    probe = part_path(os.path.join(folder, b"probe"))
    try:
        os.close(_new(probe))
        os.unlink(probe)
    except OSError as error:
        return error.strerror
    return None


def note_path(photo: bytes) -> bytes:
    """Where the text beside a photo lies; a name that would be too long is cut, and told from others by a digest."""
    folder, name = os.path.split(photo)
    if len(name + NOTE_SUFFIX) > NAME_MAX:
        mark = b"~" + sha256(name).hexdigest()[:8].encode() + NOTE_SUFFIX
        name = os.fsencode(name[: NAME_MAX - len(mark)].decode("utf-8", "ignore")) + mark
    else:
        name += NOTE_SUFFIX
    return os.path.join(folder, name)


def part_path(to: bytes) -> bytes:
    """Under which name a copy is written, whatever the length of its own."""
    return os.path.join(os.path.dirname(to), b".folder-sync-%s.part" % sha256(to).hexdigest()[:16].encode())


def write_note(photo: bytes, text: str) -> None:
    """The text beside a rejected photo, for whoever looks into the folder."""
    os.makedirs(os.path.dirname(photo), exist_ok=True)
    part = part_path(note_path(photo))  # another machine may write one in this folder just now
    try:
        with open(_new(part), "w", encoding="utf-8") as note:
            note.write(text)
            note.flush()
            os.fsync(note.fileno())
        os.rename(part, note_path(photo))
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise


def remove_note(photo: bytes) -> None:
    """Remove it, for it no longer holds. If that fails, it stays: nothing may depend on it."""
    with suppress(OSError):
        os.unlink(note_path(photo))


@contextmanager
def _held(path: bytes, expected: Fingerprint) -> Iterator[int]:
    """The expected file itself, open; nobody else has it open."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise FileChanged("The file has gone since it was dealt with.") from exc
    if stat.S_ISLNK(status.st_mode):
        raise IsLink("It is a link, and stays where it is.")
    if not stat.S_ISREG(status.st_mode):
        raise FileChanged("The file has changed since it was dealt with.")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        is_readable = True
    except PermissionError:  # it may be moved nevertheless
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        is_readable = False
    try:
        if fingerprint(os.fstat(descriptor)) != expected:
            raise FileChanged("The file has changed since it was dealt with.")
        if is_readable and is_open_elsewhere(descriptor):
            raise FileInUse(errno.EBUSY, "a program has it open")
        yield descriptor
    finally:
        os.close(descriptor)


def _is_it(path: bytes, descriptor: int) -> bool:
    """Whether that very file is what the name stands for."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _without_change_time(descriptor: int) -> tuple[int, int]:
    """A rename changes the change time."""
    found = fingerprint(os.fstat(descriptor))
    return found.size, found.mtime_ns


def _unlink(path: bytes, descriptor: int, expected: Fingerprint) -> None:
    """The system deletes by name only: nothing lies between the comparison and the deletion."""
    _expect(path, descriptor, expected)
    os.unlink(path)


def _expect(path: bytes, descriptor: int, expected: Fingerprint) -> None:
    if fingerprint(os.fstat(descriptor)) != expected or not _is_it(path, descriptor):
        raise FileChanged("The file has changed since it was dealt with.")


def _new(path: bytes) -> int:
    """A new file for writing, in place of whatever stood there, never through it: others may write into these folders,
    and a link laid there would lead the service to its own database. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def _move_across(path: bytes, to: bytes, descriptor: int, expected: Fingerprint) -> None:
    """To another file system: the copy is complete and on the disk before the original, still unchanged, goes."""
    part = part_path(to)
    try:
        copy = _new(part)
        try:
            shutil.copy2(b"/proc/self/fd/%d" % descriptor, b"/proc/self/fd/%d" % copy)
            os.fsync(copy)
        finally:
            os.close(copy)
        _expect(path, descriptor, expected)
        os.rename(part, to)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
    try:
        _unlink(path, descriptor, expected)
    except BaseException:
        os.unlink(to)  # else it would be there twice
        raise
