"""Times as people write and read them: on the clock of this machine."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Final

_AGO: Final = re.compile(r"([0-9]{1,6}) ?([dhm])")
_SECONDS: Final = {"d": 86_400.0, "h": 3_600.0, "m": 60.0}
_OF_TODAY: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?")


def parse(text: str, now: float) -> float:
    """Unix seconds of a date (its midnight here), a time, or ``3d``, ``12h``, ``30m`` before ``now``.

    Raises ValueError, OverflowError or OSError for anything else.
    """
    if ago := _AGO.fullmatch(text):
        return now - float(ago[1]) * _SECONDS[ago[2]]
    if _OF_TODAY.fullmatch(text):
        hour, rest = text.split(":", 1)
        text = f"{time.strftime('%Y-%m-%d', time.localtime(now))} {hour:>02}:{rest}"
    # Without a zone it is on this machine's clock.
    return datetime.fromisoformat(text).timestamp()


def local(moment: float) -> str:
    """``2026-11-23 17:20:14 CET``: on the clock of whoever reads it."""
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(moment)).rstrip()
