"""Copying all records into another store, and seeing that all of them arrived as they were."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from folder_sync.errors import StoreUnavailable
from folder_sync.store.doubts import owner_of
from folder_sync.store.ports import Database, Row, Store

NUMBERED: Final = ("photo", "history")
"""Whose numbers are never given twice, also where the last rows have gone: people and programs keep them."""


def copy(source: Database, target: Store) -> dict[str, int]:
    """All of it or nothing; what was this machine's is this machine's. Returns how many rows each table has.

    Raises StoreUnavailable: the target is not empty or can't be written, or somebody wrote to the source meanwhile.
    """
    before, sums = source.version(), {}
    with target.receiver() as receiver:
        for table, columns in receiver.tables():
            sums[table] = _Sum()
            moved = _moved(source, target, columns, source.stream(_select(table, columns)))
            receiver.fill(table, columns, sums[table].over(moved))
        for table in NUMBERED:
            receiver.number_on(table, source.ever_numbered(table))
        for table, columns in receiver.tables():
            there = _Sum()
            deque(there.over(receiver.rows(_select(table, columns))), maxlen=0)
            if there.value != sums[table].value:
                raise StoreUnavailable(f"The copy of the table {table} differs.", "Nothing was moved.")
        if source.version() != before:
            raise StoreUnavailable("The records were written to while they were copied.", "Do it again.")
    return {table: found.rows for table, found in sums.items()}


def _moved(source: Database, target: Store, columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[Row]:
    """As another kind of store has the names of machines, and of the runs of their services."""
    if "watcher" not in columns:
        yield from rows
        return
    watcher, owner = columns.index("watcher"), columns.index("owner") if "owner" in columns else None
    ours = owner_of(source.watcher, "")
    for row in rows:
        changed = list(row)
        if row[watcher] == source.watcher:
            changed[watcher] = target.watcher
        elif target.is_file:
            raise StoreUnavailable(
                f'There are records of another machine ("{row[watcher]}"), and an SQLite file has those of one.',
                "Nothing was moved.",
            )
        if owner is not None and (row[owner] or "").startswith(ours):
            changed[owner] = owner_of(target.watcher, row[owner][len(ours) :])
        yield tuple(changed)


def _select(table: str, columns: Iterable[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table}"


class _Sum:
    """A digest of rows in any order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            digest = hashlib.blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            self._sum = (self._sum + int.from_bytes(digest)) % 2**128
            self.rows += 1
            yield row

    @property
    def value(self) -> tuple[int, int]:
        return self.rows, self._sum
