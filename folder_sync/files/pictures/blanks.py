"""Blocks that a program may not have written yet: they read as zeros, and the picture decodes all the same.

Pictures hold long runs of zeros themselves: white in an optimised JPEG, black in a BMP. But file systems and file
servers write whole blocks, and a run of a picture's own begins and ends exactly with blocks by chance only, which is
one in sixteen million.
"""

from __future__ import annotations

from typing import Final

BLOCK: Final = 4096
"""Bytes: the page of most processors, the block of most file systems; what copies write at once is a multiple of it."""

_ZEROS: Final = bytes(BLOCK)


class Blanks:
    """Fed with the bytes of a file in their order. Costs one look at the first byte of each block."""

    def __init__(self) -> None:
        self.first: int | None = None
        """Where the first zeros begin that fill whole blocks, with other bytes right before and right after them."""
        self._at = 0
        self._last = 0
        self._begin: int | None = None
        self._end = -1

    def feed(self, piece: bytes) -> None:
        if self.first is not None:
            return
        if self._end == self._at:
            self._ends(piece[:1])
        heads = piece[(start := -self._at % BLOCK) :: BLOCK]
        number = heads.find(0)
        while number >= 0 and self.first is None:
            at = start + number * BLOCK
            if piece[at : at + BLOCK] == _ZEROS:
                if self._end != self._at + at:
                    before = piece[at - 1] if at else self._last
                    self._begin = self._at + at if before else None
                self._end = self._at + at + BLOCK
                self._ends(piece[at + BLOCK : at + BLOCK + 1])
            number = heads.find(0, number + 1)
        self._at += len(piece)
        self._last = piece[-1] if piece else self._last

    def _ends(self, behind: bytes) -> None:
        if behind > b"\0":
            self.first = self._begin
