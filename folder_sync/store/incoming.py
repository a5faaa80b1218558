"""What intake asks of the store: what is known of a file, and recording what an arrival was found to mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from folder_sync.errors import StoreUnavailable
from folder_sync.photo import Content, Fingerprint, Label, Reason, ReasonCode, Record, State
from folder_sync.rules import quality
from folder_sync.rules.arrivals import (
    Arrival,
    Duplicate,
    Follow,
    Later,
    New,
    OldVersion,
    Replace,
    Same,
    Seen,
    Wait,
    decide,
    version_of,
)
from folder_sync.rules.names.meaning import OF_THE_CATALOGUE, OF_THE_NAME
from folder_sync.rules.quality import Mode
from folder_sync.store.adoption import Adoption
from folder_sync.store.lineage import forget, hand_over, supersede
from folder_sync.store.ports import Database, Row, Transaction
from folder_sync.store.recording import Place, write
from folder_sync.store.rows import ALIKE, COLUMNS, CURRENT, PRESENT, REUSABLE, in_states, path_of, record
from folder_sync.text import path_text

_LIVE = "state IN ('queued', 'uploading', 'unconfirmed', 'uploaded', 'waiting', 'missing')"
_REJECTED = in_states([State.REJECTED])
_STANDS = f"{PRESENT} AND state <> 'missing'"

_OF_NONE: Final = Fingerprint(-1, 0, 0)
"""No file has this size."""

RENAME_SECONDS = 300.0
"""A file that went away longer ago than this, and bytes like its that appear under another label, are two things:
the same photo may well serve two products. Only within this time is it one file, renamed."""


class Incoming:
    """``deletes_superseded``: the images of superseded photos are wanted no longer. ``other_product``: what to do
    with a photo whose bytes are delivered for another GTIN.
    """

    def __init__(
        self,
        database: Database,
        adoption: Adoption,
        *,
        deletes_superseded: bool = False,
        other_product: Mode = Mode.OFF,
    ) -> None:
        self._db = database
        self._other_product = other_product
        self._adoption = adoption
        self._deletes_superseded = deletes_superseded
        self._unconcluded = True

    @property
    def unconcluded(self) -> bool:
        """Whether ``conclude`` may have something to do."""
        return self._unconcluded

    def fingerprints(self, folder: bytes) -> Mapping[bytes, Fingerprint]:
        """Name → fingerprint of the files that should stand right inside a folder; no file's, where to look again."""
        columns = "name, look_again, size, mtime_ns, ctime_ns"
        rows = self._db.read(
            f"SELECT {columns} FROM photo WHERE folder = :folder AND {_STANDS}"
            f" UNION ALL SELECT {columns} FROM photo WHERE folder = :folder AND stands = 1",
            {"folder": folder},
        )
        return {name: _OF_NONE if look_again else Fingerprint(*fingerprint) for name, look_again, *fingerprint in rows}

    def candidates(self, place: Place, seen: Seen, now: float) -> frozenset[bytes]:
        """The paths of which ``arrive`` has to know whether a file still stands there.

        The disks are asked in between, for they may take their time: no transaction may wait for one.
        """
        label = seen.copy_of or seen.label
        if label is None or seen.content is None:
            return frozenset()
        wanted = _ELSEWHERE if seen.copy_of is None else f"SELECT folder, name, place {_SAME_PRODUCT}"
        rows = self._db.read(wanted, _parameters(place, label, seen.content, now))
        return frozenset(path_of(*row) for row in rows) - {place.path}

    def arrive(
        self, place: Place, seen: Seen, now: float, occupied: Mapping[bytes, bool], *, hasty: bool = False
    ) -> tuple[Arrival, Record | None]:
        """Decide what a settled file means and record it, in one transaction: no record moves in between.

        ``occupied`` says of the candidates whether a file still stands there; ``hasty`` is as in ``arrivals.decide``.
        Returns the decision, and the record that stands for the file now (None for Later, where nothing was written).
        """
        with self._db.write() as connection:
            read = _reader(connection)
            known = _known(read, place, seen, now)
            arrival = _decide(known, place, seen, occupied, hasty=hasty)
            if (compared := self._compared(read, arrival, seen)) is not seen:
                seen = compared
                arrival = _decide(known, place, seen, occupied, hasty=hasty)
            if isinstance(arrival, Later):
                return arrival, None
            if known.stood is not None and arrival != Same(known.stood):
                connection.execute("UPDATE photo SET stands = 0 WHERE id = :id", {"id": known.stood.id})
            arrival = _keep_copies(connection, arrival, now)
            photo = write(connection, arrival, place, seen, now, adopting=self._adoption.is_open)
            if arrival != New():  # which replaces nothing, and is replaced by nothing
                self._unconcluded = True
        return arrival, photo

    def preview(self, place: Place, seen: Seen, now: float, occupied: Mapping[bytes, bool]) -> tuple[Arrival, Seen]:
        """What ``arrive`` would decide, and of what; nothing is written."""
        known = _known(self._db.read, place, seen, now)
        arrival = _decide(known, place, seen, occupied)
        compared = self._compared(self._db.read, arrival, seen)
        return arrival if compared is seen else _decide(known, place, compared, occupied), compared

    def _compared(self, read: Read, arrival: Arrival, seen: Seen) -> Seen:
        """With a note, or a reason to refuse it, where it would be the second product's photo of the same bytes."""
        label, content = seen.label, seen.content
        if self._other_product is Mode.OFF or seen.reason or label is None or content is None:
            return seen
        match arrival:
            case New(replaces, displaced):
                gives_way = [replaces, displaced]
            case Replace(old, displaced):
                gives_way = [old, displaced]
            case _:
                return seen
        rows = read(_ANOTHER_PRODUCTS, {"sha256": content.sha256, "gtin": label.gtin})
        ids = {photo.id for photo in gives_way if photo is not None}
        other = next((found for found in map(record, rows) if found.id not in ids), None)
        if other is None:
            return seen
        reason = quality.other_product(other.gtin or "", path_text(os.path.basename(other.path)))
        if self._other_product is Mode.REJECT:
            return replace(seen, reason=reason)
        return replace(seen, details=replace(seen.details, notes=(*seen.details.notes, reason)))

    def refused_for(self, codes: Collection[str]) -> list[tuple[bytes, str]]:
        """Paths of photos that stand in their folders, and were refused for one of these reasons."""
        wanted = ", ".join(f"'{code}'" for code in sorted(codes))
        rows = self._db.read(
            f"SELECT folder, name, reason_code FROM photo WHERE {_REJECTED} AND {PRESENT} AND reason_code IN ({wanted})"
        )
        return [(folder + b"/" + name, code) for folder, name, code in rows]

    def refused_by_name(self) -> list[tuple[bytes, Reason]]:
        """Photos that stand in their folders, and can't go as they are called."""
        codes = ", ".join(f"'{code}'" for code in sorted(OF_THE_NAME | OF_THE_CATALOGUE))
        rows = self._db.read(
            f"SELECT folder, name, reason_code, reason_message FROM photo WHERE {_REJECTED} AND {PRESENT}"
            f" AND reason_code IN ({codes})"
        )
        return [(folder + b"/" + name, Reason(code, message)) for folder, name, code, message in rows]

    def conclude(self, now: float) -> int:
        """Nothing that was seen waits to be looked at: what another photo took the place of stands nowhere else.

        Not before. Of two photos that changed places one is looked at first, and then the bytes of the other stand
        nowhere: it would be superseded, and uploaded once more when its new place is looked at.

        Returns how many photos that made superseded.
        """
        try:
            with self._db.write() as connection:
                # While nobody else writes: what arrives after this is to be concluded again.
                superseded = supersede(connection, None, now, unwanted=self._deletes_superseded)
                self._unconcluded = False
        except StoreUnavailable:
            self._unconcluded = True
            raise
        return len(superseded)

    def gone(self, path: bytes, now: float) -> None:
        """The file is not there any more. What was not sent yet becomes missing, or stands where its copy is."""
        folder, name = os.path.split(path)
        with self._db.write() as connection:
            # What the service itself has put away is known to be gone from here.
            here = _not_put_away(connection, folder, name)
            if here is None:
                connection.execute(
                    "UPDATE photo SET stands = 0 WHERE folder = :folder AND name = :name AND stands = 1",
                    {"folder": folder, "name": name},
                )
                return
            if here.state not in (State.UPLOADING, State.UNCONFIRMED) and hand_over(connection, here, now):
                self._unconcluded = True
                return
            if here.state in (State.REJECTED, State.DUPLICATE):
                forget(connection, here.id)
            elif here.state in (State.QUEUED, State.WAITING):
                connection.execute(
                    "UPDATE photo SET state = 'missing', not_before = NULL, changed_at = :now,"
                    " note = 'the file went away' WHERE id = :id AND state IN ('queued', 'waiting')",
                    {"now": now, "id": here.id},
                )
            elif here.state in (State.UPLOADED, State.UPLOADING, State.UNCONFIRMED):
                connection.execute(
                    "UPDATE photo SET gone_at = :now WHERE id = :id AND gone_at IS NULL", {"now": now, "id": here.id}
                )

    def unreadable(self) -> list[bytes]:
        """Paths of the photos that could not be read: they may be readable by now, though their files look the same."""
        rows = self._db.read(
            f"SELECT folder, name, place FROM photo WHERE {_REJECTED} AND {PRESENT} AND reason_code = :code",
            {"code": ReasonCode.UNREADABLE},
        )
        return [path_of(*row) for row in rows]

    def is_unreadable(self, path: bytes) -> bool:
        """Whether what stands at a path is known to be so."""
        folder, name = os.path.split(path)
        rows = self._db.read(
            "SELECT 1 FROM photo WHERE folder = :folder AND name = :name AND state = 'rejected' AND reason_code = :code"
            f" AND {CURRENT}",
            {"folder": folder, "name": name, "code": ReasonCode.UNREADABLE},
        )
        return bool(rows)

    def paths_below(self, folder: bytes) -> list[bytes]:
        """Paths of the photos that should stand in a folder and everything under it."""
        rows = self._db.read(f"SELECT folder, name FROM photo WHERE {_BELOW} AND {_STANDS}", _below(folder))
        return [parent + b"/" + name for parent, name in rows]

    def some_below(self, folder: bytes, most: int) -> list[bytes]:
        """Paths of a few of them."""
        rows = self._db.read(
            f"SELECT folder, name FROM photo WHERE {_BELOW} AND {_STANDS} LIMIT :most", _below(folder) | {"most": most}
        )
        return [parent + b"/" + name for parent, name in rows]

    def folders_below(self, folder: bytes) -> list[bytes]:
        """The folders, from this one downwards, in which photos should stand."""
        rows = self._db.read(f"SELECT DISTINCT folder FROM photo WHERE {_BELOW} AND {_STANDS}", _below(folder))
        return [parent for (parent,) in rows]


