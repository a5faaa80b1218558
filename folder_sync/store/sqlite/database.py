"""One SQLite file: opening it, writing to it in one transaction, and saying in words why that can't be done.

The service shares one connection among its threads under a lock: with several connections writers would wait
for each other in SQLite's sleeping busy handler, which costs more than the writes themselves.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import sqlite_utils

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import Parameters, Result, Row, Transaction
from folder_sync.store.sqlite.schema import migrations
from folder_sync.store.sqlite.wal_sync import LogSync

BUSY_SECONDS: Final = 10.0
"""How long to wait for another process (a `retry`, a backup) that holds the write lock."""

_OTHERS: Final = stat.S_IRWXO


class Database:
    """A file as ``ports.Database``. ``create``: make it, its folder and its tables; else a missing one is an error."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._in_words = _InWords(path)
        with self._in_words:
            self._connection = self._open(create=create)
        self._transaction = _Transaction(self._connection, self._in_words)
        self._log = LogSync(path)

    def _open(self, *, create: bool) -> sqlite3.Connection:
        if create:
            self._make_private()
        mode = "rwc" if create else "rw"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # transactions begin where this file says so, and nowhere else
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            if create:
                _use_wal(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            db = sqlite_utils.Database(connection, execute_plugins=False)
            if migrations.pending(db):
                # Another process may be about to do the same: whoever is second finds nothing left to do.
                connection.execute("BEGIN IMMEDIATE")
                migrations.apply(db)
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_private(self) -> None:
        """Names and titles are a studio's business: nobody else on the machine reads them."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            if mode & _OTHERS:  # a backup that was copied back by hand, say; SQLite gives its logs the same mode
                with suppress(PermissionError):  # somebody else's file, lent to us
                    os.fchmod(descriptor, mode & ~_OTHERS)
        finally:
            os.close(descriptor)

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Transaction]:
        with self._lock:
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

    def make_durable(self) -> None:
        with self._in_words:
            self._log.flush()

    def change(self, sql: str, parameters: Parameters = (), *, durable: bool = False) -> list[Row]:
        """As in ``ports``. Prefer it: each statement more hands the GIL over while this lock is held."""
        with self._lock:
            rows = self._transaction.execute(sql, parameters).fetchall()
        if durable:
            self.make_durable()
        return rows

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        with self._lock:
            return self._transaction.execute(sql, parameters).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._log.close()


class _Transaction:
    """Statements, with their errors in words: translated here, where they come from, and not around a caller's code."""

    def __init__(self, connection: sqlite3.Connection, in_words: _InWords) -> None:
        self._connection = connection
        self._in_words = in_words

    def execute(self, sql: str, parameters: Parameters = ()) -> Result:
        with self._in_words:
            cursor = self._connection.execute(sql, parameters)
            return _Rows(cursor.fetchall(), cursor.rowcount)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        rows = list(rows)  # what it takes to make them is not SQLite's
        with self._in_words:
            self._connection.executemany(sql, rows)


class _Rows:
    def __init__(self, rows: list[Row], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchone(self) -> Row | None:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Row]:
        return self._rows


class _InWords:
    """A context in which an error of SQLite or the disk becomes StoreUnavailable. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError)):
            return  # a bug of ours, not a state of the world
        if isinstance(error, (sqlite3.DatabaseError, OSError)):
            raise StoreUnavailable(*_explain(self._path, error)) from error


def is_missing(path: Path) -> bool:
    """Whether there surely is nothing; what lies in a folder that is closed to us may be there."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def _use_wal(connection: sqlite3.Connection) -> None:
    """A reader that found the new file empty may be making the tables in it right now; SQLite takes that for a
    deadlock, and refuses at once instead of waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _explain(path: Path, error: Exception) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return f"The disk of the database {path} is full.", "Make room; nothing is forgotten."
        # PROTOCOL: somebody holds the lock under which the log of a killed process is read back.
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return f"The database {path} is locked by another program.", "Close that program, then try again."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return (
                f"The database {path} can't be written.",
                "Check who owns it, and whether its disk is read-only.",
            )
        case sqlite3.SQLITE_CORRUPT:
            return (
                f"The database {path} is damaged.",
                "The next `folder-sync run` or `sync` sets it aside and recognises what is in the catalogue already.",
            )
        case sqlite3.SQLITE_NOTADB:
            return f"{path} is not a database of folder-sync.", "Set store.url to another place, or move it away."
        case sqlite3.SQLITE_CANTOPEN if is_missing(path):
            return f"There is no database at {path}.", "It is made by the first `folder-sync run` or `sync`."
        case _:
            return f"The database {path} can't be used: {error}.", "Check the disk and the permissions."
