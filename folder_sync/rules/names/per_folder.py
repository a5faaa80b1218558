"""A folder a product: the folder is named by the GTIN, the files in it by title and flags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from folder_sync.photo import Gtin14, ReasonCode
from folder_sync.rules.names import gtin, house, letters
from folder_sync.rules.names.dates import is_date
from folder_sync.rules.names.gtin import NotAGtin
from folder_sync.rules.names.meaning import Fault, Reading
from folder_sync.text import quoted

_FOLDER: Final = re.compile(r"([0-9]{8}|[0-9]{12,14})(?:[_\- ].*)?", re.DOTALL)
_OWN: Final = re.compile(r"([0-9]{8}|[0-9]{12,14})(?:[\s_-]+(.*))?", re.DOTALL)
_CAMERA: Final = re.compile(
    r"_?(?:DSC[FN]?|IMGP?|MG|MVI|PXL|SAM|GOPR|DJI|CIMG|PICT|HPIM|SDIM|EPSN|IMAG|CF|DCIM|VID)[\s_-]*[0-9]{3,}"
    r"(?:[\s_.-][0-9]+)*"
    r"|[A-Z][0-9]{7}|[0-9]{4,}(?:[\s_-][0-9]+)*"
    r"|(?:untitled|unbenannt|sans titre|image|scan|capture|output)(?:[\s_-]*[0-9]+)?",
    re.IGNORECASE,
)
"""What cameras, telephones, scanners and programs call a picture that nobody has given a name."""


class PerFolder:
    entry = "folder"

    def read(self, folders: Sequence[str], stem: str) -> Reading | Fault:
        folder, product = _nearest(folders)
        own = _own(stem)
        if product is None:
            message = "The photo does not lie in a folder that is named by a GTIN."
            return Fault(ReasonCode.BAD_NAME, message, "Move it into the folder of its product.")
        if own is not None:
            number, rest = own
            if isinstance(product, str) and product != number:
                return two_products(number, product, folder)
        elif isinstance(product, NotAGtin):
            message = f"The folder {quoted(folder, 60)} is not named by a GTIN: {product}"
            return Fault(ReasonCode.BAD_GTIN, message, "Rename the folder.", decides=True)
        else:
            number, rest = product, stem
        found = house.label(number, "", named_parts(rest))
        if isinstance(found, Fault):
            return found
        said = "its own name" if own else f"the folder {quoted(folder, 60)}"
        return Reading(found.label, found.remarks, None, f"the GTIN is that of {said}", self.entry)


def product_of(folders: Sequence[str]) -> tuple[str, Gtin14] | None:
    """The nearest folder that is named by a GTIN, and that; None too where it would be one but for a digit."""
    folder, product = _nearest(folders)
    return (folder, product) if isinstance(product, str) else None


def two_products(own: Gtin14, product: Gtin14, folder: str) -> Fault:
    message = f"The photo is named by the GTIN {own}, and its folder {quoted(folder, 60)} by {product}."
    return Fault(ReasonCode.BAD_NAME, message, "Rename the one, or move the photo.", decides=True)


def named_parts(stem: str) -> list[str]:
    """Title and flags, without names that nobody gave."""
    return [part for part in stem.split("__") if not _CAMERA.fullmatch(part)]


def _nearest(folders: Sequence[str]) -> tuple[str, Gtin14 | NotAGtin | None]:
    for folder in reversed(folders):
        found = _FOLDER.fullmatch(letters.cleaned(folder))
        if found is None or is_date(found[1]) or not found[1].strip("0"):
            continue
        try:
            return folder, gtin.parse(found[1])
        except NotAGtin as wrong:
            return folder, wrong
    return "", None


def _own(stem: str) -> tuple[Gtin14, str] | None:
    """The GTIN that a file's name begins with, and what follows it."""
    found = _OWN.fullmatch(stem)
    if found is None or is_date(found[1]):
        return None
    try:
        return gtin.parse(found[1]), found[2] or ""
    except NotAGtin:
        return None
