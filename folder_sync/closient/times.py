"""The two ways in which the API writes a moment, as seconds since the Unix epoch. Whatever is written, nothing raises.

By hand, because ``datetime`` reads more than was promised, and knows a clock, which nothing in this layer does.
"""

from __future__ import annotations

import calendar
import re
from typing import Final

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE: Final = re.compile(  # the one form that RFC 9110 lets a server send
    r"[A-Z][a-z]{2}, (?P<day>[0-9]{2}) (?P<month>[A-Z][a-z]{2}) (?P<year>[0-9]{4}) (?P<clock>[0-9:]{8}) GMT"
)
_ISO_TIME: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ](?P<clock>[0-9:]{8})"
    r"(?P<fraction>\.[0-9]{1,9})?(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?"
)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)")  # 60: a leap second


def http_date(text: str | None) -> float | None:
    form = _HTTP_DATE.fullmatch(text) if text is not None else None
    if form is None or form["month"] not in _MONTHS:
        return None
    return _epoch(form, _MONTHS.index(form["month"]) + 1)


def iso_time(text: str) -> float | None:
    """ISO-8601 with or without an offset; without one it is UTC, as documented."""
    form = _ISO_TIME.fullmatch(text)
    seconds = _epoch(form, int(form["month"])) if form is not None else None
    if form is None or seconds is None:
        return None
    seconds += float(form["fraction"] or 0)
    if form["sign"]:
        offset = int(form["hours"]) * 3600 + int(form["minutes"]) * 60
        seconds += offset if form["sign"] == "-" else -offset
    return seconds


def _epoch(form: re.Match[str], month: int) -> float | None:
    """Seconds since the epoch of a time in UTC; None where the calendar or the clock has no such time."""
    year, day, clock = int(form["year"]), int(form["day"]), _CLOCK.fullmatch(form["clock"])
    if clock is None or year < 1 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return float(calendar.timegm((year, month, day, *map(int, clock.groups()))))
