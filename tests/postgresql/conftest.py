"""What these tests need: a studio with a sandbox of its own."""

from __future__ import annotations

from tests.support.fixtures import mounts, process_as_before, sandbox, studio

__all__ = ["mounts", "process_as_before", "sandbox", "studio"]
