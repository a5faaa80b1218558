"""Times in the addresses of pages."""

from __future__ import annotations

import re
import time
from typing import Final

from folder_sync.report.moments import parse
from folder_sync.web.problems import Wrong

_GERMAN: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:,? +(.+))?")
"""As the page itself writes them in German."""


def moment(text: str) -> float | None:
    """None for nothing. Raises Wrong."""
    if not text.strip():
        return None
    try:
        return parse(_iso(text.strip()), time.time())
    except (ValueError, OverflowError, OSError):
        raise Wrong(
            "This time is not understood.",
            "Write a date (2026-11-23), a time (2026-11-23 16:30), or how long ago (3d, 12h).",
        ) from None


def _iso(text: str) -> str:
    found = _GERMAN.fullmatch(text)
    if found is None:
        return text
    day, month, year, clock = found.groups()
    return f"{year}-{month:>02}-{day:>02}" + (f" {clock}" if clock else "")
