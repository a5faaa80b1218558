"""Can the picture be decoded? Asks Pillow, within a fixed budget of memory.

A picture whose decoding would take more than ``Limits.decoding_bytes`` has only its structure checked: still GIF and
BMP beyond 4 million pixels, WebP and animated GIF beyond 1 million, progressive JPEG beyond 2.6 to 5 million.

Pillow's image classes are made directly, never through ``Image.open``: that would look at metadata, warn, and
depend on settings of the whole process, all of which several threads must not share.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from folder_sync.files.pictures.completeness import Canvas, JpegLayout
from folder_sync.files.pictures.flaws import corrupt
from folder_sync.photo import Format


@dataclass(frozen=True, slots=True)
class Limits:
    """What one picture may take. ``held_bytes``: files up to this size are held whole while they are examined;
    ``decoding_bytes``: of memory; ``frame_pixels``: of all frames of an animation, which is about a second.
    """

    held_bytes: int = 2_000_000
    decoding_bytes: int = 16_000_000
    frame_pixels: int = 100_000_000


_ROWS: Final = 32  # two rows of the largest blocks: every table has been used by then
_SCANS_MAX: Final = 100  # encoders write about ten; each costs a pass over the whole picture

# Measured: Pillow's animation decoders hold up to four canvases of four bytes a pixel.
_ANIMATED: Final = 16
_PLAIN: Final = 4

_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
)
"""All that decoders written in Python were seen to raise over hostile bytes, and their kin."""


def jpeg(source: BinaryIO, layout: JpegLayout, limits: Limits) -> None:
    """Decodes the top of the picture, in brightness, at an eighth of the size: whether its tables make sense is seen
    there. Reading all of it would tell nothing more: libjpeg paints over bits that make no sense, and only warns.
    """
    if layout.held > limits.decoding_bytes or layout.scans > _SCANS_MAX:
        return

    def decode() -> None:
        with io.BufferedReader(_Spliced(layout.top(_ROWS), source, layout.scans_at)) as spliced:
            image = JpegImagePlugin.JpegImageFile(spliced)
            image.draft("L", (max(image.width // 8, 1), max(image.height // 8, 1)))
            image.load()

    _guarded(Format.JPEG, decode)


def gif(source: BinaryIO, canvas: Canvas, limits: Limits) -> None:
    if _pixels(canvas) * (_PLAIN if canvas.frames == 1 else _ANIMATED) <= limits.decoding_bytes:
        _frames(Format.GIF, GifImagePlugin.GifImageFile, source, canvas, limits)


def webp(source: BinaryIO, canvas: Canvas, size: int, limits: Limits) -> None:
    """``size`` of the file in bytes: Pillow reads all of it, and copies it once."""
    if _pixels(canvas) * _ANIMATED + size * 2 <= limits.decoding_bytes:
        _frames(Format.WEBP, WebPImagePlugin.WebPImageFile, source, canvas, limits)


def bmp(source: BinaryIO, canvas: Canvas, limits: Limits) -> None:
    if _pixels(canvas) * _PLAIN <= limits.decoding_bytes:
        _frames(Format.BMP, BmpImagePlugin.BmpImageFile, source, canvas, limits)


def _pixels(canvas: Canvas) -> int:
    return canvas.width * canvas.height


def _frames(
    kind: Format, opener: Callable[[BinaryIO], ImageFile], source: BinaryIO, canvas: Canvas, limits: Limits
) -> None:
    if _pixels(canvas) * canvas.frames > limits.frame_pixels:
        return

    def decode() -> None:
        source.seek(0)
        image = opener(source)
        for frame in range(canvas.frames):
            image.seek(frame)
            image.load()

    _guarded(kind, decode)


def _guarded(kind: Format, decode: Callable[[], None]) -> None:
    try:
        decode()
    except _DECODER_ERRORS as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault; Pillow's own have no number
        raise corrupt(kind) from error


class _Spliced(io.RawIOBase):
    """``head``, then ``tail`` from ``offset`` on, as one file. Keeps metadata away from Pillow."""

    def __init__(self, head: bytes, tail: BinaryIO, offset: int) -> None:
        self._head = head
        self._tail = tail
        self._shift = offset - len(head)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = offset + (self._at if whence == io.SEEK_CUR else 0)
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # all that BufferedReader passes
        if self._at < len(self._head):
            piece = self._head[self._at : self._at + len(buffer)]
        else:
            self._tail.seek(self._at + self._shift)
            piece = self._tail.read(len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
