"""For programs that are held to a limit, or run as another user: coverage must neither slow them nor write for them."""

from __future__ import annotations

import os


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
