"""Which photos are converted, and into what."""

from __future__ import annotations

import pytest

from folder_sync.photo import Format
from folder_sync.rules.conversion import AS_IT_IS, Conversion, Recipe, Source
from folder_sync.rules.names.meaning import Ignored, Named, Rejected
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.quality import Looks

LARGE, ADOBE = Looks(6000, 4000), Looks(2000, 1500, 'is in the colours of "Adobe RGB (1998)"')


@pytest.mark.parametrize(
    ("asked", "kind", "looks", "converts"),
    [
        (AS_IT_IS, Format.JPEG, LARGE, False),
        (AS_IT_IS, Format.JPEG, ADOBE, False),
        (AS_IT_IS, Source.TIFF, LARGE, False),
        (Conversion(frozenset({Source.TIFF})), Source.TIFF, Looks(), True),
        (Conversion(frozenset({Source.TIFF})), Source.HEIC, Looks(), False),
        (Conversion(max_pixels=5999), Format.JPEG, LARGE, True),
        (Conversion(max_pixels=6000), Format.JPEG, LARGE, False),
        (Conversion(max_pixels=5000), Format.PNG, Looks(4000, 6000), True),
        (Conversion(max_pixels=5000), Format.JPEG, ADOBE, False),
        (Conversion(srgb=True), Format.JPEG, ADOBE, True),
        (Conversion(srgb=True), Format.JPEG, LARGE, False),
        (Conversion(max_pixels=100, srgb=True), Format.SVG, Looks(), False),
        (Conversion(max_pixels=100, srgb=True), Format.GIF, Looks(600, 400, frames=2), False),
    ],
)
def test_only_what_the_settings_ask_for(
    asked: Conversion, kind: Format | Source, looks: Looks, *, converts: bool
) -> None:
    assert (asked.recipe(kind, looks) is not None) is converts


@pytest.mark.parametrize(
    ("max_pixels", "size", "becomes"),
    [
        (0, (6000, 4000), (6000, 4000)),
        (3000, (6000, 4000), (3000, 2000)),
        (3000, (4000, 6000), (2000, 3000)),
        (3000, (3000, 3000), (3000, 3000)),
        (100, (20_000, 3), (100, 1)),
    ],
)
def test_the_longer_side_is_what_counts(max_pixels: int, size: tuple[int, int], becomes: tuple[int, int]) -> None:
    assert Recipe(Format.JPEG, max_pixels).size(*size) == becomes


@pytest.mark.parametrize(
    ("source", "is_transparent", "target"),
    [
        (Source.TIFF, False, Format.JPEG),
        (Source.TIFF, True, Format.PNG),
        (Format.PNG, False, Format.PNG),
        (Format.GIF, False, Format.PNG),
        (Format.WEBP, False, Format.JPEG),
        (Format.BMP, False, Format.JPEG),
    ],
)
def test_what_it_becomes(source: Format | Source, target: Format, *, is_transparent: bool) -> None:
    assert Recipe(source).target(is_transparent=is_transparent) is target


def test_other_settings_make_another_file() -> None:
    keys = {Recipe(Format.JPEG, pixels, quality).key for pixels in (0, 2000) for quality in (80, 92)}
    assert len(keys) == 4
    for recipe in (Recipe(Source.JPEG_2000, 3000, 80, version=7), Recipe(Format.JPEG)):
        assert Recipe.read(recipe.key) == recipe


@pytest.mark.parametrize("name", ["00012345678905__Front.tif", "00012345678905__Front.TIFF"])
def test_names_of_what_is_converted(name: str) -> None:
    named = Naming(converts=[Source.TIFF]).understand(name)
    assert isinstance(named, Named)
    assert (named.source, named.format, named.label.title) == (Source.TIFF, Format.JPEG, "Front")
    assert isinstance(Naming().understand(name), Rejected)
    everything = Naming(converts=list(Source))
    others = {"heic": Source.HEIC, "HIF": Source.HEIC, "avif": Source.AVIF, "jp2": Source.JPEG_2000, "psd": Source.PSD}
    for extension, source in others.items():
        other = everything.understand(f"00012345678905__Front.{extension}")
        assert isinstance(other, Named)
        assert other.source is source
    assert isinstance(Naming().understand("00012345678905__Front.psd"), Ignored)
    assert isinstance(everything.understand("._00012345678905__Front.psd"), Ignored)
    assert isinstance(everything.understand("00012345678905__Front.psb"), Ignored)
    as_ever = Naming(converts=[Source.TIFF]).understand("00012345678905__Front.png")
    assert isinstance(as_ever, Named)
    assert (as_ever.source, as_ever.format) == (None, Format.PNG)
