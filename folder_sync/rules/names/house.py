"""The house's own grammar: ``<gtin>[__<title>][__<flag>…]``, the extension set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from folder_sync.photo import TITLE_MAX, Gtin14, Label, Reason, ReasonCode
from folder_sync.rules.names import copies, gtin, suggestions
from folder_sync.rules.names.meaning import Fault, Proposal, Reading
from folder_sync.rules.names.parts import (
    LONGEST,
    PRIMARY,
    begins_with_primary,
    clean_title,
    is_flag,
    meant_flag,
    meant_hero,
)
from folder_sync.text import quoted

SHORTEST: Final = 7
"""Digits that were meant to be a GTIN, if a wrong one: shorter numbers are those that cameras count."""

_EXAMPLE: Final = '"00012345678905__Front_of_package__primary.jpg"'


class House:
    entry = "house"

    def read(self, _folders: Sequence[str], stem: str) -> Reading | Fault:
        return read(stem)


def read(stem: str) -> Reading | Fault:
    """Refused for the first thing wrong with it: GTIN, flags, title, and last that it is called like a copy."""
    first, *rest = stem.split("__")
    copied = _original(first, rest, stem)
    try:
        number = gtin.parse(first)
    except gtin.NotAGtin as wrong:
        return copy(copied[0], copied[1]) if copied else _wrong_gtin(wrong, stem)
    found = label(number, first, rest)
    if copied is None:
        return found
    if isinstance(found, Fault) and found.code is ReasonCode.UNKNOWN_FLAG and any(map(meant_hero, rest)):
        # The hero is the greater question; and yet it may be a copy of one.
        return replace(found, copy_of=copied[1].label)
    return copy(*copied)


def label(number: Gtin14, first: str, rest: Sequence[str]) -> Reading | Fault:
    """What the parts after a GTIN say; ``first`` is what stands before them, as it was written."""
    flags, words, title = [], [], ""
    for part in rest:
        if is_flag(part):
            flags.append(part.lower())
        elif clean := clean_title(part):
            title = title or clean
            words.append(part)
    # What was to be "primary" is never a title: a hero lost to a typing error is worse than a question.
    if unknown := [*filter(meant_hero, words), *words[1:]]:
        proposals = suggestions.for_unknown_part(first, rest, unknown[0])
        message, advice = _unknown_flag(unknown[0], title)
        is_hero = meant_hero(unknown[0]) is not None
        return Fault(ReasonCode.UNKNOWN_FLAG, message, advice, number, proposals, decides=is_hero)
    numbers = [int(flag) for flag in flags if flag != PRIMARY]
    if len(numbers) > 1 or flags.count(PRIMARY) > 1:
        message = f"The name has {'more than one number' if len(numbers) > 1 else f'the flag {PRIMARY} twice'}."
        proposals = suggestions.for_repeated_flag(first, rest)
        return Fault(ReasonCode.BAD_NAME, message, "Keep one.", number, proposals)
    if len(title) > TITLE_MAX:
        message = f"The title has {len(title)} characters, and {TITLE_MAX} is the most."
        return Fault(ReasonCode.TITLE_TOO_LONG, message, "Shorten it.", number)
    is_primary = PRIMARY in flags
    return Reading(Label(number, title, is_primary, numbers[0] if numbers else None), remarks(title, is_primary))


def remarks(title: str, is_primary: bool) -> tuple[Reason, ...]:
    if is_primary or not begins_with_primary(title):
        return ()
    return (
        Reason(
            "says_primary",
            f'The title begins with "{PRIMARY}", but the photo is not the hero. If it is to be, '
            f"set {PRIMARY} apart by two underscores.",
        ),
    )


def _original(first: str, rest: Sequence[str], stem: str) -> tuple[str, Reading] | None:
    """The stem of what this is a copy of, and what that says; None where it is not called like a copy of a photo.

    A computer puts its mark at the end; who adds a flag afterwards leaves it after the title.
    """
    if len(stem) > LONGEST or not copies.is_suspect(stem):
        return None
    candidates = [copies.original(stem)]
    candidates += [
        "__".join((first, *(shorter if part is marked else part for part in rest)))
        for marked in rest
        if not is_flag(marked) and (shorter := copies.original(marked))
    ]
    for candidate in filter(None, candidates):
        start, *others = candidate.split("__")
        try:
            found = label(gtin.parse(start), start, others)
        except gtin.NotAGtin:
            continue
        if isinstance(found, Reading):
            return candidate, found
    return None


def copy(stem: str, original: Reading) -> Fault:
    """``stem`` is what the original is called."""
    is_numbered = original.label.number is not None
    return Fault(
        ReasonCode.COPY_NAME,
        "This is called like a copy that a computer made.",
        "Name it as the photo that it is.",
        original.label.gtin,
        [Proposal(stem, otherwise=None if is_numbered else f"{stem}__2")],
        original.label,
        decides=True,
    )


def _wrong_gtin(wrong: gtin.NotAGtin, stem: str) -> Fault:
    first, *rest = stem.split("__")
    if wrong.fault is not gtin.Fault.NOT_DIGITS:
        proposals = suggestions.for_digits(first, rest, wrong)
        advice = "Compare the number with the one on the product."
        is_one = len(first) >= SHORTEST
        return Fault(ReasonCode.BAD_GTIN, str(wrong), advice, proposals=proposals, decides=is_one)
    message = f"The first part of the name, {quoted(first, 40)}, is not a GTIN in plain digits."
    proposals = suggestions.for_first_part(stem)
    return Fault(ReasonCode.BAD_NAME, message, f"Name the photo like {_EXAMPLE}.", proposals=proposals)


def _unknown_flag(part: str, title: str) -> tuple[str, str]:
    """Message and advice."""
    if meant := meant_flag(part):
        return f"{quoted(part, 40)} is not a flag; {quoted(meant)} was probably meant.", "Rename the file."
    return (
        f"{quoted(part, 40)} is not a flag, and the name has the title {quoted(title, 40)} already.",
        f"Flags are {PRIMARY} and a number of 1 to 3 digits; use single underscores within a title.",
    )