# Everything below /a lies between "/a/" and "/a0", for 0 is the character after the slash; /a-b does not.
_BELOW = "folder >= :folder AND folder < :behind AND (folder = :folder OR folder > :inside)"


def _below(folder: bytes) -> dict[str, object]:
    return {"folder": folder, "inside": folder + b"/", "behind": folder + b"0"}


Read = Callable[[str, Mapping[str, object]], list[Row]]


@dataclass(frozen=True, slots=True)
class _Known:
    """The records that matter to a file that arrives; the words are those of ``rules.arrivals``.

    ``stood``: the old version whose file has been moved here, and may be what stands here still. ``old_versions`` and
    ``same_bytes`` (under any label) are the newest first; the first whose file is gone is what this one was.
    """

    here: Record | None
    stood: Record | None = None
    same_upload: Record | None = None
    reusable: Record | None = None
    old_versions: Sequence[Record] = ()
    same_bytes: Sequence[Record] = ()

    def elsewhere(self, place: Place) -> frozenset[bytes]:
        records = (self.same_upload, *self.old_versions, *self.same_bytes)
        return frozenset(record.path for record in records if record is not None) - {place.path}


def _known(read: Read, place: Place, seen: Seen, now: float) -> _Known:
    if seen.copy_of is not None and seen.content is not None:
        rows = read(_KNOWN_TO_A_COPY, _parameters(place, seen.copy_of, seen.content, now))
    elif seen.label is None or seen.content is None:
        folder, name = os.path.split(place.path)
        rows = read(_HERE, {"folder": folder, "name": name})
    else:
        rows = read(_KNOWN, _parameters(place, seen.label, seen.content, now))
    found: dict[str, list[Record]] = {}
    for what, *row in rows:
        found.setdefault(what, []).append(record(row))
    here, stood, same_upload, reusable = (
        next(iter(found.get(what, ())), None) for what in ("here", "stood", "same upload", "reusable")
    )
    return _Known(here, stood, same_upload, reusable, found.get("old", ()), found.get("same bytes", ()))


