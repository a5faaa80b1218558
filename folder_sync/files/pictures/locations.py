"""Cutting out of a photo's metadata where it was taken: bytes of the same number, and not a pixel changed.

What is cut is kept with the photo's record, so that the same bytes are sent at every try, by whatever version.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from folder_sync.files.pictures import exif, looks
from folder_sync.files.pictures.blocks import jpeg_segments, other_metadata, png_chunks, read_at, webp_chunks
from folder_sync.photo import Cut, Format

_PIECE: Final = 1 << 20
_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""The sizes of Exif's types of values (TIFF 6.0, section 2)."""
_IN_XMP: Final = re.compile(
    rb"""[\w:]{0,40}\bGPS\w{0,40}\s{0,9}=\s{0,9}(?:"[^"]{0,200}"|'[^']{0,200}')"""
    rb"""|<([\w:]{0,40}GPS\w{1,40})\b[^>]{0,200}>.{0,500}?</\1\s{0,9}>""",
    re.DOTALL,
)
"""An attribute, or an element with all that it holds."""


def cuts(file: BinaryIO, kind: Format) -> tuple[Cut, ...]:
    """What to write over; none where that would not take all of it away. Raises OSError."""
    try:
        match kind:
            case Format.JPEG:
                found = tuple(_jpeg(file))
            case Format.PNG:
                found = tuple(_png(file))
            case Format.WEBP:
                found = tuple(_webp(file))
            case _:
                return ()
    except (struct.error, ValueError, LookupError):
        return ()
    rest = looks.look(_Cut(file, found), kind, None)
    return () if rest.has_location else found


def digest(file: BinaryIO, cut: tuple[Cut, ...]) -> str:
    """SHA-256 of the file with these bytes in it."""
    made, reader = hashlib.sha256(), _Cut(file, cut)
    reader.seek(0)
    while piece := reader.read(_PIECE):
        made.update(piece)
    return made.hexdigest()


class _Cut:
    """A file as it is sent."""

    def __init__(self, file: BinaryIO, cut: tuple[Cut, ...]) -> None:
        self._file = file
        self._cut = cut

    def seek(self, offset: int, /) -> int:
        return self._file.seek(offset)

    def read(self, size: int, /) -> bytes:
        at = self._file.tell()
        return Cut.applied(self._cut, self._file.read(size), at)


def _jpeg(file: BinaryIO) -> Iterator[Cut]:
    own = ((start, length) for marker, start, length in jpeg_segments(file) if marker == 0xFFE1)
    for start, length in itertools.chain(own, other_metadata(file)):
        data = read_at(file, start, length)
        yield from _exif(data[6:], start + 6) if data.startswith(b"Exif\0") else _xmp(data, start)


def _png(file: BinaryIO) -> Iterator[Cut]:
    for kind, start, length in png_chunks(file):
        if kind in (b"eXIf", b"iTXt"):
            data = read_at(file, start, length)
            found = tuple(_exif(data, 0) if kind == b"eXIf" else _xmp(data, 0))
            if found:
                yield from (Cut(start + cut.offset, cut.data) for cut in found)
                checksum = zlib.crc32(kind + Cut.applied(found, data, 0))
                yield Cut(start + length, checksum.to_bytes(4))


def _webp(file: BinaryIO) -> Iterator[Cut]:
    for kind, start, length in webp_chunks(file):
        if kind == b"EXIF":
            data = read_at(file, start, length)
            lead = 6 if data.startswith(b"Exif\0\0") else 0
            yield from _exif(data[lead:], start + lead)
        elif kind == b"XMP ":
            yield from _xmp(read_at(file, start, length), start)


def _exif(block: bytes, at: int) -> Sequence[Cut]:
    """None in a block that makes no sense, and says nothing."""
    try:
        return list(_place(block, at))
    except (struct.error, KeyError):
        return ()


def _place(block: bytes, at: int) -> Iterator[Cut]:
    """The table of the place is left empty, and what its entries point to as zeros."""
    order = {b"II*\0": "<", b"MM\0*": ">"}[block[:4]]
    top = exif.entries(block, order, struct.unpack_from(f"{order}I", block, 4)[0])
    if exif.GPS not in top:
        return
    (table,) = struct.unpack_from(f"{order}I", block, top[exif.GPS] + 8)
    starts = exif.entries(block, order, table).values()
    for start in starts:
        kind, count = struct.unpack_from(f"{order}HI", block, start + 2)
        size = _TYPE_BYTES.get(kind, 1) * count
        (offset,) = struct.unpack_from(f"{order}I", block, start + 8)
        if 4 < size <= len(block) - offset:
            yield Cut(at + offset, bytes(size))
    yield Cut(at + table, bytes(2 + 12 * len(starts)))


def _xmp(packet: bytes, at: int) -> Iterator[Cut]:
    for found in _IN_XMP.finditer(packet):
        yield Cut(at + found.start(), b" " * len(found[0]))
