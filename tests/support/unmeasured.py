"""For programs that are held to a limit, or run as another user: coverage must neither slow them nor write for them."""

from __future__ import annotations

from tests.support.environment import without


def environment() -> dict[str, str]:
    return without("COVERAGE")
