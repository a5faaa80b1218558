"""The sample photos are what they say they are, judged by Pillow and by the sandbox."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from folder_sync.photo import Format
from folder_sync.sandbox.codes import is_gtin
from folder_sync.sandbox.drawing import jpeg_of_size, photo_bytes
from folder_sync.sandbox.samples import WAITING_GTIN, gtin, make_samples
from folder_sync.sandbox.sniffing import sniff

RASTER = [image_format for image_format in Format if image_format is not Format.SVG]


@pytest.mark.parametrize("image_format", RASTER)
def test_photos_are_whole_and_of_their_format(image_format: Format) -> None:
    data = photo_bytes(image_format, seed=7)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (image.format, image.size) == (image_format.name, (320, 426))
    assert sniff(data) is image_format


def test_an_svg_photo_is_xml() -> None:
    data = photo_bytes(Format.SVG)
    assert ElementTree.fromstring(data).tag == "{http://www.w3.org/2000/svg}svg"
    assert sniff(data) is Format.SVG


@pytest.mark.parametrize("image_format", Format)
def test_photos_repeat_by_seed_and_differ_between_seeds(image_format: Format) -> None:
    photos = [photo_bytes(image_format, seed=seed, width=48) for seed in range(60)]
    assert len(set(photos)) == 60
    assert photos == [photo_bytes(image_format, seed=seed, width=48) for seed in range(60)]


@pytest.mark.parametrize("beyond", [*range(4, 12), 65_533, 65_537, *range(65_538, 65_546), 131_074, 131_076, 200_000])
def test_jpegs_come_in_any_exact_size(beyond: int) -> None:
    size = len(photo_bytes(Format.JPEG, width=48)) + beyond
    data = jpeg_of_size(size)
    assert len(data) == size
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.format == "JPEG"


def test_jpegs_of_one_size_differ_by_seed() -> None:
    assert jpeg_of_size(100_000, seed=1) != jpeg_of_size(100_000, seed=2)
    assert jpeg_of_size(100_000, seed=1) == jpeg_of_size(100_000, seed=1)


def test_a_jpeg_can_not_be_smaller_than_its_picture() -> None:
    with pytest.raises(ValueError, match="too small"):
        jpeg_of_size(100)


def test_samples_repeat_and_no_two_are_equal(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    samples = make_samples(first)
    assert make_samples(second) == samples
    contents = {sample.name: (first / sample.name).read_bytes() for sample in samples}
    assert sorted(contents) == sorted(path.name for path in first.iterdir())
    assert contents == {name: (second / name).read_bytes() for name in contents}
    assert len(set(contents.values())) == len(samples)


def test_the_right_samples_show_what_a_name_can_say(tmp_path: Path) -> None:
    right = [s.name for s in make_samples(tmp_path) if s.expectation in {"uploaded", "waiting"}]
    numbers = [name.partition("__")[0].partition(".")[0] for name in right]
    assert len(right) == 12
    assert all(is_gtin(number) for number in numbers)
    assert {len(number) for number in numbers} == {8, 12, 13, 14}
    assert max(Counter(numbers).values()) >= 3
    assert sum("primary" in name.lower() for name in right) >= 3
    formats = {sniff((tmp_path / name).read_bytes()) for name in right}
    assert formats == set(Format)


def test_the_wrong_samples_are_wrong_in_the_way_they_say(tmp_path: Path) -> None:
    samples = {s.expectation: s.name for s in make_samples(tmp_path)}
    assert set(samples) == {
        "uploaded", "waiting", "bad_gtin", "unknown_flag", "wrong_format", "truncated", "unsafe_svg",
    }  # fmt: skip
    assert samples["waiting"].startswith(WAITING_GTIN)
    assert not is_gtin(samples["bad_gtin"].partition("__")[0])
    assert "__primay." in samples["unknown_flag"]
    assert samples["wrong_format"].endswith(".jpg")
    assert sniff((tmp_path / samples["wrong_format"]).read_bytes()) is Format.PNG
    with Image.open(tmp_path / samples["truncated"]) as torn, pytest.raises(OSError, match="truncated"):
        torn.load()
    assert b"<script>" in (tmp_path / samples["unsafe_svg"]).read_bytes()


def test_the_check_digit_is_added() -> None:
    assert gtin("0001234567890") == "00012345678905"
    assert gtin("9638507") == "96385074"
