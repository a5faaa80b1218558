"""Who was told what: kept over restarts, so that nothing is told twice and nothing is forgotten.

A target is known by its number and scheme in the configuration (``1 mailto``): its address holds secrets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from folder_sync.photo import Record
from folder_sync.rules.noticing import Episode, Kind, Trouble, Weight
from folder_sync.store.ports import Database
from folder_sync.store.rows import COLUMNS, record

_NOTICE = "kind, subject, text, relief, weight, since, until, times, told"
_UNTOLD = (
    "state = 'rejected' AND NOT EXISTS (SELECT 1 FROM told_photo"
    " WHERE photo_id = photo.id AND target = ? AND told_photo.changed_at = photo.changed_at)"
)


@dataclass(frozen=True, slots=True)
class Rejections:
    """Photos whose rejection a target was not told of. ``steps``: (id, when it was rejected) of all of them."""

    steps: Sequence[tuple[int, float]]
    newest: Sequence[Record]

    @property
    def count(self) -> int:
        return len(self.steps)

    @property
    def oldest_at(self) -> float:
        return self.steps[0][1]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one target was told: when it got its last message of a kind, and what is open or still to be said."""

    episodes: Mapping[str, Episode] = field(default_factory=dict)
    last: Mapping[Kind, float] = field(default_factory=dict)


class NotificationLog:
    def __init__(self, database: Database) -> None:
        self._db = database

    def ledger(self, target: str) -> Ledger:
        rows = self._db.read(f"SELECT {_NOTICE} FROM notice WHERE target = ? ORDER BY since, subject", (target,))
        episodes = {
            subject: Episode(
                Trouble(Kind(kind), subject, text, relief, Weight(weight)), since, until, times, bool(told)
            )
            for kind, subject, text, relief, weight, since, until, times, told in rows
        }
        last = self._db.read("SELECT kind, at FROM told WHERE target = ?", (target,))
        return Ledger(episodes, {Kind(kind): at for kind, at in last})

    def keep(self, target: str, ledger: Ledger, photos: Collection[tuple[int, float]] = ()) -> None:
        """In place of what was kept before. ``photos``: rejections (``Rejections.steps``) told of by now."""
        notices = [(target, *_columns(episode)) for episode in ledger.episodes.values()]
        with self._db.write() as connection:
            connection.execute("DELETE FROM notice WHERE target = ?", (target,))
            connection.executemany(
                f"INSERT INTO notice (target, {_NOTICE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", notices
            )
            connection.executemany(
                "INSERT OR REPLACE INTO told (target, kind, at) VALUES (?, ?, ?)",
                [(target, kind, at) for kind, at in ledger.last.items()],
            )
            # A photo may have gone, with its file, since it was told of.
            connection.executemany(
                "INSERT OR REPLACE INTO told_photo (photo_id, target, changed_at)"
                " SELECT id, ?, ? FROM photo WHERE id = ?",
                [(target, changed_at, id_) for id_, changed_at in photos],
            )

    def rejections(self, target: str, named: int) -> Rejections:
        """Those of which the target was not told, oldest first; the last ``named`` of them as records."""
        steps = self._db.read(f"SELECT id, changed_at FROM photo WHERE {_UNTOLD} ORDER BY changed_at, id", (target,))
        newest = [
            record(row)
            for id_, _ in steps[-named:]
            for row in self._db.read(f"SELECT {COLUMNS} FROM photo WHERE id = ?", (id_,))
        ]
        return Rejections([(id_, changed_at) for id_, changed_at in steps], newest)

    def forget_others(self, targets: Collection[str]) -> None:
        """Targets that are not configured any more, and photos that are not rejected any more."""
        marks = ", ".join("?" * len(targets))
        with self._db.write() as connection:
            for table in ("notice", "told", "told_photo"):
                connection.execute(f"DELETE FROM {table} WHERE target NOT IN ({marks})", tuple(targets))
            connection.execute(
                "DELETE FROM told_photo WHERE photo_id NOT IN (SELECT id FROM photo WHERE state = 'rejected')"
            )


def _columns(episode: Episode) -> tuple[object, ...]:
    trouble = episode.trouble
    about = (trouble.kind, trouble.subject, trouble.text, trouble.relief, trouble.weight)
    return (*about, episode.since, episode.until, episode.times, episode.told)
