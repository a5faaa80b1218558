"""What a name that is not understood may have been meant to be.

These only propose, best first: ``naming`` reads each proposal as it would read a file's name, and offers the
first that is understood. So a rule here may be generous, but never offers a name that would be refused again.
Names are proposed as stems, without the extension.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import EXTENSIONS
from folder_sync.rules.names import gtin
from folder_sync.rules.names.parts import clean_title, is_flag, meant_flag

_SPACERS: Final = r"\s_.‐-―-"
_SHORTEST: Final = 7
"""Digits that may be a GTIN without its zeros; of shorter numbers, too many would be a GTIN-8 by chance."""

_RUN: Final = re.compile(rf"(?<!\d)\d{{{_SHORTEST},14}}(?!\d)")
_GROUPED: Final = re.compile(rf"(?<!\d)\d(?:[{_SPACERS}]?\d){{{_SHORTEST - 1},13}}(?!\d)")
_EDGES: Final = re.compile(rf"^[{_SPACERS}]+|[{_SPACERS}]+$")
_TRAILING_PRIMARY: Final = re.compile(r"(?<=[^\s_-])[\s_-]+(primary)$", re.IGNORECASE)
_SECOND_EXTENSION: Final = re.compile(rf"\.(?:{'|'.join(EXTENSIONS)})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stem, and a sentence on what may have happened, where that helps."""

    stem: str
    hint: str = ""


def for_first_part(stem: str) -> Iterator[Proposal]:
    """The first part is not digits: look for a GTIN anywhere, and put it first.

    Unbroken runs come before grouped digits: ``012345678905-2`` is rather a GTIN and a number than a GTIN-13
    written with a dash, though one time in ten the check digit would allow that too. For the same reason lost
    zeros come last: ``3100 6141410074`` is a grouped GTIN-14, not the GTIN-12 006141410074.
    """
    stem = _SECOND_EXTENSION.sub("", stem)
    for zeros_lost, pattern in itertools.product((False, True), (_RUN, _GROUPED)):
        for found in pattern.finditer(stem):
            digits = "".join(str(unicodedata.decimal(c)) for c in found[0] if c.isdecimal())
            digits = _padded(digits) if zeros_lost else digits
            around = (_EDGES.sub("", text) for text in (stem[: found.start()], stem[found.end() :]))
            rest = _TRAILING_PRIMARY.sub(r"__\1", "__".join(filter(None, around)))
            if rest:
                yield Proposal(f"{digits}__{rest}", "Put the GTIN first, and two underscores after it.")
            else:
                yield Proposal(digits)


def for_digits(digits: str, rest: Sequence[str], fault: gtin.Fault) -> Iterator[Proposal]:
    """The first part is ASCII digits, but no GTIN; ``rest`` are the other parts."""
    if fault is gtin.Fault.LENGTH:
        yield Proposal("__".join((_padded(digits), *rest)), "Leading zeros may have got lost.")
    if fault is gtin.Fault.CHECK_DIGIT:
        swaps = {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1)}
        right = [swap for swap in swaps if gtin.check_digit(swap[:-1]) == swap[-1]]
        if len(right) == 1:  # where several fit, naming one could put the photo on another product
            yield Proposal("__".join((*right, *rest)), "Two digits may be swapped.")


def for_unknown_part(first: str, rest: Sequence[str], unknown: str) -> Iterator[Proposal]:
    """``unknown``, one of ``rest``, is neither title nor flag: it was meant as a flag, or belongs to the title."""
    if meant := meant_flag(unknown):
        yield Proposal("__".join((first, *(meant if part == unknown else part for part in rest))))
    else:
        title = " ".join(clean_title(part) for part in rest if not is_flag(part))
        yield Proposal("__".join((first, "_".join(title.split()), *filter(is_flag, rest))))


def for_repeated_flag(first: str, rest: Sequence[str]) -> Iterator[Proposal]:
    """A flag is given twice, and once is enough. Of two different numbers none is proposed."""
    once = dict.fromkeys(part.lower() if is_flag(part) else part for part in rest)
    yield Proposal("__".join((first, *once)))


def _padded(digits: str) -> str:
    """``digits`` with the leading zeros that spreadsheets drop, in the shortest form: each is the same GTIN-14."""
    if len(digits) < _SHORTEST:
        return digits
    return digits.zfill(8 if len(digits) <= 8 else 12)
