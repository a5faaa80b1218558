"""One SQLite file: opening it, writing to it in one transaction, and saying in words why that can't be done.

The service shares one connection among its threads under a lock: with several connections writers would wait
for each other in SQLite's sleeping busy handler, which costs more than the writes themselves.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from folder_sync.store.ports import Machine, Parameters, Result, Row, Store, Transaction
from folder_sync.store.sqlite.lock import OwnFile, holder
from folder_sync.store.sqlite.opening import OPENER, Opener
from folder_sync.store.sqlite.searching import TrigramIndex
from folder_sync.store.sqlite.wal_sync import LogSync
from folder_sync.store.sqlite.words import InWords

_TEXT_INDEX: Final = TrigramIndex()

STREAMED_AT_ONCE: Final = 500
"""Rows that a stream has in memory."""


class Database:
    """A file as ``ports.Database``: one machine's.

    ``create``: make it where there is none, and bring its tables up to date; for the one process that works on it.
    ``read_only``: neither that nor anything else is written. ``streamed_at_once``: rows that a stream has in memory.
    """

    watcher: Final = ""
    watchers: Final = ("",)
    sendable: Final = ("",)
    shared: Final[frozenset[bytes]] = frozenset()

    def __init__(
        self,
        path: Path,
        *,
        create: bool,
        read_only: bool = False,
        streamed_at_once: int = STREAMED_AT_ONCE,
        opener: Opener = OPENER,
    ) -> None:
        self._streamed_at_once = streamed_at_once
        self._opener = opener
        self.path = path
        self._lock = threading.RLock()
        self._in_words = InWords(path)
        with self._in_words:
            self._connection = opener.to_work(path) if create else opener.beside(path, read_only=read_only)
        self._transaction = _Transaction(self._connection, self._in_words)
        self._log = LogSync(path)
        self._lease = OwnFile(path)

    def watcher_of(self, path: bytes) -> str:  # noqa: ARG002 -- as the port has it
        return ""

    @property
    def store(self) -> Store:
        from folder_sync.store.sqlite.store import SqliteStore  # noqa: PLC0415 -- which opens this

        return SqliteStore(self.path)

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Transaction]:
        with self._lock:
            self._expect_no_transaction()
            transaction = self._transaction
            transaction.execute("BEGIN IMMEDIATE")
            try:
                yield transaction
                transaction.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    transaction.execute("ROLLBACK")
                raise
        if durable:
            self.make_durable()

    def _expect_no_transaction(self) -> None:
        """Other threads wait for the lock until it is over; this one would read and write in the midst of its own."""
        if self._connection.in_transaction:
            raise RuntimeError("within a transaction only its own statements are run")

    @property
    def lease(self) -> OwnFile:
        return self._lease

    def make_durable(self) -> None:
        with self._in_words:
            self._log.flush()

    def make_sure(self) -> None:
        with self._in_words, suppress(FileNotFoundError):  # a copy that was put back has none
            self._log.flush()

    def change(self, sql: str, parameters: Parameters = (), *, durable: bool = False) -> list[Row]:
        """As in ``ports``. Prefer it: each further statement hands the GIL over while this lock is held."""
        with self._lock:
            self._expect_no_transaction()
            rows = self._transaction.execute(sql, parameters).fetchall()
        if durable:
            self.make_durable()
        return rows

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        with self._lock:
            self._expect_no_transaction()
            return self._transaction.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[Row]:
        with self._in_words:
            connection = self._opener.beside(self.path, read_only=True)
        with closing(connection):
            with self._in_words:
                cursor = connection.execute(sql, parameters)
            while rows := self._fetch(cursor):
                yield from rows

    def _fetch(self, cursor: sqlite3.Cursor) -> list[Row]:
        with self._in_words:
            return cursor.fetchmany(self._streamed_at_once)

    @property
    def text_index(self) -> TrigramIndex:
        return _TEXT_INDEX

    def clock(self) -> float:
        return time.time()

    def machines(self) -> list[Machine]:
        pid = holder(self.path)
        return [
            Machine(name, pid, since if pid is not None else None, None, version)
            for name, since, version in self.read("SELECT machine, since, program FROM run")
        ]

    def holder(self) -> int | None:
        return holder(self.path)

    def version(self) -> int:
        ((version,),) = self.read("PRAGMA data_version")
        return int(version)

    def commanded(self) -> int:
        return self.version()

    def ever_numbered(self, table: str) -> int:
        rows = self.read("SELECT seq FROM sqlite_sequence WHERE name = :table", {"table": table})
        return int(rows[0][0]) if rows else 0

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._log.close()


class _Transaction:
    """Statements, with their errors in words: translated here, where they come from, and not around a caller's code."""

    def __init__(self, connection: sqlite3.Connection, in_words: InWords) -> None:
        self._connection = connection
        self._in_words = in_words

    def execute(self, sql: str, parameters: Parameters = ()) -> Result:
        with self._in_words:
            cursor = self._connection.execute(sql, parameters)
            return Result(cursor.fetchall(), cursor.rowcount)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        rows = list(rows)  # what it takes to make them is not SQLite's
        with self._in_words:
            self._connection.executemany(sql, rows)
