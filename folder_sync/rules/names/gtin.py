"""Trade item numbers: the one door from text to ``Gtin14``."""

from __future__ import annotations

import functools
import re
from enum import Enum, auto
from typing import Final

from stdnum import ean

from folder_sync.photo import Gtin14
from folder_sync.text import quoted

# Matched here and not left to the library, which also takes spaces, dashes and digits of other scripts.
_DIGITS: Final = re.compile(r"[0-9]+")
_GTIN: Final = re.compile(r"[0-9]{8}|[0-9]{12,14}")


class Fault(Enum):
    """What is wrong with a text that is not a GTIN."""

    NOT_DIGITS = auto()
    LENGTH = auto()
    ALL_ZEROS = auto()
    CHECK_DIGIT = auto()
    SHORT_CODE = auto()
    """Eight digits that begin with 0: a UPC-E, or a number for inside a shop."""


class NotAGtin(ValueError):
    """Says in one sentence why ``text`` is no GTIN; ``fault`` says it to programs.

    ``stands_for``: the GTIN-12 that a UPC-E is short for.
    """

    def __init__(self, fault: Fault, message: str, stands_for: str | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.stands_for = stands_for


@functools.lru_cache(maxsize=1024)  # a product has several photos, and their names are read one after the other
def check_digit(body: str) -> str:
    """The digit that makes ``body`` (ASCII digits) a GTIN: *GS1 General Specifications*, 7.9."""
    return ean.calc_check_digit(body)


def parse(text: str) -> Gtin14:
    """A GTIN-8, -12, -13 or -14 in plain ASCII digits, as 14 digits. Raises ``NotAGtin``."""
    if not _DIGITS.fullmatch(text):
        raise NotAGtin(Fault.NOT_DIGITS, f"{quoted(text, 40)} is not a GTIN: write it in the plain digits 0 to 9.")
    if not _GTIN.fullmatch(text):
        raise NotAGtin(Fault.LENGTH, f"A GTIN has 8, 12, 13 or 14 digits; {quoted(text, 40)} has {len(text)}.")
    if not text.strip("0"):
        raise NotAGtin(Fault.ALL_ZEROS, f"{quoted(text)} is all zeros: no product has that GTIN.")
    if len(text) == 8 and text[0] == "0":
        raise _short_code(text)
    if (right := check_digit(text[:-1])) != text[-1]:
        raise NotAGtin(
            Fault.CHECK_DIGIT,
            f"{quoted(text)} is not a GTIN: its last digit would have to be {right}, or another digit is wrong.",
        )
    return Gtin14(text.zfill(14))


def is_gtin(text: str) -> bool:
    try:
        parse(text)
    except NotAGtin:
        return False
    return True


def _short_code(text: str) -> NotAGtin:
    """Three of five UPC-E have the check digit that a GTIN-8 of the same digits would have: that tells nothing."""
    shown, long = quoted(text), _expanded(text)
    if long[-1] == check_digit(long[:-1]):
        return NotAGtin(Fault.SHORT_CODE, f"{shown} is a UPC-E, short for the GTIN {long}.", long)
    return NotAGtin(
        Fault.SHORT_CODE, f"{shown} is not a GTIN: eight digits that begin with 0 are a number for inside a shop."
    )


def _expanded(text: str) -> str:
    """The GTIN-12 that a UPC-E of eight digits is short for (*GS1 General Specifications*, 5.2.2.4.2)."""
    body, last = text[1:7], text[6]
    match last:
        case "0" | "1" | "2":
            body = f"{body[:2]}{last}0000{body[2:5]}"
        case "3":
            body = f"{body[:3]}00000{body[3:5]}"
        case "4":
            body = f"{body[:4]}00000{body[4]}"
        case _:
            body = f"{body[:5]}0000{last}"
    return text[0] + body + text[7]
