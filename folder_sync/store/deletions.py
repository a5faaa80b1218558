"""Images of photos that were replaced, where they are to be taken off the server."""

from __future__ import annotations

from folder_sync.photo import Record
from folder_sync.store.ports import Database
from folder_sync.store.rows import COLUMNS, in_watchers, record


class Deletions:
    def __init__(self, database: Database) -> None:
        self._db = database

    def due(self, account: str, now: float, most: int) -> list[Record]:
        """Superseded photos whose images are to be taken off the server, and whose successors are there."""
        watched, watchers = in_watchers(self._db.watchers)
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE account = :account AND state = 'superseded' AND unwanted = 1"
            f" AND {watched} AND not_before <= :now AND NOT EXISTS (SELECT 1 FROM photo newer"
            " WHERE newer.id = photo.successor AND newer.state NOT IN ('uploaded', 'superseded'))"
            " ORDER BY not_before LIMIT :most",
            {"account": account, "now": now, "most": most, **watchers},
        )
        return [record(row) for row in rows]

    def begin(self, photo: Record, now: float) -> bool:
        """Before its image is asked to be deleted, durably: from now on the image may be gone, and is not relied on.

        False where the image is wanted again: the photo stands somewhere once more.
        """
        with self._db.write(durable=True) as connection:
            changed = connection.execute(
                "UPDATE photo SET deleting_at = coalesce(deleting_at, :now) WHERE id = :id AND unwanted = 1",
                {"now": now, "id": photo.id},
            ).rowcount
        return changed == 1

    def end(self, photo: Record, now: float, note: str, *, is_gone: bool) -> None:
        """Its image is gone from the server, or stays there for good."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE photo SET unwanted = 0, not_before = NULL, image_deleted_at = :gone_at, changed_at = :now,"
                " note = :note WHERE id = :id",
                {"gone_at": now if is_gone else None, "now": now, "note": note, "id": photo.id},
            )
