"""Trade item numbers: the one door from text to ``Gtin14``."""

from __future__ import annotations

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


class NotAGtin(ValueError):
    """Says in one sentence why ``text`` is no GTIN; ``fault`` says it to programs."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


def check_digit(body: str) -> str:
    """The digit that makes ``body`` (ASCII digits) a GTIN: *GS1 General Specifications*, 7.9."""
    return ean.calc_check_digit(body)


def parse(text: str) -> Gtin14:
    """A GTIN-8, -12, -13 or -14 in plain ASCII digits, as 14 digits. Raises ``NotAGtin``."""
    shown = quoted(text, 40)
    if not _DIGITS.fullmatch(text):
        raise NotAGtin(Fault.NOT_DIGITS, f"{shown} is not a GTIN: write it in the plain digits 0 to 9.")
    if not _GTIN.fullmatch(text):
        raise NotAGtin(Fault.LENGTH, f"A GTIN has 8, 12, 13 or 14 digits; {shown} has {len(text)}.")
    if not text.strip("0"):
        raise NotAGtin(Fault.ALL_ZEROS, f"{shown} is all zeros: no product has that GTIN.")
    if (right := check_digit(text[:-1])) != text[-1]:
        raise NotAGtin(
            Fault.CHECK_DIGIT,
            f"{shown} is not a GTIN: its last digit would have to be {right}, or another digit is wrong.",
        )
    return Gtin14(text.zfill(14))
