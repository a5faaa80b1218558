"""Where the files of finished photos are on this machine: in the watched folder, or put away by the service."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from folder_sync.photo import Record, State
from folder_sync.store.lineage import forget
from folder_sync.store.ports import Database
from folder_sync.store.rows import COLUMNS, PRESENT, WATCHED, in_states, in_watchers, path_of, record
from folder_sync.text import path_text


@dataclass(frozen=True, slots=True)
class PutAway:
    """A file that is being put away: where to, and what the record said before."""

    photo: Record
    to: bytes | None
    place: bytes | None
    put_away: int


class Places:
    def __init__(self, database: Database) -> None:
        self._db = database

    def standing(self, states: Collection[State]) -> list[Record]:
        """Photos in these states whose files stand where the photographer put them."""
        if not states:
            return []
        ours, watchers = in_watchers(self._db.watchers)
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE {in_states(states)} AND {ours} AND {PRESENT} ORDER BY arrival", watchers
        )
        return [record(row) for row in rows]

    def rejected_and_put_away(self) -> list[tuple[Record, bytes]]:
        """With the path at which the photographer put each."""
        ours, watchers = in_watchers(self._db.watchers)
        rows = self._db.read(
            f"SELECT folder, name, {COLUMNS} FROM photo WHERE {in_states([State.REJECTED])} AND {ours}"
            " AND put_away = 1",
            watchers,
        )
        return [(record(row), path_of(folder, name, None)) for folder, name, *row in rows]

    def uploaded_and_put_away_below(self, folder: bytes) -> list[Record]:
        """Uploaded photos whose files the service has put below this folder."""
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE state = 'uploaded' AND {WATCHED}"
            " AND place > :inside AND place < :behind",
            {"watcher": self._db.watcher_of(folder), "inside": folder + b"/", "behind": folder + b"0"},
        )
        return [record(row) for row in rows]

    def is_here(self, photo: Record) -> bool:
        """Whether its file is here: what another machine sent before it went silent is settled here, too."""
        return photo.watcher in self._db.sendable

    def home(self, photo: Record) -> bytes:
        """The path at which the photographer put it, wherever it is now."""
        folder: bytes
        name: bytes
        ((folder, name),) = self._db.read("SELECT folder, name FROM photo WHERE id = :id", {"id": photo.id})
        return os.path.join(folder, name)

    def forget(self, photo: Record) -> None:
        """A rejected photo's record goes with its file."""
        with self._db.write() as connection:
            if connection.execute(
                "SELECT 1 FROM photo WHERE id = :id AND state = 'rejected'", {"id": photo.id}
            ).fetchall():
                forget(connection, photo.id)

    def is_known(self, path: bytes) -> bool:
        """Whether a photo was put there."""
        return bool(
            self._db.read(
                f"SELECT 1 FROM photo WHERE {WATCHED} AND place = :place",
                {"watcher": self._db.watcher_of(path), "place": path},
            )
        )

    def put_away(self, photo: Record, to: bytes | None) -> PutAway | None:
        """The file is about to leave its folder, durably: to a place of the service's own, or for good (None).

        None where the record is not what it was: somebody else has put the file away meanwhile, say.
        """
        folder, name = os.path.split(photo.path)
        with self._db.write(durable=True) as connection:
            rows = connection.execute(
                f"SELECT place, put_away FROM photo WHERE id = :id AND state = :state AND {WATCHED} AND (place = :path"
                " OR (place IS NULL AND put_away = 0 AND gone_at IS NULL AND folder = :folder AND name = :name))",
                {
                    "id": photo.id,
                    "state": photo.state,
                    "watcher": photo.watcher,
                    "path": photo.path,
                    "folder": folder,
                    "name": name,
                },
            ).fetchall()
            if not rows:
                return None
            connection.execute("UPDATE photo SET place = :to, put_away = 1 WHERE id = :id", {"to": to, "id": photo.id})
        return PutAway(photo, to, *rows[0])

    def has_left(self, step: PutAway, now: float) -> None:
        """It has. A step of the file and none of the photo: a rejection that was told of is no new one for it."""
        photo, to = step.photo, step.to
        event, detail = ("moved", f'moved to "{path_text(to)}"') if to else (photo.state, "the file is deleted")
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO history (photo_id, at, event, detail)"
                " SELECT id, :now, :event, :detail FROM photo WHERE id = :id",
                {"now": now, "event": event, "detail": detail, "id": photo.id},
            )

    def undo(self, step: PutAway) -> None:
        """It did not, after all: everything is as it was, and the history knows of nothing."""
        with self._db.write(durable=True) as connection:
            connection.execute(
                "UPDATE photo SET place = :place, put_away = :put_away WHERE id = :id AND put_away = 1"
                " AND place IS NOT DISTINCT FROM :to",
                {"place": step.place, "put_away": step.put_away, "id": step.photo.id, "to": step.to},
            )

    def bring_home(self, photo: Record, now: float) -> bool:
        """The file, put away once, stands in its folder again. False where the record is not what it was."""
        with self._db.write(durable=True) as connection:
            changed = connection.execute(
                "UPDATE photo SET place = NULL, put_away = 0, gone_at = NULL, changed_at = :now,"
                " note = 'the file is back where it came from' WHERE id = :id AND state = :state",
                {"now": now, "id": photo.id, "state": photo.state},
            ).rowcount
        return changed == 1
