"""The body of an upload: the photo's bytes in their frame, verified while they are sent."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import httpx

from folder_sync.closient import multipart
from folder_sync.closient.fields import plain
from folder_sync.errors import FileChanged, NotSent
from folder_sync.photo import Content, Cut

CHUNK: Final = 96 * 1024
"""Bytes of the file per send. From 128 KiB on, malloc maps each chunk afresh, which costs more than it saves."""


class Body(httpx.SyncByteStream):
    """An upload's body, read and hashed as it is sent; each iteration begins with the first byte again.

    ``finished`` turns true just before the last chunk is handed over: not before the bytes read proved to be
    ``content``, so a request for anything else stays incomplete. The preamble goes out with the first bytes of
    the file and the closing boundary with the last, since each send on its own costs a system call and a packet.
    ``cuts`` are sent in place of what stands in the file, and are part of ``content``. ``original``: of the file whose
    place the one that is sent takes, which must not change meanwhile. ``on_progress`` is called
    for each chunk: when the one before it has been sent. ``may_complete`` is asked before the last one.
    """

    def __init__(
        self,
        descriptor: int,
        file: bytes,
        content: Content,
        frame: multipart.Frame,
        on_progress: Callable[[], None] = lambda: None,
        cuts: Collection[Cut] = (),
        original: int | None = None,
        may_complete: Callable[[], bool] = lambda: True,
    ) -> None:
        self._original = descriptor if original is None else original
        self._began = _times(self._original)
        self._descriptor = descriptor
        self._file = file
        self._content = content
        self._frame = frame
        self._on_progress = on_progress
        self._cuts = cuts
        self._may_complete = may_complete
        self.finished = False

    def __iter__(self) -> Iterator[bytes]:
        self.finished = False
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        digest = hashlib.sha256()
        left = self._content.size
        before, data = self._frame.preamble, b""
        while left:
            if data:
                yield before + data
                before = b""
            data = os.read(self._descriptor, min(CHUNK, left))
            if not data:
                raise _changed(self._file, asked=True)
            if self._cuts:
                data = Cut.applied(self._cuts, data, self._content.size - left)
            digest.update(data)
            self._on_progress()
            left -= len(data)
        if os.read(self._descriptor, 1) or digest.hexdigest() != self._content.sha256 or not self._stands():
            raise _changed(self._file, asked=True)
        if not self._may_complete():
            raise NotSent("What became of it could not be recorded, so it was not sent to its end.")
        self.finished = True
        yield b"".join((before, data, self._frame.epilogue))

    def _stands(self) -> bool:
        """Another file renamed over this one leaves these bytes as they are, and yet they are no longer the photo."""
        try:
            is_same = os.path.samestat(os.stat(self._file), os.fstat(self._original))
            return is_same and (self._original == self._descriptor or _times(self._original) == self._began)
        except OSError:
            return False


def _times(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_size, status.st_mtime_ns


def check_bytes(descriptor: int, file: bytes, sha256: str) -> None:
    """Raises FileChanged where the file has others."""
    digest = hashlib.sha256()
    os.lseek(descriptor, 0, os.SEEK_SET)
    while data := os.read(descriptor, 1 << 20):
        digest.update(data)
    if digest.hexdigest() != sha256:
        raise _changed(file)


@contextmanager
def opened(file: bytes, content: Content, open_file: Callable[[bytes], int]) -> Iterator[int]:
    """A descriptor of the file, whose size is right."""
    descriptor = open_file(file)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size != content.size:
            raise _changed(file)
        yield descriptor
    finally:
        with suppress(OSError):  # of a share that is gone, and no reason to forget what was answered
            os.close(descriptor)


def open_file(file: bytes) -> int:
    """Never waits for the other end of a pipe."""
    try:
        return os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise FileChanged(f"{_name(file)} is gone.", "Nothing was uploaded.") from exc


def _changed(file: bytes, *, asked: bool = False) -> FileChanged:
    return FileChanged(
        f"{_name(file)} has changed since it was queued.",
        "Nothing was uploaded; the new version will be.",
        asked=asked,
    )


def _name(file: bytes) -> str:
    return plain(os.path.basename(file).decode("utf-8", "replace"))
