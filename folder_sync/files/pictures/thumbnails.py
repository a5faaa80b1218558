"""Small pictures for people to look at: upright, in sRGB, as WebP. Runs in a process of its own (``picture_child``)."""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO, Final

from PIL import Image, ImageCms, ImageOps

SIDE: Final = 320
"""Pixels on the longer side."""

QUALITY: Final = 78

_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
"""What Pillow may take the bytes for: the others have decoders that nobody here needs."""

_PIXELS_MAX: Final = 400_000_000

_DEEP: Final = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})


def thumbnail(file: BinaryIO) -> bytes:
    """WebP of at most ``SIDE`` pixels. Raises whatever Pillow raises over bytes that it can't read."""
    out = io.BytesIO()
    small_picture(file, SIDE).save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def small_picture(file: BinaryIO, side: int) -> Image.Image:
    """Upright, in sRGB, with at most ``side`` pixels on the longer side. Raises as ``thumbnail``."""
    Image.MAX_IMAGE_PIXELS = _PIXELS_MAX
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about metadata; the picture is shown or it is not
        with Image.open(file, formats=_FORMATS) as image:
            profile = image.info.get("icc_profile")
            # Drafts a JPEG at a fraction of its size; for the others it is a plain resize.
            image.thumbnail((side, side), Image.Resampling.BOX, reducing_gap=2.0)
            upright = ImageOps.exif_transpose(image)
            small = _in_srgb(upright, profile)
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
            return small


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    image = _eight_bits(image)
    transparent = "A" in image.getbands() or "transparency" in image.info
    if image.mode in ("P", "PA", "LA", "1"):
        image = image.convert("RGBA" if transparent else "RGB")
    wanted = "RGBA" if transparent else "RGB"
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=wanted if image.mode in ("RGB", "RGBA") else "RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile: shown as if it had none
        else:
            if converted is not None:
                image = converted
    return image if image.mode == wanted else image.convert(wanted)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow would cut 16 bits off at 255 instead of scaling them."""
    if image.mode not in _DEEP:
        return image
    flat = image.convert("F")
    _, most = flat.getextrema()
    scale = 255.0 / 65535.0 if isinstance(most, float) and most > 255.0 else 1.0
    return flat.point(lambda value: value * scale + 0.0).convert("L")
