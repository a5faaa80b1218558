"""Which GTINs are printed in a picture as barcodes. Runs in a process of its own (``picture_child``).

Rather none than a wrong one: what carries little proof of itself (EAN-8, UPC-E, ITF-14) counts only where it is read
again in the picture at another size.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from PIL import Image

from folder_sync.files.pictures.thumbnails import small_picture
from folder_sync.photo import Gtin14
from folder_sync.rules.names import gtin

SIDE: Final = 2400
"""Pixels on the longer side of what is looked at: enough for a barcode that takes a tenth of it."""

AGAIN: Final = 0.8
"""A share of that size, for what is to be read twice."""

MOST: Final = 8

_LINK: Final = re.compile(r"https?://[^\s]*/01/([0-9]{8}|[0-9]{12,14})(?![0-9])")
"""GS1 Digital Link, 1.5: the GTIN after its key."""
_ELEMENT: Final = re.compile(r"\(01\)([0-9]{14})")
"""GS1 General Specifications, 3.2, as people read it."""
_PLAIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_WEAK: Final = frozenset({"EAN8", "UPCE", "ITF"})
_STRONG: Final = frozenset({"EAN13", "UPCA"})
_FORMATS: Final = "EAN13 UPCA EAN8 UPCE ITF14 DataBarOmni DataBarStk DataBarStkOmni DataBarExp DataBarExpStk Code128"
_MATRIX: Final = "QRCode DataMatrix"


def lacking() -> tuple[str, str] | None:
    """What is missing for reading any, and what to do; None where nothing is."""
    if importlib.util.find_spec("zxingcpp") is not None:
        return None
    return (
        "quality.other_barcode needs the extra `barcode`, which is not installed.",
        "Install folder-sync[barcode], or set other_barcode to off.",
    )


def gtins(file: BinaryIO) -> list[Gtin14]:
    """Each once. Raises whatever decoders raise."""
    picture = small_picture(file, SIDE)
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture)
    picture = picture.convert("L")
    found = dict.fromkeys(_read(picture))
    if any(not is_strong for _, is_strong in found):
        smaller = picture.resize((max(int(side * AGAIN), 1) for side in picture.size), Image.Resampling.LANCZOS)
        again = {number for number, _ in _read(smaller)}
        found = {one: None for one in found if one[1] or one[0] in again}
    return list(dict.fromkeys(number for number, _ in found))[:MOST]


def _read(picture: Image.Image) -> Iterator[tuple[Gtin14, bool]]:
    """And whether it proves itself."""
    import zxingcpp  # noqa: PLC0415 -- of an extra

    known = zxingcpp.BarcodeFormat
    formats = [getattr(known, name) for name in f"{_FORMATS} {_MATRIX}".split()]
    pixels = memoryview(picture.tobytes()).cast("B", shape=[picture.height, picture.width])
    for barcode in zxingcpp.read_barcodes(pixels, formats=formats):
        name = barcode.format.name
        digits = _digits(name, barcode)
        if digits and gtin.is_gtin(digits):
            yield gtin.parse(digits), name not in _WEAK


def _digits(name: str, barcode: Any) -> str | None:
    text = str(barcode.text)
    if name in _STRONG | _WEAK:
        return text if _PLAIN.fullmatch(text) else None
    element = _ELEMENT.search(text)
    if element:
        return element[1]
    link = _LINK.search(text) if name in ("QRCode", "DataMatrix") else None
    return link[1] if link else None
