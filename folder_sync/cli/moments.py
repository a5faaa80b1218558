"""Times that people give to commands."""

from __future__ import annotations

import time
from typing import Any

import click

from folder_sync.report.moments import parse
from folder_sync.text import quoted


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
