"""What intake asks of the store: what is known of a file, and recording what an arrival was found to mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace

from folder_sync.photo import Fingerprint, Record, State
from folder_sync.rules.arrivals import (
    Arrival,
    Duplicate,
    Follow,
    Later,
    New,
    Replace,
    Seen,
    decide,
    version_of,
)
from folder_sync.store.lineage import forget, hand_over, supersede
from folder_sync.store.ports import Database, Transaction
from folder_sync.store.recording import Place, write
from folder_sync.store.rows import COLUMNS, CURRENT, REUSABLE, record

_LIVE = "state IN ('queued', 'uploading', 'unconfirmed', 'uploaded', 'waiting', 'missing')"
_PRESENT = f"{CURRENT} AND gone_at IS NULL AND state <> 'missing'"

RENAME_SECONDS = 300.0
"""A file that went away longer ago than this, and bytes like its that appear under another label, are two things:
the same photo may well serve two products. Only within this time is it one file, renamed."""


class Incoming:
    """``adopting``: what is taken in now may be in the catalogue already, and is looked for there first.

    ``deletes_superseded``: the images of superseded photos are wanted no longer. ``unconcluded``: ``conclude`` may have
    something to do.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self.unconcluded = True
        self.adopting = False
        self.deletes_superseded = False

    def fingerprints(self, folder: bytes) -> Mapping[bytes, Fingerprint]:
        """Name → fingerprint of the current records right inside a folder."""
        rows = self._db.read(
            f"SELECT name, size, mtime_ns, ctime_ns FROM photo WHERE folder = ? AND {_PRESENT}",
            (folder,),
        )
        return {name: Fingerprint(size, mtime, ctime) for name, size, mtime, ctime in rows}

    def arrive(
        self, place: Place, seen: Seen, now: float, *, exists: Callable[[bytes], bool], hasty: bool = False
    ) -> tuple[Arrival, Record | None]:
        """Decide what a settled file means and record it, in one transaction: nothing moves in between.

        ``exists`` tells whether a path still holds a file; ``hasty`` is as in ``arrivals.decide``. Returns the
        decision, and the record that stands for the file now (None for Later, where nothing was written).
        """
        with self._db.write() as connection:
            arrival = _decide(connection, place, seen, now, exists, hasty=hasty)
            if isinstance(arrival, Later):
                return arrival, None
            arrival = _keep_copies(connection, arrival, now)
            id_ = write(connection, arrival, place, seen, now, adopting=self.adopting)
            if arrival != New():  # which replaces nothing, and is replaced by nothing
                self.unconcluded = True
            (row,) = connection.execute(f"SELECT {COLUMNS} FROM photo WHERE id = ?", (id_,)).fetchall()
        return arrival, record(row)

    def preview(self, place: Place, seen: Seen, now: float, *, exists: Callable[[bytes], bool]) -> Arrival:
        """What ``arrive`` would decide; nothing is written."""
        with self._db.write() as connection:
            return _decide(connection, place, seen, now, exists)

    def conclude(self, now: float) -> None:
        """Nothing that was seen waits to be looked at: what another photo took the place of stands nowhere else.

        Not before. Of two photos that changed places one is looked at first, and then the bytes of the other stand
        nowhere: it would be superseded, and uploaded once more when its new place is looked at.
        """
        self.unconcluded = False
        with self._db.write() as connection:
            supersede(connection, None, now, unwanted=self.deletes_superseded)

    def gone(self, path: bytes, now: float) -> None:
        """The file is not there any more. What was not sent yet becomes missing, or stands where its copy is."""
        folder, name = os.path.split(path)
        with self._db.write() as connection:
            # What the service itself has put away is known to be gone from here.
            here = _one(connection, f"folder = ? AND name = ? AND {CURRENT} AND gone_at IS NOT 0", folder, name)
            if here is None:
                return
            if here.state not in (State.UPLOADING, State.UNCONFIRMED) and hand_over(connection, here, now):
                self.unconcluded = True
                return
            if here.state in (State.REJECTED, State.DUPLICATE):
                forget(connection, here.id)
            elif here.state in (State.QUEUED, State.WAITING):
                connection.execute(
                    "UPDATE photo SET state = 'missing', not_before = NULL, changed_at = ?, note = 'the file went away'"
                    " WHERE id = ? AND state IN ('queued', 'waiting')",
                    (now, here.id),
                )
            elif here.state in (State.UPLOADED, State.UPLOADING, State.UNCONFIRMED):
                connection.execute("UPDATE photo SET gone_at = ? WHERE id = ? AND gone_at IS NULL", (now, here.id))

    def paths_below(self, folder: bytes) -> list[bytes]:
        """Paths of the photos that should stand in a folder and everything under it."""
        rows = self._db.read(f"SELECT folder, name FROM photo WHERE {_BELOW} AND {_PRESENT}", _below(folder))
        return [parent + b"/" + name for parent, name in rows]

    def count_below(self, folder: bytes) -> int:
        """How many photos should stand in a folder and everything under it."""
        return int(self._db.read(f"SELECT count(*) FROM photo WHERE {_BELOW} AND {_PRESENT}", _below(folder))[0][0])

    def some_below(self, folder: bytes, most: int) -> list[bytes]:
        """Paths of a few of them."""
        rows = self._db.read(
            f"SELECT folder, name FROM photo WHERE {_BELOW} AND {_PRESENT} LIMIT ?", (*_below(folder), most)
        )
        return [parent + b"/" + name for parent, name in rows]

    def folders_below(self, folder: bytes) -> list[bytes]:
        """The folders, from this one downwards, in which photos should stand."""
        rows = self._db.read(f"SELECT DISTINCT folder FROM photo WHERE {_BELOW} AND {_PRESENT}", _below(folder))
        return [parent for (parent,) in rows]


