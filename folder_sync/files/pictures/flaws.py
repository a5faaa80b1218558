"""What can be wrong inside a photo file, in the words a photographer reads."""

from __future__ import annotations

from typing import Final

from folder_sync.photo import Format, Reason, ReasonCode
from folder_sync.rules.conversion import Source

PIXELS_MAX: Final = 300_000_000
"""Twice the largest camera backs of today. Beyond it a small file can keep a processor busy for minutes."""

NOUNS: Final[dict[Format | Source, str]] = {
    **{one: one.noun for one in Format},
    Source.TIFF: "a TIFF",
    Source.HEIC: "a HEIC",
    Source.AVIF: "an AVIF",
    Source.PSD: "a Photoshop document",
    Source.JPEG_2000: "a JPEG 2000",
}


class FlawError(Exception):
    """Ends the look inside a file; ``images.inspect`` turns it into a verdict, so none ever leaves this package."""

    def __init__(self, code: ReasonCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def empty() -> FlawError:
    return FlawError(ReasonCode.EMPTY, "The file is empty: nothing was written into it. Export it again.")


def truncated() -> FlawError:
    return FlawError(
        ReasonCode.TRUNCATED,
        "The file ends before the picture does: it was not written or copied completely. Export or copy it again.",
    )


def never_written() -> Reason:
    message = (
        "Parts of the file hold nothing: either it was not copied completely, or a copy left its zeros out. "
        "If it looks whole when you open it, `folder-sync retry PHOTO` delivers it as it is; else export it again."
    )
    return Reason(ReasonCode.TRUNCATED, message)


def corrupt(kind: Format) -> FlawError:
    return FlawError(
        ReasonCode.CORRUPT,
        f"The file is damaged and can't be opened as {NOUNS[kind]}. "
        "Export it again, and check that it looks whole; if that does not help, open the picture and save it again.",
    )


def oversized_text() -> FlawError:
    return FlawError(
        ReasonCode.CORRUPT,
        "A text inside the picture unpacks to more than 1 MB, and programs refuse to open that. "
        "Save the picture again without comments and metadata.",
    )


def too_many_parts() -> FlawError:
    return FlawError(
        ReasonCode.CORRUPT,
        "The file consists of more tiny parts than any program writes. Export it again, and check that it looks whole.",
    )


def second_kind(found: str, kind: Format) -> FlawError:
    """``found``: what the bytes are beside the picture, with its article."""
    return FlawError(
        ReasonCode.WRONG_FORMAT,
        f"The file is {NOUNS[kind]} and {found} in one. Open the picture and export it again.",
    )


def too_many_bytes(size: int, limit: int) -> FlawError:
    """Both in bytes; shown in MB of a million bytes, rounded so that the first is never shown as within the second."""
    return FlawError(
        ReasonCode.TOO_LARGE,
        f"The file is {_megabytes(size, up=True)} MB; at most {_megabytes(limit)} MB are allowed. "
        "Export it smaller or with stronger compression.",
    )


def too_many_pixels(width: int, height: int) -> FlawError:
    return FlawError(
        ReasonCode.TOO_LARGE,
        f"The picture is {width} × {height} pixels; at most {PIXELS_MAX // 1_000_000} million pixels are allowed. "
        "Export it smaller.",
    )


def misnamed(found: Format, announced: Format | Source) -> FlawError:
    return FlawError(
        ReasonCode.WRONG_FORMAT,
        f"This is {NOUNS[found]}, but it is named as {NOUNS[announced]} (.{announced}). "
        f"Rename it to end in .{found}, or export it again as {NOUNS[announced]}.",
    )


def foreign(found: str | None, announced: Format | Source) -> FlawError:
    """``found``: what the bytes are, with its article, where known."""
    what = f"This is {found}, but it" if found else "This is not a picture of any kind known here, though it"
    return FlawError(
        ReasonCode.WRONG_FORMAT,
        f"{what} is named as {NOUNS[announced]} (.{announced}). Export it again as {NOUNS[announced]}.",
    )


def unsafe(found: str, advice: str = "Remove that") -> FlawError:
    """``found``: the dangerous thing, to follow the words *The drawing contains*."""
    return FlawError(
        ReasonCode.UNSAFE_SVG,
        f"The drawing contains {found}. {advice}, or export the picture as a PNG.",
    )


def oversized_part(limit: int) -> FlawError:
    """``limit`` in bytes."""
    return FlawError(
        ReasonCode.TOO_LARGE,
        f"The drawing has a part of more than {_megabytes(limit)} MB, probably an embedded photo. "
        "Embed a smaller one, or export the picture as a PNG.",
    )


def check_pixels(kind: Format, width: int, height: int) -> None:
    if not width or not height:
        raise corrupt(kind)
    if width * height > PIXELS_MAX:
        raise too_many_pixels(width, height)


def _megabytes(size: int, *, up: bool = False) -> str:
    tenths = (size + 99_999 if up else size) // 100_000
    return f"{tenths / 10:g}"
