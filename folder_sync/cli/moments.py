"""Times as people write and read them: on the clock of this machine, and with its zone."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any, Final

import click

from folder_sync.text import quoted

_AGO: Final = re.compile(r"([0-9]{1,6}) ?([dhm])")
_SECONDS: Final = {"d": 86_400.0, "h": 3_600.0, "m": 60.0}
_OF_TODAY: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?")


class Moment(click.ParamType[float]):
    """``2026-11-23`` (its midnight here), a time (``2026-11-23 16:30``, ``16:30``, ISO-8601), ``3d``, ``12h`` ago."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Unix seconds."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            return parse(text, time.time())
        except (ValueError, OverflowError, OSError):
            return self.fail(
                f"{quoted(text)} is not a time. Write a date (2026-11-23), a time (2026-11-23 16:30), or how long ago"
                " (3d, 12h).",
                param,
                ctx,
            )


def parse(text: str, now: float) -> float:
    """Raises ValueError for anything else than ``Moment`` names."""
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
