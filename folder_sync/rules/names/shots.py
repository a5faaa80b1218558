"""What a finished product has: its shots, each known by codes in file names or by its title."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shot:
    """``name`` is the title that is sent; ``codes`` stand for it in names; ``primary``: a code of it makes the hero."""

    name: str
    codes: tuple[str, ...] = ()
    primary: bool = False
    required: bool = False


class Shots:
    """All of them. Of codes and names, letter case does not matter."""

    def __init__(self, shots: Iterable[Shot] = ()) -> None:
        self.all = tuple(shots)
        self._of_code = {folded(code): shot for shot in self.all for code in shot.codes}
        self._of_name = {folded(shot.name): shot for shot in self.all}
        self.codes = tuple(code for shot in self.all for code in shot.codes)
        self.folded_codes = tuple(self._of_code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shots) and self.all == other.all

    def __hash__(self) -> int:
        return hash(self.all)

    def of_code(self, code: str) -> Shot | None:
        return self._of_code.get(folded(code))

    def of_title(self, title: str) -> Shot | None:
        return self._of_name.get(folded(title))


def folded(text: str) -> str:
    """For comparing; of the same length as its composed form."""
    composed = unicodedata.normalize("NFC", text)
    lower = composed.lower()
    return lower if len(lower) == len(composed) else composed
