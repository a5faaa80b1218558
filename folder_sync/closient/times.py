"""The two ways in which the API writes a moment, as seconds since the Unix epoch. Whatever is written, nothing raises.

``datetime`` for what it reads; the clock that it has as well is not asked in here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_TO_THE_SECOND: Final = len("2026-01-02T03:04:05")


def http_date(text: str | None) -> float | None:
    """``Sun, 06 Nov 1994 08:49:37 GMT``, and the older forms that RFC 9110 wants understood."""
    try:
        return None if text is None else _epoch(parsedate_to_datetime(text))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def iso_time(text: str) -> float | None:
    """ISO-8601 with or without an offset; without one it is UTC, as documented.

    None for a mere day as well: nothing could be said to come before or after it.
    """
    try:
        return _epoch(datetime.fromisoformat(text)) if len(text) >= _TO_THE_SECOND else None
    except (ValueError, OverflowError):
        return None


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
