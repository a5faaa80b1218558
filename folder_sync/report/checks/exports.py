"""What `check` says of programs that finish a photo twice: each such photo costs two images and two requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from folder_sync.errors import StoreUnavailable
from folder_sync.report.checks.finding import Finding
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Store

SOON_SECONDS: Final = 60.0
LAST: Final = 50
"""Replacements that are looked at."""

MANY: Final = 5
"""Fewer are a photographer who saw a mistake."""


def check(store: Store) -> Iterator[Finding]:
    """Nothing where the records can't be read: that is said already."""
    try:
        database = store.open(read_only=True)
    except StoreUnavailable:
        return
    try:
        soon, replaced = PhotoQueries(database).replaced_soon(SOON_SECONDS, LAST)
    except StoreUnavailable:
        return
    finally:
        database.close()
    if soon >= MANY:
        detail = (
            f"{soon} of the last {replaced} replaced photos were exported again within a minute, so each cost two"
            " images and two requests. If a program finishes its files twice, raise intake.settle_seconds above the"
            " pause that it makes"
        )
        yield Finding("exports", ok=True, detail=detail)
