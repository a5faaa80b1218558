"""Looks inside a photo file: what it is, whether all of it is there, and whether it opens.

One pass reads and hashes. Files up to ``Limits.held_bytes`` are then examined without touching the disk again; larger
ones are walked through once more piece by piece, so that memory stays small however large the file is. Nothing is
mapped: a file cut short while mapped would kill the process.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import BinaryIO, Final

from folder_sync.files.pictures import completeness, decoding, flaws, looks, png, polyglots, svg
from folder_sync.files.pictures.blanks import Blanks
from folder_sync.files.pictures.completeness import Canvas
from folder_sync.files.pictures.cursor import PIECE, Cursor
from folder_sync.files.pictures.decoding import Limits
from folder_sync.files.pictures.flaws import FlawError
from folder_sync.files.pictures.signatures import HEAD_BYTES, may_become, sniff
from folder_sync.photo import Content, Format, Reason, ReasonCode
from folder_sync.rules.conversion import Source
from folder_sync.rules.quality import NOTHING_SEEN, Looks

_LIMITS: Final = Limits()
_SHORTEST: Final = 32
"""Bytes in which every accepted format can be told, where the file has so many."""

_BLANK_TAIL: Final = 4

_PROVEN: Final = frozenset({Format.PNG, Format.SVG})
"""Zeros in the place of something else would show: in a checksum, or since they are no text."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The bytes are a whole picture of the announced format.

    ``unproven``: in so many bytes from the start zeros may stand for what was never written, and the picture opens all
    the same. None where checksums or words tell; and never what comes after the picture. ``has_blanks``: there are
    such zeros there as a program leaves that has not written all yet (``blanks``). A hint, and no proof.
    """

    content: Content
    looks: Looks = NOTHING_SEEN
    unproven: int = 0
    has_blanks: bool = False


@dataclass(frozen=True, slots=True)
class Unsound:
    """Waiting will not make it better, unless it is damaged because it is not all written yet."""

    content: Content
    reason: Reason


@dataclass(frozen=True, slots=True)
class Incomplete:
    """It may still be being written. ``reason``: what to reject it with when waiting was in vain."""

    content: Content
    reason: Reason


Inspection = Sound | Unsound | Incomplete


def inspect(file: BinaryIO, announced: Format, max_bytes: int, limits: Limits = _LIMITS) -> Inspection:
    """Judges the bytes of ``file``, an open regular file at offset 0, against the format its name announces.

    No bytes raise; only reading can (``OSError``). Several threads may inspect at once. ``max_bytes`` is the
    largest size allowed; a larger file is hashed and judged by nothing else.
    """
    blanks = Blanks()
    size, sha256, source = _read(file, limits.held_bytes, blanks)
    source.seek(0)
    head = source.read(HEAD_BYTES)
    found = sniff(head)
    content = Content(size, sha256, found if isinstance(found, Format) else None)
    try:
        if size > max_bytes:
            raise flaws.too_many_bytes(size, max_bytes)
        _check_kind(head, found, announced)
        canvas, end = _check_bytes(source, size, announced, limits)
    except FlawError as flaw:
        return _verdict(flaw, content, source)
    unproven = 0 if announced in _PROVEN else end
    has_blanks = blanks.first is not None and blanks.first < unproven
    return Sound(content, looks.look(source, announced, canvas), unproven, has_blanks)


def inspect_source(file: BinaryIO, source: Source, max_bytes: int) -> Inspection:
    """A file to be converted is only checked to be of its kind: whether it is whole shows when it is converted."""
    blanks = Blanks()
    size, sha256, reader = _read(file, _LIMITS.held_bytes, blanks)
    reader.seek(0)
    head = reader.read(HEAD_BYTES)
    found, content = sniff(head), Content(size, sha256, None)
    try:
        if size > max_bytes:
            raise flaws.too_many_bytes(size, max_bytes)
        if not head:
            raise flaws.empty()
        if found != flaws.NOUNS[source]:
            if not any(head[:_SHORTEST]) or len(head) < _SHORTEST:
                raise flaws.truncated()
            raise flaws.misnamed(found, source) if isinstance(found, Format) else flaws.foreign(found, source)
    except FlawError as flaw:
        return _verdict(flaw, content, reader)
    return Sound(content, NOTHING_SEEN, size, blanks.first is not None)


def identify(file: BinaryIO) -> Content:
    """Only what the bytes are, whole or not. Raises OSError."""
    size, sha256, source = _read(file, _LIMITS.held_bytes, Blanks())
    source.seek(0)
    found = sniff(source.read(HEAD_BYTES))
    return Content(size, sha256, found if isinstance(found, Format) else None)


def _read(file: BinaryIO, held_bytes: int, blanks: Blanks) -> tuple[int, str, BinaryIO]:
    """Size, SHA-256, and where to read the same bytes again."""
    digest = hashlib.sha256()
    pieces: list[bytes] = []
    length, size = file.seek(0, io.SEEK_END), 0
    file.seek(0)
    # A photo that is held whole is also read whole: each read and each hash takes Python's lock once.
    at_a_time = length + 1 if length <= held_bytes else PIECE
    while piece := file.read(at_a_time):
        digest.update(piece)
        blanks.feed(piece)
        size += len(piece)
        if size <= held_bytes:
            pieces.append(piece)
        else:
            pieces.clear()
    return size, digest.hexdigest(), io.BytesIO(b"".join(pieces)) if size <= held_bytes else file


def _check_kind(head: bytes, found: Format | str | None, announced: Format) -> None:
    if not head:
        raise flaws.empty()
    if found is announced:
        return
    # Space reserved for a file that is still being copied reads as zeros.
    if not any(head[:_SHORTEST]) or (not isinstance(found, Format) and may_become(head, announced)):
        raise flaws.truncated()
    raise flaws.misnamed(found, announced) if isinstance(found, Format) else flaws.foreign(found, announced)


def _check_bytes(source: BinaryIO, size: int, kind: Format, limits: Limits) -> tuple[Canvas | None, int]:
    """The canvas where the walk tells it, and where the picture ends."""
    cursor = Cursor(source, size)
    canvas = None
    match kind:
        case Format.JPEG:
            decoding.jpeg(source, completeness.jpeg(cursor), limits)
        case Format.PNG:
            png.check(cursor)
        case Format.GIF:
            decoding.gif(source, canvas := completeness.gif(cursor), limits)
        case Format.WEBP:
            decoding.webp(source, canvas := completeness.webp(cursor), size, limits)
        case Format.BMP:
            decoding.bmp(source, canvas := completeness.bmp(cursor), limits)
        case Format.SVG:
            svg.check(source, size)
            return None, size
    polyglots.check(source, size, cursor.offset, kind)
    return canvas, cursor.offset


def _verdict(flaw: FlawError, content: Content, source: BinaryIO) -> Inspection:
    if flaw.code is ReasonCode.CORRUPT and _ends_blank(source, content.size):
        flaw = flaws.truncated()
    reason = Reason(flaw.code, flaw.message)
    if flaw.code in {ReasonCode.EMPTY, ReasonCode.TRUNCATED}:
        return Incomplete(content, reason)
    return Unsound(content, reason)


def _ends_blank(source: BinaryIO, size: int) -> bool:
    """Whether the last bytes are zeros, as in reserved space that nothing has been written to yet."""
    source.seek(max(size - _BLANK_TAIL, 0))
    return not any(source.read(_BLANK_TAIL))
