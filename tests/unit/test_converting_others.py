"""What becomes of HEIC, AVIF, Photoshop documents and JPEG 2000; and of colours that are named by number."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import pytest
from PIL import Image

from folder_sync.files.pictures import converting
from folder_sync.files.pictures.conversion_process import Trouble
from folder_sync.files.pictures.converting import Made
from folder_sync.files.pictures.sources import NotConverted
from folder_sync.photo import Format
from folder_sync.rules.conversion import Recipe, Source
from tests.support import colours, photoshops
from tests.support.photoshops import psd

HEICS = Path(__file__).parents[1] / "support" / "heics"
"""Drawn for this; libheif and x265 wrote them."""

PATCHES = ((0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 60, 50), (90, 150, 100), (60, 70, 200), (220, 200, 60))
SIZE = (64, 48)


def soft(x: int, y: int) -> Sequence[int]:
    return 20 + 2 * x, 200 - y, 90


def picture(size: tuple[int, int] = SIZE) -> Image.Image:
    image = Image.new("RGB", size)
    image.putdata([tuple(soft(x, y)) for y in range(size[1]) for x in range(size[0])])
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def heic(name: str) -> bytes:
    return (HEICS / f"{name}.heic").read_bytes()


def converted(data: bytes, source: Source | Format) -> Made:
    return converting.convert(io.BytesIO(data), Recipe(source), 10_000_000)


def trouble(data: bytes, source: Source | Format) -> Trouble:
    with pytest.raises(NotConverted) as raised:
        converted(data, source)
    return raised.value.trouble


def opened(made: Made) -> Image.Image:
    image = Image.open(io.BytesIO(made.data))
    image.load()
    return image


def at(image: Image.Image, place: tuple[int, int]) -> tuple[int, ...]:
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return found


def is_like(one: Sequence[int], other: Sequence[int], most: int = 5) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def deep(x: int, y: int) -> list[int]:
    return [value * 257 for value in soft(x, y)]


def ink(x: int, y: int) -> Sequence[int]:
    """Of cyan alone, the more the further to the right."""
    return 255 - 4 * x, 255, 255, 255 - y * 0


WHOLE = {
    "heic": (heic("plain"), Source.HEIC),
    "avif": (saved(picture(), "AVIF", quality=95), Source.AVIF),
    "jp2": (saved(picture(), "JPEG2000"), Source.JPEG_2000),
    "psd": (psd(SIZE, soft), Source.PSD),
    "psd, packed": (psd(SIZE, soft, is_packed=True, layers=3), Source.PSD),
    "psd, 16": (psd(SIZE, deep, bits=16), Source.PSD),
    "psd, 16, packed": (psd(SIZE, deep, bits=16, is_packed=True, layers=2), Source.PSD),
    "psd, a selection that was kept": (psd(SIZE, lambda x, y: (*soft(x, y), 0), layers=1), Source.PSD),
    "psd, opaque": (psd(SIZE, lambda x, y: (*soft(x, y), 255), layers=-1), Source.PSD),
}


@pytest.mark.parametrize(("data", "source"), WHOLE.values(), ids=WHOLE.keys())
def test_they_become_a_jpeg(data: bytes, source: Source) -> None:
    made = converted(data, source)
    assert (made.format, made.width, made.height, made.is_first_page) == (Format.JPEG, *SIZE, False)
    image = opened(made)
    for place in ((2, 3), (30, 20), (61, 44)):
        assert is_like(at(image, place), soft(*place), 6)
    assert converted(data, source).data == made.data


@pytest.mark.parametrize(("data", "source"), WHOLE.values(), ids=WHOLE.keys())
def test_cut_off_anywhere(data: bytes, source: Source) -> None:
    """Some decoders draw what they have: nothing is sent that is not whole."""
    for length in range(0, len(data), max(len(data) // 40, 1)):
        assert trouble(data[:length], source) is Trouble.CORRUPT


@pytest.mark.parametrize("source", [Source.AVIF, Source.JPEG_2000, Source.HEIC])
def test_an_end_that_was_never_written(source: Source) -> None:
    """A network share sets the room aside before the bytes come."""
    kinds = {Source.AVIF: "AVIF", Source.JPEG_2000: "JPEG2000"}
    if source is Source.HEIC:  # as if much more were to come
        whole = heic("plain")
        start = whole.index(b"mdat") - 4
        length = int.from_bytes(whole[start : start + 4]) + 5000
        data = whole[:start] + length.to_bytes(4) + whole[start + 4 :] + bytes(5000)
    else:
        whole = saved(Image.effect_noise((200, 150), 90).convert("RGB"), kinds[source], quality_layers=[3])
        data = whole[:-5000] + bytes(5000)
    assert trouble(data, source) is Trouble.CORRUPT


@pytest.mark.parametrize(
    ("data", "transparent"),
    [
        (heic("transparent"), (40, 2)),
        (psd(SIZE, lambda x, y: (*soft(x, y), 255 if y > 20 else 0), layers=-1), (40, 2)),
    ],
    ids=["heic", "psd"],
)
def test_transparency_goes_to_png(data: bytes, transparent: tuple[int, int]) -> None:
    made = converted(data, Source.HEIC if data[4:8] == b"ftyp" else Source.PSD)
    assert made.format is Format.PNG
    image = opened(made)
    assert image.mode == "RGBA"
    assert at(image, transparent)[3] < 20
    assert is_like(at(image, (40, 44))[:3], soft(40, 44), 6)


@pytest.mark.parametrize("bits", [8, 16])
def test_colours_that_photoshop_mixed_with_white(bits: int) -> None:
    """Else a bright rim is left around what was cut out."""
    scale = 257 if bits == 16 else 1

    def sample(x: int, _: int) -> list[int]:
        alpha = 255 - 3 * x
        return [scale * value for value in (*(255 - (255 - c) * alpha // 255 for c in (200, 30, 40)), alpha)]

    image = opened(converted(psd(SIZE, sample, bits=bits, layers=-1), Source.PSD))
    for x in (0, 20, 40, 60):
        assert is_like(at(image, (x, 9)), (200, 30, 40, 255 - 3 * x), 4)


def test_other_colours_of_photoshop() -> None:
    grey = opened(converted(psd(SIZE, lambda x, _: (x,), mode=photoshops.GREY), Source.PSD))
    assert is_like(at(grey, (50, 9)), (50, 50, 50), 2)
    palette = bytes([*range(256), *reversed(range(256)), *([7] * 256)])
    few = opened(converted(psd(SIZE, lambda x, _: (x,), mode=photoshops.INDEXED, palette=palette), Source.PSD))
    assert is_like(at(few, (50, 9)), (50, 205, 7), 5)


@pytest.mark.parametrize("bits", [8, 16])
def test_inks_of_photoshop_by_their_profile(bits: int) -> None:
    """Kept as what is left of the paper; CMYK without a profile is not guessed."""
    scale = 257 if bits == 16 else 1
    places = [(0, 0, 0, 0), (0, 1, 1, 0), (0, 1, 0, 0)]

    def sample(x: int, _: int) -> list[int]:
        return [scale * 255 * (1 - part) for part in places[min(x // 16, 2)]]

    data = psd((48, 16), sample, mode=photoshops.CMYK, bits=bits, profile=colours.cmyk_profile(), is_packed=bits == 16)
    image = opened(converted(data, Source.PSD))
    for number, inks in enumerate(places):
        found = colours.lab_of_rgb([value / 255 for value in at(image, (16 * number + 8, 8))])
        assert colours.delta_e(found, colours.ink_lab(inks)) < 1.5
    assert trouble(psd((9, 9), lambda _x, _y: (0, 0, 0, 255), mode=photoshops.CMYK), Source.PSD) is Trouble.NO_PROFILE


def test_upright_and_the_first_of_several() -> None:
    turned = converted(heic("turned"), Source.HEIC)
    assert (turned.width, turned.height) == (48, 64)
    image = opened(turned)
    assert is_like(at(image, (5, 60)), soft(60, 42), 8)
    assert not image.getexif()
    two = converted(heic("two"), Source.HEIC)
    assert (two.width, two.height, two.is_first_page) == (32, 32, True)


def chart() -> Image.Image:
    image = Image.new("RGB", (16 * len(PATCHES), 16))
    for number, colour in enumerate(PATCHES):
        image.paste(colour, (16 * number, 0, 16 * number + 16, 16))
    return image


def png_by_number(primaries: int, transfer: int) -> bytes:
    data = saved(chart(), "PNG")
    inside = b"cICP" + bytes([primaries, transfer, 0, 1])
    chunk = struct.pack(">I", 4) + inside + struct.pack(">I", zlib.crc32(inside))
    return data[:33] + chunk + data[33:]


def jp2_with_profile(profile: bytes) -> bytes:
    data = saved(chart(), "JPEG2000")
    start = data.index(b"colr") - 4
    length = int.from_bytes(data[start : start + 4])
    colr = b"colr\2\0\0" + profile
    colr = struct.pack(">I", len(colr) + 4) + colr
    header = data.index(b"jp2h") - 4
    grown = int.from_bytes(data[header : header + 4]) - length + len(colr)
    return data[:header] + grown.to_bytes(4) + data[header + 4 : start] + colr + data[start + length :]


P3_GAMMA = colours.matrix_profile(colours.DISPLAY_P3, 2.2, "P3")
IN_P3 = {
    "heic, profile": (heic("profile"), Source.HEIC, 563 / 256),
    "heic, number": (heic("p3-by-number"), Source.HEIC, None),
    "avif, profile": (saved(chart(), "AVIF", quality=100, subsampling="4:4:4", icc_profile=P3_GAMMA), Source.AVIF, 2.2),
    "png, number": (png_by_number(12, 13), Format.PNG, None),
    "jp2, profile": (jp2_with_profile(P3_GAMMA), Source.JPEG_2000, 2.2),
}


@pytest.mark.parametrize(("data", "source", "gamma"), IN_P3.values(), ids=IN_P3.keys())
def test_colours_of_telephones_stay_right(data: bytes, source: Source | Format, gamma: float | None) -> None:
    image = opened(converted(data, source)).convert("RGB")
    wrong = []
    for number, colour in enumerate(PATCHES):
        right = colours.lab_of_rgb([value / 255 for value in colour], colours.DISPLAY_P3, gamma)
        found = colours.lab_of_rgb([value / 255 for value in at(image, (16 * number + 8, 8))])
        wrong.append(colours.delta_e(found, right))
    assert mean(wrong) < 1
    assert max(wrong) < 2.5


def by_number(data: bytes, primaries: int, transfer: int) -> bytes:
    at = data.index(b"nclx") + 4
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


@pytest.mark.parametrize(
    ("data", "source", "expected"),
    [
        (by_number(heic("p3-by-number"), 9, 16), Source.HEIC, Trouble.UNKNOWN_KIND),
        (by_number(saved(picture(), "AVIF"), 9, 18), Source.AVIF, Trouble.UNKNOWN_KIND),
        (png_by_number(9, 16), Format.PNG, Trouble.UNKNOWN_KIND),
        (psd((9, 9), soft, is_merged=False), Source.PSD, Trouble.NOT_MERGED),
        (psd((9, 9), soft, version=2), Source.PSD, Trouble.UNKNOWN_KIND),
        (psd((9, 9), soft, mode=photoshops.LAB), Source.PSD, Trouble.UNKNOWN_KIND),
        (psd((9, 9), lambda _x, _y: (1, 1)), Source.PSD, Trouble.CORRUPT),
        (saved(picture(), "JPEG"), Source.PSD, Trouble.CORRUPT),
        (saved(picture(), "JPEG"), Source.HEIC, Trouble.CORRUPT),
        (b"", Source.AVIF, Trouble.CORRUPT),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99), Source.JPEG_2000, Trouble.CORRUPT),
    ],
)  # fmt: skip
def test_what_can_not_be_converted(data: bytes, source: Source | Format, expected: Trouble) -> None:
    assert trouble(data, source) is expected


def claims(data: bytes, source: Source, side: int) -> bytes:
    """A small file that says it is large."""
    match source:
        case Source.PSD:
            return data[:14] + struct.pack(">II", side, side) + data[22:]
        case Source.JPEG_2000:
            at = data.index(b"ihdr") + 4
            return data[:at] + struct.pack(">II", side, side) + data[at + 8 :]
        case _:
            at = data.index(b"ispe") + 8
            return data[:at] + struct.pack(">II", side, side) + data[at + 8 :]


@pytest.mark.parametrize("name", ["heic", "avif", "jp2", "psd"])
def test_what_only_claims_to_be_large_is_refused(name: str) -> None:
    data, source = WHOLE[name]
    assert trouble(claims(data, source, 12_000), source) in {Trouble.TOO_LARGE, Trouble.CORRUPT}


@pytest.mark.parametrize("name", ["heic", "avif", "jp2", "psd"])
def test_a_small_picture_to_look_at(name: str) -> None:
    data, source = WHOLE[name]
    with Image.open(io.BytesIO(converting.thumbnail(io.BytesIO(data), source))) as small:
        assert (small.format, small.size) == ("WEBP", SIZE)
