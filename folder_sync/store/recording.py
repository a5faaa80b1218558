"""Recording what an arrival was found to mean: each decision's statements, in its caller's transaction."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, replace

from folder_sync.photo import Fingerprint, Record, State
from folder_sync.rules.arrivals import (
    PENDING,
    Arrival,
    Duplicate,
    Follow,
    Later,
    New,
    OldVersion,
    Replace,
    Same,
    Seen,
    why_old,
)
from folder_sync.store.lineage import ARRIVAL_AGAIN, NEXT_ARRIVAL, STANDS_HERE, STILL_WAITS, forget
from folder_sync.store.ports import Transaction
from folder_sync.store.rows import COLUMNS, REUSABLE, expect_one, record, written
from folder_sync.text import path_text


@dataclass(frozen=True, slots=True)
class Here:
    """Where a file was seen. ``watcher``: whose its path is; ``watchers``: whose disks can be asked on that machine."""

    watcher: str
    machine: str
    watchers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file was seen, for whom, and its fingerprint at that moment."""

    path: bytes
    account: str
    organization_id: str | None
    fingerprint: Fingerprint


def write(
    connection: Transaction,
    arrival: Arrival,
    place: Place,
    seen: Seen,
    now: float,
    *,
    here: Here,
    look_from: float | None,
) -> Record:
    """Returns the record that stands for the file now. ``look_from``: as ``Adoption.look_from`` has it."""
    match arrival:
        case Same(photo, revive):
            _same(connection, photo, place, now, revive=revive)
            return _read(connection, photo.id)
        case New(replaces, displaced):
            values = _values(here, place, seen, now, look_from=look_from)
            old = replaces or displaced
            if old is not None:
                values["note"] = f"{values['note']} It stands in place of photo {old.id}.".lstrip()
            new = _new(connection, here, replaces, values)
            _displace(connection, displaced, by=new.id)
            return new
        case Replace(old, displaced):
            _displace(connection, displaced, by=old.id)
            return _replace(connection, old.id, _values(here, place, seen, now, look_from=look_from))
        case Follow(photo, displaced, renamed_from):
            _displace(connection, displaced, by=photo.id)
            _displace(connection, renamed_from, by=photo.id)
            _move(connection, photo, here.watcher, place, seen, now)
            return _read(connection, photo.id)
        case Duplicate(original, displaced):
            values = _values(here, place, seen, now, look_from=look_from) | {
                "state": State.DUPLICATE,
                "not_before": None,
                "duplicate_of": original.id,
                "note": f'the same photo as "{path_text(original.path)}" (photo {original.id})',
            }
            if seen.label is None:  # a copy that a computer made, which says nothing of its own
                values |= {"title": original.title, "is_primary": int(original.is_primary)}
                values |= {"reason_code": None, "reason_message": None}
            if displaced is not None and displaced.state in PENDING:
                connection.execute(
                    "UPDATE photo SET successor = :original WHERE successor = :displaced",
                    {"original": original.id, "displaced": displaced.id},
                )
                return _replace(connection, displaced.id, values)
            _displace(connection, displaced, by=original.id)
            return _new(connection, here, None, values)
        case OldVersion(of, True, displaced):
            _displace(connection, displaced, by=of.id)
            _follow_old(connection, of, here.watcher, place, now)
            return _read(connection, of.id)
        case OldVersion(of, _, displaced):
            reason = why_old(of)
            values = _values(here, place, replace(seen, reason=reason), now, look_from=look_from)
            return (
                _new(connection, here, None, values)
                if displaced is None
                else _replace(connection, displaced.id, values)
            )
        case Later():
            raise AssertionError("nothing to write")


def _read(connection: Transaction, id_: int) -> Record:
    (row,) = connection.execute(f"SELECT {COLUMNS} FROM photo WHERE id = :id", {"id": id_}).fetchall()
    return record(row)


def _values(here: Here, place: Place, seen: Seen, now: float, *, look_from: float | None) -> dict[str, object]:
    """The columns of a photo as just seen: queued, or rejected with its reason."""
    folder, name = os.path.split(place.path)
    label, content, reason = seen.label, seen.content, seen.reason
    return {
        "watcher": here.watcher,
        "folder": folder,
        "name": name,
        "account": place.account,
        "organization_id": place.organization_id,
        "gtin": label.gtin if label else seen.gtin,
        "title": label.title if label else "",
        "is_primary": int(label.is_primary) if label else 0,
        "number": label.number if label else None,
        "state": State.QUEUED if reason is None else State.REJECTED,
        "reason_code": reason.code if reason else None,
        "reason_message": reason.message if reason else None,
        "sha256": content.sha256 if content else None,
        "size": place.fingerprint.size,
        "format": content.format if content else None,
        "mtime_ns": place.fingerprint.mtime_ns,
        "ctime_ns": place.fingerprint.ctime_ns,
        "look_first": int(look_from is not None),
        "not_before": look_from if reason is None and look_from is not None and look_from > now else None,
        "first_seen": now,
        "changed_at": now,
        "note": reason.message if reason else "",
        **written(seen.details),
    }


def _new(connection: Transaction, here: Here, replaces: Record | None, values: dict[str, object]) -> Record:
    if replaces is not None:
        # A path has one current record, and an index is checked at every statement: the old one lets go first.
        connection.execute("UPDATE photo SET replaced = 1 WHERE id = :id", {"id": replaces.id})
    (row,) = connection.execute(_insert(tuple(values)), values | {"machine": here.machine}).fetchall()
    new = record(row)
    if replaces is not None:
        connection.execute(
            "UPDATE photo SET successor = :successor WHERE id = :id", {"successor": new.id, "id": replaces.id}
        )
    return new


