"""The index behind the page's search: brought up to date by housekeeping, a few thousand photos at a time."""

from __future__ import annotations

from typing import Final

from folder_sync.store.ports import Database

AT_ONCE: Final = 2_000
"""Photos in one transaction: some 50 ms, in which nobody else writes."""


class SearchIndex:
    def __init__(self, database: Database) -> None:
        self._db = database

    def catch_up(self) -> bool:
        """Index some of the photos that came since. Whether more are left."""
        index = self._db.text_index
        if not self._db.read(f"SELECT 1 FROM photo WHERE id > ({index.last}) LIMIT 1"):
            return False
        return len(self._db.change(index.catch_up, {"most": AT_ONCE})) == AT_ONCE
