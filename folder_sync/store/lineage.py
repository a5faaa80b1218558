"""When a record leaves: who stands for its photo, its copies and the versions that it was to replace."""

from __future__ import annotations

import os
from typing import Final

from folder_sync.photo import Record
from folder_sync.store.ports import Transaction
from folder_sync.store.rows import COLUMNS, CURRENT, WATCHED, record
from folder_sync.text import path_text

NEXT_ARRIVAL: Final = "(SELECT coalesce(max(arrival), 0) + 1 FROM photo)"

ARRIVAL_AGAIN: Final = f"""CASE WHEN is_primary = 1 AND EXISTS (
  SELECT 1 FROM photo later WHERE later.account = photo.account AND later.gtin = photo.gtin AND later.is_primary = 1
  AND later.arrival > photo.arrival AND later.state IN ('uploading', 'unconfirmed', 'uploaded', 'superseded'))
  THEN {NEXT_ARRIVAL} ELSE arrival END"""
"""The place in the order of a photo that is queued again: its old one, as long as no later hero was sent. Then it is
the later one itself, for it is the one that the catalogue will show."""


STANDS_HERE: Final = "gone_at = NULL, put_away = 0, place = NULL, look_again = 0"
"""The file was just looked at where the record says it is."""

STILL_WAITS: Final = "not_before = CASE WHEN changed_at > :now THEN not_before - changed_at + :now ELSE not_before END"
"""Its wait is left as it is, in a step that comes after the clock was set back: a start would not know it from one that
began after that."""


def hand_over(connection: Transaction, here: Record, now: float) -> bool:
    """A copy of the photo stands elsewhere: the record moves to it, and the copy's own record goes."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM photo WHERE duplicate_of = :id AND state = 'duplicate' AND {CURRENT} ORDER BY arrival",
        {"id": here.id},
    ).fetchone()
    if row is None:
        return False
    copy = record(row)
    connection.execute(
        "UPDATE photo SET duplicate_of = :here WHERE duplicate_of = :copy", {"here": here.id, "copy": copy.id}
    )
    forget(connection, copy.id, successor=here.id)
    folder, name = os.path.split(copy.path)
    connection.execute(
        f"""UPDATE photo SET watcher = :watcher, folder = :folder, name = :name, number = :number, mtime_ns = :mtime_ns,
            ctime_ns = :ctime_ns, {STANDS_HERE},
            arrival = CASE state WHEN 'missing' THEN {ARRIVAL_AGAIN} ELSE arrival END,
            state = CASE state WHEN 'missing' THEN 'queued' ELSE state END,
            {STILL_WAITS}, changed_at = :now, note = :note WHERE id = :id""",
        {
            "watcher": copy.watcher,
            "folder": folder,
            "name": name,
            "number": copy.number,
            "mtime_ns": copy.fingerprint.mtime_ns,
            "ctime_ns": copy.fingerprint.ctime_ns,
            "now": now,
            "note": f'the file "{path_text(here.path)}" went away or was replaced; the same photo stands at'
            f' "{path_text(copy.path)}"',
            "id": here.id,
        },
    )
    return True


def forget(connection: Transaction, id_: int, successor: int | None = None, *, now: float | None = None) -> None:
    """The record goes. What it was to replace is replaced by its successor.

    Without one, by whatever stands at that path by now: a path has one current record. Where that is what was to be
    replaced, it has no file, for this one had taken its place; that is known since ``now``.
    """
    replaced = connection.execute(
        "SELECT id, watcher, folder, name FROM photo WHERE successor = :id ORDER BY arrival DESC", {"id": id_}
    ).fetchall()
    connection.execute("UPDATE photo SET replaced = 1 WHERE id = :id", {"id": id_})  # it lets go of its path first
    for old, *path in replaced:
        by = successor if successor is not None else _stands_for(connection, *path)
        if by is not None:
            connection.execute("UPDATE photo SET successor = :by WHERE id = :id", {"by": by, "id": old})
        else:
            connection.execute(
                "UPDATE photo SET successor = NULL, replaced = CASE state WHEN 'superseded' THEN 1 ELSE 0 END,"
                " gone_at = CASE state WHEN 'superseded' THEN gone_at ELSE coalesce(gone_at, :now) END WHERE id = :id",
                {"id": old, "now": now},
            )
    connection.execute("DELETE FROM photo WHERE id = :id", {"id": id_})


def _stands_for(connection: Transaction, watcher: str, folder: bytes, name: bytes) -> int | None:
    row = connection.execute(
        f"SELECT id FROM photo WHERE {WATCHED} AND folder = :folder AND name = :name AND {CURRENT}",
        {"watcher": watcher, "folder": folder, "name": name},
    ).fetchone()
    return None if row is None else int(row[0])


def supersede(connection: Transaction, which: int | str, now: float, *, unwanted: bool) -> list[Record]:
    """What a photo replaces is superseded once that is uploaded; so is itself, where its own replacement is there.

    ``which``: the photo; or a machine, whatever of which is replaced by a photo that is there.

    ``unwanted``: their images are to be taken off the server.
    """
    conditions = "(successor = :which OR id = :which)"
    if isinstance(which, str):
        conditions = "successor IS NOT NULL AND watcher = :which"
    rows = connection.execute(
        f"""UPDATE photo SET state = 'superseded', unwanted = :unwanted,
                not_before = CASE :unwanted WHEN 1 THEN :now END, superseded_at = :now, changed_at = :now,
                note = 'replaced by photo ' || successor
            WHERE state = 'uploaded' AND {conditions}
              AND EXISTS (
              SELECT 1 FROM photo newer WHERE newer.id = photo.successor AND newer.state IN ('uploaded', 'superseded'))
            RETURNING {COLUMNS}""",
        {"now": now, "which": which, "unwanted": int(unwanted)},
    ).fetchall()
    return [record(row) for row in rows]


_MISSING: Final = """
  UPDATE photo SET state = 'missing', gone_at = NULL, not_before = NULL, reason_code = NULL, reason_message = NULL,
    changed_at = :now, note = 'the file went away'
  WHERE id = :id AND state IN ('queued', 'waiting')"""


def went_meanwhile(connection: Transaction, id_: int, now: float) -> None:
    """Where its file went while it was being sent, nobody tells of that a second time: a copy stands for it, or it is
    missing."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM photo WHERE id = :id AND gone_at IS NOT NULL", {"id": id_}
    ).fetchone()
    if row is not None and not hand_over(connection, record(row), now):
        connection.execute(_MISSING, {"now": now, "id": id_})
