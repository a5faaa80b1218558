"""The records of folders that this machine watches no longer: a million of them leave in bounded steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from folder_sync.store.incoming import Incoming
from folder_sync.store.ports import Database, Transaction
from folder_sync.store.rows import CURRENT, WATCHED

BATCH: Final = 2_000
"""How many records to handle at a time: for well under a second nobody else can write."""

Position = tuple[bytes, bytes]
"""Folder and name, in whose order the records are gone through. An empty name comes before all of a folder's."""

_LAST: Final = b"\xff" * 4096
"""Behind every folder and every name; the kernel's are shorter."""

_PASSED: Final = (
    f"{CURRENT} AND {WATCHED} AND (folder, name) > (:folder, :name) AND (folder, name) <= (:to_folder, :to_name)"
)

# What the service itself has put away is known to be gone from there.
_HERE: Final = f"{_PASSED} AND put_away = 0"

# Its copy may stand in a watched folder, or older versions point at it.
_ENTANGLED: Final = """(
  (state NOT IN ('uploading', 'unconfirmed') AND EXISTS (
    SELECT 1 FROM photo copy WHERE copy.duplicate_of = photo.id AND copy.state = 'duplicate'
      AND copy.replaced = 0))
  OR (state IN ('rejected', 'duplicate') AND EXISTS (SELECT 1 FROM photo old WHERE old.successor = photo.id)))"""

_LEAVES: Final = "(state IN ('queued', 'waiting', 'rejected', 'duplicate') OR (gone_at IS NULL AND state <> 'missing'))"


class Unwatched:
    def __init__(self, database: Database, incoming: Incoming, *, batch: int = BATCH) -> None:
        self._db = database
        self._incoming = incoming
        self._batch = batch

    def leave(self, roots: Iterable[bytes], now: float) -> Iterator[None]:
        """What ``Incoming.gone`` does, for each photo outside of the watched folders ``roots``, a batch at a time. The
        caller may stop between two batches: the next start continues.
        """
        for after, to in _outside(roots):
            at = after
            while at < to:
                end = self._end_of_batch(at, to)
                self._leave(at, end, now)
                at = end
                yield

    def _end_of_batch(self, after: Position, to: Position) -> Position:
        rows = self._db.read(
            f"SELECT folder, name FROM photo WHERE {_PASSED} ORDER BY folder, name LIMIT 1 OFFSET :skip",
            self._between(after, to) | {"skip": self._batch - 1},
        )
        return (rows[0][0], rows[0][1]) if rows else to

    def _between(self, after: Position, to: Position) -> dict[str, object]:
        ends = {"folder": after[0], "name": after[1], "to_folder": to[0], "to_name": to[1]}
        return {"watcher": self._db.watcher, **ends}

    def _leave(self, after: Position, to: Position, now: float) -> None:
        here = self._between(after, to)
        while entangled := self._db.read(f"SELECT folder, name FROM photo WHERE {_HERE} AND {_ENTANGLED}", here):
            for folder, name in entangled:
                self._incoming.gone(bytes(folder) + b"/" + name, now, self._db.watcher)
        if self._db.read(f"SELECT 1 FROM photo WHERE {_HERE} AND {_LEAVES} LIMIT 1", here):
            with self._db.write() as connection:
                _leave_plain(connection, here, now)


def _leave_plain(connection: Transaction, here: Mapping[str, object], now: float) -> None:
    connection.execute(f"DELETE FROM photo WHERE {_HERE} AND state IN ('rejected', 'duplicate')", here)
    timed = {**here, "now": now}
    connection.execute(
        "UPDATE photo SET state = 'missing', not_before = NULL, changed_at = :now,"
        f" note = 'its folder is no longer watched' WHERE {_HERE} AND state IN ('queued', 'waiting')",
        timed,
    )
    connection.execute(
        f"UPDATE photo SET gone_at = :now WHERE {_HERE} AND gone_at IS NULL"
        " AND state IN ('uploaded', 'uploading', 'unconfirmed')",
        timed,
    )


def _outside(roots: Iterable[bytes]) -> Iterator[tuple[Position, Position]]:
    """The stretches before, between and after the watched folders: after one position, up to and with another.

    A folder /a is itself, and everything from "/a/" to "/a0", for 0 is the character after the slash.
    """
    watched: list[tuple[Position, Position]] = []
    for root in (root.rstrip(b"/") for root in roots):
        watched += [((root, b""), (root, _LAST)), ((root + b"/", b""), (root + b"0", b""))]
    at: Position = (b"", b"")
    for first, last in sorted(watched):
        if at < first:
            yield at, first
        at = max(at, last)
    yield at, (_LAST, _LAST)
