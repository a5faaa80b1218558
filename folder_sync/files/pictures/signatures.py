"""What the first bytes of a file say it is."""

from __future__ import annotations

import codecs
import re
from typing import Final

from folder_sync.photo import Format

HEAD_BYTES: Final = 65_536
"""How much of a file ``sniff`` wants to see: an SVG may begin with long comments."""

_BMP_HEADERS: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
"""Lengths of the information headers that exist (OS/2 1 and 2, Windows 3 to 5)."""

_FOREIGN: Final = (
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"II+\0", "a TIFF"),
    (b"MM\0+", "a TIFF"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "an EPS"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a compressed file (an SVGZ?)"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\0\0\1\0", "an icon file"),
)

_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"), "a HEIC"),
    **dict.fromkeys((b"mif1", b"msf1"), "a HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "an AVIF"),
    b"crx ": "a Canon raw file",
}
"""Brands of the ISO base media format (the four bytes after ``ftyp``)."""

# Possessive, so that hostile text costs one pass and no backtracking.
_PROLOG: Final = re.compile(
    r"\s*+(?:(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)\s*+)*+", re.DOTALL | re.IGNORECASE
)
_ROOT: Final = re.compile(r"<(?:[^\W\d][\w.-]*+:)?([^\W\d][\w.-]*+)[\s/>]")
_UNFINISHED: Final = re.compile(r"(?:<(?:[!?].*|[\w.:-]*))?\Z", re.DOTALL)


def sniff(head: bytes) -> Format | str | None:
    """The format of a file that begins so; for other known kinds a name with its article; else None.

    Text that begins like XML and does not reach its root element within ``head`` counts as SVG.
    Signatures: the formats' specifications and the IANA media type registrations.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if head.startswith(b"RIFF") and len(head) >= 12:
        return Format.WEBP if head[8:12] == b"WEBP" else "a sound or video file"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Format.BMP
    if head[4:8] == b"ftyp":
        return _BRANDS.get(_brand(head), "a video")
    for signature, name in _FOREIGN:
        if head.startswith(signature):
            return name
    return _markup(head) or _plain_text(head)


def _brand(head: bytes) -> bytes:
    """The one that tells most: some programs name the family first, and the kind after it."""
    brands = head[16 : int.from_bytes(head[:4])]
    return b"avif" if head[8:12] in (b"mif1", b"msf1") and b"avif" in brands else head[8:12]


def _plain_text(head: bytes) -> str | None:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    is_text = text and all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)
    return "a text file" if is_text else None


def may_become(head: bytes, announced: Format) -> bool:
    """Whether so few bytes stand in a file that it may be one of the announced format, begun."""
    match announced:
        case Format.JPEG:
            return b"\xff\xd8\xff".startswith(head)
        case Format.PNG:
            return b"\x89PNG\r\n\x1a\n".startswith(head)
        case Format.GIF:
            return b"GIF87a".startswith(head) or b"GIF89a".startswith(head)
        case Format.WEBP:
            return len(head) < 12 and b"RIFF".startswith(head[:4]) and b"WEBP".startswith(head[8:])
        case Format.BMP:
            return len(head) < 18 and b"BM".startswith(head[:2])
        case Format.SVG:
            return codecs.BOM_UTF8.startswith(head) or not _text(head).strip("\ufeff\0 \t\r\n")


def _markup(head: bytes) -> Format | str | None:
    text = _text(head)
    if not text.lstrip().startswith("<"):
        return None
    prolog = _PROLOG.match(text)
    rest = text[prolog.end() :] if prolog else text
    if not (root := _ROOT.match(rest)):
        return Format.SVG if _UNFINISHED.match(rest) else None
    name = root[1].lower()
    if name == "svg":
        return Format.SVG
    return "a web page" if name == "html" else "a text file (XML)"


def _text(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    if head.startswith((b"<\0", b"\0<")):
        return head.decode("utf-16-le" if head[1] == 0 else "utf-16-be", "replace")
    # Latin-1 takes any byte; markup is ASCII in every other encoding that matters.
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
