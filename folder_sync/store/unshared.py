"""The records of a folder that several machines shared, for the one whose own it is by now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from folder_sync.store.lineage import forget
from folder_sync.store.ports import Database
from folder_sync.store.rows import PRESENT
from folder_sync.store.whose import shared_name

BATCH: Final = 1_000
"""How many records to handle at a time: for well under a second nobody else can write."""

_THESE: Final = "photo.id > :after AND photo.id <= :to AND photo.watcher = :shared"
_COPIES: Final = f"""
  SELECT copy.id, photo.id FROM photo JOIN photo copy ON copy.duplicate_of = photo.id
    AND copy.folder = photo.folder AND copy.name = photo.name
  WHERE {_THESE} AND copy.watcher = :watcher AND copy.state = 'duplicate' AND copy.replaced = 0"""
_TAKE_BACK: Final = f"""
  UPDATE photo SET watcher = :watcher WHERE {_THESE} AND NOT EXISTS (
    SELECT 1 FROM photo own WHERE own.watcher = :watcher AND own.folder = photo.folder AND own.name = photo.name
      AND (own.replaced = 0 OR own.stands = 1))
  RETURNING id"""


class Unshared:
    def __init__(self, database: Database, *, batch: int = BATCH) -> None:
        self._db = database
        self._batch = batch

    def some_standing(self, root: bytes, most: int) -> list[bytes]:
        """Paths of a few photos that should stand in it, and are still in the records of the shared folder."""
        rows = self._db.read(
            f"SELECT folder, name FROM photo WHERE watcher = :shared AND {PRESENT} AND state <> 'missing' LIMIT :most",
            {"shared": shared_name(root), "most": most},
        )
        return [folder + b"/" + name for folder, name in rows]

    def take_back(self, root: bytes) -> Iterator[int]:
        """They are this machine's from now on: how many, a batch at a time; the next start goes on with what is left.

        A file that this machine has met again meanwhile, and took for a copy, is the photo itself.
        """
        for after in range(0, self._db.ever_numbered("photo"), self._batch):
            these = {
                "shared": shared_name(root),
                "watcher": self._db.watcher,
                "after": after,
                "to": after + self._batch,
            }
            with self._db.write() as connection:
                for copy, photo in connection.execute(_COPIES, these).fetchall():
                    forget(connection, copy, photo)
                taken = connection.execute(_TAKE_BACK, these).fetchall()
            yield len(taken)
