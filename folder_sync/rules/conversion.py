"""Whether another file is made of a photo before it goes, and how: a recipe, which bytes and settings decide."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from folder_sync.photo import Format, Reason
from folder_sync.rules.quality import Looks

VERSION: Final = 1
"""Goes up where the same file would become a picture that looks otherwise. Nothing is sent again for it."""


class Source(StrEnum):
    """Formats that Closient does not take; the values are those of ``convert.formats``."""

    TIFF = "tiff"
    HEIC = "heic"
    AVIF = "avif"
    PSD = "psd"
    JPEG_2000 = "jp2"


SOURCE_EXTENSIONS: Final = {
    "tif": Source.TIFF,
    "tiff": Source.TIFF,
    "heic": Source.HEIC,
    "heif": Source.HEIC,
    "hif": Source.HEIC,
    "avif": Source.AVIF,
    "psd": Source.PSD,
    "jp2": Source.JPEG_2000,
    "jpf": Source.JPEG_2000,
    "jpx": Source.JPEG_2000,
}
"""Extensions of formats that can be converted, lower case, without the dot."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is made: in sRGB with 8 bits, upright, the first picture of several, without metadata.

    ``max_pixels`` of the longer side, 0: as many as there are; ``quality`` where it becomes a JPEG.
    """

    source: Format | Source
    max_pixels: int = 0
    quality: int = 92
    version: int = VERSION

    @property
    def key(self) -> str:
        """The same file with the same key is converted once. Letters, digits and dashes."""
        return f"{self.version}-{self.source}-{self.max_pixels}-{self.quality}"

    @staticmethod
    def read(key: str) -> Recipe:
        version, source, max_pixels, quality = key.split("-")
        kind = Source(source) if source in set(Source) else Format(source)
        return Recipe(kind, int(max_pixels), int(quality), int(version))

    def size(self, width: int, height: int) -> tuple[int, int]:
        longer = max(width, height)
        if not 0 < self.max_pixels < longer:
            return width, height
        return (
            max(round(width * self.max_pixels / longer), 1),
            max(round(height * self.max_pixels / longer), 1),
        )

    def target(self, *, is_transparent: bool) -> Format:
        """What was exported without loss, and can go so, stays without."""
        return Format.PNG if is_transparent or self.source in (Format.PNG, Format.GIF) else Format.JPEG


@dataclass(frozen=True, slots=True)
class Conversion:
    """What the settings ask for. ``formats``: those that are converted though Closient does not take them."""

    formats: frozenset[Source] = frozenset()
    max_pixels: int = 0
    srgb: bool = False
    quality: int = 92

    def recipe(self, kind: Format | Source, looks: Looks) -> Recipe | None:
        """None where the photo goes as it is. Drawings have no pixels, and what moves would stand still."""
        made = Recipe(kind, self.max_pixels, self.quality)
        if isinstance(kind, Source):
            return made if kind in self.formats else None
        if looks.width is None or looks.height is None or looks.frames > 1:
            return None
        is_too_large = made.size(looks.width, looks.height) != (looks.width, looks.height)
        return made if is_too_large or (self.srgb and looks.colours) else None


FIRST_PAGE: Final = Reason(
    "first_page", "The file has several pages; the first one is delivered. Export the others as files of their own."
)
"""A note."""

AS_IT_IS: Final = Conversion()
