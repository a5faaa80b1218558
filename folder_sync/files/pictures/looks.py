"""What a sound picture is, by its headers: measures, colours, turn and location. Nothing is decoded for it.

Runs after the checks of its structure, for every photo that is taken in: a few reads and no more.
"""

from __future__ import annotations

import binascii
import re
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from folder_sync.files.pictures import exif
from folder_sync.files.pictures.blocks import Source, jpeg_segments, other_metadata, png_chunks, read_at, webp_chunks
from folder_sync.files.pictures.completeness import Canvas
from folder_sync.files.pictures.exif import Exif
from folder_sync.files.pictures.profiles import unlike_srgb
from folder_sync.photo import Format
from folder_sync.rules.quality import Looks

_BLOCK_MAX: Final = 4_000_000
"""Bytes of one piece of metadata, also inflated; larger ones are passed over."""
_NONSENSE: Final = (struct.error, ValueError, zlib.error)
"""What metadata raise that make no sense: of such a piece nothing is known, and of the others all the same."""
_LYING: Final = frozenset({5, 6, 7, 8})


@dataclass(slots=True)
class _Found:
    width: int | None = None
    height: int | None = None
    colours: str | None = None
    exif: Exif = field(default_factory=Exif)
    other_location: bool = False
    frames: int = 1

    def profile(self, data: bytes) -> None:
        name = unlike_srgb(data)
        if name is not None and self.colours is None:
            self.colours = f'is in the colours of "{name}"'

    def exif_block(self, data: bytes) -> None:
        """A picture may have several; one that says nothing takes nothing back."""
        read = exif.read(data)
        orientation = self.exif.orientation if self.exif.orientation != 1 else read.orientation
        self.exif = Exif(orientation, has_location=self.exif.has_location or read.has_location)

    def xmp(self, data: bytes) -> None:
        self.other_location |= exif.XMP_PLACE.search(data) is not None


def look(source: Source, kind: Format, canvas: Canvas | None) -> Looks:
    """``canvas``: where the walk through the structure told it. Raises only OSError."""
    found = _Found()
    if canvas is not None:
        found.width, found.height, found.frames = canvas.width, canvas.height, canvas.frames
    with suppress(*_NONSENSE):
        match kind:
            case Format.JPEG:
                _jpeg(source, found)
            case Format.PNG:
                _png(source, found)
            case Format.WEBP:
                _webp(source, found)
    width, height = found.width, found.height
    if found.exif.orientation in _LYING:
        width, height = height, width
    return Looks(
        width,
        height,
        found.colours,
        is_rotated=found.exif.orientation != 1,
        has_location=found.exif.has_location or found.other_location,
        frames=found.frames,
    )


def _jpeg(source: Source, found: _Found) -> None:
    profile: dict[int, bytes] = {}
    for marker, start, length in jpeg_segments(source):
        if marker == 0xFFE1:
            data = read_at(source, start, length)
            if data.startswith(b"Exif\0"):
                found.exif_block(data[6:])
            else:
                found.xmp(data)
        elif marker == 0xFFE2:
            data = read_at(source, start, length)
            if data.startswith(b"ICC_PROFILE\0") and len(data) > 14:
                profile[data[12]] = data[14:]
        elif 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            precision, found.height, found.width, parts = struct.unpack(">BHHB", read_at(source, start, 6))
            if parts == 4:
                found.colours = "is in CMYK"
            elif precision > 8:
                found.colours = f"has {precision} bits a colour"
    for start, length in other_metadata(source):
        data = read_at(source, start, length)
        found.other_location |= exif.read(data[6:]).has_location or exif.XMP_PLACE.search(data) is not None
    if profile:
        found.profile(b"".join(profile[number] for number in sorted(profile)))


def _png(source: Source, found: _Found) -> None:
    found.width, found.height, depth = struct.unpack(">IIB", read_at(source, 16, 9))
    if depth > 8:
        found.colours = f"has {depth} bits a colour"
    for kind, start, length in png_chunks(source):
        if kind in _PNG_READ and length <= _BLOCK_MAX:
            with suppress(*_NONSENSE):
                _png_block(kind, read_at(source, start, length), found)


_PNG_READ: Final = frozenset({b"iCCP", b"eXIf", b"iTXt", b"zTXt", b"tEXt", b"acTL", b"cICP"})
_SRGB_CICP: Final = frozenset({(1, 1), (1, 13)})
"""Primaries and transfer of BT.709 or sRGB (ITU-T H.273)."""
_RAW: Final = re.compile(rb"Raw profile type (?:exif|APP1|xmp)")


def _png_block(kind: bytes, data: bytes, found: _Found) -> None:
    """PNG 3rd edition, 11.3."""
    match kind:
        case b"iCCP":
            _, _, rest = data.partition(b"\0")
            found.profile(_inflated(rest[1:]))
        case b"eXIf":
            found.exif_block(data)
        case b"cICP" if tuple(data[:2]) not in _SRGB_CICP:
            found.colours = found.colours or "is in the colours of another kind of screen"
        case b"acTL":
            found.frames = int.from_bytes(data[:4])
        case b"iTXt":
            keyword, _, rest = data.partition(b"\0")
            if keyword == b"XML:com.adobe.xmp":
                text = rest[2:].split(b"\0", 2)[-1]
                found.xmp(_inflated(text) if rest[:1] == b"\1" else text)
        case b"zTXt" | b"tEXt":
            keyword, _, rest = data.partition(b"\0")
            if _RAW.fullmatch(keyword):
                _raw_profile(_inflated(rest[1:]) if kind == b"zTXt" else rest, found)


def _raw_profile(text: bytes, found: _Found) -> None:
    """As ImageMagick writes it: a name, a length, and hexadecimal digits, a line each."""
    data = binascii.unhexlify(b"".join(text.split(b"\n")[3:]))
    if data.startswith(b"Exif\0"):
        found.exif_block(data[6:])
    else:
        found.xmp(data)


def _webp(source: Source, found: _Found) -> None:
    for kind, start, length in webp_chunks(source):
        if kind in (b"ICCP", b"EXIF", b"XMP ") and length <= _BLOCK_MAX:
            data = read_at(source, start, length)
            if kind == b"ICCP":
                found.profile(data)
            elif kind == b"EXIF":
                found.exif_block(data.removeprefix(b"Exif\0\0"))
            else:
                found.xmp(data)


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _BLOCK_MAX)
