"""What a name that is not understood may have been meant to be.

These only propose, best first: ``convention`` reads each proposal as it would read a file's name, and offers the
first that is understood. So a rule here may be generous, but never offers a name that would be refused again.
And none changes a digit of a GTIN: that would be the number of another product.
Names are proposed as stems, without the extension.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from folder_sync.photo import EXTENSIONS
from folder_sync.rules.names import gtin
from folder_sync.rules.names.dates import is_date
from folder_sync.rules.names.meaning import Proposal
from folder_sync.rules.names.parts import PRIMARY, clean_title, is_flag, meant_flag, meant_hero, says_nothing

_SPACERS: Final = r"\s_.‐-―-"
_RUN: Final = re.compile(r"(?<!\d)\d{8,14}(?!\d)")
_GROUPED: Final = re.compile(r"(?<!\d)\d(?:[\s.‐-―-]?\d){11,13}(?!\d)")
_LETTERS_AS_DIGITS: Final = re.compile(r"(?<![^\W_])(?=[0-9]*[OolI])[0-9OolI]{8,14}(?![^\W_])")
_AS_DIGITS: Final = str.maketrans("OolI", "0011")
_EDGES: Final = re.compile(rf"^[{_SPACERS}]+|[{_SPACERS}]+$")
_TRAILING_PRIMARY: Final = re.compile(r"(?<=[^\s_-])[\s_-]+(primary)$", re.IGNORECASE)
_SECOND_EXTENSION: Final = re.compile(rf"\.(?:{'|'.join(EXTENSIONS)})$", re.IGNORECASE)

_GTIN_FIRST: Final = "Put the GTIN first, and two underscores after it."


def for_first_part(stem: str) -> Iterator[Proposal]:
    """The first part is not digits: look for a GTIN anywhere, and put it first.

    Unbroken runs come before grouped digits: ``012345678905-2`` is rather a GTIN and a number than a GTIN-13
    written with a dash, though one time in ten the check digit would allow that too. For the same reason lost
    zeros come last. A date is no GTIN here, though one in ten would pass for one.
    """
    stem = _SECOND_EXTENSION.sub("", stem)
    for found in itertools.chain(_RUN.finditer(stem), _GROUPED.finditer(stem)):
        digits = "".join(str(unicodedata.decimal(c)) for c in found[0] if c.isdecimal())
        if not is_date(digits[:8]):
            yield _moved_to_the_front(stem, found, digits, _GTIN_FIRST)
    for found in _LETTERS_AS_DIGITS.finditer(stem):
        yield _moved_to_the_front(
            stem, found, found[0].translate(_AS_DIGITS), "A letter stands for a digit in the GTIN."
        )
    for found in _RUN.finditer(stem):
        if found[0].isascii() and not is_date(found[0][:8]):
            yield _moved_to_the_front(stem, found, _padded(found[0]), _GTIN_FIRST)


def _moved_to_the_front(stem: str, found: re.Match[str], digits: str, hint: str) -> Proposal:
    around = (_EDGES.sub("", text) for text in (stem[: found.start()], stem[found.end() :]))
    rest = _TRAILING_PRIMARY.sub(r"__\1", "__".join(filter(None, around)))
    return Proposal(f"{digits}__{rest}", hint) if rest else Proposal(digits)


def for_digits(digits: str, rest: Sequence[str], wrong: gtin.NotAGtin) -> Iterator[Proposal]:
    """The first part is ASCII digits, but no GTIN; ``rest`` are the other parts."""
    if wrong.stands_for:
        yield Proposal("__".join((wrong.stands_for, *rest)))
    if wrong.fault is gtin.Fault.LENGTH:
        yield Proposal("__".join((_padded(digits), *rest)), "Leading zeros may have got lost.")


def for_unknown_part(first: str, rest: Sequence[str], unknown: str) -> Iterator[Proposal]:
    """``unknown``, one of ``rest``, is neither title nor flag: it was meant as a flag, or belongs to the title."""

    def with_parts(*instead: str) -> Proposal:
        parts = itertools.chain.from_iterable(instead if part == unknown else (part,) for part in rest)
        return _joined(first, *parts)

    if hero := meant_hero(unknown):
        title = "_".join(hero.rest.split())
        yield with_parts(title, PRIMARY, hero.number or "")
        yield with_parts(title, PRIMARY)
        yield with_parts(PRIMARY)
    elif meant := meant_flag(unknown):
        yield with_parts(meant)
    elif says_nothing(unknown):
        proposal = with_parts()
        yield Proposal(proposal.stem, "Leave it out.")
    title = " ".join(clean_title(part) for part in rest if not is_flag(part))
    yield _joined(first, "_".join(title.split()), *filter(is_flag, rest))


def for_repeated_flag(first: str, rest: Sequence[str]) -> Iterator[Proposal]:
    """A flag is given twice, and once is enough. Of two different numbers none is proposed."""
    once = dict.fromkeys(part.lower() if is_flag(part) else part for part in rest)
    yield _joined(first, *once)


def _joined(*parts: str) -> Proposal:
    return Proposal("__".join(filter(None, parts)))


def _padded(digits: str) -> str:
    """``digits`` with the leading zeros that spreadsheets drop, in the shortest form: each is the same GTIN-14."""
    return digits.zfill(12) if 8 < len(digits) < 12 else digits
