"""What intake holds back on this machine, for whoever asks from outside: files that have no record, or no new one,
yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from folder_sync.store.ports import Database


class WhyHeld(StrEnum):
    WRITTEN = "written"
    """It is still being written, or may be: it has not stood still for long enough."""
    INCOMPLETE = "incomplete"
    """It ends too early, or is damaged, and may still be completed."""
    FAILING = "failing"
    """It could not be looked into so far."""
    WAITING = "waiting"
    """It has stood still, and is not judged yet."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """``since``: when it was first seen."""

    path: bytes
    since: float
    why: WhyHeld


class HeldFiles:
    def __init__(self, database: Database) -> None:
        self._db = database

    def publish(self, folder: bytes, count: int, files: Sequence[HeldFile]) -> None:
        """What is held back in a watched folder now: how many files, and some of them by name."""
        at = {"watcher": self._db.watcher, "folder": folder}
        with self._db.write() as connection:
            connection.execute("DELETE FROM held_file WHERE watcher = :watcher AND folder = :folder", at)
            connection.execute("DELETE FROM held_folder WHERE watcher = :watcher AND folder = :folder", at)
            if count:
                connection.execute(
                    "INSERT INTO held_folder (watcher, folder, files) VALUES (:watcher, :folder, :files)",
                    at | {"files": count},
                )
                connection.executemany(
                    "INSERT INTO held_file (watcher, folder, path, since, why)"
                    " VALUES (:watcher, :folder, :path, :since, :why)",
                    [at | {"path": file.path, "since": file.since, "why": file.why} for file in files],
                )

    def count(self) -> int:
        """How many, in all folders."""
        rows = self._db.read(
            "SELECT coalesce(sum(files), 0) FROM held_folder WHERE watcher = :watcher", {"watcher": self._db.watcher}
        )
        return int(rows[0][0])

    def named(self) -> list[HeldFile]:
        """Some of them, those first that are held for longest."""
        rows = self._db.read(
            "SELECT path, since, why FROM held_file WHERE watcher = :watcher ORDER BY since, path",
            {"watcher": self._db.watcher},
        )
        return [HeldFile(path, since, WhyHeld(why)) for path, since, why in rows]
