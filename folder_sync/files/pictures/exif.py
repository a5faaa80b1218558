"""Two things of Exif that people care about: how the picture is turned, and whether it tells where it was taken."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

ORIENTATION: Final = 0x0112
GPS: Final = 0x8825
_PLACE: Final = frozenset({2, 4})  # latitude and longitude: many cameras write the table without them
_ENTRIES_MAX: Final = 1_000

XMP_PLACE: Final = re.compile(rb"GPS(?:Latitude|Longitude)\b")
"""In XMP, as attribute or element."""


@dataclass(frozen=True, slots=True)
class Exif:
    orientation: int = 1
    has_location: bool = False


def read(block: bytes) -> Exif:
    """``block``: from its TIFF header on. Of one that makes no sense, nothing is known."""
    try:
        order = {b"II*\0": "<", b"MM\0*": ">"}[block[:4]]
        found = entries(block, order, struct.unpack_from(f"{order}I", block, 4)[0])
        orientation = 1
        if ORIENTATION in found:
            (orientation,) = struct.unpack_from(f"{order}H", block, found[ORIENTATION] + 8)
    except (struct.error, KeyError):
        return Exif()
    return Exif(orientation if 1 <= orientation <= 8 else 1, _has_location(block, order, found))


def _has_location(block: bytes, order: str, found: dict[int, int]) -> bool:
    if GPS not in found:
        return False
    try:
        (offset,) = struct.unpack_from(f"{order}I", block, found[GPS] + 8)
        return bool(_PLACE & entries(block, order, offset).keys())
    except struct.error:
        return False


def entries(block: bytes, order: str, offset: int) -> dict[int, int]:
    """Tag → offset of its entry."""
    (count,) = struct.unpack_from(f"{order}H", block, offset)
    starts = range(offset + 2, offset + 2 + 12 * min(count, _ENTRIES_MAX), 12)
    return {struct.unpack_from(f"{order}H", block, start)[0]: start for start in starts if start + 12 <= len(block)}
