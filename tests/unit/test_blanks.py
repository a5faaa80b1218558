"""Zeros that fill whole blocks, and nothing else, may be what was not written yet."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from folder_sync.files.pictures.blanks import BLOCK, Blanks

DATA = b"\x01" * BLOCK


def first(*pieces: bytes) -> int | None:
    blanks = Blanks()
    for piece in pieces:
        blanks.feed(piece)
    return blanks.first


@pytest.mark.parametrize("blocks", [1, 2, 40])
def test_whole_blocks_between_others_are_found(blocks: int) -> None:
    assert first(DATA * 2 + bytes(BLOCK * blocks) + DATA) == 2 * BLOCK


@pytest.mark.parametrize(
    "data",
    [
        b"",
        DATA * 5,
        DATA + bytes(BLOCK - 1) + DATA * 2,
        DATA[:-1] + bytes(BLOCK + 1) + DATA,  # begins before its block
        DATA + bytes(BLOCK + 1) + DATA,  # ends behind its block
        DATA[1:] + bytes(BLOCK) + DATA * 2,  # whole, but no block
        bytes(BLOCK) + DATA,  # what begins with nothing is told otherwise,
        DATA + bytes(2 * BLOCK),  # and so is what ends with nothing
    ],
    ids=["empty", "data", "short", "early", "late", "between blocks", "at the start", "at the end"],
)
def test_other_zeros_are_the_picture_s_own(data: bytes) -> None:
    assert first(data) is None


def test_the_first_is_told() -> None:
    gap = bytes(BLOCK) + DATA
    assert first(DATA + bytes(BLOCK + 1) + DATA[1:] + gap + gap) == 3 * BLOCK


blocks = st.sampled_from([DATA, bytes(BLOCK), b"\x01" + bytes(BLOCK - 1), bytes(BLOCK - 1) + b"\x01"])


@given(st.lists(blocks, max_size=12), st.integers(0, BLOCK), st.integers(1, 5))
@example([DATA, bytes(BLOCK), bytes(BLOCK), DATA], 0, 2)
def test_it_is_the_same_in_pieces(file: list[bytes], cut: int, at_once: int) -> None:
    data = b"".join(file)[: len(file) * BLOCK - cut]
    pieces = [data[at : at + at_once * BLOCK] for at in range(0, len(data), at_once * BLOCK)]
    runs = re.finditer(rb"(?<=[^\0])\0{4096,}(?=[^\0])", data)
    wanted = next((run.start() for run in runs if run.start() % BLOCK == run.end() % BLOCK == 0), None)
    assert first(*pieces) == first(data) == wanted
