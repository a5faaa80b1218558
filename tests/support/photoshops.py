"""Photoshop documents, written by themselves: merged pictures of 8 or 16 bits, packed or not."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.support.tiffs import Sampler

GREY, INDEXED, RGB, CMYK, LAB = 1, 2, 3, 4, 9


def psd(
    size: tuple[int, int],
    sample: Sampler,
    *,
    mode: int = RGB,
    bits: int = 8,
    is_packed: bool = False,
    layers: int = 0,
    profile: bytes = b"",
    is_merged: bool = True,
    palette: bytes = b"",
    version: int = 1,
) -> bytes:
    """``sample``: the values at a place, those of ink as what is left of the paper. ``layers``: below 0 where the
    plane behind the colours says what is there."""
    width, height = size
    planes = len(sample(0, 0))
    rows = [
        struct.pack(f">{width}{'B' if bits == 8 else 'H'}", *(sample(x, y)[plane] for x in range(width)))
        for plane in range(planes)
        for y in range(height)
    ]
    resources = _resource(1057, struct.pack(">IB", 1, is_merged) + bytes(8))
    if profile:
        resources += _resource(1039, profile)
    return b"".join(
        (
            struct.pack(">4sH6xHIIHH", b"8BPS", version, planes, height, width, bits, mode),
            _sized(palette),
            _sized(resources),
            _sized(_layers(layers, bits)),
            _packed(rows) if is_packed else struct.pack(">H", 0) + b"".join(rows),
        )
    )


def _layers(count: int, bits: int) -> bytes:
    """Nothing is in them; with 16 bits they stand in a block of their own."""
    if not count:
        return b""
    layers = struct.pack(">h", count) + bytes(2)
    if bits == 8:
        return _sized(layers) + _sized(b"")
    return _sized(b"") + _sized(b"") + b"8BIMshmd" + _sized(b"ab\0\0") + b"8BIMLr16" + _sized(layers)


def _packed(rows: Sequence[bytes]) -> bytes:
    """PackBits, with nothing repeated (TIFF 6.0, section 9)."""
    packed = [
        b"".join(bytes([len(piece) - 1]) + piece for piece in (row[at : at + 128] for at in range(0, len(row), 128)))
        for row in rows
    ]
    return struct.pack(f">H{len(packed)}H", 1, *map(len, packed)) + b"".join(packed)


def _resource(number: int, data: bytes) -> bytes:
    return b"8BIM" + struct.pack(">Hxx", number) + _sized(data) + bytes(len(data) % 2)


def _sized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
