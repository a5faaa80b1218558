"""Makes the picture that goes in place of a photo: in sRGB with 8 bits, upright, its first page, without metadata.

Runs in a process of its own (``picture_child``). Pillow's image is one copy in memory, and each step makes at most
one more, so that the photos of today's cameras fit into its bound.
"""

from __future__ import annotations

import io
import json
import struct
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps, TiffImagePlugin

from folder_sync.files.pictures import sources, thumbnails
from folder_sync.files.pictures.conversion_process import Trouble
from folder_sync.files.pictures.flaws import PIXELS_MAX
from folder_sync.files.pictures.profiles import unlike_srgb
from folder_sync.files.pictures.sources import NotConverted
from folder_sync.photo import Format
from folder_sync.rules.conversion import Recipe, Source

SRGB: Final = Path(__file__).with_name("srgb.icc").read_bytes()
"""Made once by Little CMS, with a fixed date: ``ImageCms.createProfile`` writes the time into each that it makes, and
the same photo would never become the same bytes. Its own words: "No copyright, use freely".
"""

_SMALL_BYTES: Final = 10_000_000
_LYING: Final = frozenset({5, 6, 7, 8})
_OF_METADATA: Final = (SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error)
"""What Pillow raises over metadata that make no sense: then the picture is as it lies."""

_OUT_OF_MEMORY: Final = ("decoder error -9", "out of memory")
"""In the words of Pillow's decoders."""

# Tags of TIFF 6.0, section 8.
_BITS, _PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO: Final = 0


@dataclass(frozen=True, slots=True)
class Made:
    """``is_first_page``: of several."""

    data: bytes
    format: Format
    width: int
    height: int
    is_first_page: bool


def convert(file: BinaryIO, recipe: Recipe, max_bytes: int) -> Made:
    """Raises NotConverted, whatever the bytes are."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, which stays behind
            made = _convert(file, recipe)
    except NotConverted:
        raise
    except MemoryError as error:
        raise NotConverted(Trouble.TOO_LARGE) from error
    except Exception as error:  # decoders raise anything over hostile bytes
        is_memory = any(word in str(error) for word in _OUT_OF_MEMORY)
        raise NotConverted(Trouble.TOO_LARGE if is_memory else Trouble.CORRUPT) from error
    if len(made.data) > max_bytes:
        raise NotConverted(Trouble.TOO_MANY_BYTES)
    return made


def thumbnail(file: BinaryIO, source: Source) -> bytes:
    """As of ``thumbnails``, of what has to be converted. Raises NotConverted."""
    return thumbnails.thumbnail(io.BytesIO(convert(file, Recipe(source, thumbnails.SIDE), _SMALL_BYTES).data))


def answer(file: BinaryIO, options: bytes) -> bytes:
    """A line of JSON, ``{"trouble"}`` or what was made, and then its bytes. ``options``: of ``conversion_process``."""
    asked = json.loads(options)
    source = asked["source"]
    kind = Source(source) if source in set(Source) else Format(source)
    try:
        made = convert(file, Recipe(kind, asked["max_pixels"], asked["quality"]), asked["max_bytes"])
    except NotConverted as error:
        return json.dumps({"trouble": error.trouble}).encode() + b"\n"
    facts = {name: getattr(made, name) for name in ("format", "width", "height", "is_first_page")}
    return json.dumps(facts).encode() + b"\n" + made.data


def _convert(file: BinaryIO, recipe: Recipe) -> Made:
    Image.MAX_IMAGE_PIXELS = None  # the bound is here
    source = sources.opened(file, recipe.source)
    with source.image as image:
        if image.width * image.height > PIXELS_MAX:
            raise NotConverted(Trouble.TOO_LARGE)
        size = recipe.size(*image.size)
        if size != image.size:
            image.draft(None, (size[0] * 2, size[1] * 2))  # only a JPEG can be decoded at a fraction of its size
        if _is_lying(image):
            size = size[1], size[0]
        image.load()
        _turn_upright(image)
        picture = sources.as_seen(source, _plain(image))
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = _in_srgb(picture, source.profile)
    is_transparent = picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255)
    if picture.mode == "RGBA" and not is_transparent:
        picture = picture.convert("RGB")
    picture.info.clear()  # Pillow writes comments and profiles that it finds there
    target = recipe.target(is_transparent=is_transparent)
    out = io.BytesIO()
    if target is Format.JPEG:
        picture.save(out, "JPEG", quality=recipe.quality, subsampling=0, icc_profile=SRGB)
    else:
        picture.save(out, "PNG", icc_profile=SRGB)
    return Made(out.getvalue(), target, *picture.size, source.is_first_page)


def _is_lying(image: Image.Image) -> bool:
    """Whether width and height change places when it is turned upright. Pillow has done so with a TIFF already."""
    try:
        return (
            not isinstance(image, TiffImagePlugin.TiffImageFile)
            and image.getexif().get(ExifTags.Base.Orientation) in _LYING
        )
    except _OF_METADATA:
        return False


def _turn_upright(image: Image.Image) -> None:
    with suppress(*_OF_METADATA):
        ImageOps.exif_transpose(image, in_place=True)


def _many(tags: Any, tag: int) -> Iterable[int]:
    value = tags.get(tag, ())
    return value if isinstance(value, tuple) else (value,)


def _plain(image: Image.Image) -> Image.Image:
    """With 8 bits a colour, and without a palette."""
    is_transparent = "transparency" in image.info or "A" in image.getbands() or "a" in image.getbands()
    match image.mode:
        case "RGB" | "L" if is_transparent:
            return image.convert("RGBA")
        case "RGB" | "RGBA" | "CMYK" | "L":
            return image
        case "P" | "PA" | "LA" | "La" | "RGBa":
            return image.convert("RGBA" if is_transparent else "RGB")
        case "RGBX":
            return image.convert("RGB")
        case "1":
            return image.convert("L")
        case "I;16" | "I;16B" | "I;16L":
            return _grey(image)
        case _:
            raise NotConverted(Trouble.UNKNOWN_KIND)


def _grey(image: Image.Image) -> Image.Image:
    """Pillow would cut 16 bits off at 255 instead of scaling them, and leaves black and white as they were written."""
    is_inverted = False
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags: Any = image.tag_v2
        if tuple(_many(tags, _BITS)) != (16,):
            raise NotConverted(Trouble.UNKNOWN_KIND)
        is_inverted = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    grey = image.convert("F").point(lambda value: value * (1 / 257) + 0.0).convert("L")
    return ImageChops.invert(grey) if is_inverted else grey


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile and unlike_srgb(profile) is not None:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # one of another kind of colours says nothing of these
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.ImageCmsProfile(io.BytesIO(SRGB)),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode=wanted,
                inPlace=picture.mode == wanted,
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            return picture if converted is None else converted
    if picture.mode == "CMYK":
        raise NotConverted(Trouble.NO_PROFILE)
    return picture if picture.mode == wanted else picture.convert(wanted)
