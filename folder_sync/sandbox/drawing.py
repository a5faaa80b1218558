"""Draws product shots: a soft backdrop, and on it a bottle, a box or a tin."""

from __future__ import annotations

import colorsys
import io
import random
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from folder_sync.photo import Format

_GOLDEN: Final = 0.618034
_SEGMENT_MAX: Final = 65_533
"""Bytes of payload that one JPEG segment holds (ITU T.81 B.1.1.4, less the length field itself)."""

Colour = tuple[int, int, int]


def photo_bytes(format: Format, *, seed: int = 0, width: int = 320) -> bytes:  # noqa: A002 - says what it is
    """A valid photo in ``format``, three wide by four high; another seed gives other bytes.

    The same arguments give the same bytes, as long as Pillow stays the same.
    """
    if format is Format.SVG:
        return _svg(seed, width).encode()
    out = io.BytesIO()
    _draw(seed, width).save(out, format=format.name)
    return out.getvalue()


def tiff_bytes(*, seed: int = 0, width: int = 320) -> bytes:
    """The same photo as a studio keeps it."""
    out = io.BytesIO()
    _draw(seed, width).save(out, "TIFF", compression="tiff_lzw")
    return out.getvalue()


def jpeg_of_size(size: int, *, seed: int = 0) -> bytes:
    """A valid JPEG of exactly ``size`` bytes (at least 8,000), quickly made: the small photo of that seed, and
    comments full of noise, which a decoder skips but which a copy, a hash or an upload has to carry.
    """
    photo = photo_bytes(Format.JPEG, seed=seed, width=48)
    noise = random.Random(seed)  # noqa: S311 - must repeat
    filler = bytearray()
    missing = size - len(photo)
    if missing < 4:
        raise ValueError(f"A JPEG of {size} bytes is too small for this.")
    while missing:
        payload = min(missing - 4, _SEGMENT_MAX)
        if 0 < missing - 4 - payload < 4:  # what is left must still hold a segment's head
            payload -= 4
        filler += b"\xff\xfe" + (payload + 2).to_bytes(2) + noise.randbytes(payload)
        missing -= payload + 4
    return photo[:2] + bytes(filler) + photo[2:]


def _palette(seed: int) -> tuple[Colour, Colour, Colour]:
    """Backdrop above, backdrop below, and product."""
    hue = seed * _GOLDEN % 1

    def colour(shift: float, saturation: float, value: float) -> Colour:
        red, green, blue = colorsys.hsv_to_rgb((hue + shift) % 1, saturation, value)
        return round(red * 255), round(green * 255), round(blue * 255)

    return colour(0, 0.10, 0.98), colour(0.05, 0.30, 0.78), colour(0.45, 0.65, 0.75)


def _draw(seed: int, width: int) -> Image.Image:
    above, below, product = _palette(seed)
    height = width * 4 // 3
    backdrop = Image.linear_gradient("L").resize((width, height))
    image = ImageOps.colorize(backdrop, above, below)
    draw = ImageDraw.Draw(image)

    def box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return left * width, top * height, right * width, bottom * height

    radius = width * 0.06
    draw.ellipse(box(0.20, 0.82, 0.80, 0.90), fill=tuple(part * 3 // 4 for part in below))
    draw.rounded_rectangle(box(0.30, 0.30, 0.70, 0.86), radius, fill=product)
    if seed % 3 == 0:
        draw.rectangle(box(0.43, 0.16, 0.57, 0.31), fill=product)
        draw.rectangle(box(0.42, 0.12, 0.58, 0.17), fill=above)
    elif seed % 3 == 1:
        draw.ellipse(box(0.30, 0.26, 0.70, 0.36), fill=above)
    draw.rounded_rectangle(box(0.34, 0.48, 0.66, 0.72), radius / 2, fill=above)
    draw.text((width * 0.38, height * 0.57), f"No. {seed}", fill=product)
    return image


def _svg(seed: int, width: int) -> str:
    above, below, product = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in _palette(seed))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{width * 4 // 3}" viewBox="0 0 300 400">
  <title>No. {seed}</title>
  <defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="{above}"/><stop offset="1" stop-color="{below}"/>
  </linearGradient></defs>
  <rect width="300" height="400" fill="url(#g)"/>
  <rect x="90" y="120" width="120" height="224" rx="18" fill="{product}"/>
  <rect x="102" y="192" width="96" height="96" rx="9" fill="{above}"/>
</svg>
"""
