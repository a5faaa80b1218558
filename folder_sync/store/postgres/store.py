"""A schema of PostgreSQL as ``ports.Store``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from folder_sync.errors import StoreUnavailable
from folder_sync.store.ports import Lock, Receiver, Row
from folder_sync.store.postgres import locking, receiving, searching, workers
from folder_sync.store.postgres.connecting import connect as connect_to
from folder_sync.store.postgres.database import Database
from folder_sync.store.postgres.listening import Listening
from folder_sync.store.postgres.tables import migrate
from folder_sync.store.postgres.words import InWords, none_yet
from folder_sync.store.whose import Whose


class PostgresStore:
    """``where``: as libpq understands it. ``beside``: as ``ports.Store.path``. ``whose``: the paths here are.

    One service of each machine works on it.
    """

    is_file = False

    def __init__(self, where: str, beside: Path, whose: Whose) -> None:
        known = conninfo_to_dict(where)
        self.name = f"{known.get('dbname') or known.get('user')} on {known.get('host') or 'this machine'}"
        self.path = beside
        self.whose = whose
        self.where = where
        self._in_words = InWords(self.name)

    @classmethod
    def at(cls, url: str, beside: Path, password: str | None, whose: Whose) -> Self:
        """Raises StoreUnavailable where libpq can't read the address."""
        try:
            return cls(make_conninfo(url, password=password), beside, whose)
        except psycopg.ProgrammingError as error:
            raise StoreUnavailable(
                "store.url is not an address that PostgreSQL understands.",
                "Write it like postgresql://folder_sync@db.example.com/photos.",
            ) from error

    @property
    def watcher(self) -> str:
        return self.whose.machine

    @property
    def care(self) -> ServersCare:
        return ServersCare(self)

    def is_missing(self) -> bool:
        try:
            with self.connect() as connection, self._in_words:
                return _is_missing(connection)
        except StoreUnavailable:
            return False

    def open(self, *, create: bool = False, read_only: bool = False) -> Database:
        if create:
            self._make_room_beside()
        return Database(self.where, self.name, self, self.whose, create=create, read_only=read_only)

    def _make_room_beside(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path.parent} can't be made: {error.strerror}.", "Check the permissions."
            ) from error

    def lock(self, *, alone: bool = False) -> Lock:
        if not alone:
            return Unlocked()
        connection = self.connect(locking.alias())
        with self._in_words:
            try:
                workers.have_alone(connection, self.name)
            except BaseException:
                connection.close()
                raise
        return OpenTransaction(connection)

    def holder(self) -> int | None:
        with self.connect() as connection, self._in_words:
            if _is_missing(connection):
                return None
            found = connection.execute(workers.MACHINES).fetchall()
        return workers.holder(workers.machines(found), self.watcher)

    def shortcomings(self) -> Iterator[tuple[str, str]]:
        with self.connect() as connection, self._in_words:
            if not searching.is_indexed(connection):
                yield f"{self.name} lacks pg_trgm, and the page's search looks through all photos", searching.HINT

    def identity(self) -> str:
        with self.connect() as connection, self._in_words:
            if _is_missing(connection):
                raise StoreUnavailable(*none_yet(self.name))
            return str(connection.execute("SELECT records FROM provenance").fetchall()[0][0])

    def news(self) -> Listening:
        return Listening(self.connect)

    @contextmanager
    def receiver(self) -> Iterator[Receiver]:
        self._make_room_beside()
        with self.connect() as connection, self._in_words, connection.transaction():
            migrate(connection)
            with receiving.receiver(connection, self.name) as receiver:
                yield receiver

    def ask(self, sql: str, *parameters: object) -> list[Row]:
        with self.connect() as connection, self._in_words:
            cursor = connection.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def connect(self, alias: str = "folder-sync") -> psycopg.Connection[Row]:
        with self._in_words:
            connection = connect_to(self.where, alias=alias)
        self._in_words.answered()
        return connection


def _is_missing(connection: psycopg.Connection[Row]) -> bool:
    return connection.execute("SELECT to_regclass('written_by') IS NULL").fetchall() == [(True,)]


class Unlocked:
    """As ``ports.Lock``: whoever opens the records to work has its name by that."""

    def release(self) -> None:
        pass


class OpenTransaction:
    """As ``ports.Lock``."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def release(self) -> None:
        """Others have them when this returns: of a connection that is closed the server hears later."""
        with suppress(psycopg.Error):
            self._connection.execute("ROLLBACK")
        self._connection.close()


class ServersCare:
    """As ``ports.Care``: damage and copies are the server's own affair (pg_dump, checksums)."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def set_aside_if_damaged(self) -> str | None:
        return None

    def is_suspected(self) -> bool:
        return False

    def make_sure(self) -> None:
        pass

    def back_up(self, today: str, *, given_up: Callable[[], bool]) -> str | None:  # noqa: ARG002 -- as the port has it
        return None

    def last_backup(self) -> float | None:
        return None

    def size(self) -> int:
        ((size,),) = self._store.ask(
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        )
        return int(size)
