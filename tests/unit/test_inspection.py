from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from folder_sync.files.pictures.decoding import Limits
from folder_sync.files.pictures.inspection import Incomplete, Inspection, Sound, Unsound, inspect
from folder_sync.photo import Format, Reason

LIMIT = 50_000_000
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0 9 9"/></svg>'


def noise(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    size = width * height * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), hashlib.shake_128(b"grain").digest(size))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(kind: Format) -> bytes:
    if kind is Format.SVG:
        return SVG
    return saved(noise(mode="P" if kind is Format.GIF else "RGB"), kind.name)


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Inspection]:
    """Writes the bytes to a real file and inspects it, read without a buffer as the service does."""

    def look(data: bytes, announced: Format, max_bytes: int = LIMIT) -> Inspection:
        path = tmp_path / "photo"
        path.write_bytes(data)
        with path.open("rb", buffering=0) as file:
            return inspect(cast("BinaryIO", file), announced, max_bytes)

    return look


def judge(data: bytes, announced: Format) -> Inspection:
    return inspect(io.BytesIO(data), announced, LIMIT)


def reason(inspection: Inspection) -> Reason:
    assert not isinstance(inspection, Sound)
    return inspection.reason


@pytest.mark.parametrize("kind", Format)
def test_a_whole_picture_is_sound_and_identified(kind: Format, look: Callable[..., Inspection]) -> None:
    data = picture(kind)
    found = look(data, kind)
    assert isinstance(found, Sound), found
    assert found.content.size == len(data)
    assert found.content.sha256 == hashlib.sha256(data).hexdigest()
    assert found.content.format is kind


@pytest.mark.parametrize("kind", [Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.BMP])
def test_a_large_file_is_read_in_pieces_and_judged_the_same(kind: Format, look: Callable[..., Inspection]) -> None:
    image = noise(1700, 1500, "P" if kind is Format.GIF else "RGB")
    data = saved(image, kind.name, **({"quality": 100} if kind is not Format.GIF else {}))
    assert len(data) > Limits().held_bytes
    whole = look(data, kind)
    assert isinstance(whole, Sound), whole
    assert whole.content.sha256 == hashlib.sha256(data).hexdigest()
    cut = look(data[: len(data) * 2 // 3], kind)
    assert isinstance(cut, Incomplete)
    assert cut.reason.code == "truncated"


def test_a_large_svg_is_read_in_pieces(look: Callable[..., Inspection]) -> None:
    data = b"<svg>" + b'<path d="M0 0 9 9"/>' * 110_000 + b"</svg>"
    assert len(data) > Limits().held_bytes
    assert isinstance(look(data, Format.SVG), Sound)


@pytest.mark.parametrize("named", Format)
@pytest.mark.parametrize("real", Format)
def test_a_picture_named_as_another_kind_is_told_both(
    real: Format, named: Format, look: Callable[..., Inspection]
) -> None:
    if real is named:
        return
    found = look(picture(real), named)
    assert isinstance(found, Unsound)
    assert found.content.format is real
    assert found.reason.code == "wrong_format"
    assert f".{named}" in found.reason.message
    assert f"Rename it to end in .{real}" in found.reason.message


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypheic", "a HEIC"),
        (b"\0\0\0\x18ftypavif", "an AVIF"),
        (b"\0\0\0\x18ftypqt  ", "a video"),
        (b"RIFF\x10\0\0\0WAVE", "a sound or video file"),
        (b"II*\0", "a TIFF"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'<?xml version="1.0"?><gpx />', "a text file (XML)"),
        (b"<svg-not />", "a text file (XML)"),
        (b"just some words, not a picture at all", "not a picture of any kind known"),
        (b"<3 is not markup, whatever it begins with", "not a picture of any kind known"),
        (b"<!-- a comment and nothing", "an SVG"),
        (b"BM, a car maker: a text that begins like a bitmap", "not a picture of any kind known"),
    ],
)
def test_anything_else_is_told_by_name_where_known(head: bytes, name: str, look: Callable[..., Inspection]) -> None:
    found = look(head + b"\1" * 100, Format.JPEG)
    assert isinstance(found, Unsound)
    assert found.reason.code == "wrong_format"
    assert name in found.reason.message
    assert "JPEG" in found.reason.message


