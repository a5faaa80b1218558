"""What these tests need: a studio with a sandbox of its own."""

from __future__ import annotations

from tests.support.fixtures import sandbox, studio

__all__ = ["sandbox", "studio"]
