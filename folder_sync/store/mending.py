"""What `audit --mend` hands to the service, or to the next `sync`: photos to send again, and images to delete."""

from __future__ import annotations

import os
from typing import Final

from folder_sync.photo import Record, State
from folder_sync.rules.auditing import Difference, Kind
from folder_sync.store.audit import Differing
from folder_sync.store.lineage import NEXT_ARRIVAL
from folder_sync.store.ports import Database, Transaction
from folder_sync.store.rows import COLUMNS, CURRENT, record

MENDED: Final = frozenset({Kind.MISSING, Kind.OTHER_HERO, Kind.TWICE, Kind.UNDELETED})
"""The others are only reported."""

_COPIED: Final = (
    "watcher, folder, name, place, account, organization_id, gtin, title, number, sha256, size, format, mtime_ns,"
    " ctime_ns, first_seen, put_away, gone_at"
)


class Mending:
    def __init__(self, database: Database) -> None:
        self._db = database

    def take_on(self, differing: Differing, now: float) -> bool:
        """Whether it will be fixed: not if it moved on meanwhile, or if there is no file to send."""
        difference = differing.difference
        photo = self._photo(difference)
        if photo is None or difference.kind not in MENDED:
            return False
        sends = difference.kind in (Kind.MISSING, Kind.OTHER_HERO)
        if sends and not self._stands(photo):
            return False
        with self._db.write() as transaction:
            if not _mend(transaction, difference, photo, now):
                return False
            transaction.execute(
                "DELETE FROM difference WHERE account = :account AND gtin = :gtin AND kind = :kind"
                " AND photo_id = :photo AND image_id IS NOT DISTINCT FROM :image",
                {
                    "account": differing.account,
                    "gtin": differing.gtin,
                    "kind": difference.kind.value,
                    "photo": photo.id,
                    "image": difference.image_id,
                },
            )
        return True

    def _stands(self, photo: Record) -> bool:
        """Whether there is a file to send. Of another machine's the record speaks."""
        return os.path.lexists(photo.path) if photo.watcher in self._db.watchers else not photo.is_gone

    def _photo(self, difference: Difference) -> Record | None:
        rows = self._db.read(f"SELECT {COLUMNS} FROM photo WHERE id = :id", {"id": difference.photo})
        return record(rows[0]) if rows else None


def _mend(transaction: Transaction, difference: Difference, photo: Record, now: float) -> bool:
    match difference.kind:
        case Kind.MISSING:
            note = "its image is gone from the catalogue: it is looked for there, and then sent again"
            # A list that was kept from the first start may have that very image in it.
            transaction.execute(
                "DELETE FROM listed WHERE account = :account AND gtin = :gtin",
                {"account": photo.account, "gtin": photo.gtin},
            )
            return _send_again(transaction, photo, now, note, look_first=True)
        case Kind.OTHER_HERO if _send_again(transaction, photo, now, "sent again, to be the hero once more"):
            _give_up_image(transaction, photo, photo.image_id, now)
            return True
        case Kind.TWICE if photo.state is State.UPLOADED and difference.image_id != photo.image_id:
            _give_up_image(transaction, photo, difference.image_id, now)
            return True
        case Kind.UNDELETED:
            changed = transaction.execute(
                "UPDATE photo SET unwanted = 1, not_before = :now, image_deleted_at = NULL, changed_at = :now,"
                " note = 'its image is still there, and is deleted' WHERE id = :id AND state = 'superseded'",
                {"now": now, "id": photo.id},
            ).rowcount
            return changed == 1
    return False


def _send_again(transaction: Transaction, photo: Record, now: float, note: str, *, look_first: bool = False) -> bool:
    """A hero comes after all that was sent meanwhile: it will be the last one."""
    changed = transaction.execute(
        f"UPDATE photo SET state = 'queued', look_first = :look_first, looked_for = 0, image_id = NULL,"
        " image_url = NULL, uploaded_at = NULL, attempts = 0, absences = 0, not_before = NULL, changed_at = :now,"
        f" note = :note, arrival = CASE is_primary WHEN 1 THEN {NEXT_ARRIVAL} ELSE arrival END"
        f" WHERE id = :id AND state = 'uploaded' AND image_id = :image AND gone_at IS NULL AND {CURRENT}",
        {"look_first": int(look_first), "now": now, "note": note, "id": photo.id, "image": photo.image_id},
    ).rowcount
    return changed == 1


def _give_up_image(transaction: Transaction, photo: Record, image_id: str | None, now: float) -> None:
    """An image with these bytes that the photo stands for no longer: superseded, and deleted once the photo is there.

    No hero, for as such it would be reckoned with.
    """
    transaction.execute(
        f"INSERT INTO photo ({_COPIED}, image_id, uploaded_at, state, is_primary, arrival, replaced, successor,"
        " unwanted, not_before, superseded_at, changed_at, note)"
        f" SELECT {_COPIED}, :image, :uploaded_at, 'superseded', 0, {NEXT_ARRIVAL}, 1, id, 1, :now, :now, :now, :note"
        " FROM photo WHERE id = :id",
        {
            "image": image_id,
            "uploaded_at": photo.uploaded_at,
            "now": now,
            "note": f"photo {photo.id} has this image, too; it is deleted once that photo is there",
            "id": photo.id,
        },
    )
