"""Where the pieces of a sound picture lie: segments of a JPEG, chunks of a PNG or WebP. For who looks for metadata."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, Protocol

from folder_sync.files.pictures import exif

_INDEX: Final = b"MPF\0"
_ENTRIES: Final = 0xB002
"""Of the index: sixteen bytes for each picture."""

BLOCKS_MAX: Final = 20_000
"""How many are looked at; metadata come earlier."""

PICTURES_MAX: Final = 8
"""Of one file: cameras keep two previews, or as many views of a thing."""


class Source(Protocol):
    """As much of a file as is needed here."""

    def seek(self, offset: int, /) -> int: ...

    def read(self, size: int, /) -> bytes: ...


def read_at(source: Source, start: int, length: int) -> bytes:
    source.seek(start)
    return source.read(length)


def jpeg_segments(source: Source, at: int = 0) -> Iterator[tuple[int, int, int]]:
    """Marker, and where its data begin and how many bytes they are; up to the first scan (T.81, B.1 and B.2). ``at``:
    where the picture begins.

    Raises struct.error where the file ends before that, OSError.
    """
    at += 2
    for _ in range(BLOCKS_MAX):
        marker, length = struct.unpack(">HH", read_at(source, at, 4))
        if marker == 0xFFFF:  # padding
            at += 1
            continue
        if marker == 0xFFDA:
            return
        yield marker, at + 4, length - 2
        at += 2 + length


def other_metadata(source: Source) -> Iterator[tuple[int, int]]:
    """Where the metadata (Exif, XMP) of the further pictures of a JPEG begin, and how many bytes they are: cameras keep
    large previews, and the second of two eyes, behind the picture (CIPA DC-007, 5). Of several indexes the first is
    read. Raises like ``jpeg_segments``.
    """
    for marker, start, length in jpeg_segments(source):
        if marker == 0xFFE2 and (index := read_at(source, start, length)).startswith(_INDEX):
            begins = (start + len(_INDEX) + at for at in _further(index[len(_INDEX) :]))
            for picture in (at for at in begins if read_at(source, at, 2) == b"\xff\xd8"):
                with suppress(struct.error):  # it ends too early
                    yield from ((at, size) for inner, at, size in jpeg_segments(source, picture) if inner == 0xFFE1)
            return


def _further(index: bytes) -> list[int]:
    """Where further pictures begin, counted from the index."""
    try:
        order = {b"II*\0": "<", b"MM\0*": ">"}[index[:4]]
        found = exif.entries(index, order, struct.unpack_from(f"{order}I", index, 4)[0])
        count, at = struct.unpack_from(f"{order}II", index, found[_ENTRIES] + 4)
        places = range(at, min(at + min(count, 16 * PICTURES_MAX), len(index) - 15), 16)
        return [place for start in places if (place := struct.unpack_from(f"{order}I", index, start + 8)[0])]
    except (struct.error, KeyError):
        return []


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