def test_a_tiff_saved_as_jpg_is_wrong_format(look: Callable[..., Inspection]) -> None:
    found = look(saved(noise(), "TIFF"), Format.JPEG)
    assert isinstance(found, Unsound)
    assert found.content.format is None
    assert found.reason.message == "This is a TIFF, but it is named as a JPEG (.jpg). Export it again as a JPEG."


def test_an_empty_file_may_still_be_written(look: Callable[..., Inspection]) -> None:
    found = look(b"", Format.JPEG)
    assert isinstance(found, Incomplete)
    assert found.reason.code == "empty"
    assert found.content.sha256 == hashlib.sha256().hexdigest()


@pytest.mark.parametrize("kind", Format)
@pytest.mark.parametrize("size", [1, 31, 32, 5000, 3_000_000])
def test_reserved_space_may_still_be_written(kind: Format, size: int, look: Callable[..., Inspection]) -> None:
    found = look(bytes(size), kind)
    assert isinstance(found, Incomplete)
    assert found.reason.code == "truncated"


def test_too_few_bytes_to_tell_may_still_be_written(look: Callable[..., Inspection]) -> None:
    assert isinstance(look(b"\xff\xd8", Format.JPEG), Incomplete)
    assert isinstance(look(b"RIFF\0\0", Format.WEBP), Incomplete)
    assert isinstance(look(b"BM" + bytes(9), Format.BMP), Incomplete)
    assert isinstance(look(b"\xef\xbb", Format.SVG), Incomplete)
    assert isinstance(look(b"\xff\xfe", Format.SVG), Incomplete)


@pytest.mark.parametrize("text", ["hello this is not a picture", "hello", "Grüße\r\n" * 20_000, "{}"])
@pytest.mark.parametrize("kind", Format)
def test_text_is_said_to_be_text(text: str, kind: Format) -> None:
    found = judge(text.encode(), kind)
    assert isinstance(found, Unsound)
    assert found.reason.code == "wrong_format"
    assert found.reason.message.startswith("This is a text file, but it is named as ")


def test_a_file_beyond_the_limit_is_hashed_and_refused(look: Callable[..., Inspection]) -> None:
    data = picture(Format.JPEG) + bytes(3_000_000)
    found = look(data, Format.JPEG, 2_500_000)
    assert isinstance(found, Unsound)
    assert found.reason.code == "too_large"
    assert "3.1 MB" in found.reason.message
    assert "2.5 MB" in found.reason.message
    assert found.content.sha256 == hashlib.sha256(data).hexdigest()


def test_the_limit_itself_is_allowed_and_a_byte_more_shows_as_more(look: Callable[..., Inspection]) -> None:
    data = picture(Format.JPEG).ljust(1_000_000, b"\0")
    assert isinstance(look(data, Format.JPEG, 1_000_000), Sound)
    assert "The file is 1.1 MB; at most 1 MB" in reason(look(data + b"\0", Format.JPEG, 1_000_000)).message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_garbage_behind_a_right_head_is_corrupt(kind: str, look: Callable[..., Inspection]) -> None:
    announced = Format[kind]
    data = bytearray(saved(noise(mode="P" if kind == "GIF" else "RGB"), kind))
    if announced is Format.BMP:
        data[28:30] = b"\x05\0"  # bits of a pixel
    elif announced is Format.JPEG:
        at = data.index(b"\xff\xc4")  # a code table that promises more codes than there are
        data[at + 5 : at + 21] = b"\xff" * 16
    elif announced is Format.GIF:
        data[data.index(b",\0\0\0\0") + 10] = 77  # size of the codes
    else:
        middle = len(data) // 2
        data[20:middle] = b"\x77" * (middle - 20)
    found = look(bytes(data), announced)
    assert isinstance(found, Unsound), found
    assert found.reason.code == "corrupt"
    assert found.content.format is announced


def test_a_picture_of_absurd_measures_is_too_large_without_being_decoded(look: Callable[..., Inspection]) -> None:
    data = bytearray(picture(Format.JPEG))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    found = reason(look(bytes(data), Format.JPEG))
    assert found.code == "too_large"
    assert "65535 × 65535 pixels" in found.message
    assert "300 million" in found.message