def _parameters(place: Place, label: Label, content: Content, now: float) -> dict[str, object]:
    folder, name = os.path.split(place.path)
    return {
        "folder": folder,
        "name": name,
        "account": place.account,
        "gtin": label.gtin,
        "sha256": content.sha256,
        "title": label.title,
        "is_primary": int(label.is_primary),
        "since": now - RENAME_SECONDS,
    }


def _decide(known: _Known, place: Place, seen: Seen, occupied: Mapping[bytes, bool], *, hasty: bool = False) -> Arrival:
    if not known.elsewhere(place) <= occupied.keys():
        return Later(Wait.DISKS)
    same_upload, stood = known.same_upload, known.stood
    if known.here is None and stood is not None and seen.content and seen.content.sha256 == stood.sha256:
        return Same(stood)  # its name has not changed either
    old = next((old for old in known.old_versions if _is_gone(old, place, occupied)), None)
    return decide(
        seen,
        known.here,
        same_upload,
        next((old for old in known.same_bytes if not occupied.get(old.path, True)), None),
        None if same_upload else known.reusable,
        None if same_upload else old or next(iter(known.old_versions), None),
        same_upload_gone=same_upload is not None and _is_gone(same_upload, place, occupied),
        old_version_gone=old is not None,
        hasty=hasty,
    )


