"""Is the picture something else as well? Browsers, unpackers and interpreters look for their kind wherever it begins.

Much may follow the end of a photo: cameras and telephones put second pictures, films and notes of their own
there. So only what no photo has is refused: an archive that any unpacker would open, a document, a web page or a
program text. Inside the picture's own metadata nothing is looked for.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO, Final

from folder_sync.files.pictures.cursor import PIECE
from folder_sync.files.pictures.flaws import second_kind
from folder_sync.photo import Format

# Long enough not to turn up by chance in megabytes of compressed film.
_BEHIND: Final = re.compile(
    rb"<(?:!doctype\s+html|html[\s>]|script[\s>/]|iframe[\s>])|<\?php\s|%PDF-\d\.\d", re.IGNORECASE
)
_LONGEST: Final = 64
"""No less than any match of ``_BEHIND`` that counts."""

_ARCHIVE_ENTRY: Final = b"PK\1\2"
_ARCHIVE_END: Final = b"PK\5\6"
_ARCHIVE_END_SIZE: Final = 22
_COMMENT_MAX: Final = 65_535

_COMMENT: Final = b"/*"


def check(source: BinaryIO, size: int, end: int, kind: Format) -> None:
    """Raises the flaw *wrong_format*. ``end``: the offset at which the picture is complete."""
    if kind is Format.GIF and _begins_a_comment(source):
        raise second_kind("a script", kind)
    if _ends_an_archive(source, size):
        raise second_kind("a ZIP archive", kind)
    if _runs_behind(source, end):
        raise second_kind("a web page, a document or a program", kind)


def _begins_a_comment(source: BinaryIO) -> bool:
    """``GIF89a/*`` hides the picture from JavaScript in a comment. As a measure it would be 10,799 pixels."""
    source.seek(6)
    return source.read(2) == _COMMENT


def _ends_an_archive(source: BinaryIO, size: int) -> bool:
    """Unpackers read a ZIP from its end: a record that tells how long the list of contents before it is."""
    start = max(size - _ARCHIVE_END_SIZE - _COMMENT_MAX, 0)
    source.seek(start)
    tail = b""
    while piece := source.read(PIECE):
        tail += piece
    at = tail.find(_ARCHIVE_END)
    while 0 <= at <= len(tail) - _ARCHIVE_END_SIZE:
        entries, length = struct.unpack_from("<HI", tail, at + 10)
        if entries and length <= start + at:
            source.seek(start + at - length)
            if source.read(4) == _ARCHIVE_ENTRY:
                return True
        at = tail.find(_ARCHIVE_END, at + 1)
    return False


def _runs_behind(source: BinaryIO, end: int) -> bool:
    source.seek(end)
    before = b""
    while piece := source.read(PIECE):
        window = before + piece
        if _BEHIND.search(window):
            return True
        before = window[-_LONGEST:]
    return False
