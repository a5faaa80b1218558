from __future__ import annotations

import hashlib
import io
import re
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageDraw

from folder_sync.files.pictures import completeness, png_extras
from folder_sync.files.pictures.cursor import PIECE, Cursor
from folder_sync.files.pictures.decoding import Limits
from folder_sync.files.pictures.inspection import Incomplete, Inspection, Sound, Unsound, inspect
from folder_sync.photo import Format


def judge(data: bytes, announced: Format, limits: Limits = Limits()) -> Inspection:  # noqa: B008 -- a value
    return inspect(io.BytesIO(data), announced, 50_000_000, limits)


def code(data: bytes, announced: Format, **limits: int) -> str:
    """``sound``, or the reason's code; a question mark behind it while it may get better."""
    match judge(data, announced, Limits(**limits)):
        case Sound():
            return "sound"
        case Incomplete(_, reason):
            return f"{reason.code}?"
        case Unsound(_, reason):
            return reason.code


def drawing(mode: str = "RGB", width: int = 80, height: int = 60) -> Image.Image:
    image = Image.frombytes("RGB", (width, height), hashlib.shake_128(b"grain").digest(width * height * 3))
    ImageDraw.Draw(image).ellipse((width // 9, 1, width * 3 // 4, height * 3 // 4), fill="red", outline="blue")
    return image.convert(mode)


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (80, 60), **options: object) -> bytes:
    out = io.BytesIO()
    drawing(mode, *size).save(out, kind, **options)
    return out.getvalue()


def with_thumbnail(photo: bytes) -> bytes:
    """As cameras write it: a whole small JPEG, end marker included, inside the metadata."""
    thumbnail = b"Exif\0\0" + saved("JPEG", quality=20)
    return photo[:2] + b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + photo[2:]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    pixels: bytes, width: int, height: int, depth: int, color: int, *, interlace: int = 0, extra: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    data = chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b"")


