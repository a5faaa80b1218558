"""Requests whose answers nobody waits for any more: what a run, or a machine, was sending when it ended."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from folder_sync.store.ports import Database
from folder_sync.store.rows import in_values

# As the index photo_in_flight says it, word for word: else SQLite does not see that it serves.
_IN_FLIGHT: Final = "state IN ('uploading', 'unconfirmed')"

_OF_MACHINE: Final = "substr(owner, 1, length(:machine)) = :machine"


class Doubts:
    """``owner``: this run of the service. Its workers ask the server about whatever it makes its own."""

    def __init__(self, database: Database, owner: str) -> None:
        self._db = database
        self._owner = owner

    def recover(self, now: float, confirm_after: float) -> int:
        """At start: whatever an earlier run was sending may have been stored. Returns how many photos that were."""
        ours = {"owner": self._owner, "machine": owner_of(self._db.watcher, "")}
        with self._db.write(durable=True) as connection:
            connection.execute(
                f"UPDATE photo SET owner = :owner WHERE state = 'unconfirmed' AND {_IN_FLIGHT} AND {_OF_MACHINE}", ours
            )
            return connection.execute(
                "UPDATE photo SET state = 'unconfirmed', owner = :owner, not_before = :not_before, changed_at = :now,"
                " note = 'the service ended while this was being sent'"
                f" WHERE state = 'uploading' AND {_IN_FLIGHT} AND {_OF_MACHINE}",
                ours | {"not_before": now + confirm_after, "now": now},
            ).rowcount

    def take_over(self, machine: str, now: float, confirm_after: float) -> int | None:
        """What a machine was sending that is over, or had to settle, is this run's. Returns how many photos that were.

        None where that machine is back. Asked about once nothing of it can arrive any more.
        """
        with self._db.write(durable=True) as connection:
            doubtful = self._db.lease.declare_over(connection, machine)
            if doubtful is None:
                return None
            return connection.execute(
                "UPDATE photo SET owner = :owner,"
                " not_before = CASE WHEN state = 'uploading' THEN :not_before"
                "   WHEN changed_at > :now THEN not_before - changed_at + :now ELSE not_before END,"
                " changed_at = CASE WHEN state = 'uploading' THEN :now ELSE changed_at END,"
                " note = CASE WHEN state = 'uploading' THEN :note ELSE note END,"
                f" state = 'unconfirmed' WHERE {_IN_FLIGHT} AND {_OF_MACHINE}",
                {
                    "owner": self._owner,
                    "not_before": now + max(confirm_after, doubtful),
                    "now": now,
                    "note": f"{machine} was sending this, and went silent",
                    "machine": owner_of(machine, ""),
                },
            ).rowcount

    def doubt_all_but(self, being_sent: Collection[int], now: float) -> int:
        """What this run has claimed, and nobody sends, may have been sent: the server is asked. Returns how many."""
        marks, ids = in_values("id", being_sent)
        others = f" AND id NOT IN {marks}" if being_sent else ""
        with self._db.write() as connection:
            return connection.execute(
                "UPDATE photo SET state = 'unconfirmed', not_before = :now, changed_at = :now,"
                " note = 'how sending it ended could not be recorded'"
                f" WHERE state = 'uploading' AND {_IN_FLIGHT} AND owner = :owner{others}",
                {"now": now, "owner": self._owner, **ids},
            ).rowcount


def owner_of(watcher: str, run: str) -> str:
    """As records have it; of no run: what the names of all of a machine's runs begin with."""
    return f"{watcher}|{run}"
