"""Opening what is to be converted: the one decoder for each kind, the colours that its numbers stand for, its pages.

Runs in a process of its own (``picture_child``).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import AvifImagePlugin, Image, ImageChops, TiffImagePlugin

from folder_sync.files.pictures import iso_boxes, photoshop
from folder_sync.files.pictures.blocks import png_chunks, read_at
from folder_sync.files.pictures.conversion_process import Trouble
from folder_sync.photo import Format
from folder_sync.rules.conversion import Source

THREADS: Final = 2
"""Threads of a decoder: each takes memory of its own, and hosts have many processors."""

P3: Final = Path(__file__).with_name("display-p3.icc").read_bytes()
"""Display P3 (SMPTE EG 432-1 with the curve of sRGB), for files that name it by number."""

_LIKE_SRGB: Final = frozenset({1, 2, 5, 6})
"""Primaries (ITU-T H.273, table 2): BT.709, none named, and those of television, which differ by less than is seen."""
_P3: Final = 12
_STRANGE_TRANSFERS: Final = frozenset({8, 9, 10, 16, 17, 18})
"""Linear and logarithmic light, and pictures for screens brighter than paper (table 3)."""

# Tags of TIFF 6.0, section 8.
_SUBFILE: Final = 254
_REDUCED: Final = 1

_VIDEO_PIXELS_MAX: Final = 80_000_000
"""The most pixels of HEIC and AVIF, whose decoders take ten bytes for each."""
_JPEG_2000_VALUES_MAX: Final = 147_000_000
"""Its decoder takes more than six bytes for each colour of a pixel."""


class NotConverted(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Opened:
    """Not decoded yet. ``is_first_page``: of several. ``is_ink`` and ``is_on_white`` as of ``photoshop.Merged``."""

    image: Image.Image
    profile: bytes | None
    is_first_page: bool = False
    is_ink: bool = False
    is_on_white: bool = False


def opened(file: BinaryIO, source: Format | Source) -> Opened:
    """Raises NotConverted, and whatever decoders raise."""
    file.seek(0)
    return _OPENERS[source](file)


def _plugin(name: str) -> Callable[[BinaryIO], Opened]:
    def opener(file: BinaryIO) -> Opened:
        image = Image.open(file, formats=(name,))
        return Opened(image, image.info.get("icc_profile"))

    return opener


def _png(file: BinaryIO) -> Opened:
    numbers = next((tuple(read_at(file, at, 2)) for kind, at, _ in png_chunks(file) if kind == b"cICP"), None)
    file.seek(0)
    image = Image.open(file, formats=("PNG",))
    return Opened(image, image.info.get("icc_profile") if numbers is None else _profile_of(numbers[0], numbers[1]))


def _tiff(file: BinaryIO) -> Opened:
    # Pillow's own way takes the halves of 16 bits for pixels where the colours lie apart; libtiff reads all kinds.
    TiffImagePlugin.READ_LIBTIFF = True
    try:
        image = TiffImagePlugin.TiffImageFile(file)
    except SyntaxError as error:
        raise NotConverted(Trouble.UNKNOWN_KIND if "unknown" in str(error) else Trouble.CORRUPT) from error
    tags: Any = image.tag_v2
    if tags.get(_SUBFILE, 0) & _REDUCED:
        raise NotConverted(Trouble.UNKNOWN_KIND)  # a camera's raw file, or the like
    return Opened(image, image.info.get("icc_profile"), _has_more_pages(image))


def _has_more_pages(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Smaller copies of a page, and masks, are not pages."""
    try:
        image.seek(1)
        tags: Any = image.tag_v2
        return not tags.get(_SUBFILE, 0) & ~2
    except (EOFError, OSError, SyntaxError, ValueError, TypeError):
        return False
    finally:
        image.seek(0)


