"""Eight digits that are a date: one in ten would pass for a GTIN-8."""

from __future__ import annotations

import re
from typing import Final

_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_YEAR: Final = "(?:19|20)[0-9]{2}"
_DATE: Final = re.compile(f"{_YEAR}{_MONTH}{_DAY}|{_DAY}{_MONTH}{_YEAR}|{_MONTH}{_DAY}{_YEAR}")


def is_date(digits: str) -> bool:
    """Whether eight ASCII digits are year, month and day, with the year first or last."""
    return _DATE.fullmatch(digits) is not None
