"""How white the border of a picture is. Runs in a process of its own (``picture_child``)."""

from __future__ import annotations

from typing import BinaryIO, Final

from folder_sync.files.pictures.thumbnails import small_picture

SIDE: Final = 256
"""Pixels on the longer side of what is looked at."""
EDGE: Final = 2
_WHITE: Final = 250
"""The least in each colour: JPEG does not keep 255."""
_CLEAR: Final = 8
"""The most of opacity."""


def white_share(file: BinaryIO) -> float:
    """The share of the border that is white or transparent. Raises whatever Pillow raises."""
    picture = small_picture(file, SIDE).convert("RGBA")
    width, height = picture.size
    edge = min(EDGE, (min(width, height) + 1) // 2)
    strips = [(0, 0, width, edge), (0, height - edge, width, height)]
    strips += [(0, edge, edge, height - edge), (width - edge, edge, width, height - edge)]
    white = total = 0
    for strip in (one for one in strips if one[3] > one[1]):
        data = picture.crop(strip).tobytes()
        pixels = list(zip(data[::4], data[1::4], data[2::4], data[3::4], strict=True))
        total += len(pixels)
        white += sum(alpha <= _CLEAR or min(red, green, blue) >= _WHITE for red, green, blue, alpha in pixels)
    return white / total if total else 1.0
