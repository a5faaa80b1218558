"""The index behind the page's search: brought up to date by housekeeping, a few thousand photos at a time."""

from __future__ import annotations

from typing import Final

from folder_sync.store.ports import Database

AT_ONCE: Final = 2_000
"""Photos in one transaction: some 50 ms, in which nobody else writes."""

LAST_INDEXED: Final = "SELECT coalesce((SELECT rowid FROM photo_text ORDER BY rowid DESC LIMIT 1), 0)"


class SearchIndex:
    def __init__(self, database: Database) -> None:
        self._db = database

    def catch_up(self) -> bool:
        """Index some of the photos that came since. Whether more are left."""
        if not self._db.read(f"SELECT 1 FROM photo WHERE id > ({LAST_INDEXED}) LIMIT 1"):
            return False
        rows = self._db.change(
            "INSERT INTO photo_text (rowid, text)"
            " SELECT id, CAST(name AS TEXT) || char(10) || title || char(10) || coalesce(gtin, '') FROM photo"
            f" WHERE id > ({LAST_INDEXED}) ORDER BY id LIMIT :most RETURNING rowid",
            {"most": AT_ONCE},
        )
        return len(rows) == AT_ONCE
