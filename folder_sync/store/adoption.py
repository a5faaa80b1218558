"""The time after records of a machine, or of a shared folder, were lost: photos that are taken in then may be in the
catalogue already, so they are looked up first.
"""

from __future__ import annotations

from folder_sync.photo import State
from folder_sync.store.ports import Database
from folder_sync.store.rows import in_states, in_watchers


class Adoption:
    """``is_open``: read for every photo that is taken in, so it makes no query. It lasts over restarts."""

    def __init__(self, database: Database) -> None:
        self._db = database
        ours, watchers = in_watchers(database.watchers)
        rows = database.read(f"SELECT watcher FROM adoption WHERE {ours}", watchers)
        self._open = frozenset(watcher for (watcher,) in rows)

    @property
    def is_open(self) -> bool:
        """Whether it is open for anything that this machine looks after."""
        return bool(self._open)

    def look_from(self, watcher: str, now: float) -> float | None:
        """From when on a photo that is taken in now may be looked up; None: it need not be."""
        return self._conclusive_from(now) if watcher in self._open else None

    def _conclusive_from(self, now: float) -> float:
        """What was sent before may arrive until then."""
        return now + self._db.lease.doubtful_seconds()

    def begin(self, now: float, *, is_new: bool = False) -> None:
        """Known photos that may still be sent are looked up as well: they may have been sent since.

        Products whose lists were read once are listed again.

        ``is_new``: no records were lost, it has none yet, and what other machines have recorded holds.
        """
        with self._db.write() as connection:
            connection.executemany(
                "INSERT INTO adoption (watcher, since) VALUES (:watcher, :since) ON CONFLICT (watcher) DO NOTHING",
                [{"watcher": watcher, "since": now} for watcher in self._db.watchers],
            )
            ours, watchers = in_watchers(self._db.watchers if is_new else self._db.sendable)
            for state in (State.QUEUED, State.WAITING, State.MISSING):  # one by one, so that each finds its index
                connection.execute(
                    f"UPDATE photo SET look_first = 1, looked_for = 0 WHERE {ours} AND {in_states([state])}", watchers
                )
            if (until := self._conclusive_from(now)) > now:
                connection.execute(
                    f"UPDATE photo SET not_before = :until WHERE {ours} AND {in_states([State.QUEUED])}"
                    " AND coalesce(not_before, 0) < :until",
                    watchers | {"until": until},
                )
            connection.execute("DELETE FROM listed")
        self._open = frozenset(self._db.watchers)

    def end(self) -> None:
        """Everything that was there has been taken in; photos that still have to be looked up are marked themselves."""
        with self._db.write() as connection:
            ours, watchers = in_watchers(self._db.watchers)
            connection.execute(f"DELETE FROM adoption WHERE {ours}", watchers)
        self._open = frozenset()
