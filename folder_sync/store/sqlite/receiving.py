"""A file that is filled with the records of another store. It gets its name when they are all there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import Row
from folder_sync.store.sqlite.opening import OPENER
from folder_sync.store.sqlite.words import InWords

_TABLES = """
  SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
    AND name NOT LIKE '!_sqlite!_%' ESCAPE '!' AND name NOT LIKE 'photo!_text%' ESCAPE '!' AND name <> 'written_by'
  ORDER BY name <> 'photo', rowid"""


@contextmanager
def receiver(path: Path) -> Iterator[Receiver]:
    with InWords(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size and not _is_empty(path):
            raise StoreUnavailable(f"There are records in {path} already.", "Name a file that does not exist yet.")
        part = path.with_name(path.name + ".moving")
        _remove(part)
        with _removed_if_it_fails(part), closing(OPENER.to_work(part)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("BEGIN IMMEDIATE")
            triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            yield Receiver(connection)
            for _, sql in triggers:
                connection.execute(sql)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _put_in_place(part, path)


def _is_empty(path: Path) -> bool:
    with closing(OPENER.beside(path, read_only=True)) as connection:
        return connection.execute("SELECT 1 FROM sqlite_sequence WHERE seq > 0").fetchone() is None


@contextmanager
def _removed_if_it_fails(part: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _remove(part)
        raise


def _remove(part: Path) -> None:
    for leftover in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
        leftover.unlink(missing_ok=True)


def _put_in_place(part: Path, path: Path) -> None:
    for name, flags in ((part, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
        descriptor = os.open(name, flags | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if name == part:
            part.rename(path)


class Receiver:
    """As ``ports.Receiver``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def tables(self) -> list[tuple[str, tuple[str, ...]]]:
        tables = [name for (name,) in self._connection.execute(_TABLES).fetchall()]
        return [(table, self._columns(table)) for table in tables]

    def _columns(self, table: str) -> tuple[str, ...]:
        rows = self._connection.execute("SELECT name FROM pragma_table_info(?) ORDER BY name", (table,)).fetchall()
        return tuple(name for (name,) in rows)

    def fill(self, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        self._connection.execute(f"DELETE FROM {table}")
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    def rows(self, sql: str) -> Iterator[Row]:
        return self._connection.execute(sql)

    def number_on(self, table: str, last: int) -> None:
        self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        if last:
            self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
