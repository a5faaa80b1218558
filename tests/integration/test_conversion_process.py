"""Pictures are converted in a process of its own, and what they hold harms nobody."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from folder_sync.files.pictures.conversion_process import Converted, Converter
from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.photo import Format, Reason, ReasonCode
from folder_sync.rules.conversion import Recipe, Source
from tests.support.photoshops import psd
from tests.support.tiffs import tiff
from tests.support.waiting import PATIENCE_SECONDS, wait_for

MOST = 50_000_000
RECIPE = Recipe(Source.TIFF)
SMALL = tiff((60, 40), lambda x, y: (2 * x, 3 * y, 90))


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    converter = Converter()
    yield converter
    converter.close()


def converted(
    converter: Converter, data: bytes, recipe: Recipe = RECIPE, most: int = MOST
) -> tuple[Converted | Reason, bytes]:
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as out:
        file.write(data)
        file.flush()
        made = converter.convert(file, recipe, most, out)
        out.seek(0)
        return made, out.read()


def refused(converter: Converter, data: bytes, most: int = MOST) -> Reason:
    reason, _ = converted(converter, data, most=most)
    assert isinstance(reason, Reason)
    return reason


def test_what_is_made_is_whole_and_known_by_its_bytes(converter: Converter) -> None:
    made, data = converted(converter, SMALL)
    assert isinstance(made, Converted)
    assert (made.width, made.height, made.content.format, made.is_first_page) == (60, 40, Format.JPEG, False)
    assert made.content.sha256 == hashlib.sha256(data).hexdigest()
    assert made.content.size == len(data)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
    assert converted(converter, SMALL) == (made, data)


def test_every_kind_within_the_bounds_of_the_process(converter: Converter) -> None:
    """Their decoders have threads, and memory of their own."""
    avif, jp2 = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (60, 40)).save(avif, "AVIF")
    Image.new("RGB", (60, 40)).save(jp2, "JPEG2000")
    kinds = {
        Source.AVIF: avif.getvalue(),
        Source.JPEG_2000: jp2.getvalue(),
        Source.PSD: psd((60, 40), lambda x, y: (x, y, 9)),
        Source.HEIC: (Path(__file__).parents[1] / "support" / "heics" / "plain.heic").read_bytes(),
    }
    for source, data in kinds.items():
        made, _ = converted(converter, data, Recipe(source))
        assert isinstance(made, Converted), source
        half, _ = converted(converter, data[: len(data) // 2], Recipe(source))
        assert isinstance(half, Reason)
        assert half.code == ReasonCode.CORRUPT


def flat(side: int, compression: str = "tiff_adobe_deflate") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side)).save(out, "TIFF", compression=compression)
    return out.getvalue()


def test_a_bomb_is_too_large() -> None:
    """A few kilobytes that would take more than the process may have."""
    converter = Converter(PictureProcess(memory_bytes=150_000_000))
    try:
        reason = refused(converter, flat(7_000))
        assert isinstance(converted(converter, SMALL)[0], Converted)
    finally:
        converter.close()
    assert (reason.code, reason.message) == (
        ReasonCode.TOO_LARGE,
        "The picture has so many pixels that converting it would take more than 1 GB of memory."
        " Export it smaller, or as JPEG.",
    )


def test_more_than_may_be_sent(converter: Converter) -> None:
    reason = refused(converter, SMALL, most=400)
    assert reason.code == ReasonCode.TOO_LARGE
    assert reason.message == "Converted, it is larger than 0.0004 MB. Export it smaller, or set convert.max_pixels."


def test_what_is_damaged_is_said_to_be(converter: Converter) -> None:
    for data in (b"", b"no picture", SMALL[:-300]):
        reason = refused(converter, data)
        assert reason.code == ReasonCode.CORRUPT
        assert reason.message.startswith("The file is damaged or ends too early, and can't be converted.")


def test_a_process_that_died_is_replaced(converter: Converter) -> None:
    assert isinstance(converted(converter, SMALL)[0], Converted)
    child = converter._process._child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    assert isinstance(converted(converter, SMALL)[0], Converted)


def test_killed_in_the_middle_it_is_begun_again(converter: Converter) -> None:
    assert isinstance(converted(converter, SMALL)[0], Converted)
    child = converter._process._child
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)
    with ThreadPoolExecutor() as pool:
        made = pool.submit(converted, converter, SMALL)
        wait_for(converter._process._lock.locked, "it waits for the answer")
        os.kill(child.pid, signal.SIGKILL)
        assert isinstance(made.result(PATIENCE_SECONDS)[0], Converted)


def test_what_takes_too_long_is_given_up() -> None:
    converter = Converter(seconds=10 * PATIENCE_SECONDS)
    try:
        assert isinstance(converted(converter, SMALL)[0], Converted)
        child, connection = converter._process._child, converter._process._socket
        assert child is not None
        assert connection is not None
        os.kill(child.pid, signal.SIGSTOP)
        connection.settimeout(0.2)
        reason = refused(converter, SMALL)
        assert reason.code == ReasonCode.TOO_LARGE
        assert isinstance(converted(converter, SMALL)[0], Converted)
    finally:
        converter.close()


def test_one_that_is_closed_says_nothing_of_the_photo() -> None:
    """Else a service that stops would refuse what it was converting."""
    process = PictureProcess(timeout_seconds=10 * PATIENCE_SECONDS)
    converter = Converter(process)
    converted(converter, SMALL)
    assert process._child is not None
    os.kill(process._child.pid, signal.SIGSTOP)  # it never answers
    with ThreadPoolExecutor() as pool, tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as out:
        made = pool.submit(converter.convert, file, RECIPE, MOST, out)
        wait_for(process._lock.locked, "it converts")
        pool.submit(converter.close).result(PATIENCE_SECONDS)
        with pytest.raises(ConnectionError):
            made.result(PATIENCE_SECONDS)


def test_a_full_disk_says_nothing_of_the_photo(converter: Converter) -> None:
    with tempfile.TemporaryFile() as file, open("/dev/full", "wb", buffering=0) as out:
        file.write(SMALL)
        file.flush()
        with pytest.raises(OSError, match=r"No space|Invalid argument"):
            converter.convert(file, RECIPE, MOST, out)
    assert isinstance(converted(converter, SMALL)[0], Converted)
