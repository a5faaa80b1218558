"""A template as a regular expression: what most names are read by, several times as fast as by ``matching``.

It finds the reading that ``matching`` would, for both decide from left to right, in the same order of preference; only
whether a SKU or a GTIN is known is asked afterwards, and where it is not, ``matching`` has to look for another reading.
Only where a name can't make it slow: few places where anything may stand, and short names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from folder_sync.rules.names.parts import PRIMARY
from folder_sync.rules.names.template import Component, Field, Literal, Open

LONGEST: Final = 100
"""Characters of a name; how long a hostile one takes grows with their square."""

_OPEN_MAX: Final = 2
_OPTIONAL_MAX: Final = 2
_CODES_MAX: Final = 60
_OPEN_FIELDS: Final = frozenset({"sku", "title", "any"})

_NOTHING: Final = r"(?!)"
_NUMBER: Final = r"(?<![0-9])[0-9]{1,3}(?![0-9])"
_GTIN: Final = r"(?<![0-9])(?:[0-9]{8}|[0-9]{12,14})(?![0-9])"


def pattern(component: Component, codes: Sequence[str]) -> re.Pattern[str] | None:
    """To be matched with a whole folded name; its groups are called like the fields. None where it would not do.

    ``codes``: folded.
    """
    fields = component.fields
    if (
        sum(kind in _OPEN_FIELDS for kind in fields) > _OPEN_MAX
        or sum(isinstance(step, Open) for step in component.steps) > _OPTIONAL_MAX
        or len(codes) > _CODES_MAX
        # Of several SKUs the longest counts, wherever it begins.
        or ("sku" in fields and component.steps[0] != Field("sku"))
    ):
        return None
    text = ""
    ends: list[int] = []
    for at, step in enumerate(component.steps):
        while ends and ends[-1] == at:
            ends.pop()
            text += ")?"
        match step:
            case Open(end):
                ends.append(end)
                text += "(?:"
            case Literal(literal):
                text += re.escape(literal)
            case Field("any"):
                text += ".+?"
            case Field(kind):
                text += f"(?P<{kind}>{_of(kind, codes)})"
    return re.compile(text + ")?" * len(ends), re.DOTALL)


def _of(kind: str, codes: Sequence[str]) -> str:
    match kind:
        case "sku":
            return ".+"
        case "title":
            return ".+?"
        case "number":
            return _NUMBER
        case "gtin":
            return _GTIN
        case "primary":
            return PRIMARY
    return "|".join(map(re.escape, sorted(codes, key=len, reverse=True))) or _NOTHING
