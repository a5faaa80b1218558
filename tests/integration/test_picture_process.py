"""Small pictures come from a process of its own, which no file can make do harm."""

from __future__ import annotations

import io
import os
import signal
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.files.pictures.thumbnails import SIDE
from tests.support.waiting import PATIENCE_SECONDS, wait_for


@pytest.fixture
def process() -> Iterator[PictureProcess]:
    process = PictureProcess()
    yield process
    process.close()


def small(process: PictureProcess, data: bytes) -> Image.Image | None:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        made = process.thumbnail(file)
    if made is None:
        return None
    with Image.open(io.BytesIO(made)) as image:
        assert image.format == "WEBP"
        image.load()
        return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x112] = 6
    return saved(Image.new("RGB", (800, 600), (1, 200, 3)), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("data", "size", "colour"),
    [
        (saved(Image.new("RGB", (900, 600), (200, 30, 40)), "JPEG"), (320, 213), (200, 30, 40)),
        (saved(Image.new("CMYK", (800, 600), (0, 255, 255, 0)), "JPEG"), (320, 240), (255, 0, 0)),
        (saved(Image.new("I;16", (800, 600), 32768), "PNG"), (320, 240), (128, 128, 128)),
        (saved(Image.new("L", (80, 60), 90), "PNG"), (80, 60), (90, 90, 90)),
        (saved(Image.new("P", (80, 60), 0), "GIF"), (80, 60), (0, 0, 0)),
        (saved(Image.new("RGB", (80, 60), (9, 9, 9)), "BMP"), (80, 60), (9, 9, 9)),
        (saved(Image.new("RGB", (900, 600), (200, 30, 40)), "TIFF"), (320, 213), (200, 30, 40)),
        (saved(Image.new("RGB", (900, 600), (200, 30, 40)), "AVIF"), (320, 213), (200, 30, 40)),
        (turned(), (240, 320), (1, 200, 3)),
    ],
    ids=["jpeg", "cmyk", "16 bit", "grey", "gif", "bmp", "tiff", "avif", "turned"],
)
def test_upright_in_srgb_and_small(
    process: PictureProcess, data: bytes, size: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    image = small(process, data)
    assert image is not None
    assert image.size == size
    assert max(image.size) <= SIDE
    shown = image.convert("RGB").getpixel((5, 5))
    assert isinstance(shown, tuple)
    assert all(abs(one - other) <= 6 for one, other in zip(shown, colour, strict=True))


def test_transparency_stays(process: PictureProcess) -> None:
    image = small(process, saved(Image.new("RGBA", (800, 600), (255, 0, 0, 128)), "PNG"))
    assert image is not None
    assert image.mode == "RGBA"


def huge() -> bytes:
    """Black, and whole. It is written a hundred lines at a time: all of it would be a gigabyte here, too."""
    width, height, lines = 20_000, 18_000, 100
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    piece = packing.compress(bytes(lines * (1 + 3 * width))) + packing.flush(zlib.Z_FULL_FLUSH)
    sum_ = (height * (1 + 3 * width) % 65_521 << 16) + 1  # Adler-32, of zeros
    packed = b"x\x9c" + height // lines * piece + packing.flush() + sum_.to_bytes(4)
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, (b"IHDR", b"IDAT", b"IEND"), (header, packed, b"")))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    "made",
    [lambda: b"", lambda: b"no picture", lambda: b"<svg/>", lambda: turned()[:300], huge],
    ids=["empty", "text", "drawing", "cut off", "huge"],
)
def test_what_can_not_be_decoded_harms_nobody(process: PictureProcess, made: Callable[[], bytes]) -> None:
    assert small(process, made()) is None
    assert small(process, turned()) is not None


def test_it_is_replaced_when_it_died(process: PictureProcess) -> None:
    assert small(process, turned()) is not None
    assert process._child is not None
    os.kill(process._child.pid, signal.SIGKILL)
    assert small(process, turned()) is not None


def test_one_that_takes_too_long_is_ended(process: PictureProcess) -> None:
    assert small(process, turned()) is not None
    assert process._child is not None
    assert process._socket is not None
    os.kill(process._child.pid, signal.SIGSTOP)
    process._socket.settimeout(0.2)
    assert small(process, turned()) is None
    assert small(process, turned()) is not None


def test_it_closes_at_once_whatever_it_decodes() -> None:
    """The page ended only when a picture that took long was through, and systemd had killed it by then."""
    process = PictureProcess(timeout_seconds=10 * PATIENCE_SECONDS)
    small(process, turned())
    assert process._child is not None
    os.kill(process._child.pid, signal.SIGSTOP)  # it never answers
    with ThreadPoolExecutor() as pool, tempfile.TemporaryFile() as file:
        made = pool.submit(process.thumbnail, file)
        wait_for(process._lock.locked, "it decodes")
        pool.submit(process.close).result(PATIENCE_SECONDS)
        assert made.result(PATIENCE_SECONDS) is None
        assert process._child is None
