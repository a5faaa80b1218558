"""Moving a photo out of the way, or deleting it, once it is dealt with: only ever the file that was dealt with."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress

from folder_sync.errors import FileChanged
from folder_sync.files.opening import look
from folder_sync.photo import Fingerprint

NOTE_SUFFIX = b".txt"
"""What is added to a rejected photo's name for the text beside it; such files are never taken for photos."""


def destination(path: bytes, root: bytes, folder: bytes, taken: Callable[[bytes], bool]) -> bytes:
    """Where a photo goes inside ``folder`` (relative to ``root``): to the same place below it, under its own name.

    Where that is taken, into a folder beside it: another name would mean another photo, should it be read again.
    """
    below = os.path.relpath(path, root)
    candidate, number = os.path.join(root, folder, below), 1
    while os.path.lexists(candidate) or taken(candidate):
        number += 1
        candidate = os.path.join(root, folder, b"again-%d" % number, below)
    return candidate


def move(path: bytes, to: bytes, expected: Fingerprint) -> None:
    """Raises FileChanged where the file is not the expected one, and OSError where it can't be moved."""
    _expect(path, expected)
    os.makedirs(os.path.dirname(to), exist_ok=True)
    try:
        os.rename(path, to)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(path, to, expected)
        return
    moved = look(to)
    if moved is None or (moved.size, moved.mtime_ns) != (expected.size, expected.mtime_ns):
        # Written to in the last instant: it goes back, to be taken in as the new version that it is.
        if not os.path.lexists(path):
            os.rename(to, path)
        raise FileChanged("The file changed while it was being moved.")


def delete(path: bytes, expected: Fingerprint) -> None:
    """Raises FileChanged where the file is not the expected one, and OSError where it can't be deleted."""
    _expect(path, expected)
    os.unlink(path)


def write_note(photo: bytes, text: str) -> None:
    """The text beside a rejected photo, for whoever looks into the folder."""
    os.makedirs(os.path.dirname(photo), exist_ok=True)
    part = os.path.join(os.path.dirname(photo), b".note.part")
    with open(_new(part), "w", encoding="utf-8") as note:
        note.write(text)
        note.flush()
        os.fsync(note.fileno())
    os.rename(part, photo + NOTE_SUFFIX)


def remove_note(photo: bytes) -> None:
    """It holds no longer. Nothing, where somebody deleted it."""
    with suppress(FileNotFoundError):
        os.unlink(photo + NOTE_SUFFIX)


def _new(path: bytes) -> int:
    """A new file for writing, in place of whatever stood there, never through it: others may write into these folders,
    and a link laid there would lead the service to its own database. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def _expect(path: bytes, expected: Fingerprint) -> None:
    if look(path) != expected:
        raise FileChanged("The file has changed since it was dealt with.")


def _move_across(path: bytes, to: bytes, expected: Fingerprint) -> None:
    """To another file system: the copy is complete and on the disk before the original, still unchanged, goes."""
    part = to + b".part"
    try:
        copy = _new(part)
        try:
            shutil.copy2(path, b"/proc/self/fd/%d" % copy)
            os.fsync(copy)
        finally:
            os.close(copy)
        _expect(path, expected)
        os.rename(part, to)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
    os.unlink(path)
