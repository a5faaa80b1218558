"""Where the files of finished photos are: in the watched folder, or put away by the service."""

from __future__ import annotations

import os
from collections.abc import Collection

from folder_sync.photo import Record, State
from folder_sync.store.lineage import forget
from folder_sync.store.ports import Database
from folder_sync.store.rows import COLUMNS, PRESENT, in_states, record
from folder_sync.text import path_text


class Places:
    def __init__(self, database: Database) -> None:
        self._db = database

    def standing(self, states: Collection[State]) -> list[Record]:
        """Photos in these states whose files stand where the photographer put them."""
        if not states:
            return []
        rows = self._db.read(f"SELECT {COLUMNS} FROM photo WHERE {in_states(states)} AND {PRESENT} ORDER BY arrival")
        return [record(row) for row in rows]

    def rejected_and_put_away(self) -> list[Record]:
        rows = self._db.read(f"SELECT {COLUMNS} FROM photo WHERE {in_states([State.REJECTED])} AND put_away = 1")
        return [record(row) for row in rows]

    def uploaded_and_put_away_below(self, folder: bytes) -> list[Record]:
        """Uploaded photos whose files the service has put below this folder."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE state = 'uploaded' AND place > ? AND place < ?",
            (folder + b"/", folder + b"0"),
        )
        return [record(row) for row in rows]

    def home(self, photo: Record) -> bytes:
        """The path at which the photographer put it, wherever it is now."""
        folder: bytes
        name: bytes
        ((folder, name),) = self._db.read("SELECT folder, name FROM photo WHERE id = ?", (photo.id,))
        return os.path.join(folder, name)

    def forget(self, photo: Record) -> None:
        """A rejected photo's record goes with its file."""
        with self._db.write() as connection:
            if connection.execute("SELECT 1 FROM photo WHERE id = ? AND state = 'rejected'", (photo.id,)).fetchall():
                forget(connection, photo.id)

    def is_known(self, path: bytes) -> bool:
        """Whether a photo was put there."""
        return bool(self._db.read("SELECT 1 FROM photo WHERE place = ?", (path,)))

    def put_away(self, photo: Record, to: bytes | None, now: float) -> bool:
        """The file leaves its folder, durably: to a place of the service's own, or for good (None).

        False where the record is not what it was: somebody else has put the file away meanwhile, say.
        """
        folder, name = os.path.split(photo.path)
        with self._db.write(durable=True) as connection:
            changed = connection.execute(
                "UPDATE photo SET place = ?, put_away = 1, changed_at = ?, note = ? WHERE id = ? AND state = ?"
                " AND (place = ? OR (place IS NULL AND put_away = 0 AND gone_at IS NULL AND folder = ? AND name = ?))",
                (
                    to,
                    now,
                    f'moved to "{path_text(to)}"' if to else "the file is deleted",
                    photo.id,
                    photo.state,
                    photo.path,
                    folder,
                    name,
                ),
            ).rowcount
        return changed == 1

    def bring_home(self, photo: Record, now: float) -> bool:
        """The file, put away once, stands in its folder again. False where the record is not what it was."""
        return self._place(photo, None, "the file is back where it came from", now)

    def put_back(self, photo: Record, now: float) -> None:
        """It did not, after all: the file is where ``photo`` says."""
        if photo.path == self.home(photo):
            self._place(photo, None, "the file is still there", now)
        else:
            self._place(photo, photo.path, "the file is still there", now)

    def _place(self, photo: Record, place: bytes | None, note: str, now: float) -> bool:
        with self._db.write(durable=True) as connection:
            changed = connection.execute(
                "UPDATE photo SET place = ?, put_away = ?, gone_at = NULL, changed_at = ?, note = ?"
                " WHERE id = ? AND state = ?",
                (place, 0 if place is None else 1, now, note, photo.id, photo.state),
            ).rowcount
        return changed == 1
