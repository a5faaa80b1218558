"""Going forward through a file of any size with little memory and few calls."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from folder_sync.files.pictures.flaws import too_many_parts, truncated

PIECE: Final = 65_536
"""Bytes read at a time: larger blocks are mapped afresh by the C library for every read."""


def parts_max(size: int) -> int:
    """How many parts a file of so many bytes may have: far more than any program writes, far fewer than it has room
    for. A GIF of 50 MB in pieces of one byte took a minute."""
    return 50_000 + size // 32


class Cursor:
    """A place in ``file``, from its start. Every step beyond its end raises the flaw *truncated*, and more steps than a
    file of its size needs the flaw *corrupt*."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        file.seek(0)
        self._file = file
        self._size = size
        self._buffer = b""
        self._at = 0
        self._start = 0  # the buffer's offset in the file
        self._steps = parts_max(size)

    @property
    def offset(self) -> int:
        return self._start + self._at

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, at most ``PIECE``."""
        self._step()
        if self._at + count > len(self._buffer):
            self._refill(count)
        taken = self._buffer[self._at : self._at + count]
        self._at += count
        return taken

    def skip(self, count: int) -> None:
        self._step()
        if self.offset + count > self._size:
            raise truncated()
        self._at += count
        if self._at > len(self._buffer):
            self._start, self._at, self._buffer = self.offset, 0, b""
            self._file.seek(self._start)

    def find(self, pattern: re.Pattern[bytes]) -> bytes:
        """The next match of a two-byte ``pattern``, and goes on after it."""
        self._step()
        while not (match := pattern.search(self._buffer, self._at)):
            self._at = max(self._at, len(self._buffer) - 1)
            self._refill(2)
        self._at = match.end()
        return match[0]

    def _step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise too_many_parts()

    def _refill(self, count: int) -> None:
        self._start += self._at
        self._buffer = self._buffer[self._at :]
        self._at = 0
        while len(self._buffer) < count:
            if not (piece := self._file.read(PIECE)):
                raise truncated()
            self._buffer += piece
