"""Where the files of finished photos are: in the watched folder, or put away by the service."""

from __future__ import annotations

import os
from collections.abc import Collection

from folder_sync.photo import Record, State
from folder_sync.store.database import Database
from folder_sync.store.rows import COLUMNS, CURRENT, record


class Places:
    def __init__(self, database: Database) -> None:
        self._db = database

    def standing(self, states: Collection[State]) -> list[Record]:
        """Photos in these states whose files stand where the photographer put them."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE state IN ({', '.join('?' * len(states))})"
            f" AND {CURRENT} AND gone_at IS NULL ORDER BY arrival",
            tuple(states),
        )
        return [record(row) for row in rows]

    def rejected_and_put_away(self) -> list[Record]:
        rows = self._db.read(f"SELECT {COLUMNS} FROM photo WHERE state = 'rejected' AND gone_at = 0")
        return [record(row) for row in rows]

    def forget(self, photo: Record) -> None:
        """A rejected photo's record goes with its file."""
        with self._db.write() as connection:
            connection.execute("DELETE FROM photo WHERE id = ? AND state = 'rejected'", (photo.id,))

    def is_known(self, path: bytes) -> bool:
        folder, name = os.path.split(path)
        return bool(self._db.read(f"SELECT 1 FROM photo WHERE folder = ? AND name = ? AND {CURRENT}", (folder, name)))

    def put_away(self, photo: Record, to: bytes, now: float) -> bool:
        """The file leaves the photographer's sight, durably. False where the record is not what it was."""
        return self._place(photo, photo.path, to, 0.0, now)

    def put_back(self, photo: Record, to: bytes, now: float) -> bool:
        """It did not, after all."""
        return self._place(photo, to, photo.path, None, now)

    def _place(self, photo: Record, frm: bytes, to: bytes, gone_at: float | None, now: float) -> bool:
        (old_folder, old_name), (folder, name) = os.path.split(frm), os.path.split(to)
        note = "" if frm != to else "the file is deleted" if gone_at is not None else "the file is still there"
        with self._db.write(durable=True) as connection:
            changed = connection.execute(
                "UPDATE photo SET folder = ?, name = ?, gone_at = ?, changed_at = ?, note = ?"
                " WHERE id = ? AND state = ? AND folder = ? AND name = ?",
                (folder, name, gone_at, now, note, photo.id, photo.state, old_folder, old_name),
            ).rowcount
        return changed == 1