@functools.cache
def _insert(columns: tuple[str, ...]) -> str:
    """There are two sets of columns, and thousands of photos."""
    marks = ", ".join(f":{column}" for column in columns)
    return (
        f"INSERT INTO photo ({', '.join(columns)}, arrival, machine)"
        f" VALUES ({marks}, {NEXT_ARRIVAL}, (SELECT machine FROM run WHERE watcher = :machine)) RETURNING {COLUMNS}"
    )


def _replace(connection: Transaction, id_: int, values: dict[str, object]) -> Record:
    """The record starts over as another version: nothing of the old one was ever sent."""
    values = {
        "duplicate_of": None,
        "attempts": 0,
        "absences": 0,
        "not_before": None,
        "looked_for": 0,
        "replaced": 0,
        "successor": None,
        "gone_at": None,
        "put_away": 0,
        "place": None,
        "look_again": 0,
    } | values
    columns = ", ".join(f"{column} = :{column}" for column in values)
    pending = ", ".join(f"'{state}'" for state in sorted(PENDING))
    cursor = connection.execute(
        f"UPDATE photo SET {columns}, arrival = {NEXT_ARRIVAL} WHERE id = :id AND state IN ({pending})",
        values | {"id": id_},
    )
    expect_one(cursor)
    return _read(connection, id_)


def _same(connection: Transaction, here: Record, place: Place, now: float, *, revive: bool) -> None:
    mark = place.fingerprint
    connection.execute(
        # A photo that sending found changed waits until it has been inspected; one that is being looked up keeps its
        # time.
        f"UPDATE photo SET mtime_ns = :mtime_ns, ctime_ns = :ctime_ns, {STANDS_HERE},"
        " not_before = CASE WHEN state = 'queued' AND look_first = 0 THEN NULL ELSE not_before END WHERE id = :id",
        {"mtime_ns": mark.mtime_ns, "ctime_ns": mark.ctime_ns, "id": here.id},
    )
    if revive:
        connection.execute(
            "UPDATE photo SET state = 'queued', not_before = NULL, changed_at = :now, note = 'the file is back',"
            f" arrival = {ARRIVAL_AGAIN} WHERE id = :id AND state = 'missing'",
            {"now": now, "id": here.id},
        )


def _move(connection: Transaction, photo: Record, watcher: str, place: Place, seen: Seen, now: float) -> None:
    """The record follows its file; what was missing is back, and so is what was superseded."""
    folder, name = os.path.split(place.path)
    if photo.state is State.SUPERSEDED:
        _restore(connection, photo, now)
    connection.execute(
        "UPDATE photo SET watcher = :watcher, folder = :folder, name = :name, number = :number, shot = :shot,"
        f" mtime_ns = :mtime_ns, ctime_ns = :ctime_ns, {STANDS_HERE},"
        f" replaced = 0, successor = NULL, arrival = CASE state WHEN 'missing' THEN {ARRIVAL_AGAIN} ELSE arrival END,"
        f" state = CASE state WHEN 'missing' THEN 'queued' ELSE state END, {STILL_WAITS}, changed_at = :now,"
        " note = :note WHERE id = :id",
        {
            "watcher": watcher,
            "folder": folder,
            "name": name,
            "number": seen.label.number if seen.label else None,
            "shot": seen.details.shot,
            "mtime_ns": place.fingerprint.mtime_ns,
            "ctime_ns": place.fingerprint.ctime_ns,
            "now": now,
            "note": "it is here again"
            if (photo.watcher, photo.path) == (watcher, place.path)
            else f'renamed from "{path_text(photo.path)}" to "{path_text(place.path)}"',
            "id": photo.id,
        },
    )


def _follow_old(connection: Transaction, photo: Record, watcher: str, place: Place, now: float) -> None:
    """The file of a photo that was replaced stands here now. It stays replaced."""
    folder, name = os.path.split(place.path)
    connection.execute(
        "UPDATE photo SET watcher = :watcher, folder = :folder, name = :name, mtime_ns = :mtime_ns,"
        f" ctime_ns = :ctime_ns, {STANDS_HERE}, stands = 1, {STILL_WAITS}, changed_at = :now, note = :note"
        " WHERE id = :id AND state = 'superseded'",
        {
            "watcher": watcher,
            "folder": folder,
            "name": name,
            "mtime_ns": place.fingerprint.mtime_ns,
            "ctime_ns": place.fingerprint.ctime_ns,
            "now": now,
            "note": f'renamed from "{path_text(photo.path)}" to "{path_text(place.path)}"',
            "id": photo.id,
        },
    )


def _restore(connection: Transaction, photo: Record, now: float) -> None:
    """`uploaded` again, and its image not to be deleted any more: which nobody can have begun to do."""
    cursor = connection.execute(
        "UPDATE photo SET state = 'uploaded', stands = 0, unwanted = 0, not_before = NULL, superseded_at = NULL,"
        " changed_at = :now, note = 'the catalogue still has its image; the photo is here again'"
        f" WHERE id = :id AND {REUSABLE}",
        {"now": now, "id": photo.id},
    )
    expect_one(cursor)


def _displace(connection: Transaction, displaced: Record | None, *, by: int) -> None:
    """Another record now stands for this one's path, or for its file."""
    if displaced is None:
        return
    if displaced.state in PENDING:
        forget(connection, displaced.id, successor=by)
    else:
        connection.execute(
            "UPDATE photo SET replaced = 1, successor = :by WHERE id = :id", {"by": by, "id": displaced.id}
        )
