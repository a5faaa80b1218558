"""Times in the addresses of pages."""

from __future__ import annotations

import time

from folder_sync.report.moments import parse
from folder_sync.web.problems import Wrong


def moment(text: str) -> float | None:
    """None for nothing. Raises Wrong."""
    if not text.strip():
        return None
    try:
        return parse(text.strip(), time.time())
    except (ValueError, OverflowError, OSError):
        raise Wrong(
            "This time is not understood.",
            "Write a date (2026-11-23), a time (2026-11-23 16:30), or how long ago (3d, 12h).",
        ) from None
