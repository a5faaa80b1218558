"""What a name says the file is: one of the accepted formats, something to export in another format, or no photo at
all.
"""

from __future__ import annotations

from typing import Final

from folder_sync.photo import EXTENSIONS, Format, ReasonCode
from folder_sync.rules.names.meaning import Fault, Proposal, Reading
from folder_sync.text import quoted

_JPEGS: Final = frozenset({"jfif", "jpe", "jif", "jfi", "pjpeg", "pjp", "jpg_large", "jpeg_large"})
_PICTURES: Final = frozenset(
    {"heic", "heif", "tif", "tiff", "avif", "jxl", "jp2", "jpf", "ai", "eps", "indd", "ico", "svgz", "tga", "exr"}
    | {"psd", "psb", "afphoto", "xcf", "raw", "ps"}
)
NO_PHOTOS: Final = {
    "zip": ("a ZIP archive", "Unpack it, and put the photos here."),
    "pdf": ("a PDF", "Export the photo as JPEG."),
    "txt": ("a text file", "Deliver the photo itself."),
}
"""Passed over in silence, unless the name is that of a photo."""


def split(name: str) -> tuple[str, str]:
    """The stem and what follows the last dot; a name without a dot is all stem."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot else (name, "")


def has_known_extension(stem: str) -> bool:
    return split(stem)[1].lower() in EXTENSIONS


def wrong(stem: str, extension: str, found: Reading) -> Fault:
    """The extension of a name that is understood but for it."""
    number, lower = found.label.gtin, extension.lower()
    if lower in NO_PHOTOS:
        what, advice = NO_PHOTOS[lower]
        return Fault(
            ReasonCode.UNSUPPORTED_FORMAT, f"This is {what} under a photo's name, not a photo.", advice, number
        )
    if not extension:
        advice = f"End it with the right one of {', '.join(sorted(EXTENSIONS))}."
        return Fault(ReasonCode.UNSUPPORTED_FORMAT, "The name has no file extension.", advice, number)
    message = f"Files ending in {quoted('.' + extension, 20)} can't be uploaded."
    if lower in _JPEGS:
        proposals = [Proposal(stem, "Such a file is a JPEG: rename it to end in .jpg.", "jpg")]
        return Fault(ReasonCode.UNSUPPORTED_FORMAT, message, "Export the photo as JPEG.", number, proposals)
    advice = (
        "Export the photo as JPEG."
        if lower in _PICTURES
        else "If it is a photo, export it as JPEG; else keep it somewhere else."
    )
    return Fault(ReasonCode.UNSUPPORTED_FORMAT, message, advice, number)


def known_by_its_bytes(stem: str, found: Format, number: Reading) -> Fault:
    """The bytes are a format that goes, whatever the name says."""
    message = f"This is {found.noun}: rename it to end in .{found}."
    proposals = [Proposal(stem, extension=found.value)]
    return Fault(ReasonCode.UNSUPPORTED_FORMAT, message, "", number.label.gtin, proposals)


def bad_ending(name: str, trimmed: str, found: Reading) -> Fault:
    """``name`` ends with blanks or dots; without them, ``trimmed``, it would do."""
    what = "a dot" if name.endswith(".") else "a space"
    stem, extension = split(trimmed)
    proposals = [Proposal(stem, extension=extension)]
    return Fault(
        ReasonCode.UNSUPPORTED_FORMAT, f"The name ends with {what}.", "Take it off.", found.label.gtin, proposals
    )
