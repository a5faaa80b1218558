"""The environment as it is, for processes that tests start."""

from __future__ import annotations

import os


def without(prefix: str) -> dict[str, str]:
    """Without the variables that begin so. From any thread: pytest sets one of its own at each step of a test, and
    going through ``os.environ`` itself fails when a variable goes meanwhile."""
    found = {name: os.environ.get(name) for name in list(os.environ)}
    return {name: value for name, value in found.items() if value is not None and not name.startswith(prefix)}
