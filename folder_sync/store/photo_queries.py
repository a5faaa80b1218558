"""What people ask of the store: photos, histories, counts. Only reads; works beside the running service."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from folder_sync.photo import Gtin14, Record, State
from folder_sync.store.photo_list import PhotoList, Selection
from folder_sync.store.ports import Parameters, Reader
from folder_sync.store.rows import COLUMNS, record


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a photo's history. ``at``: Unix time."""

    at: float
    event: str
    detail: str


class PhotoQueries:
    def __init__(self, database: Reader) -> None:
        self._db = database

    def photos(self, states: Collection[State] = (), gtin: Gtin14 | None = None) -> Iterator[Record]:
        """As ``PhotoList.photos``, the records alone; all states where none is named."""
        wanted = Selection(states, None if gtin is None else (gtin,))
        return (photo.record for photo in PhotoList(self._db).photos(wanted))

    def by_id(self, id_: int) -> Record | None:
        rows = self._db.read(f"SELECT {COLUMNS} FROM photo WHERE id = :id", {"id": id_})
        return record(rows[0]) if rows else None

    def by_path(self, path: bytes, watcher: str | None = None) -> Record | None:
        """The current record of a path of this machine, or of ``watcher``; else the latest version that stood there."""
        folder, name = os.path.split(path)
        rows = self._db.read(
            f"SELECT {COLUMNS} FROM photo WHERE watcher = :watcher"
            " AND ((folder = :folder AND name = :name) OR place = :place)"
            " ORDER BY replaced, stands DESC, arrival DESC LIMIT 1",
            {
                "watcher": self._db.watcher_of(path) if watcher is None else watcher,
                "folder": folder,
                "name": name,
                "place": path,
            },
        )
        return record(rows[0]) if rows else None

    def paths(self) -> Iterator[tuple[str, bytes]]:
        """Where photos stand or stood, and whose path it is, every one, in no order."""
        watcher: str
        folder: bytes
        name: bytes
        place: bytes | None
        for watcher, folder, name, place in self._db.stream("SELECT watcher, folder, name, place FROM photo"):
            yield watcher, os.path.join(folder, name) if place is None else place

    def history(self, id_: int) -> list[Event]:
        rows = self._db.read(
            "SELECT at, event, detail FROM history WHERE photo_id = :photo_id ORDER BY id", {"photo_id": id_}
        )
        return [Event(*row) for row in rows]

    def counts(self) -> dict[State, int]:
        """Every state, also those that no photo is in."""
        counted: dict[str, int] = dict(self._db.read("SELECT state, sum(photos) FROM tally GROUP BY state"))
        return {state: int(counted.get(state.value, 0)) for state in State}

    def accounts(self) -> set[str]:
        """All of which a photo was ever recorded."""
        return {account for (account,) in self._db.read("SELECT DISTINCT account FROM tally")}

    def oldest_queued_at(self) -> float | None:
        """When the photo was first seen that is first in the order."""
        return self._moment(
            "SELECT min(first_seen) FROM (SELECT (SELECT first_seen FROM photo WHERE photo.account = tally.account"
            " AND photo.state = 'queued' ORDER BY arrival LIMIT 1) AS first_seen FROM tally"
            " WHERE state = 'queued' AND photos > 0) AS first"
        )

    def last_uploaded_at(self) -> float | None:
        return self._moment("SELECT max(at) FROM tally WHERE state = 'uploaded'")

    def remarks(self) -> int:
        """Uploaded photos with notes."""
        ((count,),) = self._db.read("SELECT coalesce(sum(noted), 0) FROM tally WHERE state = 'uploaded'")
        return int(count)

    def left_over(self) -> int:
        """Photos that are neither settled nor stopped."""
        counts = self.counts()
        return counts[State.QUEUED] + counts[State.UPLOADING] + counts[State.UNCONFIRMED]

    def backlog(self) -> dict[str, int]:
        """Requests still to be made for what is known, by account."""
        rows = self._db.read(
            "SELECT account, sum(photos) - (SELECT count(*) FROM photo WHERE photo.account = tally.account"
            " AND photo.state IN ('uploading', 'unconfirmed') AND photo.undecidable = 1) FROM tally"
            " WHERE state IN ('queued', 'uploading', 'unconfirmed') GROUP BY account"
        )
        return {account: int(count) for account, count in rows if count}

    def to_look_up(self) -> dict[str, int]:
        """How many products are still to be looked up in the catalogue before their photos go, by account."""
        rows = self._db.read(
            "SELECT account, count(DISTINCT gtin) FROM photo p WHERE look_first = 1 AND state = 'queued'"
            " AND NOT EXISTS (SELECT 1 FROM listed l WHERE l.account = p.account AND l.gtin = p.gtin) GROUP BY account"
        )
        return {account: int(count) for account, count in rows}

    def looked_up(self) -> int:
        """How many products were looked up in the catalogue since photos are looked for there."""
        return int(self._db.read("SELECT count(*) FROM listed")[0][0])

    def replaced_soon(self, seconds: float, most: int) -> tuple[int, int]:
        """How many of the last uploaded files that were replaced got their new version within so many seconds, and how
        many of these files, at most ``most``, there are.
        """
        ((soon, replaced),) = self._db.read(
            "SELECT coalesce(sum(CASE WHEN gap <= :seconds THEN 1 ELSE 0 END), 0), count(*) FROM ("
            " SELECT newer.first_seen - old.first_seen AS gap"
            " FROM photo old JOIN photo newer ON newer.id = old.successor"
            " WHERE old.state = 'superseded' AND newer.watcher = old.watcher AND newer.folder = old.folder"
            " AND newer.name = old.name"
            " ORDER BY old.id DESC LIMIT :most) AS replacements",
            {"seconds": seconds, "most": most},
        )
        return int(soon), int(replaced)

    def in_line(self, account: str) -> tuple[int, float] | None:
        """How many photos of an account are on their way, and since when the first of them has been; None: none is.

        A photo that was rejected yesterday and is tried again now is on its way since now.
        """
        count, arrival = self._db.read(
            # Each half has an index of its own; asked at once, SQLite would look at every photo of the account.
            "SELECT (SELECT sum(photos) FROM tally WHERE account = :account"
            " AND state IN ('queued', 'uploading', 'unconfirmed')), min(arrival) FROM ("
            " SELECT min(arrival) AS arrival FROM photo WHERE account = :account AND state = 'queued'"
            " UNION ALL SELECT min(arrival) FROM photo"
            " WHERE account = :account AND state IN ('uploading', 'unconfirmed')) AS line",
            {"account": account},
        )[0]
        since = self._moment(
            "WITH line AS (SELECT history.id, at, event FROM history JOIN photo ON photo.id = photo_id"
            " WHERE arrival = :arrival), stop AS (SELECT max(id) AS id FROM line"
            " WHERE event NOT IN ('queued', 'uploading', 'unconfirmed', 'moved'))"
            " SELECT min(at) FROM line, stop WHERE line.id > coalesce(stop.id, 0)",
            {"arrival": arrival},
        )
        return None if since is None else (int(count), since)

    def version(self) -> int:
        """Changes when another process has written."""
        return self._db.version()

    def commanded(self) -> int:
        """Changes when a command or the page has written (a `retry`)."""
        return self._db.commanded()

    def _moment(self, sql: str, parameters: Parameters = ()) -> float | None:
        value = self._db.read(sql, parameters)[0][0]
        return None if value is None else float(value)