ANIMATION: dict[str, Any] = {"save_all": True, "append_images": [drawing("P").rotate(90), drawing("P").rotate(45)]}
MOVING: dict[str, Any] = {"save_all": True, "append_images": [drawing().rotate(90), drawing().rotate(45)]}
WHOLE = {
    "jpeg": (Format.JPEG, saved("JPEG")),
    "jpeg progressive": (Format.JPEG, saved("JPEG", progressive=True)),
    "jpeg optimized": (Format.JPEG, saved("JPEG", optimize=True, subsampling=0)),
    "jpeg restarts": (Format.JPEG, saved("JPEG", restart_marker_blocks=1)),
    "jpeg gray": (Format.JPEG, saved("JPEG", "L")),
    "jpeg cmyk": (Format.JPEG, saved("JPEG", "CMYK")),
    "jpeg rgb": (Format.JPEG, saved("JPEG", keep_rgb=True)),
    "jpeg tiny": (Format.JPEG, saved("JPEG", size=(5, 3))),
    "jpeg comment": (Format.JPEG, saved("JPEG", comment=b"\xff\xd9 not the end")),
    "jpeg thumbnail": (Format.JPEG, with_thumbnail(saved("JPEG"))),
    "jpeg progressive thumbnail": (Format.JPEG, with_thumbnail(saved("JPEG", progressive=True))),
    "png": (Format.PNG, saved("PNG")),
    "png alpha": (Format.PNG, saved("PNG", "RGBA")),
    "png palette": (Format.PNG, saved("PNG", "P")),
    "png bilevel": (Format.PNG, saved("PNG", "1")),
    "png animated": (Format.PNG, saved("PNG", **MOVING)),
    "png 16 bits": (Format.PNG, png(bytes((1 + 2 * 7) * 5), 7, 5, 16, 0)),
    "png interlaced": (Format.PNG, png(bytes(3 + 2 + 0 + 3 + 6 + 10 + 10), 9, 3, 8, 0, interlace=1)),
    "gif": (Format.GIF, saved("GIF", "P")),
    "gif animated": (Format.GIF, saved("GIF", "P", **ANIMATION)),
    "gif comment": (Format.GIF, saved("GIF", "P", comment=b"; not the end")),
    "webp": (Format.WEBP, saved("WEBP")),
    "webp lossless": (Format.WEBP, saved("WEBP", "RGBA", lossless=True)),
    "webp alpha": (Format.WEBP, saved("WEBP", "RGBA")),
    "webp metadata": (Format.WEBP, saved("WEBP", exif=b"Exif\0\0" + bytes(99), xmp=b"<x/>")),
    "webp animated": (Format.WEBP, saved("WEBP", **MOVING)),
    "bmp": (Format.BMP, saved("BMP")),
    "bmp palette": (Format.BMP, saved("BMP", "P")),
    "bmp bilevel": (Format.BMP, saved("BMP", "1")),
    "bmp alpha": (Format.BMP, saved("BMP", "RGBA")),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_sound(name: str) -> None:
    kind, data = WHOLE[name]
    with Image.open(io.BytesIO(data)) as image:
        image.load()  # the sample itself is right
    assert code(data, kind) == "sound"


@pytest.mark.parametrize("name", WHOLE)
def test_every_beginning_may_still_be_written(name: str) -> None:
    kind, data = WHOLE[name]
    needed = len(data) - 2 if name == "bmp bilevel" else len(data)  # without the padding of its last row it is whole
    for size in {*range(1, 60), *range(60, needed, 41), needed - 2, needed - 1}:
        assert code(data[:size], kind) == "truncated?", size


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith("bmp")])
def test_reserved_space_that_is_not_yet_filled_may_still_be_written(name: str) -> None:
    """As SMB servers show a file while it is copied: the size is final, the tail is zeros."""
    kind, data = WHOLE[name]
    for size in {32, 60, len(data) // 4, len(data) // 2, len(data) * 3 // 4, len(data) - 70}:
        filled = data[:size].ljust(len(data), b"\0") + bytes(64)
        assert code(filled, kind) == "truncated?", size


@pytest.mark.parametrize("name", WHOLE)
def test_bytes_behind_the_end_are_allowed(name: str) -> None:
    kind, data = WHOLE[name]
    for tail in (b"\0" * 5000, b"MPF and more", data):
        assert code(data + tail, kind) == "sound"


@pytest.mark.parametrize(
    "broken",
    [
        b"\xff\xd8\xff\xd9" + bytes(range(1, 40)),  # an end, and no picture before it
        b"\xff\xd8\xff\xe0\x00\x01" + b"x" * 40 + b"\xff\xd9",  # a length that is too small for itself
        b"\xff\xd8\xff\x01\xff\xda\x00\x03\x01data\xff\xd9" + b"x" * 40,  # no frame header
        b"\xff\xd8\xff\xc0\x00\x04ab\xff\xda\x00\x03\x01data\xff\xd9" + b"x" * 40,  # half a frame header
        b"\xff\xd8" + (b"\xff\xdb\xff\xff" + b"x" * 65533) * 20 + b"\xff\xd9",  # endless tables
        saved("JPEG").replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"),  # 12 bits
    ],
)
def test_senseless_jpegs_are_corrupt(broken: bytes) -> None:
    assert code(broken, Format.JPEG) == "corrupt"


def test_a_jpeg_without_measures_is_corrupt() -> None:
    data = bytearray(saved("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = bytes(4)
    assert code(bytes(data), Format.JPEG) == "corrupt"


def test_a_jpeg_is_judged_in_spite_of_absurd_metadata() -> None:
    """Pillow would warn about this EXIF block, or fail over it; the picture is whole."""
    data = saved("JPEG")
    exif = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(range(200))
    mpf = b"MPF\0MM\0*\0\0\0\x08\xff\xff" + bytes(range(200))
    blocks = b"".join(
        marker + struct.pack(">H", len(block) + 2) + block
        for marker, block in ((b"\xff\xe1", exif), (b"\xff\xe2", mpf))
    )
    assert code(data[:2] + blocks + data[2:], Format.JPEG) == "sound"


@pytest.mark.parametrize(
    "name", ["jpeg", "jpeg progressive", "jpeg restarts", "jpeg gray", "jpeg progressive thumbnail"]
)
def test_the_decoder_gets_the_same_picture_without_metadata(name: str) -> None:
    data = WHOLE[name][1]
    layout = completeness.jpeg(Cursor(io.BytesIO(data), len(data)))
    bare = layout.tables + data[layout.scans_at :]
    assert len(bare) <= len(data) - 18  # the JFIF header is gone, and nothing is there twice
    assert b"Exif" not in bare
    with Image.open(io.BytesIO(data)) as whole, Image.open(io.BytesIO(bare)) as stripped:
        assert whole.tobytes() == stripped.tobytes()


def test_a_marker_between_two_pieces_is_found() -> None:
    data = b"x" * (PIECE - 1) + b"\xff\xd9" + b"x"
    cursor = Cursor(io.BytesIO(data), len(data))
    assert cursor.find(re.compile(rb"\xff\xd9")) == b"\xff\xd9"
    assert cursor.offset == PIECE + 1


def test_a_progressive_jpeg_beyond_the_budget_has_its_structure_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(saved("JPEG", progressive=True))
    at = data.index(b"\xff\xc4")
    data[at + 5 : at + 21] = b"\xff" * 16  # only a decoder can see that this code table is wrong
    assert code(bytes(data), Format.JPEG) == "corrupt"
    assert code(bytes(data), Format.JPEG, decoding_bytes=80 * 60 * 2) == "sound"
    assert code(bytes(data[:-2]), Format.JPEG, decoding_bytes=80 * 60 * 2) == "truncated?"


def test_a_sequential_jpeg_is_decoded_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(saved("JPEG"))
    at = data.index(b"\xff\xc4")
    data[at + 5 : at + 21] = b"\xff" * 16
    assert code(bytes(data), Format.JPEG, decoding_bytes=1) == "corrupt"


def test_a_jpeg_of_endless_scans_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved("JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    endless = data[:-2] + scan * 200 + b"\xff\xd9"

    def never(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile", never)
    assert code(endless, Format.JPEG) == "sound"
    assert code(data, Format.JPEG) == "corrupt"  # this one the decoder is asked about


@pytest.mark.parametrize(
    "broken",
    [
        png(bytes(11 * 9), 10, 10, 8, 0),  # a row is missing
        png(bytes(11 * 10), 10, 10, 8, 3),  # colors without a palette
        png(bytes(11 * 10), 10, 10, 3, 0),  # there are no three bits
        png(bytes(11 * 10), 10, 10, 8, 5),  # nor this color type
        png(bytes(11 * 10), 10, 10, 8, 0, interlace=2),
        png(bytes(11 * 10), 10, 0, 8, 0),
        png(bytes(11 * 10), 10, 10, 8, 0, extra=b"\0\0\0\0\1\2\3\4\0\0\0\0"),  # no name
        png(bytes(11 * 10), 10, 10, 8, 0, extra=chunk(b"IDAT", b"not deflated")),
        png(bytes(11 * 10), 10, 10, 8, 0)[:8] + chunk(b"IEND", b"x" * 30),
        png(bytes(11 * 10), 10, 10, 8, 0)[:8] + struct.pack(">I4s", 1 << 30, b"IHDR") + b"x" * 99,
    ],
)
def test_senseless_pngs_are_corrupt(broken: bytes) -> None:
    assert code(broken, Format.PNG) == "corrupt"


def test_a_png_with_one_wrong_bit_anywhere_is_never_sound() -> None:
    data = saved("PNG")
    for at in range(8, len(data), 97):
        wrong = bytearray(data)
        wrong[at] ^= 16
        assert code(bytes(wrong), Format.PNG) in {"corrupt", "truncated?", "too_large"}, at


def test_a_png_may_inflate_to_more_than_its_rows() -> None:
    assert code(png(bytes(11 * 10 + 500_000), 10, 10, 8, 0), Format.PNG) == "sound"


def test_nothing_is_inflated_beyond_the_rows() -> None:
    pixels = png_extras.Pixels(110)
    pixels.feed(zlib.compress(bytes(50_000_000)))
    assert -PIECE <= pixels.missing <= 0


def test_a_png_bomb_is_refused_by_its_measures() -> None:
    assert code(png(bytes(1000), 100_000, 100_000, 8, 2), Format.PNG) == "too_large"


def test_senseless_gifs_are_corrupt() -> None:
    assert code(b"GIF89a\x08\0\x08\0\0\0\0;" + b"x" * 40, Format.GIF) == "corrupt"  # no picture
    assert code(saved("GIF", "P")[:-1] + b"?;", Format.GIF) == "corrupt"  # an unknown block


def test_a_gif_beyond_the_budget_has_its_structure_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(saved("GIF", "P"))
    at = data.index(b",\0\0\0\0") + 10
    assert data[at] == 8
    data[at] = 77  # only a decoder can see that there is no such code size
    assert code(bytes(data), Format.GIF) == "corrupt"
    assert code(bytes(data), Format.GIF, decoding_bytes=80 * 60) == "sound"


def test_damage_in_the_last_frame_is_found() -> None:
    data = bytearray(saved("GIF", "P", **ANIMATION))
    at = data.rindex(b"!\xf9\x04") + 8
    assert data[at : at + 1] == b","
    colors = 3 << ((data[at + 9] & 7) + 1) if data[at + 9] & 0x80 else 0
    data[at + 10 + colors] = 77
    assert code(bytes(data), Format.GIF) == "corrupt"


def test_an_animation_of_endless_frames_has_its_structure_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(saved("GIF", "P", **ANIMATION))
    data[data.index(b",\0\0\0\0") + 10] = 77
    assert code(bytes(data), Format.GIF) == "corrupt"
    assert code(bytes(data), Format.GIF, frame_pixels=80 * 60 * 3 - 1) == "sound"


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize(
    "broken",
    [
        riff((b"EXIF", b"x" * 40)),  # no picture
        riff((b"VP8 ", b"x" * 40)),
        riff((b"VP8L", b"x" * 40)),
        riff((b"VP8X", b"x" * 10)),  # a canvas and nothing on it
        riff((b"VP8L", b"\x2f" + struct.pack("<I", 7 | 7 << 14) + b"\xff" * 40)),  # right outside, senseless inside
        riff((b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a\0\0\0\0" + b"x" * 40)),  # no measures
    ],
)
def test_senseless_webps_are_corrupt(broken: bytes) -> None:
    assert code(broken, Format.WEBP) == "corrupt"


def test_a_webp_beyond_the_budget_has_its_structure_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = riff((b"VP8L", b"\x2f" + struct.pack("<I", 7 | 7 << 14) + b"\xff" * 40))
    assert code(data, Format.WEBP) == "corrupt"
    assert code(data, Format.WEBP, decoding_bytes=8 * 8 * 16 + len(data) * 2 - 1) == "sound"
    assert code(data[:-1], Format.WEBP, decoding_bytes=8 * 8 * 16 + len(data) * 2 - 1) == "truncated?"


def test_a_webp_whose_chunks_and_length_disagree_is_corrupt() -> None:
    data = bytearray(saved("WEBP", lossless=True))
    data[4:8] = struct.pack("<I", len(data) - 8 - 2)
    assert code(bytes(data), Format.WEBP) == "corrupt"


@pytest.mark.parametrize("options", [{}, {"quality": 95, "method": 6}, {"quality": 100, "method": 0}], ids=str)
@pytest.mark.parametrize(("mode", "ground"), [("RGB", "white"), ("RGB", (242, 240, 238)), ("RGBA", (0, 0, 0, 0))])
def test_a_webp_on_an_even_ground_is_whole(mode: str, ground: Any, options: dict[str, int]) -> None:
    """It ends in zeros of its own: every product photo on white was rejected as truncated."""
    picture = Image.new(mode, (1200, 1200), ground)
    picture.paste(drawing(mode, 300, 300), (100, 10))
    out = io.BytesIO()
    picture.save(out, "WEBP", **options)
    data = out.getvalue()
    assert code(data, Format.WEBP) == "sound"
    written = data.rstrip(b"\0")
    assert len(data) - len(written) > 64 or options["method"] == 6
    for blocks in range(1, len(written) // 4096 + 1):
        assert code(written[: blocks * 4096].ljust(len(data), b"\0"), Format.WEBP) == "truncated?", blocks


def test_a_webp_without_its_length_may_still_be_written() -> None:
    data = saved("WEBP")
    assert code(data[:4] + bytes(4) + data[8:], Format.WEBP) == "truncated?"


def test_bitmaps_are_measured_by_their_pixels_where_the_length_is_not_given() -> None:
    data = saved("BMP")
    unsaid = data[:2] + bytes(4) + data[6:]
    assert code(unsaid, Format.BMP) == "sound"
    assert code(unsaid[:-1], Format.BMP) == "truncated?"


def test_bitmaps_of_os2_and_top_down_bitmaps_are_known() -> None:
    pixels = bytes(range(48)) * 4
    os2 = b"BM" + struct.pack("<IIIIHHHH", 26 + 192, 0, 26, 12, 8, 8, 1, 24) + pixels
    top_down = b"BM" + struct.pack("<IIIIiiHH", 54 + 192, 0, 54, 40, 8, -8, 1, 24) + bytes(24) + pixels
    for data in (os2, top_down):
        assert code(data, Format.BMP) == "sound"
        assert code(data[:-1], Format.BMP) == "truncated?"


def test_a_compressed_bitmap_is_measured_by_its_length() -> None:
    rows = b"\x08\x01\0\0" * 7 + b"\x08\x01\0\1"
    data = b"BM" + struct.pack("<IIIIiiHHI", 1078 + 32, 0, 1078, 40, 8, 8, 1, 8, 1) + bytes(20) + bytes(1024) + rows
    assert code(data, Format.BMP) == "sound"
    assert code(data[:-1], Format.BMP) == "truncated?"
    unsaid = data[:2] + bytes(4) + data[6:]
    assert code(unsaid, Format.BMP) == "sound"


def test_a_bitmap_beyond_the_budget_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(saved("BMP"))
    data[28:30] = b"\x05\0"  # only a decoder minds that no pixel has five bits
    assert code(bytes(data), Format.BMP) == "corrupt"
    assert code(bytes(data), Format.BMP, decoding_bytes=80 * 60 * 4 - 1) == "sound"


def test_what_every_viewer_opens_is_sound() -> None:
    gif = saved("GIF", "P")
    for zeros in (b"\0", b"\0\0", bytes(100)):
        assert code(gif[:-1] + zeros + b";", Format.GIF) == "sound"
    bmp = saved("BMP", size=(81, 60))  # each row ends with a byte of padding
    counted = struct.pack("<I", len(bmp) + 2)
    assert code(bmp[:2] + counted + bmp[6:], Format.BMP) == "sound"
    assert code(bmp[:-1], Format.BMP) == "sound"
    assert code(bmp[:-2], Format.BMP) == "truncated?"
    for data in (gif[:-1] + b"\0;", bmp[:2] + counted + bmp[6:], bmp[:-1]):
        with Image.open(io.BytesIO(data)) as image:
            image.load()


SQUARE = bytes(110)
CONTROL = struct.Struct(">5IHHBB")


def moving(*chunks: bytes) -> bytes:
    """A drawing of 10 x 10, its first frame, and these chunks."""
    start = chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", CONTROL.pack(0, 10, 10, 0, 0, 1, 10, 0, 0))
    whole = png(SQUARE, 10, 10, 8, 0, extra=start)
    return whole[:-12] + b"".join(chunks) + whole[-12:]


def control(number: int, width: int = 10, left: int = 0) -> bytes:
    return chunk(b"fcTL", CONTROL.pack(number, width, 10, left, 0, 1, 10, 0, 0))


def frame(number: int, pixels: bytes = SQUARE) -> bytes:
    return chunk(b"fdAT", struct.pack(">I", number) + zlib.compress(pixels))


@pytest.mark.parametrize(
    ("name", "chunks", "verdict"),
    [
        ("whole", (control(1), frame(2)), "sound"),
        ("in two pieces", (control(1), frame(2)[:0], frame(2)), "sound"),
        ("of half the width", (control(1, 5), frame(2, bytes(60))), "sound"),
        ("without its control chunk", (frame(1),), "corrupt"),
        ("out of order", (control(2), frame(3)), "corrupt"),
        ("without data", (control(1), control(2), frame(3)), "corrupt"),
        ("beyond the edge", (control(1, left=1), frame(2)), "corrupt"),
        ("that ends early", (control(1), frame(2, bytes(60))), "corrupt"),
    ],
)
def test_frames_of_an_animated_png(name: str, chunks: tuple[bytes, ...], verdict: str) -> None:
    assert code(moving(*chunks), Format.PNG) == verdict, name


def pillow_opens(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as image:
            for number in range(getattr(image, "n_frames", 1)):
                image.seek(number)
                image.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    ("extra", "is_sound"),
    [
        (chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1_048_576))), True),
        (chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1_048_577))), False),
        (chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(2_000_000))), False),
        (chunk(b"iTXt", b"Comment\0\1\0en\0key\0" + zlib.compress(bytes(2_000_000))), False),
        (chunk(b"iTXt", b"Comment\0\0\0\0\0" + bytes(2_000_000)), True),  # a length that is seen
        (
            chunk(b"iTXt", b"Comment\0\1\1\0\0" + zlib.compress(bytes(2_000_000))),
            True,
        ),  # of an unknown method: passed over
        (chunk(b"iTXt", b"Comment"), True),
        (chunk(b"zTXt", b"Comment\0\0not deflated"), True),
        (chunk(b"zTXt", b"Comment\0\1" + zlib.compress(b"x")), False),
        (chunk(b"zTXt", b"Comment"), True),
        (chunk(b"zTXt", b"C\0\0" + zlib.compress(bytes(1_000_000))) * 70, False),
        (chunk(b"tEXt", b"Comment\0" + bytes(2_000_000)), True),
        (chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(2_000_000))), False),
        (chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(20_000))), True),
        (chunk(b"iCCP", b"sRGB"), False),
        (chunk(b"iCCP", b"sRGB\0\1"), False),
        (chunk(b"gAMA", b"\0"), False),
        (chunk(b"gAMA", bytes(4)), True),
        (chunk(b"pHYs", bytes(8)), False),
        (chunk(b"cHRM", bytes(31)), False),
        (chunk(b"tRNS", b"\0"), False),
        (chunk(b"tRNS", bytes(2)), True),
        (chunk(b"acTL", bytes(3)), False),
    ],
)
def test_what_stands_beside_the_pixels_is_held_to_what_pillow_opens(extra: bytes, is_sound: bool) -> None:
    data = png(SQUARE, 10, 10, 8, 0, extra=extra)
    assert (code(data, Format.PNG) == "sound") is is_sound
    if b"iCCP" not in extra[:8] or is_sound or len(extra) > 30:  # of a profile cut off, Pillow says IndexError
        assert pillow_opens(data) is is_sound


def test_a_text_that_unpacks_without_bounds_is_named() -> None:
    data = png(SQUARE, 10, 10, 8, 0, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8), 9) * 10))
    found = judge(data, Format.PNG)
    assert isinstance(found, Unsound)
    assert "A text inside the picture unpacks to more than 1 MB" in found.reason.message
    at_the_end = png(SQUARE, 10, 10, 8, 0)
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**7), 9))
    assert code(at_the_end[:-12] + text + at_the_end[-12:], Format.PNG) == "corrupt"
