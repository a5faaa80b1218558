"""What is recorded of files that are converted: of which photos, by which recipe, and what came of it."""

from __future__ import annotations

from folder_sync.photo import Content, Details, Record, State
from folder_sync.store.ports import Database
from folder_sync.store.rows import COLUMNS, expect_one, in_states, in_watchers, record


class Conversions:
    """``recipe`` is the key of a ``rules.conversion.Recipe``. All methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def made_before(self, sha256: str, recipe: str) -> Details | None:
        """What was made of the same bytes by the same recipe, whatever became of that photo."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE sha256 = :sha256 AND recipe = :recipe ORDER BY arrival DESC LIMIT 1",
            {"sha256": sha256, "recipe": recipe},
        )
        return record(rows[0]).details if rows else None

    def in_use(self) -> set[tuple[str, str]]:
        """SHA-256 and recipe of each photo whose converted file may have to be sent, or sent again."""
        states = in_states([State.QUEUED, State.UPLOADING, State.UNCONFIRMED, State.WAITING])
        watched, watchers = in_watchers(self._db.sendable)
        rows = self._db.read(
            f"SELECT sha256, recipe FROM photo WHERE recipe IS NOT NULL AND {watched} AND {states}", watchers
        )
        return {(sha256, recipe) for sha256, recipe in rows}

    def made_again(self, photo: Record, content: Content) -> None:
        """What goes in place of a photo in `uploading` is now this: the old one is lost, and the server has nothing of
        it.
        """
        with self._db.write() as connection:
            cursor = connection.execute(
                "UPDATE photo SET sent_sha256 = :sha256, sent_size = :size, sent_format = :format"
                " WHERE id = :id AND state = 'uploading'",
                {"sha256": content.sha256, "size": content.size, "format": content.format, "id": photo.id},
            )
            expect_one(cursor)
