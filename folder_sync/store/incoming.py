"""What intake asks of the store: what is known of a file, and recording what an arrival was found to mean."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from folder_sync.errors import StoreUnavailable
from folder_sync.photo import Record, State
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
    version_of,
)
from folder_sync.rules.quality import Mode
from folder_sync.store.adoption import Adoption
from folder_sync.store.known import Known, Read, candidates, decision, known_of
from folder_sync.store.lineage import forget, hand_over, supersede
from folder_sync.store.ports import Database, Transaction
from folder_sync.store.recording import Here, Place, write
from folder_sync.store.rows import COLUMNS, CURRENT, WATCHED, record
from folder_sync.text import path_text


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

    def candidates(self, place: Place, seen: Seen, now: float) -> frozenset[bytes]:
        """The paths on this machine of which ``arrive`` has to know whether a file still stands there.

        The disks are asked in between, for they may take their time: no transaction may wait for one.
        """
        return candidates(self._db.read, self._here(place), place, seen, now)

    def arrive(
        self, place: Place, seen: Seen, now: float, occupied: Mapping[bytes, bool], *, hasty: bool = False
    ) -> tuple[Arrival, Record | None]:
        """Decide what a settled file means and record it, in one transaction: no record moves in between.

        ``occupied`` says of the candidates whether a file still stands there; ``hasty`` is as in ``arrivals.decide``.
        Returns the decision, and the record that stands for the file now (None for Later, where nothing was written).
        """
        here = self._here(place)
        with self._db.write() as connection:
            known = known_of(_reader(connection), here, place, seen, now)
            arrival = decision(known, here, place, seen, occupied, hasty=hasty)
            if (compared := self._compared(known, arrival, seen)) is not seen:
                seen = compared
                arrival = decision(known, here, place, seen, occupied, hasty=hasty)
            if isinstance(arrival, Later):
                return arrival, None
            if known.stood is not None and arrival != Same(known.stood):
                connection.execute("UPDATE photo SET stands = 0 WHERE id = :id", {"id": known.stood.id})
            arrival = _keep_copies(connection, arrival, now)
            photo = write(
                connection, arrival, place, seen, now, here=here, look_from=self._adoption.look_from(here.watcher, now)
            )
            if arrival != New():  # which replaces nothing, and is replaced by nothing
                self._unconcluded = True
        return arrival, photo

    def preview(self, place: Place, seen: Seen, now: float, occupied: Mapping[bytes, bool]) -> tuple[Arrival, Seen]:
        """What ``arrive`` would decide, and of what; nothing is written."""
        here = self._here(place)
        known = known_of(self._db.read, here, place, seen, now)
        arrival = decision(known, here, place, seen, occupied)
        compared = self._compared(known, arrival, seen)
        return arrival if compared is seen else decision(known, here, place, compared, occupied), compared

    def _here(self, place: Place) -> Here:
        return Here(self._db.watcher_of(place.path), self._db.watcher, frozenset(self._db.watchers))

    def _compared(self, known: Known, arrival: Arrival, seen: Seen) -> Seen:
        """With a note, or a reason to refuse it, where it would be the second product's photo of the same bytes."""
        if self._other_product is Mode.OFF or seen.reason or not known.other_products:
            return seen
        match arrival:
            case New(replaces, displaced):
                gives_way = [replaces, displaced]
            case Replace(old, displaced):
                gives_way = [old, displaced]
            case _:
                return seen
        ids = {photo.id for photo in gives_way if photo is not None}
        other = next((found for found in known.other_products if found.id not in ids), None)
        if other is None:
            return seen
        reason = quality.other_product(other.gtin or "", path_text(os.path.basename(other.path)))
        if self._other_product is Mode.REJECT:
            return replace(seen, reason=reason)
        return replace(seen, details=replace(seen.details, notes=(*seen.details.notes, reason)))

    def conclude(self, now: float) -> int:
        """No file that this machine saw is waiting any more: a photo whose place another one took stands nowhere else.

        Not before. Of two photos that changed places one is inspected first, and at that moment the bytes of the other
        stand nowhere: it would be superseded, and uploaded again when its new place is inspected.

        Returns how many photos that made superseded.
        """
        try:
            with self._db.write() as connection:
                # While nobody else writes: what arrives after this is to be concluded again.
                superseded = [
                    photo
                    for watcher in self._db.watchers
                    for photo in supersede(connection, watcher, now, unwanted=self._deletes_superseded)
                ]
                self._unconcluded = False
        except StoreUnavailable:
            self._unconcluded = True
            raise
        return len(superseded)

    def gone(self, path: bytes, now: float, watcher: str | None = None) -> None:
        """The file is not there any more. What was not sent yet becomes missing, or stands where its copy is.

        ``watcher``: whose path it is, where that is not who has that path now.
        """
        folder, name = os.path.split(path)
        watcher = self._db.watcher_of(path) if watcher is None else watcher
        with self._db.write() as connection:
            # What the service itself has put away is known to be gone from here.
            here = _not_put_away(connection, watcher, folder, name)
            if here is None:
                connection.execute(
                    f"UPDATE photo SET stands = 0 WHERE {WATCHED} AND folder = :folder AND name = :name AND stands = 1",
                    {"watcher": watcher, "folder": folder, "name": name},
                )
                return
            if here.state not in (State.UPLOADING, State.UNCONFIRMED) and hand_over(connection, here, now):
                self._unconcluded = True
                return
            if here.state in (State.REJECTED, State.DUPLICATE):
                forget(connection, here.id, now=now)
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

    def is_vouched(self, sha256: str) -> bool:
        """Whether somebody said of these bytes that they are a whole picture (``Retrying.retry``)."""
        return bool(self._db.read("SELECT 1 FROM vouched WHERE sha256 = :sha256", {"sha256": sha256}))


def _reader(connection: Transaction) -> Read:
    return lambda sql, parameters: connection.execute(sql, parameters).fetchall()


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


def _not_put_away(connection: Transaction, watcher: str, folder: bytes, name: bytes) -> Record | None:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM photo WHERE {WATCHED} AND folder = :folder AND name = :name AND {CURRENT}"
        " AND put_away = 0",
        {"watcher": watcher, "folder": folder, "name": name},
    ).fetchone()
    return record(row) if row else None