def _is_gone(photo: Record, place: Place, occupied: Mapping[bytes, bool]) -> bool:
    """Whether its file stands nowhere else, so that it may be this one."""
    return photo.path == place.path or not occupied[photo.path]


def _reader(connection: Transaction) -> Read:
    return lambda sql, parameters: connection.execute(sql, parameters).fetchall()


_SAME_UPLOAD: Final = f"FROM photo WHERE {ALIKE} AND {_LIVE}"
# The one that the copy is called after first, and one that stands at the copy's own path before any other.
_SAME_PRODUCT: Final = f"""
  FROM photo WHERE account = :account AND gtin = :gtin AND sha256 = :sha256 AND {_LIVE} AND {CURRENT}
    ORDER BY CASE WHEN folder = :folder AND name = :name THEN 0
      WHEN title = :title AND is_primary = CAST(:is_primary AS INTEGER) THEN 1 ELSE 2 END, arrival LIMIT 1"""
_SAME_BYTES: Final = f"""
  FROM photo WHERE sha256 = :sha256 AND account = :account AND {CURRENT} AND state NOT IN ('duplicate', 'rejected')
    AND NOT (folder = :folder AND name = :name) AND put_away = 0 AND (gone_at IS NULL OR gone_at >= :since)
    ORDER BY arrival DESC LIMIT 20"""

