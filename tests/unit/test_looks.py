"""What a picture is by its headers: measures, colours, turn and location, in every format that tells them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Final

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from folder_sync.files.pictures import borders, profiles
from folder_sync.files.pictures.exif import Exif, read
from folder_sync.files.pictures.inspection import Sound, inspect
from folder_sync.photo import Format
from folder_sync.rules.quality import Looks

_D50: Final = (0.9642, 1.0, 0.8249)
_ADOBE: Final = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
_SRGB: Final = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
XMP_PLACE: Final = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="52,30N"/></x:xmpmeta>'


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def profile(name: str, primaries: Any, curve: bytes, space: bytes = b"RGB ") -> bytes:
    """A small ICC profile."""
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name.encode() + b"\0" + bytes(79),
        b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(_fixed, _D50)),
    }
    if space == b"RGB ":
        for tag, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True):
            tags[tag] = b"XYZ \0\0\0\0" + b"".join(map(_fixed, values))
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    else:
        tags[b"kTRC"] = curve
    at, table, data = 132 + 12 * len(tags), b"", b""
    for tag, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += tag + struct.pack(">II", at + len(data), len(value))
        data += padded
    head = bytearray(128)
    head[8:12], head[12:16], head[16:20], head[20:24] = b"\x02\x40\0\0", b"mntr", space, b"XYZ "
    head[36:40], head[68:80] = b"acsp", b"".join(map(_fixed, _D50))
    whole = head + struct.pack(">I", len(tags)) + table + data
    whole[0:4] = struct.pack(">I", len(whole))
    return bytes(whole)


GAMMA: Final = b"curv\0\0\0\0\0\0\0\1" + struct.pack(">H", round(2.2 * 256)) + b"\0\0"
LINEAR: Final = b"curv\0\0\0\0\0\0\0\0"
ADOBE_RGB: Final = profile("Adobe RGB (1998)", _ADOBE, GAMMA)


def exif(orientation: int = 1, gps: dict[int, Any] | None = None) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    if gps is not None:
        made.get_ifd(0x8825).update(gps)
    return made


PLACE: Final = {0: b"\2\3\0\0", 1: "N", 2: (52.0, 30.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}


def saved(kind: Format, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (60, 40), 0).save(out, {"jpg": "JPEG"}.get(kind, kind.upper()), **options)
    return out.getvalue()


def looks(data: bytes, kind: Format) -> Looks:
    found = inspect(io.BytesIO(data), kind, 10_000_000)
    assert isinstance(found, Sound), found
    return found.looks


@pytest.mark.parametrize("kind", [Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.BMP])
def test_a_plain_picture(kind: Format) -> None:
    assert looks(saved(kind), kind) == Looks(60, 40)


def test_a_drawing_has_no_pixels() -> None:
    assert looks(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", Format.SVG) == Looks()


@pytest.mark.parametrize("kind", [Format.JPEG, Format.PNG, Format.WEBP])
class TestMetadata:
    def test_a_picture_that_lies(self, kind: Format) -> None:
        assert looks(saved(kind, exif=exif(6)), kind) == Looks(40, 60, is_rotated=True)
        assert looks(saved(kind, exif=exif(3)), kind) == Looks(60, 40, is_rotated=True)

    def test_where_it_was_taken(self, kind: Format) -> None:
        assert looks(saved(kind, exif=exif(gps=PLACE)), kind).has_location

    def test_a_camera_that_does_not_know_where_it_is(self, kind: Format) -> None:
        assert not looks(saved(kind, exif=exif(gps={0: b"\2\3\0\0", 18: "WGS-84"})), kind).has_location

    def test_a_profile(self, kind: Format) -> None:
        assert looks(saved(kind, icc_profile=ADOBE_RGB), kind).colours == 'is in the colours of "Adobe RGB (1998)"'
        assert looks(saved(kind, icc_profile=profile("Like sRGB", _SRGB, GAMMA)), kind).colours is None

    def test_nonsense_says_nothing(self, kind: Format) -> None:
        assert looks(saved(kind, icc_profile=b"nonsense" * 20, exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), kind) == Looks(
            60, 40
        )


def test_a_place_in_xmp() -> None:
    assert looks(saved(Format.JPEG, xmp=XMP_PLACE), Format.JPEG).has_location
    assert looks(saved(Format.WEBP, xmp=XMP_PLACE), Format.WEBP).has_location
    for compressed in (False, True):
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP_PLACE.decode(), zip=compressed)
        assert looks(saved(Format.PNG, pnginfo=info), Format.PNG).has_location


def test_what_makes_no_sense_hides_nothing_behind_it() -> None:
    """A PNG whose profile is nonsense went with its location, which was to be dropped."""
    data, nonsense = saved(Format.PNG, exif=exif(6, PLACE)), b"iCCPx\0\0no zlib"
    chunk = struct.pack(">I", len(nonsense) - 4) + nonsense + struct.pack(">I", zlib.crc32(nonsense))
    assert looks(data[:33] + chunk + data[33:], Format.PNG) == Looks(40, 60, is_rotated=True, has_location=True)


@pytest.mark.parametrize("second", [exif().tobytes(), b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_of_several_blocks_of_exif_none_takes_back_what_another_says(second: bytes) -> None:
    data = saved(Format.JPEG, exif=exif(6, PLACE))
    at = data.index(b"\xff\xdb")
    segment = b"\xff\xe1" + struct.pack(">H", len(second) + 2) + second
    found = looks(data[:at] + segment + data[at:], Format.JPEG)
    assert found == Looks(40, 60, is_rotated=True, has_location=True)


def test_a_place_that_can_not_be_read_leaves_the_turn_known() -> None:
    block = bytearray(exif(6, PLACE).tobytes()[6:])
    at = block.index(b"\x25\x88" if block.startswith(b"II") else b"\x88\x25")
    block[at + 8 : at + 12] = b"\xff\xff\xff\xff"
    assert read(bytes(block)) == Exif(6, has_location=False)


def test_exif_as_imagemagick_keeps_it() -> None:
    block = exif(6, PLACE).tobytes()
    text = f"\nexif\n{len(block):8d}\n{block.hex()}\n"
    for compressed in (False, True):
        info = PngInfo()
        info.add_text("Raw profile type exif", text, zip=compressed)
        found = looks(saved(Format.PNG, pnginfo=info), Format.PNG)
        assert (found.is_rotated, found.has_location) == (True, True)


def test_colours_that_are_not_srgb() -> None:
    assert looks(saved(Format.JPEG, "CMYK"), Format.JPEG).colours == "is in CMYK"
    assert looks(saved(Format.PNG, "I;16"), Format.PNG).colours == "has 16 bits a colour"
    wide = saved(Format.PNG)
    chunk = b"cICP\x0c\x0d\0\1"
    at = wide.index(b"IDAT") - 4
    import zlib

    tagged = wide[:at] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + wide[at:]
    assert looks(tagged, Format.PNG).colours == "is in the colours of another kind of screen"


def test_what_moves() -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    for kind in (Format.GIF, Format.WEBP, Format.PNG):
        out = io.BytesIO()
        frames[0].save(out, kind.upper(), save_all=True, append_images=frames[1:])
        assert looks(out.getvalue(), kind).frames == 3


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), None),
        (ADOBE_RGB, "Adobe RGB (1998)"),
        (profile("Linear", _SRGB, LINEAR), "Linear"),
        (profile("Gray Gamma 2.2", None, GAMMA, b"GRAY"), None),
        (profile("Dot Gain 50", None, LINEAR, b"GRAY"), "Dot Gain 50"),
        (profile("", _ADOBE, GAMMA), "a profile without a name"),
        (profile("Coated", None, GAMMA, b"CMYK"), "Coated"),
        (b"", None),
        (b"x" * 200, None),
        (ADOBE_RGB[:150], None),
    ],
)
def test_profiles(data: bytes, name: str | None) -> None:
    assert profiles.unlike_srgb(data) == name


@pytest.mark.parametrize(
    ("function", "values", "is_srgb"),
    [
        (0, [2.2], True),
        (0, [1.8], False),
        (1, [2.2, 1.0, 0.0], True),
        (2, [2.2, 1.0, 0.0, 0.0], True),
        (3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045], True),
        (4, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0.2, 0.0], False),
    ],
)
def test_parametric_curves(function: int, values: list[float], is_srgb: bool) -> None:
    curve = b"para\0\0\0\0" + struct.pack(">H", function) + b"\0\0" + b"".join(map(_fixed, values))
    assert (profiles.unlike_srgb(profile("P", _SRGB, curve)) is None) == is_srgb


def test_a_white_border() -> None:
    def share(picture: Image.Image) -> float:
        out = io.BytesIO()
        picture.save(out, "PNG")
        return borders.white_share(io.BytesIO(out.getvalue()))

    white = Image.new("RGB", (600, 400), "white")
    white.paste("red", (100, 100, 500, 300))
    assert share(white) == 1.0
    assert share(Image.new("RGBA", (600, 400), (0, 0, 0, 0))) == 1.0
    assert share(Image.new("RGB", (600, 400), (240, 240, 240))) == 0.0
    white.paste("red", (0, 0, 300, 400))
    assert 0.3 < share(white) < 0.6
    assert share(Image.new("RGB", (1, 1), "white")) == 1.0
