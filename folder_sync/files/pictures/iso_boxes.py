"""Boxes of the ISO base media format (ISO/IEC 14496-12, 4.2), of which HEIC, AVIF and JPEG 2000 are made.

Only what decoders leave out: whether all of the file is there, and which colours its numbers stand for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from folder_sync.files.pictures.blocks import read_at

_BOXES_MAX: Final = 10_000
_META_MAX: Final = 4_000_000

_NEEDED: Final = frozenset({b"meta", b"mdat", b"idat", b"moov", b"jp2h", b"jp2c"})
"""What may follow them; programs add these as they please."""

_PIXELS: Final = frozenset({b"mdat", b"jp2c"})
_BLANK_TAIL: Final = 4096
"""This many zeros at the end of compressed pixels were never written: the space was only set aside."""

_END_OF_CODESTREAM: Final = b"\xff\xd9"
"""ISO/IEC 15444-1, A.4.4."""


@dataclass(frozen=True, slots=True)
class Box:
    """``start`` and ``end`` of what is in it."""

    kind: bytes
    start: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Those that follow one another. Raises ValueError where one that is needed goes on beyond ``end``."""
    for _ in range(_BOXES_MAX):
        header = read_at(file, start, 16)
        if end - start < 8 or len(header) < 8:
            return
        length, kind = struct.unpack(">I4s", header[:8])
        inside = start + 8
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack(">Q", header[8:])
            inside = start + 16
        after = start + length if length else end
        if after > end or after < inside:
            if kind in _NEEDED:
                raise ValueError("a box is longer than what is there")
            return
        yield Box(kind, inside, after)
        start = after


def check_whole(file: BinaryIO, size: int) -> None:
    """Raises ValueError where pixels are missing though a decoder may draw some picture; OSError."""
    has_pixels = False
    for box in boxes(file, 0, size):
        has_pixels |= box.kind in _PIXELS or box.kind == b"meta"
        if box.kind in _PIXELS:
            tail = read_at(file, max(box.start, box.end - _BLANK_TAIL), min(_BLANK_TAIL, box.end - box.start))
            if len(tail) == _BLANK_TAIL and not any(tail):
                raise ValueError("its end was never written")
            if box.kind == b"jp2c" and not tail.endswith(_END_OF_CODESTREAM):
                raise ValueError("it ends too early")
    if not has_pixels:
        raise ValueError("there is no picture")


def colour_numbers(file: BinaryIO, size: int) -> tuple[int, int] | None:
    """Primaries and transfer (ITU-T H.273) of the picture that is shown first (ISO/IEC 23008-12, 6.5.5 and 9.3); None
    where it names none. Raises ValueError, struct.error, OSError.
    """
    meta = _first(file, 0, size, b"meta")
    if meta is None:
        return None
    start = meta.start + 4  # after version and flags
    properties = _first(file, start, meta.end, b"iprp")
    first = _first(file, start, meta.end, b"pitm")
    if properties is None or first is None:
        return None
    container = _first(file, properties.start, properties.end, b"ipco")
    associations = _first(file, properties.start, properties.end, b"ipma")
    if container is None or associations is None:
        return None
    known = list(boxes(file, container.start, container.end))
    for number in _associated(_content(file, associations), _item(_content(file, first))):
        if 0 < number <= len(known) and known[number - 1].kind == b"colr":
            data = read_at(file, known[number - 1].start, 8)
            if data[:4] == b"nclx":
                primaries, transfer = struct.unpack(">HH", data[4:8])
                return primaries, transfer
    return None


def profile_of_jpeg_2000(file: BinaryIO, size: int) -> bytes | None:
    """Pillow passes over it (ISO/IEC 15444-1, I.5.3.3). Raises ValueError, OSError."""
    header = _first(file, 0, size, b"jp2h")
    if header is None:
        return None
    for box in boxes(file, header.start, header.end):
        if box.kind == b"colr" and (data := _content(file, box))[:1] in (b"\2", b"\3"):
            return data[3:]
    return None


def _first(file: BinaryIO, start: int, end: int, kind: bytes) -> Box | None:
    return next((box for box in boxes(file, start, end) if box.kind == kind), None)


def _content(file: BinaryIO, box: Box) -> bytes:
    if box.end - box.start > _META_MAX:
        raise ValueError("a box is too long")
    return read_at(file, box.start, box.end - box.start)


def _item(content: bytes) -> int:
    return int.from_bytes(content[4:6] if content[0] == 0 else content[4:8])


def _associated(content: bytes, item: int) -> list[int]:
    """The numbers of the properties of an item (ISO/IEC 23008-12, 9.3.1)."""
    version, is_long = content[0], content[3] & 1
    (count,) = struct.unpack_from(">I", content, 4)
    at, found = 8, []
    for _ in range(min(count, _BOXES_MAX)):
        width = 2 if version < 1 else 4
        number, of_it = int.from_bytes(content[at : at + width]), content[at + width]
        at += width + 1
        for _ in range(of_it):
            index = struct.unpack_from(">H", content, at)[0] & 0x7FFF if is_long else content[at] & 0x7F
            at += 2 if is_long else 1
            if number == item:
                found.append(index)
    return found