def _photoshop(file: BinaryIO) -> Opened:
    try:
        merged = photoshop.merged(file)
    except photoshop.UnknownKind as error:
        raise NotConverted(Trouble.UNKNOWN_KIND) from error
    except photoshop.NotMerged as error:
        raise NotConverted(Trouble.NOT_MERGED) from error
    picture = _tiff(merged.tiff)
    return Opened(picture.image, picture.profile, is_ink=merged.is_ink, is_on_white=merged.is_on_white)


def _heic(file: BinaryIO) -> Opened:
    from pi_heif import options  # noqa: PLC0415 -- of an extra
    from pi_heif.as_plugin import HeifImageFile  # noqa: PLC0415 -- likewise

    numbers = _numbers(file)
    options.DECODE_THREADS = THREADS
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    image = HeifImageFile(file)  # opens the primary picture
    _check_pixels(image)
    profile = image.info.get("icc_profile") or _profile_of(*numbers)
    return Opened(image, profile, image.n_frames > 1)


def _avif(file: BinaryIO) -> Opened:
    numbers = _numbers(file)
    AvifImagePlugin.DEFAULT_MAX_THREADS = THREADS
    image = Image.open(file, formats=("AVIF",))
    _check_pixels(image)
    frames = getattr(image, "n_frames", 1)
    return Opened(image, image.info.get("icc_profile") or _profile_of(*numbers), frames > 1)


def _jpeg_2000(file: BinaryIO) -> Opened:
    size = file.seek(0, io.SEEK_END)
    iso_boxes.check_whole(file, size)
    profile = iso_boxes.profile_of_jpeg_2000(file, size)
    file.seek(0)
    image = Image.open(file, formats=("JPEG2000",))
    if image.width * image.height * len(image.getbands()) > _JPEG_2000_VALUES_MAX:
        raise NotConverted(Trouble.TOO_LARGE)
    return Opened(image, profile)


def _check_pixels(image: Image.Image) -> None:
    """Their decoders say of memory that ran out only that something went wrong."""
    if image.width * image.height > _VIDEO_PIXELS_MAX:
        raise NotConverted(Trouble.TOO_LARGE)


def _numbers(file: BinaryIO) -> tuple[int, int]:
    size = file.seek(0, io.SEEK_END)
    iso_boxes.check_whole(file, size)
    try:
        numbers = iso_boxes.colour_numbers(file, size)
    except (ValueError, LookupError, struct.error):
        numbers = None
    file.seek(0)
    return numbers or (2, 2)


def _profile_of(primaries: int, transfer: int) -> bytes | None:
    """The profile of colours that are named by number. Raises NotConverted for those that would look wrong."""
    if transfer in _STRANGE_TRANSFERS or primaries not in _LIKE_SRGB | {_P3}:
        raise NotConverted(Trouble.UNKNOWN_KIND)
    return P3 if primaries == _P3 else None


def as_seen(picture: Opened, image: Image.Image) -> Image.Image:
    """``image``: the picture, decoded, of what may keep it otherwise than it is seen."""
    if picture.is_ink:
        return ImageChops.invert(image)
    if picture.is_on_white and image.mode == "RGBA":
        # What is missing to white is light that was taken away: as if mixed with black, which Pillow can undo.
        *colours, alpha = image.split()
        apart = Image.merge("RGBa", [*(ImageChops.invert(colour) for colour in colours), alpha]).convert("RGBA")
        *colours, alpha = apart.split()
        return Image.merge("RGBA", [*(ImageChops.invert(colour) for colour in colours), alpha])
    return image


_OPENERS: Final[dict[Format | Source, Callable[[BinaryIO], Opened]]] = {
    Format.JPEG: _plugin("JPEG"),
    Format.PNG: _png,
    Format.GIF: _plugin("GIF"),
    Format.WEBP: _plugin("WEBP"),
    Format.BMP: _plugin("BMP"),
    Source.TIFF: _tiff,
    Source.HEIC: _heic,
    Source.AVIF: _avif,
    Source.PSD: _photoshop,
    Source.JPEG_2000: _jpeg_2000,
}