@pytest.mark.parametrize(
    ("kind", "at", "part"),
    [(Format.JPEG, 2, b"\xff\xfe\0\2"), (Format.JPEG, 2, b"\xff\x01"), (Format.GIF, -1, b"!\xfe\0")],
)
def test_a_file_of_nothing_but_tiny_parts_is_corrupt(kind: Format, at: int, part: bytes) -> None:
    data = picture(kind)
    found = judge(data[:at] + part * 100_000 + data[at:], kind)
    assert isinstance(found, Unsound), found
    assert "tiny parts" in found.reason.message
    assert isinstance(judge(data[:at] + part * 1000 + data[at:], kind), Sound)


def test_errors_of_the_disk_are_the_callers() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        inspect(Failing(), Format.JPEG, LIMIT)


def test_a_disk_that_fails_while_decoding_is_not_a_corrupt_photo() -> None:
    data = saved(noise(400, 400), "JPEG")

    class FailingLater(io.BytesIO):
        rewinds = 0

        def seek(self, offset: int, whence: int = 0, /) -> int:
            self.rewinds += 1
            return super().seek(offset, whence)

        def read(self, size: int | None = -1, /) -> bytes:
            if self.rewinds == 3:  # the head, the walk; then Pillow
                raise OSError(5, "Input/output error")
            return super().read(size)

    with pytest.raises(OSError, match="Input/output"):
        inspect(FailingLater(data), Format.JPEG, LIMIT, Limits(held_bytes=1000))


def test_a_file_cut_short_between_two_reads_is_incomplete() -> None:
    class Shrinking(io.BytesIO):
        was_read = False

        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            self.was_read |= not piece
            return piece

        def seek(self, offset: int, whence: int = 0, /) -> int:
            if self.was_read:
                self.truncate(3000)
            return super().seek(offset, whence)

    for kind in (Format.JPEG, Format.PNG):
        whole = saved(noise(300, 200), kind.name)
        found = inspect(Shrinking(whole), kind, LIMIT, Limits(held_bytes=1000))
        assert isinstance(found, Incomplete), found
        assert found.content.sha256 == hashlib.sha256(whole).hexdigest()


def test_short_reads_are_put_together() -> None:
    class Trickling(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(7)

    for kind in Format:
        assert isinstance(inspect(Trickling(picture(kind)), kind, LIMIT), Sound)


def test_several_threads_may_look_at_once() -> None:
    work = [(picture(kind), kind) for kind in Format] * 20
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda item: judge(*item), work))
    assert all(isinstance(one, Sound) for one in found)


SAMPLES = {kind: picture(kind) for kind in Format} | {
    "progressive": saved(noise(), "JPEG", progressive=True),
    "lossless": saved(noise(), "WEBP", lossless=True),
    "animated": saved(noise(mode="P"), "GIF", save_all=True, append_images=[noise(60, 50, "P")]),
    "moving": saved(noise(), "WEBP", save_all=True, append_images=[noise(64, 48, "RGB").rotate(90)]),
    "palette": saved(noise(mode="P"), "PNG"),
}


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(list(SAMPLES.values())), st.integers(0, 40), st.sampled_from(Format))
def test_no_bytes_raise(tail: bytes, sample: bytes, kept: int, announced: Format) -> None:
    judge(sample[:kept] + tail, announced)


@settings(deadline=None)
@given(st.data(), st.sampled_from(list(SAMPLES.values())))
def test_no_damage_raises(data: st.DataObject, sample: bytes) -> None:
    broken = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(broken) - 1) | st.integers(0, 60))
        if data.draw(st.booleans()):
            broken[min(at, len(broken) - 1)] = data.draw(st.integers(0, 255))
        else:
            del broken[at : at + data.draw(st.integers(0, 9))]
        if not broken:
            break
    for announced in Format:
        judge(bytes(broken), announced)


def test_memory_stays_small_however_large_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    noise(4000, 4000).save(path, compress_level=0)
    assert path.stat().st_size > 48_000_000
    script = f"""
        from folder_sync.files.pictures.inspection import Sound, inspect
        from folder_sync.photo import Format
        def most():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        before = most()
        with open({str(path)!r}, "rb") as file:
            assert isinstance(inspect(file, Format.PNG, 10**9), Sound)
        print(most() - before)
    """
    output = subprocess.check_output([sys.executable, "-c", textwrap.dedent(script)], env={**os.environ})
    assert int(output) < 10_000  # KiB
