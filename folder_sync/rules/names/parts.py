"""What one part of a name is, between its double underscores: a flag, a title, or a slip."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from folder_sync.rules.names import copies

PRIMARY: Final = "primary"

LONGEST: Final = 255
"""The longest name, in characters as in bytes (``NAME_MAX`` in limits.h). What is longer is not searched for slips:
that takes more than in proportion."""

_FLAG: Final = re.compile(r"primary|[0-9]{1,3}", re.ASCII | re.IGNORECASE)
_DRESSED_NUMBER: Final = re.compile(r"\W*(?:(?:version|ver|v|rev|r|nr|no|n)\W*)?([0-9]{1,3})\W*", re.IGNORECASE)
_NO_NEWS: Final = frozenset(
    {"final", "fertig", "new", "neu", "edit", "edited", "bearbeitet", "retouched", "retusche", "ok", "web", "export"}
)
_MEAN_PRIMARY: Final = frozenset({"hero", "main"})
_TRAILING_NUMBER: Final = re.compile(r"(?<=[^\W\d_])[\s.#(-]*([0-9]+)\)?$")
_NUMBER_ENDS: Final = frozenset("0123456789)")
_EDGES: Final = " .,;:_#(-–—"
_LAST_WORD: Final = re.compile(r"(?:(.*[^\w])?)([^\W_]+)\W*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hero:
    """What a part that was to be ``primary`` says beside that. ``rest``: a title before it; or digits behind it, that
    are no number."""

    rest: str = ""
    number: str | None = None


def is_flag(part: str) -> bool:
    """``primary`` in any letter case, or 1 to 3 ASCII digits; blanks around it make it something else."""
    return _FLAG.fullmatch(part) is not None


def clean_title(part: str) -> str:
    """The part as a caption: ``_`` and white space of any kind and length as one space, trimmed, NFC."""
    return unicodedata.normalize("NFC", " ".join(part.replace("_", " ").split()))


def is_slip_of_primary(part: str) -> bool:
    """Whether a part that is not a flag is ``primary`` but for one slip, or but for blanks around it."""
    return within_one_slip(part.casefold(), PRIMARY) or within_one_slip(clean_title(part).casefold(), PRIMARY)


def meant_hero(part: str) -> Hero | None:
    """What a part that is not a flag says where it was to make the photo the hero.

    That is ``primary`` but for a slip; with a copy's suffix or digits behind it; at the end of a title; or a title that
    is only ``hero`` or ``main`` (``Hero 2`` tells photos apart). A title that begins with the word is one.
    """
    if len(part) > LONGEST:
        return None
    text = clean_title(part)
    digits = None
    while True:
        if shorter := copies.original(text):
            text = shorter
        elif text[-1:] in _NUMBER_ENDS and (numbered := _TRAILING_NUMBER.search(text)):
            text, digits = text[: numbered.start()], numbered[1]
        else:
            break
    number = digits if digits and len(digits) <= 3 else None
    over = digits if digits and not number else ""
    if is_slip_of_primary(text) or (digits is None and text.casefold() in _MEAN_PRIMARY):
        return Hero(over, number)
    last = _LAST_WORD.fullmatch(text)
    if last and last[1] and within_one_slip(last[2].casefold(), PRIMARY):
        return Hero(f"{last[1].strip(_EDGES)} {over}".strip(), number)
    return None


def meant_flag(part: str) -> str | None:
    """The flag that a part was probably meant to be, though it is none: ``primay``, ``hero``, ``(2)``, ``v2``."""
    if meant_hero(part):
        return PRIMARY
    number = _DRESSED_NUMBER.fullmatch(clean_title(part))
    return number[1] if number else None


def says_nothing(part: str) -> bool:
    """Whether a part only says that the photo is finished, as all are."""
    return clean_title(part).casefold() in _NO_NEWS


def begins_with_primary(title: str) -> bool:
    return title[: len(PRIMARY)].lower() == PRIMARY and not title[len(PRIMARY) : len(PRIMARY) + 1].isalnum()


def within_one_slip(text: str, word: str) -> bool:
    """Whether at most one character of ``word`` is missing, added, wrong, or swapped with the next."""
    if abs(len(text) - len(word)) > 1:
        return False
    same = min(len(text), len(word))
    at = next((i for i in range(same) if text[i] != word[i]), same)
    here, there = text[at:], word[at:]
    return (
        here[1:] == there
        or here == there[1:]
        or here[1:] == there[1:]
        or (here[:2] == there[1::-1] and here[2:] == there[2:])
    )
