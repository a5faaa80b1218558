"""One PostgreSQL schema: connecting, writing to it in one transaction at a time, and saying in words why not.

One writer at a time, over all machines: each transaction that writes takes an advisory lock first, as ``BEGIN
IMMEDIATE`` does in SQLite. Under READ COMMITTED alone two workers claim one photo: each finds it queued, the second
waits for the first's row, and then takes it as well. The lock ends with the transaction, however that ends. Under it,
and in the same round trip, a service asks whether it still stands: whoever was declared over writes nothing.

The disk is waited for without the lock, so that several machines share a flush. Others may see meanwhile what a crash
of the server would still undo. Nothing that they do by it outlives that: a request, or moving a file, comes after a
write of their own, and a flush of the log up to there has all earlier ones in it. Whoever only reads, and hands on what
must not be undone (``changes``), waits for such a flush.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from psycopg import errors

from folder_sync.errors import StoreUnreachable
from folder_sync.store.ports import Machine, Parameters, Row, Store
from folder_sync.store.postgres import locking, searching
from folder_sync.store.postgres.clock import NOW, Clock, boottime
from folder_sync.store.postgres.connecting import CHANNEL, connect
from folder_sync.store.postgres.lease import Lease
from folder_sync.store.postgres.tables import expect_tables, migrate
from folder_sync.store.postgres.transaction import Transaction, understood
from folder_sync.store.postgres.words import InWords
from folder_sync.store.postgres.workers import MACHINES, holder, machines
from folder_sync.store.whose import Whose

STREAMED_AT_ONCE: Final = 500

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 10.0
"""Between two attempts to connect to a server that does not answer: all threads share a connection, and each attempt
may take ten seconds.
"""

_TEXT_INDEX: Final = searching.TrigramIndex()

BEGIN: Final = f"BEGIN; {locking.LIMITS}; SET LOCAL synchronous_commit = off; {locking.WRITING}"
_BEGIN_LOOKING: Final = f"BEGIN READ ONLY; {locking.LIMITS}"
_FLUSH: Final = "SELECT pg_logical_emit_message(true, 'folder-sync', '')"
"""A transaction that only leaves something in the log to flush. It ends when the server has kept all until there, in
the way that it is set up to (its disk, or a standby's)."""
_NEWS: Final = f"SELECT pg_notify('{CHANNEL}', current_schema()); COMMIT; {_FLUSH}"
_COMMIT_COMMAND: Final = f"UPDATE written SET times = times + 1, commands = commands + 1; {_NEWS}"


class Database:
    """A schema as ``ports.Database``. Its threads share one connection, which is made anew after it was lost.

    ``where``: as libpq understands it. ``name``: as people know it. ``create`` and ``read_only`` as in ``ports.Store``.
    """

    def __init__(
        self, where: str, name: str, store: Store, whose: Whose, *, create: bool, read_only: bool = False
    ) -> None:
        self.store = store
        self.watcher = whose.machine
        self._whose = whose
        self._where = where
        self._name = name
        self._read_only = read_only
        self._works = create
        self._lock = threading.RLock()
        self._in_words = InWords(name)
        self._own_writes = 0
        self._is_open = False
        self._clock = Clock()
        self._lease = Lease(name, self.watcher, self._connected, self._clock)
        self._failures = 0
        self._again_at = 0.0
        self._unreachable: StoreUnreachable | None = None
        with self._in_words:
            self._connection = self._connect()
            with _closed_if_it_fails(self._connection):
                if create:
                    with self._not_for_ever():
                        migrate(self._connection)
                        self._lease.take(self._connection)
                else:
                    expect_tables(self._connection, name)

    def _connect(self) -> psycopg.Connection[Row]:
        connection = connect(self._where, alias=locking.alias() if self._works else "folder-sync")
        with _closed_if_it_fails(connection):
            asked = boottime()
            ((moment, is_standby),) = connection.execute(f"SELECT {NOW}, pg_is_in_recovery()").fetchall()
            self._clock.set(moment, asked)
            if is_standby and not self._read_only:
                raise self._in_words.standby()
        return connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Transaction]:  # noqa: ARG002 -- as the port has it
        """Every commit survives a power cut: ``durable`` or not."""
        with self._lock:
            connection = self._ready()
            transaction = Transaction(connection, self._in_words)
            self._is_open = True
            try:
                self._begin(transaction)
                yield transaction
                if not transaction.has_changed:  # nobody has to look again for that
                    transaction.run("COMMIT")
                else:
                    self._commit(transaction)
                    self._own_writes += 1
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._is_open = False

    def _begin(self, transaction: Transaction) -> None:
        if self._works:
            self._lease.expect_standing(transaction.run(f"{BEGIN}; {self._lease.standing}"))
        else:
            transaction.run(_BEGIN_LOOKING if self._read_only else BEGIN)

    def _commit(self, transaction: Transaction) -> None:
        if self._works:
            transaction.run(f"UPDATE written SET times = times + 1; {self._lease.counting}; {_NEWS}")
            self._lease.has_written()
        else:
            transaction.run(_COMMIT_COMMAND)

    def _ready(self) -> psycopg.Connection[Row]:
        if self._is_open:
            raise RuntimeError("within a transaction only its own statements are run")
        if self._connection.closed:
            if self._unreachable is not None and time.monotonic() < self._again_at:
                raise self._unreachable.once_more()
            try:
                self._connect_again()
            except StoreUnreachable as error:
                self._unreachable = error
                pause = min(FIRST_PAUSE_SECONDS * 2**self._failures, LONGEST_PAUSE_SECONDS)
                self._again_at = time.monotonic() + pause * random.uniform(0.5, 1.0)  # noqa: S311 -- no secret
                self._failures = min(self._failures + 1, 10)
                raise
            self._unreachable, self._failures = None, 0
            self._in_words.answered()
        return self._connection

    def _connect_again(self) -> None:
        with self._in_words:
            connection = self._connect()
            with _closed_if_it_fails(connection):
                if self._works:
                    self._wait_for_what_was_begun(connection)
                self._connection = connection

    def _wait_for_what_was_begun(self, connection: psycopg.Connection[Row]) -> None:
        """Over the connection that was lost: its COMMIT may be on its way, and what is read before that is not true."""
        with self._not_for_ever(), connection.transaction():
            connection.execute(f"{locking.LIMITS}; {locking.WRITING}")

    @contextmanager
    def _not_for_ever(self) -> Iterator[None]:
        """The server notices after a while that a process was killed which had a lock, and may be asked again then."""
        try:
            yield
        except (errors.LockNotAvailable, errors.QueryCanceled) as error:
            raise self._in_words.busy() from error

    def clock(self) -> float:
        return self._clock()

    @property
    def watchers(self) -> tuple[str, ...]:
        return self._whose.names(self._lease.taken_in) if self._works else self.sendable

    @property
    def sendable(self) -> tuple[str, ...]:
        return self._whose.names(self._whose.shared)

    @property
    def shared(self) -> frozenset[bytes]:
        return self._whose.shared

    def watcher_of(self, path: bytes) -> str:
        return self._whose.of(path)

    @property
    def lease(self) -> Lease:
        return self._lease

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Row]]:
        """For statements that are nobody's news."""
        with self._lock, self._in_words:
            yield self._ready()

    def make_durable(self) -> None:
        """It is: no ``write`` ends before that."""

    def make_sure(self) -> None:
        with self._lock:
            Transaction(self._ready(), self._in_words).run(_FLUSH)

    def change(self, sql: str, parameters: Parameters = (), *, durable: bool = False) -> list[Row]:
        with self.write(durable=durable) as transaction:
            return transaction.execute(sql, parameters).fetchall()

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        with self._lock:
            return Transaction(self._ready(), self._in_words).execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[Row]:
        with self._in_words, connect(self._where) as connection:
            connection.execute("BEGIN READ ONLY")
            with connection.cursor("stream") as cursor:
                cursor.execute(*understood(sql, parameters))
                while rows := cursor.fetchmany(STREAMED_AT_ONCE):
                    yield from rows

    @property
    def text_index(self) -> searching.TrigramIndex:
        return _TEXT_INDEX

    def machines(self) -> list[Machine]:
        return machines(self.read(MACHINES))

    def holder(self) -> int | None:
        return holder(self.machines(), self.watcher)

    def version(self) -> int:
        with self._lock:
            asked = boottime()
            ((times, moment),) = self.read(f"SELECT times, {NOW} FROM written")
            self._clock.set(moment, asked)  # of those who have no lease to renew, as the page
            return int(times) - self._own_writes

    def commanded(self) -> int:
        ((commands,),) = self.read("SELECT commands FROM written")
        return int(commands)

    def ever_numbered(self, table: str) -> int:
        ((last, is_called),) = self.read(f"SELECT last_value, is_called FROM {table}_id_seq")
        return int(last) if is_called else 0

    def close(self) -> None:
        with self._lock:
            if self._works:
                with suppress(psycopg.Error):
                    self._lease.end(self._connection)
            self._connection.close()


@contextmanager
def _closed_if_it_fails(connection: psycopg.Connection[Row]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise
