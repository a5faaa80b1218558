"""What is wrong with a name, in the reader's language. Parses the name again, for the recorded reason is English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from folder_sync.photo import ReasonCode
from folder_sync.rules.names import gtin as gtins
from folder_sync.rules.names.gtin import Fault
from folder_sync.rules.names.meaning import Rejected
from folder_sync.text import display
from folder_sync.web.words import Words

_DIGITS: Final = re.compile(r"[0-9]{5,}")

FAULTS: Final[Mapping[Fault, str]] = {
    Fault.LENGTH: "A GTIN has 8, 12, 13 or 14 digits; “{digits}” has {n}.",
    Fault.ALL_ZEROS: "“{digits}” is all zeros: no product has that GTIN.",
    Fault.CHECK_DIGIT: "“{digits}” is not a GTIN: its last digit would have to be {right}, or another digit is wrong.",
    Fault.SHORT_CODE: "“{digits}” is not a GTIN: eight digits that begin with 0 are a number for inside a shop.",
}
"""About numbers that are not GTINs."""

UPC_E: Final = "“{digits}” is a UPC-E, short for the GTIN {long}."
MEANT: Final = "Perhaps “{name}” was meant."


def said_anew(rejected: Rejected, path: str, general: str, words: Words) -> str:
    """``path``: as it was read. ``general``: what is said of the code, in the reader's language."""
    what = (of_number(path, words) if rejected.reason.code == ReasonCode.BAD_GTIN else "") or general
    meant = words(MEANT, name=display(rejected.suggestion)) if rejected.suggestion else ""
    return f"{what} {meant}".strip()


def of_number(path: str, words: Words) -> str:
    """About the last number that is not a GTIN; empty where something else is wrong."""
    for part in reversed(path.split("/")):
        found = _DIGITS.search(part)
        if found is None:
            continue
        digits = found[0]
        try:
            gtins.parse(digits)
        except gtins.NotAGtin as wrong:
            if wrong.stands_for:
                return words(UPC_E, digits=digits, long=wrong.stands_for)
            right = gtins.check_digit(digits[:-1])
            return words(FAULTS[wrong.fault], digits=digits, n=len(digits), right=right)
    return ""
