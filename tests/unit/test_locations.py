"""Where a photo was taken is cut out of its metadata, in as many bytes, and the picture stays as it is."""

from __future__ import annotations

import hashlib
import io
import random
import struct
from typing import Any, Final

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from folder_sync.files.pictures import locations
from folder_sync.files.pictures.inspection import Sound, inspect
from folder_sync.photo import Cut, Format

PLACE: Final = {0: b"\2\3\0\0", 1: "N", 2: (52.0, 30.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0), 29: "2026:11:28"}
XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="52,30N" exif:GPSVersionID = \'2.3\' dc:title="Kept">'
    b"<exif:GPSLongitude>13,24E</exif:GPSLongitude></rdf></x:xmpmeta>"
)


def saved(kind: Format, **options: Any) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    exif.get_ifd(0x8825).update(PLACE)
    picture = Image.effect_noise((90, 60), 50).convert("RGB")
    picture.save(out, {"jpg": "JPEG"}.get(kind, kind.upper()), exif=exif, **options)
    return out.getvalue()


def sound(data: bytes, kind: Format) -> Sound:
    found = inspect(io.BytesIO(data), kind, 10_000_000)
    assert isinstance(found, Sound), found
    return found


@pytest.mark.parametrize("kind", [Format.JPEG, Format.PNG, Format.WEBP])
@pytest.mark.parametrize("has_xmp", [True, False])
def test_it_is_gone_and_nothing_else_is(kind: Format, has_xmp: bool) -> None:
    options: dict[str, Any] = {}
    if has_xmp and kind is Format.PNG:
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    elif has_xmp:
        options["xmp"] = XMP
    data = saved(kind, **options)
    assert sound(data, kind).looks.has_location
    cuts = locations.cuts(io.BytesIO(data), kind)
    sent = Cut.applied(cuts, data, 0)
    assert len(sent) == len(data)
    assert hashlib.sha256(sent).hexdigest() == locations.digest(io.BytesIO(data), cuts)
    found = sound(sent, kind)
    assert not found.looks.has_location
    assert found.looks.is_rotated
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(sent))
    assert before.tobytes() == after.tobytes()
    assert after.getexif()[0x010F] == "A camera"
    assert dict(after.getexif().get_ifd(0x8825)) == {}
    assert b"52,30N" not in sent
    assert b"13,24E" not in sent
    assert (b"Kept" in sent) == has_xmp


def test_beside_a_block_that_makes_no_sense() -> None:
    data = saved(Format.JPEG)
    at = data.index(b"\xff\xdb")
    data = data[:at] + b"\xff\xe1\0\x0cExif\0\0junk" + data[at:]
    assert sound(data, Format.JPEG).looks.has_location
    cuts = locations.cuts(io.BytesIO(data), Format.JPEG)
    assert not sound(Cut.applied(cuts, data, 0), Format.JPEG).looks.has_location


def with_further(first: bytes, second: bytes, order: str) -> bytes:
    """A JPEG that has another one behind it, and says so (CIPA DC-007, 5.2)."""
    at = first.index(b"\xff\xdb")
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    entry = struct.pack(f"{order}HHHIII", 1, 0xB002, 7, 32, 26, 0)
    length = 4 + len(head) + len(entry) + 32
    behind = len(first) + length + 4 - (at + 8)  # counted from the head
    index = b"MPF\0" + head + entry + bytes(16) + struct.pack(f"{order}IIII", 0, len(second), behind, 0)
    return first[:at] + b"\xff\xe2" + struct.pack(">H", len(index) + 2) + index + first[at:] + second


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("options", [{}, {"xmp": XMP}])
def test_it_is_gone_from_the_pictures_behind_the_picture(order: str, options: dict[str, Any]) -> None:
    """Large previews, and the second of two eyes, have metadata of their own."""
    plain = io.BytesIO()
    Image.new("RGB", (90, 60)).save(plain, "JPEG")
    data = with_further(plain.getvalue(), saved(Format.JPEG, **options), order)
    assert sound(data, Format.JPEG).looks.has_location
    sent = Cut.applied(locations.cuts(io.BytesIO(data), Format.JPEG), data, 0)
    assert not sound(sent, Format.JPEG).looks.has_location
    second = Image.open(io.BytesIO(sent[sent.rindex(b"\xff\xd8\xff\xe0") :]))
    assert dict(second.getexif().get_ifd(0x8825)) == {}
    assert b"52,30N" not in sent


def test_an_index_of_pictures_that_makes_no_sense_is_left_alone() -> None:
    data = with_further(saved(Format.JPEG), b"", "<")
    cuts = locations.cuts(io.BytesIO(data), Format.JPEG)
    assert not sound(Cut.applied(cuts, data, 0), Format.JPEG).looks.has_location


def test_what_is_compressed_stays_and_is_remarked() -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    data = saved(Format.PNG, pnginfo=info)
    assert locations.cuts(io.BytesIO(data), Format.PNG) == ()


@pytest.mark.parametrize("kind", [Format.GIF, Format.JPEG, Format.WEBP, Format.PNG])
def test_without_a_location_there_is_nothing_to_cut(kind: Format) -> None:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, {"jpg": "JPEG"}.get(kind, kind.upper()))
    assert locations.cuts(io.BytesIO(out.getvalue()), kind) == ()


def test_nonsense_is_left_alone() -> None:
    data = saved(Format.JPEG)
    for size in range(0, len(data), 7):
        assert isinstance(locations.cuts(io.BytesIO(data[:size]), Format.JPEG), tuple)


def test_whatever_the_pieces_are() -> None:
    rng = random.Random(1)
    data = rng.randbytes(300)
    cuts = [Cut(5, b"a" * 10), Cut(100, b"b" * 150), Cut(299, b"c")]
    whole = Cut.applied(cuts, data, 0)
    assert (whole[5:15], whole[100:250], whole[299:]) == (b"a" * 10, b"b" * 150, b"c")
    for size in (1, 7, 64, 299):
        assert b"".join(Cut.applied(cuts, data[at : at + size], at) for at in range(0, 300, size)) == whole