# Everything below /a lies between "/a/" and "/a0", for 0 is the character after the slash.
_BELOW = "(folder = ? OR (folder > ? AND folder < ?))"


def _below(folder: bytes) -> tuple[bytes, bytes, bytes]:
    return folder, folder + b"/", folder + b"0"


def _decide(
    connection: Transaction,
    place: Place,
    seen: Seen,
    now: float,
    exists: Callable[[bytes], bool],
    *,
    hasty: bool = False,
) -> Arrival:
    folder, name = os.path.split(place.path)
    if seen.label is None or seen.content is None:
        here = _one(connection, f"folder = ? AND name = ? AND {CURRENT}", folder, name)
        return decide(seen, here, None, None, twin_gone=False)
    label, sha256 = seen.label, seen.content.sha256
    rows = connection.execute(
        _KNOWN,
        {
            "folder": folder,
            "name": name,
            "account": place.account,
            "gtin": label.gtin,
            "sha256": sha256,
            "title": label.title,
            "is_primary": label.is_primary,
            "since": now - RENAME_SECONDS,
        },
    ).fetchall()
    here, twin, former = (
        next((record(row) for what, *row in rows if what == wanted), None) for wanted in ("here", "twin", "former")
    )
    kin = (record(row) for what, *row in rows if what == "kin")
    mover = next((old for old in kin if not exists(old.path)), None)
    twin_gone = twin is not None and (twin.path == place.path or not exists(twin.path))
    return decide(seen, here, twin, mover, None if twin else former, twin_gone=twin_gone, hasty=hasty)


_ALIKE = "account = :account AND gtin = :gtin AND sha256 = :sha256 AND title = :title AND is_primary = :is_primary"

# What stands at the path, the same upload elsewhere, what was the same upload once, and the same bytes elsewhere,
# newest first: in one statement, for each would be a turn at the lock, and every photo comes by here.
_KNOWN = f"""
  SELECT 'here', {COLUMNS} FROM photo WHERE folder = :folder AND name = :name AND {CURRENT}
  UNION ALL
  SELECT 'twin', {COLUMNS} FROM photo WHERE {_ALIKE} AND {_LIVE}
  UNION ALL
  SELECT * FROM (
    SELECT 'former', {COLUMNS} FROM photo WHERE {_ALIKE} AND {REUSABLE} ORDER BY arrival DESC LIMIT 1)
  UNION ALL
  SELECT * FROM (
    SELECT 'kin', {COLUMNS} FROM photo
      WHERE sha256 = :sha256 AND account = :account AND {CURRENT} AND state NOT IN ('duplicate', 'rejected')
        AND NOT (folder = :folder AND name = :name) AND (gone_at IS NULL OR gone_at >= :since)
      ORDER BY arrival DESC LIMIT 20)
"""


def _keep_copies(connection: Transaction, arrival: Arrival, now: float) -> Arrival:
    """Something else stands now where a photo stood whose copy stands elsewhere: its record goes there, unharmed."""
    match arrival:
        case New(one, other) | Replace(one, other):
            old = [record for record in (one, other) if record is not None]
            left = [record for record in old if not hand_over(connection, record, now)]
            return arrival if left == old else version_of(left)
        case Follow(_, old, mover):
            return replace(arrival, displaced=_left(connection, old, now), mover=_left(connection, mover, now))
        case Duplicate(_, old):
            return replace(arrival, displaced=_left(connection, old, now))
    return arrival


def _left(connection: Transaction, old: Record | None, now: float) -> Record | None:
    return None if old is None or hand_over(connection, old, now) else old


def _one(connection: Transaction, where: str, *parameters: object) -> Record | None:
    row = connection.execute(f"SELECT {COLUMNS} FROM photo WHERE {where}", parameters).fetchone()
    return record(row) if row else None
