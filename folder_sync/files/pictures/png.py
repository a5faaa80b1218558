"""PNG: every chunk with its checksum, every pixel inflated, none of it kept.

Done here and not by Pillow because it costs the memory of one block whatever the size of the picture, and because
Pillow does not look at the checksums of pixel data.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from folder_sync.files.pictures.cursor import PIECE, Cursor
from folder_sync.files.pictures.flaws import check_pixels, corrupt
from folder_sync.files.pictures.png_extras import Extras, Pixels
from folder_sync.photo import Format

_DEPTHS: Final = {
    0: (1, {1, 2, 4, 8, 16}),
    2: (3, {8, 16}),
    3: (1, {1, 2, 4, 8}),
    4: (2, {8, 16}),
    6: (4, {8, 16}),
}
"""Color type: samples of a pixel, and the bits each may have (PNG 3rd edition, table 9)."""

_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, step across, step down of the seven passes."""


def check(cursor: Cursor) -> None:
    """Raises the flaw *truncated*, *corrupt* or *too_large*. Bytes after the last chunk are allowed."""
    cursor.skip(8)
    kind, header = _small_chunk(cursor)
    if kind != b"IHDR" or len(header) != 13:
        raise corrupt(Format.PNG)
    pixels = Pixels(_inflated_size(header))
    extras = Extras(header, lambda width, height: _inflated_size(struct.pack(">II", width, height) + header[8:]))
    has_palette = False
    while kind != b"IEND":
        kind = _chunk(cursor, pixels, extras)
        has_palette |= kind == b"PLTE"
    if pixels.missing > 0 or (header[9] == 3 and not has_palette):
        raise corrupt(Format.PNG)


def _small_chunk(cursor: Cursor) -> tuple[bytes, bytes]:
    length, kind = struct.unpack(">I4s", cursor.take(8))
    if length > PIECE:
        raise corrupt(Format.PNG)
    data = cursor.take(length)
    _compare(cursor, zlib.crc32(kind + data))
    return kind, data


def _chunk(cursor: Cursor, pixels: Pixels, extras: Extras) -> bytes:
    length, kind = struct.unpack(">I4s", cursor.take(8))
    if not kind.isalpha():
        raise corrupt(Format.PNG)
    checksum = zlib.crc32(kind)
    extras.begin(kind, length)
    while length:
        piece = cursor.take(min(length, PIECE))
        length -= len(piece)
        checksum = zlib.crc32(piece, checksum)
        if kind == b"IDAT":
            pixels.feed(piece)
        else:
            extras.data(piece)
    _compare(cursor, checksum)
    extras.end()
    return bytes(kind)


def _compare(cursor: Cursor, checksum: int) -> None:
    if int.from_bytes(cursor.take(4)) != checksum:
        raise corrupt(Format.PNG)


def _inflated_size(header: bytes) -> int:
    """Bytes of all rows, each after its filter byte."""
    width, height, depth, color, method, filtering, interlace = struct.unpack(">IIBBBBB", header)
    samples, depths = _DEPTHS.get(color, (0, set[int]()))
    if depth not in depths or method or filtering or interlace > 1:
        raise corrupt(Format.PNG)
    check_pixels(Format.PNG, width, height)
    passes = _ADAM7 if interlace else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * depth * samples + 7) // 8)
    return total
