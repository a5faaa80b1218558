"""What stands in a PNG beside its pixels: measures, colours, texts, and the frames of an animation.

Any of it can keep a decoder from opening a picture whose pixels are whole. Held to what Pillow demands: most programs
that take pictures in use it or libpng, and what it refuses can't be used there.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Final

from folder_sync.files.pictures.cursor import PIECE
from folder_sync.files.pictures.flaws import corrupt, oversized_text
from folder_sync.photo import Format

_SHORTEST: Final = {
    b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"acTL": 8, b"fcTL": 26, b"fdAT": 4,
}  # fmt: skip
_TRANSPARENCY: Final = {0: 2, 2: 6}
"""Bytes that it takes in grey and in colour; of a palette any number."""

_TEXT_MAX: Final = 1_048_576
_TEXTS_MAX: Final = 64 * _TEXT_MAX
"""``MAX_TEXT_CHUNK`` and ``MAX_TEXT_MEMORY`` of Pillow, for a text unpacked and for all of them."""

_PACKED: Final = frozenset({b"zTXt", b"iTXt", b"iCCP"})
_FRAME_BYTES_MAX: Final = 400_000_000
"""Bytes of all frames, unpacked: about two seconds. Beyond that only their order is checked."""


class Pixels:
    """Counts what inflates from the pixel data, up to what the header says. ``missing``: bytes still to come."""

    def __init__(self, size: int) -> None:
        self.missing = size
        self._stream = zlib.decompressobj()

    def feed(self, piece: bytes) -> None:
        try:
            while piece and self.missing > 0 and not self._stream.eof:
                self.missing -= len(self._stream.decompress(piece, PIECE))
                piece = self._stream.unconsumed_tail
        except zlib.error:
            raise corrupt(Format.PNG) from None


class Extras:
    """Told every chunk: ``begin``, its ``data`` in pieces, ``end``. Raises the flaw *corrupt*.

    ``inflated_size`` of a frame of so many columns and rows.
    """

    def __init__(self, header: bytes, inflated_size: Callable[[int, int], int]) -> None:
        self._color = header[9]
        self._frames = _Frames(header, inflated_size)
        self._text: _PackedText | None = None
        self._texts = 0
        self._kind = b""

    def begin(self, kind: bytes, length: int) -> None:
        shortest = _TRANSPARENCY.get(self._color, 0) if kind == b"tRNS" else _SHORTEST.get(kind, 0)
        if length < shortest:
            raise corrupt(Format.PNG)
        self._kind = kind
        self._text = _PackedText(kind) if kind in _PACKED else None
        self._frames.begin(kind)
        if kind in {b"tEXt", b"iTXt"}:
            self._count(length)

    def data(self, piece: bytes) -> None:
        if self._text is not None:
            self._count(self._text.feed(piece))
        elif self._kind == b"fcTL":
            self._frames.control(piece)
        elif self._kind == b"fdAT":
            self._frames.data(piece)

    def end(self) -> None:
        if self._text is not None:
            self._text.end()
        if self._kind == b"IEND":
            self._frames.complete()

    def _count(self, unpacked: int) -> None:
        self._texts += unpacked
        if self._texts > _TEXTS_MAX:
            raise oversized_text()


class _Frames:
    """Those of an animation: each after its control chunk, in sequence with its data, and with all its pixels."""

    def __init__(self, header: bytes, inflated_size: Callable[[int, int], int]) -> None:
        self._width, self._height = struct.unpack_from(">II", header)
        self._inflated_size = inflated_size
        self._sequence = -1
        self._pixels: Pixels | None = None
        self._size = 0
        self._has_picture = False
        self._is_announced = False
        self._is_due = False
        self._number = b""

    def begin(self, kind: bytes) -> None:
        self._number = b""
        if kind == b"fdAT" and not self._is_announced:
            raise corrupt(Format.PNG)
        if kind == b"IDAT":
            self._has_picture, self._is_due = True, False

    def control(self, piece: bytes) -> None:
        if self._number:  # the chunk is longer than it needs to be
            return
        self._number = piece[:4]
        sequence, width, height, left, top = struct.unpack_from(">5I", piece)
        self.complete()
        self._in_sequence(sequence)
        if self._is_due or left + width > self._width or top + height > self._height:
            raise corrupt(Format.PNG)
        self._is_due = True
        self._is_announced = self._has_picture or sequence > 0  # else it comes as the picture itself
        size = self._inflated_size(width, height)
        self._size += size
        self._pixels = Pixels(size) if self._is_announced and self._size <= _FRAME_BYTES_MAX else None

    def data(self, piece: bytes) -> None:
        missing = 4 - len(self._number)  # the frame's data comes after its number
        if missing > 0:
            self._number += piece[:missing]
            self._in_sequence(int.from_bytes(self._number))
            self._is_due = False
        if self._pixels is not None:
            self._pixels.feed(piece[max(missing, 0) :])

    def complete(self) -> None:
        if self._pixels is not None and self._pixels.missing > 0:
            raise corrupt(Format.PNG)

    def _in_sequence(self, number: int) -> None:
        if number != self._sequence + 1:
            raise corrupt(Format.PNG)
        self._sequence = number


class _PackedText:
    """One compressed text, or colour profile. Its head, up to where the data begins, stands in its first piece."""

    def __init__(self, kind: bytes) -> None:
        self._kind = kind
        self._head = b""
        self._stream: zlib._Decompress | None = None
        self._is_over = False
        self._size = 0

    def feed(self, piece: bytes) -> int:
        """How many bytes more are unpacked."""
        if self._is_over:
            return 0
        if self._stream is None:
            self._head += piece
            start = self._start_of_data()
            if start is None:
                self._is_over = True  # plain text
                return 0
            piece = self._head[start:]
            self._stream = zlib.decompressobj()
        return self._unpacked(self._stream, piece)

    def end(self) -> None:
        if self._kind == b"iCCP" and self._stream is None:
            raise corrupt(Format.PNG)

    def _unpacked(self, stream: zlib._Decompress, piece: bytes) -> int:
        before = self._size
        try:
            while piece and not stream.eof:
                self._size += len(stream.decompress(piece, PIECE))
                piece = stream.unconsumed_tail
                if self._size >= _TEXT_MAX and piece:
                    raise oversized_text()
        except zlib.error:
            self._is_over = True  # every decoder passes over it
        return self._size - before

    def _start_of_data(self) -> int | None:
        """None where the text is not compressed."""
        at = self._head.find(b"\0")
        if self._kind == b"iTXt":
            if at < 0 or len(self._head) < at + 3 or not self._head[at + 1] or self._head[at + 2]:
                return None
            language_ends = self._head.find(b"\0", at + 3)
            keyword_ends = self._head.find(b"\0", language_ends + 1)
            return keyword_ends + 1 if at < language_ends < keyword_ends else None
        if at < 0 or len(self._head) < at + 2:
            if self._kind == b"iCCP":
                raise corrupt(Format.PNG)
            return None
        if self._head[at + 1]:
            raise corrupt(Format.PNG)
        return at + 2
