"""What a photo becomes when it is converted."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import product
from statistics import mean

import pytest
from PIL import Image, ImageCms

from folder_sync.files.pictures import converting, looks
from folder_sync.files.pictures.conversion_process import Trouble
from folder_sync.files.pictures.converting import SRGB, Made
from folder_sync.files.pictures.profiles import unlike_srgb
from folder_sync.files.pictures.sources import NotConverted
from folder_sync.photo import Format
from folder_sync.rules.conversion import Recipe, Source
from tests.support import colours
from tests.support.tiffs import Sampler, tiff

TIFF = Recipe(Source.TIFF)
MOST = 50_000_000
SOFT: Sampler = lambda x, y: (20 + 2 * x, 200 - y, 90)  # noqa: E731


def soft16(x: int, y: int) -> Sequence[int]:
    return [value * 257 for value in SOFT(x, y)]


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(size: tuple[int, int] = (60, 40), sample: Sampler = SOFT) -> Image.Image:
    image = Image.new("RGB", size)
    image.putdata([tuple(sample(x, y)) for y in range(size[1]) for x in range(size[0])])
    return image


def converted(data: bytes, recipe: Recipe = TIFF) -> Made:
    return converting.convert(io.BytesIO(data), recipe, MOST)


def opened(made: Made) -> Image.Image:
    image = Image.open(io.BytesIO(made.data))
    image.load()
    assert image.size == (made.width, made.height)
    assert image.info["icc_profile"] == SRGB
    return image


def at(image: Image.Image, place: tuple[int, int]) -> tuple[int, ...]:
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return found


def trouble(data: bytes, recipe: Recipe = TIFF) -> Trouble:
    with pytest.raises(NotConverted) as raised:
        converted(data, recipe)
    return raised.value.trouble


@pytest.mark.parametrize(
    "data",
    [
        saved(picture(), "TIFF"),
        saved(picture(), "TIFF", compression="tiff_lzw"),
        saved(picture(), "TIFF", compression="tiff_adobe_deflate"),
        saved(picture(), "TIFF", compression="jpeg", quality=95),
        saved(picture(), "TIFF", big_tiff=True),
        tiff((60, 40), SOFT, order=">"),
        tiff((60, 40), SOFT, tile=16),
        tiff((60, 40), SOFT, is_planar=True),
        tiff((60, 40), soft16, bits=16),
        tiff((60, 40), soft16, bits=16, order=">"),
        tiff((60, 40), soft16, bits=16, tile=16),
        tiff((60, 40), soft16, bits=16, tile=16, is_planar=True),
        tiff((60, 40), soft16, bits=16, is_planar=True),
        tiff((60, 40), lambda x, y: (*SOFT(x, y), 7), extra=0),
        tiff((60, 40), lambda x, y: (*SOFT(x, y), 255), extra=2),
        tiff((60, 40), lambda x, y: (*soft16(x, y), 65535), bits=16, extra=1),
    ],
    ids=[
        *("plain", "lzw", "deflate", "jpeg", "big", "big-endian", "tiles", "planes", "16", "16 big-endian"),
        *("16 tiles", "16 tiles planes", "16 planes", "spare", "opaque", "16 opaque"),
    ],
)
def test_every_kind_of_tiff_becomes_a_jpeg(data: bytes) -> None:
    made = converted(data)
    assert (made.format, made.width, made.height, made.is_first_page) == (Format.JPEG, 60, 40, False)
    image = opened(made)
    assert image.mode == "RGB"
    for place in ((2, 3), (30, 20), (57, 36)):
        assert all(abs(one - other) <= 4 for one, other in zip(at(image, place), SOFT(*place), strict=True))


@pytest.mark.parametrize(
    ("data", "grey"),
    [
        (tiff((20, 20), lambda _x, _y: (90,), photometric=1), 90),
        (tiff((20, 20), lambda _x, _y: (90,), photometric=0), 165),
        (tiff((20, 20), lambda _x, _y: (90 * 257,), photometric=1, bits=16), 90),
        (tiff((20, 20), lambda _x, _y: (90 * 257,), photometric=0, bits=16), 165),
        (saved(Image.new("1", (20, 20), 1), "TIFF", compression="group4"), 255),
        (saved(Image.new("P", (20, 20), 0), "TIFF"), 0),
    ],
    ids=["8", "white is zero", "16", "16 white is zero", "fax", "palette"],
)
def test_grey(data: bytes, grey: int) -> None:
    assert all(abs(value - grey) <= 1 for value in at(opened(converted(data)), (10, 10)))


def test_transparency_goes_to_png() -> None:
    made = converted(tiff((20, 20), lambda x, _: (200, 30, 40, 255 if x < 10 else 0), extra=2))
    assert made.format is Format.PNG
    image = opened(made)
    assert at(image, (2, 2)) == (200, 30, 40, 255)
    assert at(image, (15, 2))[3] == 0


def test_it_is_turned_upright() -> None:
    made = converted(tiff((60, 40), SOFT, orientation=6), Recipe(Source.TIFF, 30))
    assert (made.width, made.height) == (20, 30)
    exif = Image.Exif()
    exif[0x112] = 8
    data = saved(picture((600, 400), lambda _x, y: (255, 255, 255) if y < 200 else (0, 0, 0)), "JPEG", exif=exif)
    made = converted(data, Recipe(Format.JPEG, 300))
    image = opened(made)
    assert image.size == (200, 300)
    assert at(image, (20, 150)) > (250, 250, 250)
    assert at(image, (180, 150)) < (5, 5, 5)
    assert not image.getexif()


@pytest.mark.parametrize(
    ("subfiles", "is_first_page"), [((0, 0), True), ((2, 2), True), ((0, 1), False), ((0, 4), False)]
)
def test_the_first_of_several_pages(subfiles: tuple[int, ...], *, is_first_page: bool) -> None:
    """Small copies and masks are no pages."""
    assert converted(tiff((20, 20), SOFT, subfiles=subfiles)).is_first_page is is_first_page


def test_only_as_large_as_it_should_be_and_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x10E] = "A note"
    data = saved(picture((901, 600)), "JPEG", exif=exif, comment=b"A remark", quality=95)
    made = converted(data, Recipe(Format.JPEG, 300))
    assert (made.width, made.height) == (300, 200)
    assert b"A note" not in made.data
    assert b"A remark" not in made.data
    looked = looks.look(io.BytesIO(made.data), Format.JPEG, None)
    assert (looked.colours, looked.width) == (None, 300)


def test_what_was_without_loss_stays_so() -> None:
    made = converted(saved(Image.new("P", (900, 600), 0), "PNG", transparency=0), Recipe(Format.PNG, 300))
    assert made.format is Format.PNG
    assert at(opened(made), (5, 5))[3] == 0
    assert converted(saved(picture(), "GIF"), Recipe(Format.GIF)).format is Format.PNG
    assert converted(saved(picture(), "BMP"), Recipe(Format.BMP)).format is Format.JPEG
    assert converted(saved(picture(), "WEBP"), Recipe(Format.WEBP)).format is Format.JPEG


def test_the_same_bytes_every_time() -> None:
    data = tiff((60, 40), soft16, bits=16, profile=colours.p3_profile())
    assert converted(data).data == converted(data).data


def test_the_profile_that_is_sent_is_srgb() -> None:
    """Written once: one that is made anew tells the time."""
    assert unlike_srgb(SRGB) is None
    assert SRGB[24:36] == bytes.fromhex("07ea 0001 0001 0000 0000 0000")
    chart = Image.new("RGB", (6, 6))
    chart.putdata(list(product((0, 51, 102, 153, 204, 255), (0, 128, 255), (17, 230))))
    ours, theirs = ImageCms.ImageCmsProfile(io.BytesIO(SRGB)), ImageCms.createProfile("sRGB")
    by_theirs = ImageCms.profileToProfile(chart, ours, theirs)
    assert by_theirs is not None
    assert by_theirs.tobytes() == chart.tobytes()


SCALE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def chart(primaries: Sequence[Sequence[float]], gamma: float | None) -> list[tuple[tuple[float, ...], colours.Lab]]:
    """Colours that a screen of sRGB can show: of others, there is no right one."""
    inside = []
    for rgb in product(SCALE, repeat=3):
        lab = colours.lab_of_rgb(rgb, primaries, gamma)
        if all(-0.001 <= value <= 1.001 for value in colours.linear_srgb(lab)):
            inside.append((rgb, lab))
    assert len(inside) > 60
    return inside


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(
    ("primaries", "gamma", "profile"),
    [
        (colours.ADOBE_RGB, colours.ADOBE_GAMMA, colours.matrix_profile(colours.ADOBE_RGB, colours.ADOBE_GAMMA, "A")),
        (colours.DISPLAY_P3, None, colours.p3_profile()),
        (colours.SRGB, None, b""),
    ],
    ids=["Adobe RGB", "Display P3", "no profile"],
)
def test_colours_stay_right(
    bits: int, primaries: Sequence[Sequence[float]], gamma: float | None, profile: bytes
) -> None:
    patches, most = chart(primaries, gamma), 2**bits - 1

    def sample(x: int, _: int) -> list[int]:
        return [round(value * most) for value in patches[x // 16][0]]

    image = opened(converted(tiff((16 * len(patches), 16), sample, bits=bits, profile=profile)))
    found = [colours.lab_of_rgb([value / 255 for value in at(image, (16 * n + 8, 8))]) for n in range(len(patches))]
    wrong = [colours.delta_e(lab, right) for lab, (_, right) in zip(found, patches, strict=True)]
    assert mean(wrong) < 0.6
    assert max(wrong) < 2.5


def test_inks_by_their_profile() -> None:
    """Those whose colour a screen of sRGB has."""
    shown = {inks: lab for inks, lab in colours.INKS.items() if all(-0.02 < v < 1.02 for v in colours.linear_srgb(lab))}
    assert len(shown) >= 4
    places = list(shown)

    def sample(x: int, _: int) -> list[int]:
        return [255 * ink for ink in places[x // 16]]

    data = tiff((16 * len(places), 16), sample, photometric=5, profile=colours.cmyk_profile())
    image = opened(converted(data))
    for number, inks in enumerate(places):
        lab = colours.lab_of_rgb([value / 255 for value in at(image, (16 * number + 8, 8))])
        assert colours.delta_e(lab, shown[inks]) < 1, inks


def test_mixtures_of_inks() -> None:
    """As a profile of coated paper says, held against the colours that it was made of."""
    places, rights = [], []
    fifths = (0.0, 0.25, 0.5, 0.75, 1.0)
    for inks in product(fifths, fifths, fifths, (0.0, 0.3)):
        right = colours.mixed_lab(inks)
        if all(0 <= value <= 1 for value in colours.linear_srgb(right)):
            places.append(inks)
            rights.append(right)
    assert len(places) > 100

    def sample(x: int, _: int) -> list[int]:
        return [round(255 * ink) for ink in places[x // 16]]

    data = tiff((16 * len(places), 16), sample, photometric=5, profile=colours.cmyk_profile(7))
    image = opened(converted(data))
    found = [colours.lab_of_rgb([value / 255 for value in at(image, (16 * n + 8, 8))]) for n in range(len(places))]
    wrong = [colours.delta_e(lab, right) for lab, right in zip(found, rights, strict=True)]
    assert mean(wrong) < 1
    assert max(wrong) < 3


def test_inks_without_a_profile_are_not_guessed() -> None:
    assert trouble(tiff((20, 20), lambda _x, _y: (0, 255, 255, 0), photometric=5)) is Trouble.NO_PROFILE
    broken = colours.cmyk_profile()[:300]
    assert trouble(tiff((20, 20), lambda _x, _y: (0, 9, 9, 0), photometric=5, profile=broken)) is Trouble.NO_PROFILE


def test_a_profile_of_other_colours_says_nothing() -> None:
    data = tiff((20, 20), lambda _x, _y: (10, 200, 30), profile=colours.cmyk_profile())
    assert all(
        abs(one - other) <= 2 for one, other in zip(at(opened(converted(data)), (9, 9)), (10, 200, 30), strict=True)
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Trouble.CORRUPT),
        (b"II*\0" + bytes(100), Trouble.CORRUPT),
        (saved(picture(), "JPEG"), Trouble.CORRUPT),
        (tiff((20, 20), SOFT, declared=(20, 900)), Trouble.CORRUPT),
        (tiff((20, 20), SOFT, declared=(200_000, 200_000)), Trouble.TOO_LARGE),
        (tiff((20, 20), SOFT, subfiles=(1, 0)), Trouble.UNKNOWN_KIND),
        (tiff((20, 20), SOFT, photometric=8), Trouble.UNKNOWN_KIND),
        (tiff((20, 20), lambda _x, _y: (9, 9), photometric=9), Trouble.UNKNOWN_KIND),
        (saved(Image.new("F", (20, 20)), "TIFF"), Trouble.UNKNOWN_KIND),
        (saved(Image.new("I", (20, 20)), "TIFF"), Trouble.UNKNOWN_KIND),
    ],
    ids=[
        "empty",
        "nothing",
        "a JPEG",
        "rows missing",
        "a bomb",
        "a preview",
        "Lab",
        "anything",
        "fractions",
        "32 bits",
    ],
)
def test_what_can_not_be_converted(data: bytes, expected: Trouble) -> None:
    assert trouble(data) is expected


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg", "tiff_adobe_deflate"])
def test_cut_off_anywhere(compression: str | None) -> None:
    """Pillow writes the directory behind the picture, others before it; nothing is sent that is not whole."""
    whole = saved(picture(), "TIFF", compression=compression)
    for length in range(0, len(whole) - 4, max(len(whole) // 40, 1)):
        assert trouble(whole[:length]) is Trouble.CORRUPT
    front = saved(picture((60, 400)), "TIFF", compression=compression)
    assert trouble(front[: len(front) // 2]) is Trouble.CORRUPT


def test_metadata_that_make_no_sense_are_no_reason() -> None:
    data = saved(picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert opened(converted(data, Recipe(Format.JPEG, 30))).size == (30, 20)


def test_more_bytes_than_may_be_sent() -> None:
    with pytest.raises(NotConverted) as raised:
        converting.convert(io.BytesIO(saved(picture(), "TIFF")), TIFF, 500)
    assert raised.value.trouble is Trouble.TOO_MANY_BYTES