# What is to be replaced is not looked at: it goes.
_ANOTHER_PRODUCTS: Final = f"""
SELECT {COLUMNS} FROM photo WHERE sha256 = :sha256 AND gtin <> :gtin AND {_LIVE} AND state <> 'missing'
  AND successor IS NULL ORDER BY arrival LIMIT 3"""

# At its own path an old version replaces what replaced it. And as long as its bytes are shown under another label, it
# is none: the photo got that label, and now it is delivered under the old one as well.
_OLD: Final = f"""
  FROM photo WHERE {ALIKE} AND state = 'superseded' AND NOT ({REUSABLE})
    AND NOT (folder = :folder AND name = :name AND place IS NULL)
    AND NOT EXISTS (SELECT 1 FROM photo shown WHERE shown.sha256 = :sha256 AND shown.account = :account
                    AND shown.gtin = :gtin AND shown.{_LIVE})
    ORDER BY arrival DESC LIMIT 20"""

_HERE: Final = f"""
  SELECT 'here', {COLUMNS} FROM photo WHERE folder = :folder AND name = :name AND {CURRENT}
  UNION ALL
  SELECT 'stood', {COLUMNS} FROM photo WHERE folder = :folder AND name = :name AND stands = 1
"""

# What stands at the path, the same upload elsewhere, what was the same upload once, and the same bytes elsewhere,
# newest first: in one statement, for each would be a turn at the lock, and every photo comes by here.
_KNOWN: Final = f"""{_HERE}
  UNION ALL
  SELECT 'same upload', {COLUMNS} {_SAME_UPLOAD}
  UNION ALL
  SELECT * FROM (
    SELECT 'reusable', {COLUMNS} FROM photo WHERE {ALIKE} AND {REUSABLE} ORDER BY arrival DESC LIMIT 1) AS once
  UNION ALL
  SELECT * FROM (SELECT 'old', {COLUMNS} {_OLD}) AS old
  UNION ALL
  SELECT * FROM (SELECT 'same bytes', {COLUMNS} {_SAME_BYTES}) AS alike
"""
_KNOWN_TO_A_COPY: Final = f"""{_HERE}
  UNION ALL
  SELECT * FROM (SELECT 'same upload', {COLUMNS} {_SAME_PRODUCT}) AS alike
"""
_ELSEWHERE: Final = f"""
  SELECT folder, name, place {_SAME_UPLOAD}
  UNION
  SELECT * FROM (SELECT folder, name, place {_OLD}) AS old
  UNION
  SELECT * FROM (SELECT folder, name, place {_SAME_BYTES}) AS alike
"""


def _keep_copies(connection: Transaction, arrival: Arrival, now: float) -> Arrival:
    """Something else stands now where a photo stood whose copy stands elsewhere: its record goes there, unharmed."""
    match arrival:
        case New(one, other) | Replace(one, other):
            old = [record for record in (one, other) if record is not None]
            left = [record for record in old if not hand_over(connection, record, now)]
            return arrival if left == old else version_of(left)
        case Follow(_, displaced, renamed_from):
            return replace(
                arrival,
                displaced=_left(connection, displaced, now),
                renamed_from=_left(connection, renamed_from, now),
            )
        case Duplicate(_, old) | OldVersion(_, _, old):
            return replace(arrival, displaced=_left(connection, old, now))
    return arrival


def _left(connection: Transaction, old: Record | None, now: float) -> Record | None:
    return None if old is None or hand_over(connection, old, now) else old


def _not_put_away(connection: Transaction, folder: bytes, name: bytes) -> Record | None:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM photo WHERE folder = :folder AND name = :name AND {CURRENT} AND put_away = 0",
        {"folder": folder, "name": name},
    ).fetchone()
    return record(row) if row else None
