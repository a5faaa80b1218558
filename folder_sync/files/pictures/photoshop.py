"""The merged picture of a Photoshop document, which programs keep beside the layers, as a TIFF for libtiff to read.

Both hold the same: planes of 8 or 16 bits, as they are or packed row by row (PackBits). After Adobe's "Photoshop File
Formats Specification", 2019; where its layers leave something out, the picture's first spare plane says what.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

_GREY, _INDEXED, _RGB, _CMYK, _DUOTONE = 1, 2, 3, 4, 8
_PLANES: Final = {_GREY: 1, _INDEXED: 1, _RGB: 3, _CMYK: 4, _DUOTONE: 1}
"""Planes of the colours that are read. A duotone looks like its grey picture to programs that don't know its inks."""
_PHOTOMETRIC: Final = {_GREY: 1, _INDEXED: 3, _RGB: 2, _CMYK: 5, _DUOTONE: 1}
_RAW, _PACKED = 0, 1

_VERSION_INFO, _PROFILE = 1057, 1039

_SHORT, _LONG, _UNDEFINED = 3, 4, 7


class UnknownKind(ValueError):
    """Its colours or its depth are not read here."""


class NotMerged(ValueError):
    """It was saved without the picture that other programs can show."""


@dataclass(frozen=True, slots=True)
class Merged:
    """``is_ink``: its values say how much paper is left, where those of a TIFF say how much ink there is.

    ``is_on_white``: its last plane says how much of each pixel is there, and the others are mixed with white.
    """

    tiff: BinaryIO
    is_ink: bool
    is_on_white: bool


def merged(file: BinaryIO) -> Merged:
    """Raises UnknownKind, NotMerged; ValueError or struct.error where it makes no sense or ends too early; OSError."""
    file.seek(0)
    signature, version, planes, height, width, depth, mode = struct.unpack(">4sH6xHIIHH", _exactly(file, 26))
    if signature != b"8BPS":
        raise ValueError("it is none")
    if version != 1 or mode not in _PLANES or depth not in (8, 16) or (mode == _INDEXED and depth != 8):
        raise UnknownKind("its colours are not read")
    palette = _exactly(file, _number(file))
    profile = _resources(_exactly(file, _number(file)))
    is_transparent = _is_transparent(file)
    used = _PLANES[mode] + (mode == _RGB and is_transparent)
    if used > planes or not width or not height:
        raise ValueError("planes are missing")
    (compression,) = struct.unpack(">H", _exactly(file, 2))
    if compression not in (_RAW, _PACKED):
        raise UnknownKind("its compression is not read")
    row = width * depth // 8
    if compression == _PACKED:
        lengths = struct.unpack(f">{planes * height}H", _exactly(file, 2 * planes * height))
        rows_per_strip = 1
    else:
        lengths, rows_per_strip = (row * height,) * planes, height
    pixels = _exactly(file, sum(lengths))  # with the planes that are not used: else it is not whole
    lengths = lengths[: used * (height if compression == _PACKED else 1)]
    tags: list[tuple[int, int, tuple[int, ...] | bytes]] = [
        (256, _LONG, (width,)),
        (257, _LONG, (height,)),
        (258, _SHORT, (depth,) * used),
        (259, _SHORT, (32773 if compression == _PACKED else 1,)),
        (262, _SHORT, (_PHOTOMETRIC[mode],)),
        (273, _LONG, lengths),  # offsets in truth, which are filled in
        (277, _SHORT, (used,)),
        (278, _LONG, (rows_per_strip,)),
        (279, _LONG, lengths),
        (284, _SHORT, (2,)),
    ]
    if mode == _INDEXED:
        tags.append((320, _SHORT, tuple(value * 257 for value in palette[:768])))
    if used > _PLANES[mode]:
        tags.append((338, _SHORT, (2,)))
    if profile:
        tags.append((34675, _UNDEFINED, profile))
    return Merged(_tiff(tags, lengths, pixels), mode == _CMYK, used > _PLANES[mode])


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise ValueError("it ends too early")
    return data


def _number(file: BinaryIO) -> int:
    return int(struct.unpack(">I", _exactly(file, 4))[0])


def _resources(data: bytes) -> bytes:
    """The profile, where there is one."""
    at, profile = 0, b""
    while at + 12 <= len(data):
        (kind,) = struct.unpack_from(">H", data, at + 4)
        at += 6
        at += (data[at] + 2) & ~1  # a name
        (length,) = struct.unpack_from(">I", data, at)
        content = data[at + 4 : at + 4 + length]
        if kind == _PROFILE:
            profile = content
        elif kind == _VERSION_INFO and content[4:5] == b"\0":
            raise NotMerged("it has no merged picture")
        at += 4 + length + length % 2
    return profile


def _is_transparent(file: BinaryIO) -> bool:
    """A number of layers below 0 says so; with 16 bits they come further on, in a block of their own."""
    section = _number(file)
    end = file.tell() + section
    try:
        if not section:
            return False
        layers = _number(file)
        if layers:
            return int(struct.unpack(">h", _exactly(file, 2))[0]) < 0
        if section < 8:
            return False
        file.seek(_number(file), io.SEEK_CUR)
        while file.tell() + 12 <= end:
            kind, length = struct.unpack(">4x4sI", _exactly(file, 12))
            if kind in (b"Lr16", b"Layr") and length:
                return int(struct.unpack(">h", _exactly(file, 2))[0]) < 0
            if kind in (b"Mt16", b"Mtrn"):
                return True
            file.seek((length + 3) & ~3, io.SEEK_CUR)
        return False
    finally:
        file.seek(end)


def _tiff(tags: list[tuple[int, int, tuple[int, ...] | bytes]], lengths: tuple[int, ...], pixels: bytes) -> BinaryIO:
    """TIFF 6.0, big-endian as Photoshop's numbers are."""

    def packed(kind: int, values: tuple[int, ...] | bytes) -> bytes:
        return (
            values
            if isinstance(values, bytes)
            else struct.pack(f">{len(values)}{'H' if kind == _SHORT else 'I'}", *values)
        )

    size = 8 + 2 + 12 * len(tags) + 4
    extra = sum(len(data) for _, kind, values in tags if len(data := packed(kind, values)) > 4)
    at, offsets = size + extra + extra % 2, []
    for length in lengths:
        offsets.append(at)
        at += length
    directory, behind = struct.pack(">H", len(tags)), b""
    for tag, kind, values in tags:
        shown = tuple(offsets) if tag == 273 else values
        data = packed(kind, shown)
        directory += struct.pack(">HHI", tag, kind, len(shown))
        if len(data) > 4:
            directory += struct.pack(">I", size + len(behind))
            behind += data
        else:
            directory += data.ljust(4, b"\0")
    whole = b"MM\0*" + struct.pack(">I", 8) + directory + bytes(4) + behind + bytes(extra % 2) + pixels
    return io.BytesIO(whole)
