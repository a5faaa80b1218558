"""TIFFs of kinds that Pillow does not write: 16 bits, tiles, planes, pages (TIFF 6.0)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

Sampler = Callable[[int, int], Sequence[int]]

_SHORT, _LONG, _UNDEFINED = 3, 4, 7


def tiff(
    size: tuple[int, int],
    sample: Sampler,
    *,
    bits: int = 8,
    photometric: int = 2,
    order: str = "<",
    tile: int = 0,
    is_planar: bool = False,
    profile: bytes = b"",
    extra: int | None = None,
    orientation: int = 1,
    subfiles: Sequence[int] = (0,),
    declared: tuple[int, int] | None = None,
) -> bytes:
    """Uncompressed. ``sample``: the values at a place; ``tile``: side of the tiles, else strips of a row each;
    ``subfiles``: NewSubfileType of each page; ``declared``: measures that it only claims to have."""
    width, height = size
    number = len(sample(0, 0))
    letter = "B" if bits == 8 else "H"
    out = bytearray(b"II*\0" if order == "<" else b"MM\0*")
    out += struct.pack(f"{order}I", 0)
    patch = 4

    def piece(left: int, top: int, across: int, down: int, planes: Sequence[int]) -> bytes:
        values = [
            sample(min(x, width - 1), min(y, height - 1))[plane]
            for y in range(top, top + down)
            for x in range(left, left + across)
            for plane in planes
        ]
        return struct.pack(f"{order}{len(values)}{letter}", *values)

    groups = [[plane] for plane in range(number)] if is_planar else [list(range(number))]
    for subfile in subfiles:
        if tile:
            starts = [(x, y) for y in range(0, height, tile) for x in range(0, width, tile)]
            pieces = [piece(x, y, tile, tile, group) for group in groups for x, y in starts]
        else:
            pieces = [piece(0, y, width, 1, group) for group in groups for y in range(height)]
        offsets = []
        for data in pieces:
            offsets.append(len(out))
            out += data
        lengths = [len(data) for data in pieces]
        shown = declared or size
        tags: list[tuple[int, int, Sequence[int] | bytes]] = [
            (254, _LONG, [subfile]),
            (256, _LONG, [shown[0]]),
            (257, _LONG, [shown[1]]),
            (258, _SHORT, [bits] * number),
            (259, _SHORT, [1]),
            (262, _SHORT, [photometric]),
            (274, _SHORT, [orientation]),
            (277, _SHORT, [number]),
            (284, _SHORT, [2 if is_planar else 1]),
        ]
        if tile:
            tags += [(322, _LONG, [tile]), (323, _LONG, [tile]), (324, _LONG, offsets), (325, _LONG, lengths)]
        else:
            tags += [(273, _LONG, offsets), (278, _LONG, [1]), (279, _LONG, lengths)]
        if extra is not None:
            tags.append((338, _SHORT, [extra]))
        if profile:
            tags.append((34675, _UNDEFINED, profile))
        patch = _directory(out, order, patch, sorted(tags, key=lambda tag: tag[0]))
    return bytes(out)


def _directory(out: bytearray, order: str, patch: int, tags: Sequence[tuple[int, int, Sequence[int] | bytes]]) -> int:
    """Where the next one's offset goes."""
    entries = b""
    for tag, kind, values in tags:
        data = (
            values
            if isinstance(values, bytes)
            else struct.pack(f"{order}{len(values)}{'H' if kind == _SHORT else 'I'}", *values)
        )
        if len(data) > 4:
            out += bytes(len(out) % 2)
            field = struct.pack(f"{order}I", len(out))
            out += data
        else:
            field = data.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, kind, len(values)) + field
    out += bytes(len(out) % 2)
    struct.pack_into(f"{order}I", out, patch, len(out))
    out += struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
    return len(out) - 4
