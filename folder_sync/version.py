"""Which folder-sync this is."""

from __future__ import annotations

import importlib.metadata
from functools import cache


@cache
def program_version() -> str:
    """Such as 0.1.0; "0" where it runs from a checkout that was never installed."""
    try:
        return importlib.metadata.version("folder-sync")
    except importlib.metadata.PackageNotFoundError:
        return "0"
