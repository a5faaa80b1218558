"""Where the pieces of a sound picture lie: segments of a JPEG, chunks of a PNG or WebP. For who looks for metadata."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, Protocol

BLOCKS_MAX: Final = 20_000
"""How many are looked at; metadata come earlier."""


class Source(Protocol):
    """As much of a file as is needed here."""

    def seek(self, offset: int, /) -> int: ...

    def read(self, size: int, /) -> bytes: ...


def read_at(source: Source, start: int, length: int) -> bytes:
    source.seek(start)
    return source.read(length)


def jpeg_segments(source: Source) -> Iterator[tuple[int, int, int]]:
    """Marker, and where its data begin and how many bytes they are; up to the first scan (T.81, B.1 and B.2).

    Raises struct.error where the file ends before that, OSError.
    """
    at = 2
    for _ in range(BLOCKS_MAX):
        marker, length = struct.unpack(">HH", read_at(source, at, 4))
        if marker == 0xFFFF:  # padding
            at += 1
            continue
        if marker == 0xFFDA:
            return
        yield marker, at + 4, length - 2
        at += 2 + length


def png_chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Name, and where its data begin and how many bytes they are (PNG 3rd edition, 5.3). Raises like
    ``jpeg_segments``.
    """
    at = 8
    for _ in range(BLOCKS_MAX):
        length, kind = struct.unpack(">I4s", read_at(source, at, 8))
        if kind == b"IEND":
            return
        yield kind, at + 8, length
        at += 12 + length


def webp_chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """The same of a WebP (RFC 9649, 2.3), to the end of the file. Raises OSError."""
    at = 12
    for _ in range(BLOCKS_MAX):
        header = read_at(source, at, 8)
        if len(header) < 8:
            return
        kind, length = struct.unpack("<4sI", header)
        yield kind, at + 8, length
        at += 8 + length + length % 2
