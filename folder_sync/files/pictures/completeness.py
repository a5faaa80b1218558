"""Is all of the picture there? Walks JPEG, GIF, WebP and BMP from the first byte to the format's own end.

Each walk takes a cursor at the start of the file and returns what decoding needs to know, or raises a flaw:
*truncated* where the file ends first, *corrupt* where the bytes make no sense. Bytes after the end are allowed.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

from folder_sync.files.pictures.blanks import BLOCK
from folder_sync.files.pictures.cursor import Cursor
from folder_sync.files.pictures.flaws import check_pixels, corrupt, truncated
from folder_sync.photo import Format


@dataclass(frozen=True, slots=True)
class Canvas:
    """Measures in pixels, and how many pictures are drawn there one after the other."""

    width: int
    height: int
    frames: int = 1


@dataclass(frozen=True, slots=True)
class JpegLayout:
    """``tables``: start of image, tables and frame header, without metadata; the scans follow at ``scans_at``.

    ``held``: bytes a decoder keeps until the last scan, 0 where it can forget each row (one sequential scan).
    """

    tables: bytes
    scans_at: int
    scans: int
    held: int
    frame_at: int

    def top(self, rows: int) -> bytes:
        """The tables for a picture of at most so many rows; what follows in its scan is not looked at."""
        at = self.frame_at + 5
        height = min(int.from_bytes(self.tables[at : at + 2]), rows)
        return self.tables[:at] + height.to_bytes(2) + self.tables[at + 2 :]


# A marker is FF and a code; FF 00 is a data byte, FF D0 to FF D7 restart the data, FF FF is padding (T.81, B.1.1).
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_BARE: Final = frozenset({b"\xff\x01", b"\xff\xd8"})  # are not followed by a length
_END, _SCAN = b"\xff\xd9", b"\xff\xda"
_SEQUENTIAL: Final = frozenset({b"\xff\xc0", b"\xff\xc1"})
_FRAMES: Final = frozenset(bytes((0xFF, code)) for code in range(0xC0, 0xD0) if code not in {0xC4, 0xC8, 0xCC})
# What may stand between scans: tables, restart interval, number of lines, metadata (T.81, B.2.1 and B.6).
_BETWEEN_SCANS: Final = frozenset(
    {_SCAN, b"\xff\xc4", b"\xff\xcc", b"\xff\xdb", b"\xff\xdc", b"\xff\xdd", b"\xff\xfe"}
) | {bytes((0xFF, code)) for code in range(0xE0, 0xF0)}
_TABLES_MAX: Final = 1_000_000


def jpeg(cursor: Cursor) -> JpegLayout:
    """Segments are skipped whole by their length: thumbnails inside EXIF have end markers of their own."""
    tables = bytearray(cursor.take(2))
    frame = b""
    scans = scans_at = held = frame_at = 0
    while (marker := cursor.find(_MARKER)) != _END:
        if marker in _BARE:
            continue
        if scans and marker not in _BETWEEN_SCANS:
            raise corrupt(Format.JPEG)
        if marker == _SCAN and not scans:
            scans_at = cursor.offset - 2
        length = cursor.take(2)
        payload = int.from_bytes(length) - 2
        if payload < 0 or len(tables) > _TABLES_MAX:
            raise corrupt(Format.JPEG)
        if marker == _SCAN:
            parts = cursor.take(payload)[:1]
            if not scans and frame and (frame[:2] not in _SEQUENTIAL or parts != frame[9:10]):
                held = _coefficients(frame)
            scans += 1
        elif scans or b"\xff\xe0" <= marker <= b"\xff\xef" or marker == b"\xff\xfe":
            cursor.skip(payload)
        else:
            segment = marker + length + cursor.take(payload)
            if marker in _FRAMES and not frame:
                frame, frame_at = segment, len(tables)
            tables += segment
    if not scans or len(frame) < 10:
        raise corrupt(Format.JPEG)
    height, width = struct.unpack_from(">HH", frame, 5)
    check_pixels(Format.JPEG, width, height)
    return JpegLayout(bytes(tables), scans_at, scans, held, frame_at)


def _coefficients(frame: bytes) -> int:
    """Bytes of all coefficients of a frame, two for each sample of each component (T.81, B.2.2)."""
    height, width = struct.unpack(">HH", frame[5:9].ljust(4, b"\0"))
    sampling = [(code >> 4, code & 15) for code in frame[11::3]]
    most = max((h for h, _ in sampling), default=1) * max((v for _, v in sampling), default=1)
    return int(2 * width * height * sum(h * v for h, v in sampling) / max(most, 1))


def gif(cursor: Cursor) -> Canvas:
    """Blocks up to the trailer (GIF89a, section 12 ff.)."""
    width, height, flags = struct.unpack("<6xHHB2x", cursor.take(13))
    cursor.skip(_color_table(flags))
    frames = 0
    while (block := cursor.take(1)) != b";":
        if block == b",":
            left, top, across, down, flags = struct.unpack("<4HB", cursor.take(9))
            width, height = max(width, left + across), max(height, top + down)
            cursor.skip(_color_table(flags))
            frames += 1
        elif block == b"\0":  # between blocks, some programs fill up with zeros; every viewer passes over them
            continue
        elif block != b"!":
            raise corrupt(Format.GIF)
        cursor.skip(1)  # the extension's label, or the code size of the picture
        while length := cursor.take(1)[0]:
            cursor.skip(length)
    if not frames:
        raise corrupt(Format.GIF)
    check_pixels(Format.GIF, width, height)
    return Canvas(width, height, frames)


def _color_table(flags: int) -> int:
    return 6 << (flags & 7) if flags & 0x80 else 0


_PICTURES: Final = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
_TAIL: Final = 16 * BLOCK
_FEW_ZEROS: Final = 64
_PIXELS_A_ZERO: Final = 300
"""Of one colour. libwebp 1.6 takes 360 at the least (quality 100, method 0), and 10,000 as a rule."""
_ZEROS_BEFORE: Final = 2
"""With which what was written last may end: of more bytes than these, one in sixteen million."""


def webp(cursor: Cursor) -> Canvas:
    """Chunks up to the length that the container announces (RFC 9649, 2)."""
    end = int.from_bytes(cursor.take(12)[4:8], "little") + 8
    canvas: tuple[int, int] | None = None
    frames = 0
    if end <= 12:  # writers that stream put the length in last
        raise truncated()
    while cursor.offset + 8 <= end:
        kind, length = struct.unpack("<4sI", cursor.take(8))
        start = cursor.take(min(length, 10))
        if canvas is None:
            canvas = _webp_canvas(kind, start)
        rest = length - len(start)
        if kind in _PICTURES:
            frames += 1
            cursor.skip(max(rest - _TAIL, 0))
            if _is_unwritten(cursor.take(min(rest, _TAIL)), cursor.offset, canvas):
                raise truncated()
            rest = 0
        cursor.skip(rest + length % 2)
    if canvas is None or not frames or cursor.offset != end:
        raise corrupt(Format.WEBP)
    check_pixels(Format.WEBP, *canvas)
    return Canvas(*canvas, frames)


def _is_unwritten(tail: bytes, end: int, canvas: tuple[int, int]) -> bool:
    """Whether a picture whose last bytes, up to ``end``, are ``tail`` ends in zeros of space that was reserved for it.

    One on an even ground ends in zeros of its own. But these are few, and begin with a block by chance only
    (``blanks``).
    """
    zeros = len(tail) - len(tail.rstrip(b"\0"))
    own = min(max(_FEW_ZEROS, canvas[0] * canvas[1] // _PIXELS_A_ZERO), _TAIL)
    begins_with_a_block = (end - zeros + _ZEROS_BEFORE) % BLOCK <= _ZEROS_BEFORE
    return zeros >= own or (zeros >= _FEW_ZEROS and begins_with_a_block)


def _webp_canvas(kind: bytes, start: bytes) -> tuple[int, int]:
    number = int.from_bytes(start, "little")
    if len(start) == 10 and kind == b"VP8X":
        return (number >> 32 & 0xFFFFFF) + 1, (number >> 56 & 0xFFFFFF) + 1
    if len(start) == 10 and kind == b"VP8 " and start[3:6] == b"\x9d\x01\x2a":
        return number >> 48 & 0x3FFF, number >> 64 & 0x3FFF
    if len(start) >= 5 and kind == b"VP8L" and start[0] == 0x2F:
        return (number >> 8 & 0x3FFF) + 1, (number >> 22 & 0x3FFF) + 1
    raise corrupt(Format.WEBP)


def bmp(cursor: Cursor) -> Canvas:
    """The room that the pixels need, without the padding of the last row (Windows GDI, *Bitmap Storage*).

    The announced length only counts where nothing else tells: programs get it wrong by two bytes, or leave it out, and
    no viewer looks at it.
    """
    announced, pixels_at, header = struct.unpack("<2xI4xII", cursor.take(18))
    compression = size = 0
    if header == 12:
        width, height, bits = struct.unpack("<HH2xH", cursor.take(8))
    else:
        width, height, bits, compression, size = struct.unpack("<ii2xHII", cursor.take(20))
    width, height = abs(width), abs(height)  # a negative height means top-down
    check_pixels(Format.BMP, width, height)
    if compression in {0, 3, 6}:
        row = (width * bits + 31) // 32 * 4
        size = row * (height - 1) + (width * bits + 7) // 8
    cursor.skip(max(pixels_at + size if size else announced, cursor.offset) - cursor.offset)
    return Canvas(width, height)
