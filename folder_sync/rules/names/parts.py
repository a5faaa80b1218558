"""What one part of a name is, between its double underscores: a flag, a title, or a slip."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PRIMARY: Final = "primary"

_FLAG: Final = re.compile(r"primary|[0-9]{1,3}", re.ASCII | re.IGNORECASE)
_DRESSED_NUMBER: Final = re.compile(r"\W*([0-9]{1,3})\W*")
_MEAN_PRIMARY: Final = frozenset({"hero", "main"})


def is_flag(part: str) -> bool:
    """``primary`` in any letter case, or 1 to 3 ASCII digits; blanks around it make it something else."""
    return _FLAG.fullmatch(part) is not None


def clean_title(part: str) -> str:
    """The part as a caption: ``_`` and white space of any kind and length as one space, trimmed, NFC."""
    return unicodedata.normalize("NFC", " ".join(part.replace("_", " ").split()))


def is_slip_of_primary(part: str) -> bool:
    """Whether a part that is no flag is ``primary`` but for one slip, or but for blanks around it."""
    return any(within_one_slip(text.casefold(), PRIMARY) for text in (part, clean_title(part)))


def meant_flag(part: str) -> str | None:
    """The flag that a part which is none was probably meant to be: ``primay``, ``hero``, ``(2)``."""
    text = clean_title(part)
    if is_slip_of_primary(part) or text.casefold() in _MEAN_PRIMARY:
        return PRIMARY
    number = _DRESSED_NUMBER.fullmatch(text)
    return number[1] if number else None


def within_one_slip(text: str, word: str) -> bool:
    """Whether at most one character of ``word`` is missing, added, wrong, or swapped with the next."""
    same = min(len(text), len(word))
    at = next((i for i in range(same) if text[i] != word[i]), same)
    here, there = text[at:], word[at:]
    return (
        here[1:] == there
        or here == there[1:]
        or here[1:] == there[1:]
        or (here[:2] == there[1::-1] and here[2:] == there[2:])
    )
