"""Which image format the first bytes of a file are."""

from __future__ import annotations

import re
from typing import Final

from folder_sync.photo import Format

HEAD_BYTES: Final = 4096
"""How much of a file :func:`sniff` wants to see: an SVG may begin with long comments."""

_SVG: Final = re.compile(
    rb"\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?[^>]*>)\s*)*<svg[\s/>]", re.DOTALL
)


def sniff(head: bytes) -> Format | None:
    """The format, or None for anything that is not one of the six the API takes."""
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Format.WEBP
    if head.startswith(b"BM"):
        return Format.BMP
    if _SVG.match(head.removeprefix(b"\xef\xbb\xbf")):
        return Format.SVG
    return None
