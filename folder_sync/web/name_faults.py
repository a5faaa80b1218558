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

NAMES: Final[Mapping[str, str]] = {
    "Some letters of the name can't be read: they are not UTF-8. Rename the file.": "Some letters of ",
    "A letter of the name got lost on its way. Rename the file.": "A letter of ",
    "The name has a control character in it, such as a tab or a line break. Take it out.": (
        '".*" has a control character in it'
    ),
    "The name has a letter in it that nobody sees: {letter}. Take it out.": (
        r'".*" has a letter in it that nobody sees: (?P<letter>U\+[0-9A-F]+)'
    ),
    "The name has more than one number. Keep one.": "The name has more than one number",
    "The name has the flag “primary” twice. Keep one.": "The name has the flag primary twice",
    "“{part}” is neither the caption nor “primary”.": '"(?P<part>.+?)" is not a (?:flag|title)',
    "The photo is named by the GTIN {own}, and its folder by {product}. Rename the one, or move the photo.": (
        'The photo is named by the GTIN (?P<own>[0-9]+), and its folder ".*" by (?P<product>[0-9]+)'
    ),
    "The photo does not lie in a folder that is named by a GTIN. Move it into the folder of its product.": (
        "The photo does not lie in a folder"
    ),
    "The name is not one after GS1: a GTIN, an underscore, and four characters such as C1N1.": (
        '".*" is not a GS1 name'
    ),
    "The name does not fit the pattern {pattern}. Rename the file.": '".*" does not fit "(?P<pattern>.+)"[.]',
    "The products file has no SKU “{sku}”. Once it does, the photo goes by itself.": (
        'The products file has no SKU "(?P<sku>.+?)"[.]'
    ),
    "“{code}” is not the code of a shot.": '"(?P<code>.+?)" is not the code of a shot',
    "The name has no ending that says what it is, such as .jpg.": "The name has no file extension",
    "The name ends with a dot. Take it off.": "The name ends with a dot",
    "The name ends with a space. Take it off.": "The name ends with a space",
}
"""What is said, and how the reason begins that the rules give in English."""

UPC_E: Final = "“{digits}” is a UPC-E, short for the GTIN {long}."
MEANT: Final = "Perhaps “{name}” was meant."


def said_anew(rejected: Rejected, path: str, general: str, words: Words) -> str:
    """``path``: as it was read. ``general``: what is said of the code, in the reader's language."""
    reason = rejected.reason
    what = of_number(path, words) if reason.code == ReasonCode.BAD_GTIN else _of_name(reason.message, words)
    meant = words(MEANT, name=display(rejected.suggestion)) if rejected.suggestion else ""
    return f"{what or general} {meant}".strip()


def _of_name(message: str, words: Words) -> str:
    """Empty where no more is known than the code."""
    for sentence, beginning in NAMES.items():
        if found := re.match(beginning, message):
            return words(sentence, **found.groupdict())
    return ""


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
