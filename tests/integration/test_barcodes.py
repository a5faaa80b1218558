"""GTINs that are printed in pictures: found where they can be read, and never a wrong one."""

from __future__ import annotations

import importlib.util
import io
import random
from collections.abc import Iterator
from contextlib import closing

import pytest
from PIL import Image, ImageOps

from folder_sync.app import build_service
from folder_sync.errors import ConfigInvalid
from folder_sync.files.pictures import barcodes
from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.photo import Gtin14
from folder_sync.store.sqlite.database import Database
from tests.support.barcoded import barcode, drawn, photographed, striped
from tests.support.studio import Studio


def seen(picture: Image.Image) -> list[Gtin14]:
    out = io.BytesIO()
    ImageOps.expand(picture, 60, "white").save(out, "PNG")
    return barcodes.gtins(io.BytesIO(out.getvalue()))


@pytest.mark.parametrize("kind", ["EAN13", "UPCA", "EAN8", "ITF14", "DataBarOmni", "QRCode"])
def test_every_kind_of_barcode_whichever_way_it_is_turned(kind: str) -> None:
    picture, gtin = drawn(kind, random.Random(kind))
    for turned in (picture, picture.rotate(90, expand=True), picture.rotate(180), ImageOps.mirror(picture)):
        assert seen(turned) == [gtin]


def test_on_a_transparent_ground() -> None:
    picture, gtin = drawn("EAN13", random.Random(1))
    clear = Image.new("RGBA", (picture.width + 200, picture.height + 200), (0, 0, 0, 0))
    clear.paste(picture, (100, 100))
    assert seen(clear) == [gtin]


def test_what_is_no_gtin_says_nothing() -> None:
    for text in ("https://example.com/shop/4006381333931", "https://example.com/01/4006381333930", "4006381333931"):
        assert seen(barcode(text, "QRCode")) == []


def test_what_proves_little_has_to_be_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    strong, weak, chance = Gtin14("04006381333931"), Gtin14("00000096385074"), Gtin14("00012345678905")
    reads: Iterator[list[tuple[Gtin14, bool]]] = iter(
        [[(strong, True), (weak, False), (chance, False)], [(weak, False)]]
    )
    monkeypatch.setattr(barcodes, "_read", lambda _: next(reads))
    assert seen(Image.new("RGB", (100, 100))) == [strong, weak]


def test_photographs() -> None:
    """The rates are those of the benchmark; here only that none is wrong, and that some are found."""
    rng = random.Random(20)
    found = 0
    for kind in ("EAN13", "UPCA", "QRCode"):
        data, gtin = photographed(kind, rng, hard=True)
        read = barcodes.gtins(io.BytesIO(data))
        assert set(read) <= {gtin}
        found += len(read)
    assert found
    assert barcodes.gtins(io.BytesIO(striped(rng))) == []


def test_in_its_process(studio: Studio) -> None:
    data, gtin = photographed("EAN13", random.Random(3), hard=False)
    file = studio.home / "photo.jpg"
    file.write_bytes(data)
    pictures = PictureProcess()
    with file.open("rb") as opened:
        assert pictures.gtins(opened) == (gtin,)
    file.write_bytes(b"\xff\xd8\xff")
    with file.open("rb") as opened:
        assert pictures.gtins(opened) == ()
    pictures.close()


def test_without_the_extra_the_setting_is_refused(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    studio.configure(quality={"other_barcode": "note"})
    with (
        closing(Database(studio.database, create=True)) as database,
        pytest.raises(ConfigInvalid, match="needs the extra `barcode`"),
    ):
        build_service(studio.settings(), database, {})
