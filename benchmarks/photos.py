"""Photos to measure with: real pictures of a wanted size in bytes, each different, made quickly."""

from __future__ import annotations

import io
from functools import cache
from typing import Final

from PIL import Image

from folder_sync.photo import Format
from folder_sync.rules.names.gtin import check_digit
from folder_sync.sandbox.drawing import photo_bytes

_BYTES_PER_PIXEL: Final = 0.2
"""Of a photo saved at quality 85 or so."""

_MOTIFS: Final = 2
_SEGMENT_MAX: Final = 65_533


def jpeg(size: int, number: int) -> bytes:
    """A photo of exactly ``size`` bytes, nearly all of them coded picture; another number gives other bytes."""
    picture = _motif(size, number % _MOTIFS)
    missing = size - len(picture)
    filler = bytearray()
    while missing:
        payload = min(missing - 4, _SEGMENT_MAX)
        if 0 < missing - 4 - payload < 4:  # what is left must still hold a segment's head
            payload -= 4
        comment = b"photo %d" % number
        filler += b"\xff\xfe" + (payload + 2).to_bytes(2) + comment[:payload].ljust(payload)
        missing -= payload + 4
    return picture[:2] + bytes(filler) + picture[2:]


def name(number: int, *, of_each: int = 4) -> str:
    """The file's name: ``of_each`` photos of a product, the first one its hero."""
    product, which = divmod(number, of_each)
    body = f"0952{product:09}"
    return f"{body}{check_digit(body)}__View_{which + 1}{'' if which else '__primary'}.jpg"


@cache
def _motif(size: int, motif: int) -> bytes:
    """A grainy product shot a little smaller than ``size``: the grain is turned up until it fills it."""
    width = max(int((size / _BYTES_PER_PIXEL * 3 / 4) ** 0.5), 48)
    with Image.open(io.BytesIO(photo_bytes(Format.PNG, seed=motif, width=width))) as drawn:
        drawing = drawn.convert("RGB")
    grain = Image.effect_noise(drawing.size, 40).convert("RGB")
    low, high = 0, 100
    best = b""
    while low <= high:
        percent = (low + high) // 2
        out = io.BytesIO()
        Image.blend(drawing, grain, percent / 100).save(out, "JPEG", quality=85)
        if out.tell() <= size - 64:  # room for a comment
            best, low = out.getvalue(), percent + 1
        else:
            high = percent - 1
    return best
