"""What holds for all photos of a product: that the catalogue does not have it, or may have it by now."""

from __future__ import annotations

from folder_sync.photo import Gtin14, Record
from folder_sync.rules.outcome import Transition
from folder_sync.store.ports import Database


class ProductWaits:
    """For the photos of all machines."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def postpone(self, photo: Record, until: float) -> None:
        """Ask about it later: all photos of the product that are asked about with one question."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE photo SET not_before = :until WHERE account = :account AND gtin = :gtin AND state = :state"
                " AND (state = 'waiting' OR look_first = 1)",
                {"until": until, "account": photo.account, "gtin": photo.gtin, "state": photo.state},
            )

    def park(self, account: str, gtin: Gtin14, transition: Transition, now: float, *, besides: int = 0) -> int:
        """The catalogue does not have this product: what else is queued for it waits too, at no request."""
        reason = transition.reason
        with self._db.write() as connection:
            return connection.execute(
                "UPDATE photo SET state = 'waiting', not_before = :not_before, reason_code = :reason_code,"
                " reason_message = :reason_message, changed_at = :now, note = :note"
                " WHERE account = :account AND gtin = :gtin AND state IN ('queued', 'waiting') AND id <> :besides",
                {
                    "not_before": transition.not_before,
                    "reason_code": reason.code if reason else None,
                    "reason_message": reason.message if reason else None,
                    "now": now,
                    "note": transition.note or (reason.message if reason else ""),
                    "account": account,
                    "gtin": gtin,
                    "besides": besides,
                },
            ).rowcount

    def release(self, account: str, gtin: Gtin14, now: float, note: str) -> int:
        """The product may be there now: everything that waited for it is queued, in its order."""
        with self._db.write() as connection:
            return connection.execute(
                "UPDATE photo SET state = 'queued', not_before = NULL, reason_code = NULL, reason_message = NULL,"
                " changed_at = :now, note = :note WHERE account = :account AND gtin = :gtin AND state = 'waiting'",
                {"now": now, "note": note, "account": account, "gtin": gtin},
            ).rowcount
